"""The whole bot on one platform, as the composition root builds it, between fakes."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, Generic, TypeVar

from bot import app
from bot.chat.adapter import ChatAdapter
from bot.feeds.items import FEED
from bot.settings import Settings, load
from bot.store import feeds, sending
from tests.fakes.clock import FakeClock
from tests.fakes.feed import FakeFeed

A = TypeVar("A", bound=ChatAdapter)


class WholeBot(Generic[A]):
    """A running bot on the database at `url`; it polls and delivers when a test says so."""

    adapter: A

    def __init__(self, url: str, clock: FakeClock, feed: FakeFeed, kind: type[A]) -> None:
        self.url, self.clock, self.feed, self.kind = url, clock, feed, kind
        self._stack = AsyncExitStack()

    async def start(self, *, once: bool = False) -> None:
        """Build it, log in and listen; what an earlier one left half-sent has an unknown outcome."""
        settings = load(Settings, _env_file=None, database_url=self.url, hf_endpoint=self.feed.url)
        self.app = await self._stack.enter_async_context(
            app.built(settings, self.clock, kinds={self.kind.name: self.kind}, once=once)
        )
        async with self.app.database.write() as connection:
            await sending.expire_leases(connection, self.clock.now())
        adapter = await self._stack.enter_async_context(self.app.adapters[self.kind.name])
        assert isinstance(adapter, self.kind)
        self.adapter = adapter
        self._ears = asyncio.create_task(self.adapter.listen(self.app.commands))

    async def stop(self) -> None:
        """Take it apart; what it was doing is gone."""
        self._ears.cancel()
        await asyncio.gather(self._ears, return_exceptions=True)
        await self._stack.aclose()

    async def restart(self) -> None:
        """Another process on the same database."""
        await self.stop()
        await self.start()

    async def seed(self) -> None:
        """Read the feed for the first time, unless the database is of a bot that has."""
        async with self.app.database.read() as connection:
            known = await feeds.state(connection, FEED)
        if known.seeded_at is None:
            await self.poll()

    async def poll(self) -> None:
        """Read the feed and deliver what is due."""
        await self.app.poller.poll()
        await self.drain()

    async def drain(self) -> None:
        """Deliver what is due."""
        await self.app.postman.until_done()

    async def publish(self, *items: Mapping[str, Any]) -> None:
        """Put `items` on today's page, poll and deliver."""
        self.feed.publish_all(items, self.feed.today)
        await self.poll()
