"""A bot on Slack, by each transport."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.slackbot import Slackbot, Transport, slacking


@pytest.fixture(params=["socket", "http"])
def transport(request: pytest.FixtureRequest) -> Transport:
    """How Slack reaches the bot."""
    found: Transport = request.param
    return found


@pytest.fixture
async def slackbot(
    migrated_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, transport: Transport
) -> AsyncIterator[Slackbot]:
    """A bot in the workspace T1, by its token."""
    async with slacking(migrated_sqlite, clock, monkeypatch, transport) as bot:
        yield bot
