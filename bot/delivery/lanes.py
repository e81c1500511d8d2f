"""A lane a platform: how many posts may be under way, and how many a second."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiolimiter import AsyncLimiter

from bot.chat.adapter import ChatAdapter
from bot.delivery.claims import Speed
from bot.delivery.pace import HEADROOM, interval

UNDER_WAY = 256  # channels being drained; a slow platform holds up nobody else's


class Lane:
    """The way out to one platform."""

    def __init__(self, adapter: ChatAdapter) -> None:
        self.adapter = adapter
        self._room = asyncio.Semaphore(UNDER_WAY)
        self.closed_until = 0  # epoch ms
        rate = adapter.limits.bot
        # Two at once, never a burst: with (50, 1) the limiter lets 99 through in a second.
        self._limiter = AsyncLimiter(2, 2 / (rate * HEADROOM)) if rate else None

    @property
    def speed(self) -> Speed:
        """The least time between two posts to one channel, and to one workspace.

        A channel's counts from the acceptance. A workspace's counts from the claim, so that a post which
        takes its time holds up no other channel: the platform sees two of them closer, and others farther
        apart, within the headroom.
        """
        limits = self.adapter.limits
        paced = limits.workspace and limits.workspace * HEADROOM
        return Speed(channel=interval(limits.channel), workspace=interval(paced))

    def close_until(self, moment: int) -> None:
        """The platform asked the whole bot to wait until `moment` (epoch ms)."""
        self.closed_until = max(self.closed_until, moment)

    @asynccontextmanager
    async def room(self) -> AsyncIterator[None]:
        """Wait for a place, before anything is claimed; it is given back when the block ends."""
        async with self._room:
            yield

    async def turn(self) -> None:
        """Wait for this post's moment within the platform's limit for the whole bot."""
        if self._limiter is not None:
            await self._limiter.acquire()
