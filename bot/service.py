"""The bot at work, until it is told to stop: it holds the lock, logs in, polls, delivers, takes commands."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import date
from typing import Any, TextIO, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from bot import history, logs
from bot.app import EMBEDDED, App, built, migrated
from bot.chat.errors import PostFailed, SetupFailed
from bot.clock import HOUR, SECOND, Clock, first, utc_day
from bot.delivery.policy import backoff
from bot.duty import STANDING_BY, STARTING, Duty, on_duty
from bot.feeds.fetch import FetchFailed
from bot.feeds.schedule import history_days
from bot.poll import Polled
from bot.settings import Settings
from bot.store import lock, sending
from bot.store.engine import StoreError, is_busy, unless_busy

T = TypeVar("T")
log = logs.get_logger(__name__)
GRACE = 20  # seconds for what is being sent; Heroku kills after 30


async def run(settings: Settings, clock: Clock | None = None, *, once: bool = False) -> None:
    """Run the bot until it is told to stop; with `once`, do what is due and return.

    Raises StoreError, SettingsError, SetupFailed; with `once` also FetchFailed and Unavailable, after
    what could be done was done.
    """
    await migrated(settings)
    stop = asyncio.Event()
    with signals(stop):
        async with built(settings, clock, once=once) as app:
            await app.database.check()
            _lower_the_voice(app)
            await (_once(app, stop) if once else serve(app, stop))


def _lower_the_voice(app: App) -> None:
    """Where a person reads the terminal, log lines about what went well would come between."""
    watched = sys.stdout is not None and sys.stdout.isatty()
    if EMBEDDED in app.adapters and watched and "log_level" not in app.settings.model_fields_set:
        logs.configure("WARNING", as_json=app.settings.log_format == "json")


@contextmanager
def signals(stop: asyncio.Event) -> Iterator[None]:
    """SIGTERM and Ctrl-C set `stop` while the block runs; a second Ctrl-C interrupts as usual."""
    loop = asyncio.get_running_loop()

    def stopping(number: int) -> None:
        log.info("app.stopping", signal=signal.Signals(number).name)
        stop.set()
        loop.remove_signal_handler(number)

    caught = [signal.SIGTERM, signal.SIGINT] if sys.platform != "win32" else []
    for number in caught:
        loop.add_signal_handler(number, stopping, number)
    try:
        yield
    finally:
        for number in caught:
            loop.remove_signal_handler(number)


async def _once(app: App, stop: asyncio.Event) -> None:
    """Do what is due, as far as `stop` lets it.

    Raises FetchFailed for days that could not be read, StoreError where the lock was lost meanwhile.
    """
    async with _alone(app, stop) as held:
        if held is None:
            return
        async with connected(app) as platforms, _ending(held, stop) as ends:
            polled = await _unless(ends, app.poller.poll())
            await _delivered(app, ends)
            if EMBEDDED in app.adapters and not _is_terminal(sys.stdin):
                await _unless(ends, app.adapters[EMBEDDED].listen(app.commands))
            await _delivered(app, ends)
        if ends.is_set() and not stop.is_set():
            raise StoreError("The connection that held the bot's lock is gone; the next run does the rest.")
        _complain(polled, platforms)


@asynccontextmanager
async def _ending(held: lock.Lock, stop: asyncio.Event) -> AsyncIterator[asyncio.Event]:
    """What says in the block that it is to end: `stop` came, or the lock is lost."""
    ends = asyncio.Event()

    async def watch() -> None:
        await first(stop.wait(), held.lost())
        if not stop.is_set():
            log.warning("lock.lost")
        ends.set()

    watching = asyncio.create_task(watch())
    try:
        yield ends
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def _complain(polled: Polled | None, platforms: "Platforms") -> None:
    """Raise what kept a bot that has ended from doing all that it should."""
    for error in platforms.away.values():
        raise error
    if polled is not None and polled.failures:
        raise FetchFailed("\n".join(f"{day}: {reason}" for day, reason in polled.failures.items()))


async def _delivered(app: App, stop: asyncio.Event) -> None:
    """Deliver what is due; told to stop, begin nothing and finish what is being sent."""
    if not stop.is_set():
        await _unless(stop, app.postman.until_done(), finish=app.postman.stop)


async def _unless(
    stop: asyncio.Event, work: Coroutine[Any, Any, T], *, finish: Callable[[], None] | None = None
) -> T | None:
    """What `work` gives; None where `stop` came first: it is cancelled, or has GRACE to `finish`."""
    task, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if finish and not task.done():
            finish()
            await asyncio.wait({task}, timeout=GRACE)
    finally:
        task.cancel()
        stopped.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)
    return None if task.cancelled() else task.result()


def _is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody may type into `stream`; a process can be started without one."""
    return stream is not None and not stream.closed and stream.isatty()


