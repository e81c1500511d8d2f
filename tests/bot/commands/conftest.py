"""What the tests of all commands share."""

import pytest

from bot.store.engine import Database
from tests.bot.commands.rig import Rig
from tests.fakes.clock import FakeClock


@pytest.fixture
def rig(database: Database, clock: FakeClock) -> Rig:
    """The commands over a database of each kind."""
    return Rig(database=database, clock=clock)
