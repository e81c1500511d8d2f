"""Telling whoever drains that a channel has work, now or at a later moment."""

import asyncio
import heapq
from collections.abc import Iterable
from itertools import count

from bot.clock import Clock, first
from bot.models import ChannelId


class Wakes:
    """Channels with work, each with the moment (epoch ms) from which it may be drained."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._moments: dict[ChannelId, int] = {}
        self._heap: list[tuple[int, int, ChannelId]] = []  # moment, whose turn it is, channel
        self._turns = count()
        self._rang = asyncio.Event()

    def wake(self, channels: Iterable[ChannelId], at: int = 0) -> None:
        """Drain `channels` from `at` (epoch ms) on, or sooner where that was said before."""
        for channel in channels:
            if channel not in self._moments or at < self._moments[channel]:
                self._moments[channel] = at
                heapq.heappush(self._heap, (at, next(self._turns), channel))
        if len(self._heap) > 2 * len(self._moments) + 1_000:  # mostly moments that were moved since
            self._heap = [(at, next(self._turns), channel) for channel, at in self._moments.items()]
            heapq.heapify(self._heap)
        self._rang.set()

    def ready(self) -> list[ChannelId]:
        """The channels whose moment has come, the earliest first; each is given once."""
        now, ready = self._clock.now(), []
        while self._heap and self._heap[0][0] <= now:
            at, _, channel = heapq.heappop(self._heap)
            if self._moments.get(channel) == at:
                del self._moments[channel]
                ready.append(channel)
        return ready

    async def wait(self) -> None:
        """Until somebody wakes a channel, or the next moment comes."""
        self._rang.clear()
        if not self._heap:
            await self._rang.wait()
            return
        delay = self._heap[0][0] - self._clock.now()
        if delay > 0:
            await first(self._rang.wait(), self._clock.sleep(delay))