@asynccontextmanager
async def _alone(app: App, stop: asyncio.Event) -> AsyncIterator[lock.Lock | None]:
    """Hold the installation's lock; None where `stop` came while we stood by for it."""
    async with AsyncExitStack() as stack:
        yield await _unless(stop, stack.enter_async_context(lock.held(app.database, app.clock)))


async def serve(app: App, stop: asyncio.Event | None = None) -> None:
    """Serve whenever the lock is held, until told to stop or the person at the terminal leaves.

    Raises SettingsError, SetupFailed, StoreError.
    """
    async with on_duty(app) as duty:
        await _serve_again_and_again(app, duty, stop or asyncio.Event())


async def _serve_again_and_again(app: App, duty: Duty, stop: asyncio.Event) -> None:
    while not stop.is_set():
        duty.is_idle(STANDING_BY)
        try:
            async with _alone(app, stop) as held:
                if held is not None:
                    duty.is_idle(STARTING)
                    async with connected(app) as platforms:
                        await _serve(app, held, platforms, duty, stop)
        except* SQLAlchemyError as errors:
            _, others = errors.split(is_busy)
            if others is not None:
                raise others from None
            log.warning("store.away")
            await _unless(stop, app.clock.sleep(SECOND))


class Platforms:
    """The adapters, logged in as far as their platforms can be reached."""

    def __init__(self, app: App, stack: AsyncExitStack) -> None:
        """`stack` is what they stay logged in for."""
        self._app, self._stack = app, stack
        self.away: dict[str, PostFailed] = {}  # those that could not be reached, and why

    async def reach(self, name: str) -> bool:
        """Log in there; whether it could be reached. Raises SetupFailed."""
        try:
            await self._stack.enter_async_context(self._app.adapters[name])
        except PostFailed as error:
            log.warning("adapter.unreached", adapter=name, reason=str(error))
            self.away[name] = error
        else:
            self.away.pop(name, None)
        self._app.postman.serves(name, name not in self.away)
        return name not in self.away


@asynccontextmanager
async def connected(app: App) -> AsyncIterator[Platforms]:
    """Adapters logged in; what an earlier process left half-sent has an unknown outcome from now on."""
    if app.database.file is not None:
        async with app.database.write() as connection:
            await sending.expire_leases(connection, app.clock.now())
    async with AsyncExitStack() as stack:
        platforms = Platforms(app, stack)
        for name in app.adapters:
            await platforms.reach(name)
        yield platforms


async def _serve(app: App, held: lock.Lock, platforms: Platforms, duty: Duty, stop: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_poll(app)),
            *(group.create_task(_attend(app, platforms, name, stop)) for name in app.adapters),
        ]
        postman = group.create_task(app.postman.run())
        async with _ending(held, stop) as ends:
            with duty.at_work(platforms.away):
                await ends.wait()
        for task in tasks:
            task.cancel()
        app.postman.stop()
        await asyncio.wait({postman}, timeout=GRACE)
        postman.cancel()


async def _poll(app: App) -> None:
    """Poll now and then; once the first poll has seeded, read the days before it, until all are there."""
    async with asyncio.TaskGroup() as group:
        group.create_task(app.poller.run())
        await app.poller.seeded.wait()
        days: Iterable[date] = history_days(utc_day(app.clock.now()), app.settings.preview_days)
        while days:
            async with unless_busy("history"):
                days = await history.fill(app.database, app.clock, app.feed, days)
            if days:
                await app.clock.sleep(HOUR)


async def _attend(app: App, platforms: Platforms, name: str, stop: asyncio.Event) -> None:
    """Take what people say on a platform; where that fails, or it cannot be reached, try again.

    Lines of a file or a pipe wait for the first poll. A person who leaves the terminal stops the bot.
    """
    adapter = app.adapters[name]
    if name == EMBEDDED and not _is_terminal(sys.stdin):
        await app.poller.polled.wait()
    attempt = 0
    while True:
        began = app.clock.now()
        try:
            if name not in platforms.away or await platforms.reach(name):
                await adapter.listen(app.commands)
                break
        except SetupFailed as error:  # it was not so when we began, and the others do their work
            log.error("adapter.unfit", adapter=name, reason=str(error))
        except Exception:  # a bug of one adapter must not keep the others from posting
            log.exception("adapter.deaf", adapter=name)
        attempt = 1 if app.clock.now() - began > HOUR / 2 else attempt + 1
        await app.clock.sleep(backoff(attempt))
    if adapter.left:
        stop.set()
