"""What the tests of all commands share."""

from collections.abc import AsyncIterator

import pytest

from bot.store.engine import Database
from tests.bot.commands.rig import Rig
from tests.fakes.clock import FakeClock


@pytest.fixture
def rig(database: Database, clock: FakeClock) -> Rig:
    """The commands over a database of each kind."""
    return Rig(database=database, clock=clock)


@pytest.fixture
async def sqlite_rig(migrated_sqlite: str, clock: FakeClock) -> AsyncIterator[Rig]:
    """The commands over SQLite alone: for what is not about the store."""
    async with Database(migrated_sqlite) as database:
        yield Rig(database=database, clock=clock)
