"""The terminal: the platform that needs no account, on when no other takes commands."""
