"""A bot on Slack, by each transport."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.slackbot import Slackbot, Transport, slacking
from tests.fakes.visitor import Visitor, visiting


@pytest.fixture(params=["socket", "http"])
def transport(request: pytest.FixtureRequest) -> Transport:
    """How Slack reaches the bot."""
    found: Transport = request.param
    return found


@pytest.fixture
async def slackbot(
    seeded_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, transport: Transport
) -> AsyncIterator[Slackbot]:
    """A bot in the workspace T1, by its token."""
    async with slacking(seeded_sqlite, clock, monkeypatch, transport) as bot:
        yield bot


@pytest.fixture
async def bot(
    seeded_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Slackbot]:
    """The same over Socket Mode, where the way in makes no difference."""
    async with slacking(seeded_sqlite, clock, monkeypatch) as bot:
        yield bot


@pytest.fixture
async def open_bot(
    seeded_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Slackbot]:
    """A bot that workspaces install themselves; none has."""
    async with slacking(seeded_sqlite, clock, monkeypatch, "http", installs=True) as bot:
        yield bot


@pytest.fixture
async def visitor(open_bot: Slackbot) -> AsyncIterator[Visitor]:
    """A browser in front of the pages of `open_bot`."""
    async with visiting(open_bot) as visitor:
        yield visitor
