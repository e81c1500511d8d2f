"""The product shown with sample papers: no token, no account, no network."""
