"""A clock that stands still until a test moves it."""

import asyncio
from collections.abc import Awaitable, Callable

START = 1_764_576_000_000  # 2025-12-01 08:00 UTC, epoch ms


class FakeClock:
    """Time as the test says; whoever sleeps wakes when it has passed."""

    def __init__(self, start: int = START) -> None:
        self._now = start
        self._sleepers: list[tuple[int, asyncio.Event]] = []
        self.breath: Callable[[], Awaitable[None]] | None = None  # what happens when next others may run

    def now(self) -> int:
        return self._now

    async def sleep(self, ms: int) -> None:
        if ms <= 0:
            breath, self.breath = self.breath, None
            await (breath() if breath else asyncio.sleep(0))
            return
        woken = asyncio.Event()
        sleeper = (self._now + ms, woken)
        self._sleepers.append(sleeper)
        try:
            await woken.wait()
        finally:
            self._sleepers.remove(sleeper)

    @property
    def next_moment(self) -> int | None:
        """When the first sleeper wakes."""
        return min((moment for moment, _ in self._sleepers), default=None)

    def advance(self, ms: int) -> None:
        """Let `ms` milliseconds pass at once."""
        self._now += ms
        for moment, woken in self._sleepers:
            if moment <= self._now:
                woken.set()


class LeapingClock(FakeClock):
    """A clock on which whoever sleeps makes the time pass at once."""

    async def sleep(self, ms: int) -> None:
        if ms > 0:
            self.advance(ms)
        await asyncio.sleep(0)
