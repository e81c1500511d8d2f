"""Posts to addresses that take JSON; takes no commands. `docs/adapters.md` walks through it."""
