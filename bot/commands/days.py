"""`today`: the papers of a day, the most upvoted first, as the page on Hugging Face has them."""
