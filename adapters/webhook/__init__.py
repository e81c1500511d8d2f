"""Posts to addresses that take JSON; takes no commands. `docs/adapters.md` says how it is set and what it posts."""
