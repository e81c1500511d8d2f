"""How fast a platform takes posts from the whole bot, and what it asks the whole bot to wait."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.chat.adapter import Limits, Posted
from bot.chat.errors import OutcomeUnknown, PostFailed, RateLimited
from bot.clock import MINUTE, SECOND
from bot.delivery.lanes import Lane
from bot.models import Channel
from tests.bot.delivery.test_delivery import papers
from tests.fakes.chat_adapter import FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.memory import Memory
from tests.fakes.paperboy import Paperboy, running

PLACES = ("#a", "#b", "#c")


class Slow(FakeChat):
    """Takes a post a second in a workspace; what a test puts into `troubles` is met first."""

    limits = Limits(value=100, workspace=1)

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.troubles: list[PostFailed] = []

    async def post(self, channel: Channel, *given: Any, **more: Any) -> Posted:
        if self.troubles:
            raise self.troubles.pop()
        return await super().post(channel, *given, **more)

    async def find(self, channel: Channel, **more: Any) -> Posted | None:
        if self.troubles:
            raise self.troubles.pop()
        return await super().find(channel, **more)


@pytest.fixture
async def bot(
    seeded_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Paperboy]:
    async with running(seeded_sqlite, clock, monkeypatch, Slow) as paperboy:
        for place in PLACES:
            await paperboy.subscribe(place, "*")
        yield paperboy


async def ended(bot: Paperboy, work: asyncio.Task[None]) -> None:
    """Let time pass until `work` is done."""
    while not work.done():
        bot.clock.advance(SECOND)
        await asyncio.sleep(0.01)
    await work


async def left_within_a_minute(bot: Paperboy, paper: int) -> int:
    """How many messages left in the first minute after a paper came and the troubles were met."""
    before = len(bot.chat.messages)
    publishing = asyncio.create_task(bot.publish(*papers(1, first=paper)))
    while bot.adapter.troubles:  # type: ignore[attr-defined] # noqa: ASYNC110
        await asyncio.sleep(0.01)
    bot.clock.advance(59 * SECOND)
    await asyncio.sleep(0.3)
    left = len(bot.chat.messages) - before
    await ended(bot, publishing)
    assert f"Diffusion {paper}" in bot.titles("#b")
    return left


async def test_who_is_asked_to_wait_everywhere_posts_nowhere_meanwhile(bot: Paperboy) -> None:
    bot.adapter.troubles = [RateLimited(60, "bot")]  # type: ignore[attr-defined]
    assert await left_within_a_minute(bot, 1) == 0


async def test_so_does_who_is_asked_to_wait_while_looking_for_a_message(bot: Paperboy) -> None:
    bot.adapter.troubles = [OutcomeUnknown("silence")]  # type: ignore[attr-defined]
    await ended(bot, asyncio.create_task(bot.publish(*papers(1))))
    bot.clock.advance(MINUTE)
    bot.adapter.troubles = [RateLimited(60, "bot")]  # type: ignore[attr-defined]
    assert await left_within_a_minute(bot, 2) == 0


async def test_a_lane_lets_no_more_through_than_the_platform_takes() -> None:
    class Brisk(Memory):
        limits = Limits(bot=50)

    lane, loop = Lane(Brisk(None, None, None)), asyncio.get_running_loop()
    began = loop.time()
    for _ in range(12):
        await lane.turn()
    assert loop.time() - began >= 10 / 50
