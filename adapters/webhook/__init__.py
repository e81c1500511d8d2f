"""Posts to addresses that take JSON; takes no commands. `docs/adapters.md` says what it posts where."""
