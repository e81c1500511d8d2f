"""Work that goes on after Slack was told that it was heard."""

import asyncio
from collections.abc import Awaitable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from adapters.slack.calls import Said
from bot.chat.errors import PostFailed
from bot.logs import get_logger

T = TypeVar("T")
log = get_logger(__name__)
GRACE = 3.0  # seconds for what is under way when the adapter stops


class Tasks:
    """Owns what it started until that is done."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin `work`; whoever wants to know how it ended awaits the task."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Let what is under way end, for a moment, and stop the rest."""
        await self.rest(GRACE)
        await self.cancel()

    async def rest(self, seconds: float) -> None:
        """Wait until nothing is under way, no longer than `seconds`."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def cancel(self) -> None:
        """Stop what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def noted(work: Awaitable[object]) -> None:
    """Do `work`, of which nobody waits for the end: what goes wrong is logged."""
    try:
        await work
    except (Said, PostFailed) as error:
        log.warning("slack.unanswered", reason=str(error))
    except Exception:  # a bug, or a store that cannot be read; the next event must be heard
        log.exception("slack.bug")


async def soon(work: asyncio.Future[T], time: timedelta) -> bool:
    """Whether `work` is done within `time`; it goes on if not."""
    done, _ = await asyncio.wait({work}, timeout=time.total_seconds())
    return bool(done)
