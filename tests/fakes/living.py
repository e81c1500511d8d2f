"""A bot that runs while a test moves its clock."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bot import app
from bot.clock import SECOND, SystemClock
from tests.fakes.clock import FakeClock

PATIENCE = 20  # seconds
BREATH = 2  # ms for what goes over sockets, at each step of the clock


class Living:
    """The running bot; its time passes only in here."""

    def __init__(self, task: asyncio.Task[None], clock: FakeClock) -> None:
        self.task, self._clock = task, clock

    async def until(self, true: Callable[[], object], step: int = SECOND) -> None:
        """Let time pass, `step` ms at once, until something is `true`."""
        async with asyncio.timeout(PATIENCE):
            while not true():
                await self._step(step)

    async def pass_by(self, ms: int, step: int = SECOND) -> None:
        """Let `ms` milliseconds pass."""
        for _ in range(ms // step):
            await self._step(step)

    async def _step(self, step: int) -> None:
        if self.task.done():
            await self.task
        self._clock.advance(step)
        await SystemClock().sleep(BREATH)


@asynccontextmanager
async def living(parts: app.App, clock: FakeClock) -> AsyncIterator[Living]:
    """Serve until the block ends, then stop as SIGTERM does."""
    stop = asyncio.Event()
    task = asyncio.create_task(app.serve(parts, stop))
    try:
        yield Living(task, clock)
    finally:
        stop.set()
        async with asyncio.timeout(PATIENCE):
            await task
