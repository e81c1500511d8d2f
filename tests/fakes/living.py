"""A bot that runs while a test moves its clock."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bot import app, service
from bot.clock import SECOND, SystemClock
from tests.fakes.clock import FakeClock

PATIENCE = 20  # seconds
BREATH = 2  # ms for what goes over sockets, at each step of the clock


class Living:
    """The running bot; its time passes only in here."""

    def __init__(self, task: asyncio.Task[None], clock: FakeClock, told: asyncio.Event) -> None:
        self._task, self._clock, self._told = task, clock, told

    async def stop(self) -> None:
        """Tell it to stop, as SIGTERM does, and wait until it has."""
        self._told.set()
        async with asyncio.timeout(PATIENCE):
            await self._task

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
        if self._task.done():
            await self._task
        self._clock.advance(step)
        await SystemClock().sleep(BREATH)


@asynccontextmanager
async def living(parts: app.App, clock: FakeClock) -> AsyncIterator[Living]:
    """Serve until the block ends."""
    told = asyncio.Event()
    alive = Living(asyncio.create_task(service.serve(parts, told)), clock, told)
    try:
        yield alive
    finally:
        await alive.stop()
