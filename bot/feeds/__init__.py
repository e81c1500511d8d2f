"""Where papers come from: a feed answers what it lists on a day."""
