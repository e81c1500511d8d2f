"""What the tests of all commands share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.engine import Database
from bot.store.migrate import migrate
from tests.bot.commands.rig import Rig
from tests.fakes.clock import FakeClock


@pytest.fixture
def rig(database: Database, clock: FakeClock) -> Rig:
    """The commands over a database of each kind."""
    return Rig(database=database, clock=clock)


@pytest.fixture
async def sqlite_rig(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Rig]:
    """The commands over SQLite alone: for what is not about the store."""
    async with Database(f"sqlite:///{tmp_path / 'paperboy.db'}") as database:
        await migrate(database)
        yield Rig(database=database, clock=clock)
