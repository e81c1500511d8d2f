"""The composition root: builds the parts, runs them in one TaskGroup, and stops them.

The only module that knows which adapters there are.
"""

import asyncio
import random
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass

import adapters
from bot import history, logs
from bot.chat.adapter import ChatAdapter
from bot.chat.command import Commands, Context, Who
from bot.chat.errors import SetupFailed
from bot.chat.message import Person
from bot.clock import Clock, SystemClock, utc_day
from bot.commands.core import Core
from bot.commands.dispatch import Dispatcher
from bot.commands.table import table
from bot.delivery.postman import Postman
from bot.delivery.wake import Wakes
from bot.feeds.daily_papers import DailyPapers
from bot.feeds.fetch import Fetcher
from bot.feeds.schedule import history_days
from bot.host import PlatformHost
from bot.models import Channel, ChannelKey
from bot.poll import Polled, Poller
from bot.settings import Settings, load, secrets_of
from bot.store import deliveries, lock
from bot.store.engine import Database, StoreBehind, StoreError
from bot.web import serving

log = logs.get_logger(__name__)
EMBEDDED = "terminal"  # stands in where no platform that takes commands is configured
GRACE = 20  # seconds for what is being sent; Heroku kills after 30


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The parts of a running installation."""

    settings: Settings
    database: Database
    clock: Clock
    adapters: Mapping[str, ChatAdapter]
    commands: Commands
    poller: Poller
    postman: Postman
    feed: DailyPapers


def open_database(settings: Settings) -> Database:
    """The database of `settings`. Raises StoreError, also where a file would not outlive the machine."""
    database = Database(settings.database_url.get_secret_value(), synchronous=settings.sqlite_synchronous)
    if settings.dyno and database.file and not settings.allow_ephemeral_sqlite:
        raise StoreError(
            "On Heroku a SQLite file is lost at every restart. Add a database with "
            "`heroku addons:create heroku-postgresql:essential-0`, or accept the loss with "
            "ALLOW_EPHEMERAL_SQLITE=1."
        )
    return database


def chosen() -> dict[str, type[ChatAdapter]]:
    """The adapters that the settings ask for; the terminal where none of them takes commands.

    Raises SettingsError.
    """
    asked = {name: adapters.load(name) for name in adapters.names() if _configured(name)}
    takes_commands = any(kind.takes_commands for kind in asked.values())
    return asked if takes_commands else asked | embedded()


def embedded() -> dict[str, type[ChatAdapter]]:
    """What needs no account, token or server."""
    return {EMBEDDED: adapters.load(EMBEDDED)}


def _configured(name: str) -> bool:
    """Whether the adapter is asked for; its secrets are known to the log from now on."""
    given = load(adapters.settings(name))
    logs.scrub.learn(given.secrets)
    return given.configured


@asynccontextmanager
async def built(
    settings: Settings,
    clock: Clock | None = None,
    *,
    kinds: Mapping[str, type[ChatAdapter]] | None = None,
    once: bool = False,
) -> AsyncIterator[App]:
    """The parts, with the database open and nothing started. Raises StoreError, SettingsError.

    `kinds` are the adapters to use in place of those that the settings ask for.
    """
    clock = clock or SystemClock()
    logs.scrub.learn(secrets_of(settings))
    kinds = chosen() if kinds is None else kinds
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings))
        token = settings.hf_token.get_secret_value() if settings.hf_token else None
        fetcher = await stack.enter_async_context(Fetcher(clock, endpoint=settings.hf_endpoint, token=token))
        wakes = Wakes(clock)
        made = {name: _made(name, kind, database, clock, settings, wakes) for name, kind in kinds.items()}
        core = Core(database=database, clock=clock, settings=settings, adapters=made, wake=wakes.wake)
        extra = tuple(command for adapter in made.values() for command in adapter.commands)
        commands = Dispatcher(core, table(core, extra))
        feed = DailyPapers(fetcher, clock, settings.hf_endpoint)
        yield App(
            settings=settings,
            database=database,
            clock=clock,
            adapters=made,
            commands=commands,
            poller=Poller(
                database,
                clock,
                feed,
                wakes,
                interval=settings.poll_every,
                jitter=lambda: random.uniform(-1, 1),  # noqa: S311 - politeness, not secrecy
            ),
            postman=Postman(database, clock, made, commands, wakes, settings=settings, joined=once),
            feed=feed,
        )


def _made(
    name: str,
    kind: type[ChatAdapter],
    database: Database,
    clock: Clock,
    settings: Settings,
    wakes: Wakes,
) -> ChatAdapter:
    host = PlatformHost(name, database, clock, settings, wakes.wake, greets=kind.greets)
    return kind(load(kind.settings), host, clock)


async def run(settings: Settings, clock: Clock | None = None, *, once: bool = False) -> None:
    """Run the bot until it is told to stop; with `once`, do what is due and return.

    Raises StoreError, SettingsError, SetupFailed, Unavailable.
    """
    await migrated(settings)
    stop = asyncio.Event()
    with signals(stop):
        async with built(settings, clock, once=once) as app:
            await app.database.check()
            await (_once(app, stop) if once else serve(app, stop))


@contextmanager
def signals(stop: asyncio.Event) -> Iterator[None]:
    """SIGTERM and Ctrl-C set `stop` while the block runs; a second Ctrl-C interrupts as usual."""
    loop = asyncio.get_running_loop()

    def stopping(number: int) -> None:
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


async def migrated(settings: Settings) -> None:
    """Bring the database up to date where it is behind: in a child, so that Alembic's memory is not ours."""
    async with open_database(settings) as database:
        try:
            await database.check()
        except StoreBehind:
            child = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", "migrate", "--quiet")
            if await child.wait():
                raise StoreError("The database could not be migrated; see the lines above.") from None


async def _once(app: App, stop: asyncio.Event) -> None:
    async with lock.held(app.database, app.clock), connected(app):
        work = asyncio.create_task(_do_once(app))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        for task in (work, stopped):
            task.cancel()
        await asyncio.gather(stopped, return_exceptions=True)
        if not stop.is_set():
            await work


async def _do_once(app: App) -> None:
    """Poll, drain, answer what stands on standard input, drain."""
    report(await app.poller.poll())
    await app.postman.until_done()
    if not sys.stdin.isatty():
        async with asyncio.TaskGroup() as ears:
            for adapter in app.adapters.values():
                ears.create_task(adapter.listen(app.commands))
        await app.postman.until_done()


def report(polled: Polled) -> None:
    """Say what could not be read."""
    for day, reason in polled.failures.items():
        log.error("feed.unread", day=str(day), reason=reason)


async def serve(app: App, stop: asyncio.Event | None = None) -> None:
    """Serve whenever the lock is held, until told to stop or the person at the terminal leaves."""
    stop = stop or asyncio.Event()
    while not stop.is_set():
        try:
            async with lock.held(app.database, app.clock) as held, connected(app):
                await _serve(app, held, stop)
        except* lock.LockLost:
            log.warning("lock.lost")


@asynccontextmanager
async def connected(app: App) -> AsyncIterator[None]:
    """Adapters logged in; what an earlier process left half-sent has an unknown outcome from now on."""
    if app.database.file is not None:
        async with app.database.write() as connection:
            await deliveries.expire_leases(connection, app.clock.now())
    async with AsyncExitStack() as stack:
        for adapter in app.adapters.values():
            await stack.enter_async_context(adapter)
        yield


async def _serve(app: App, held: lock.Lock, stop: asyncio.Event) -> None:
    async with AsyncExitStack() as stack:
        routes = [route for adapter in app.adapters.values() for route in adapter.routes(app.commands)]
        if routes:
            await stack.enter_async_context(serving(routes, app.settings.port))
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(held.watch()),
                group.create_task(_poll(app)),
                *(group.create_task(_listen(app, adapter, stop)) for adapter in app.adapters.values()),
            ]
            postman = group.create_task(app.postman.run())
            await stop.wait()
            for task in tasks:
                task.cancel()
            app.postman.stop()
            await asyncio.wait({postman}, timeout=GRACE)
            postman.cancel()


async def _poll(app: App) -> None:
    """Poll now and then; once the first poll has seeded, read the days before it."""
    async with asyncio.TaskGroup() as group:
        group.create_task(app.poller.run())
        await app.poller.seeded.wait()
        days = history_days(utc_day(app.clock.now()), app.settings.preview_days)
        await history.fill(app.database, app.clock, app.feed, days)


async def _listen(app: App, adapter: ChatAdapter, stop: asyncio.Event) -> None:
    """An adapter's ears; where the person at the terminal leaves, the bot stops."""
    await app.poller.polled.wait()
    await adapter.listen(app.commands)
    if adapter.left:
        stop.set()


async def operator(app: App, name: str) -> Context:
    """The operator's own context in the channel that `name` says. Raises SetupFailed where there is none."""
    platform, _, rest = name.rpartition(":")
    key = ChannelKey(platform=platform or EMBEDDED, workspace=platform or "local", id=rest)
    adapter = app.adapters.get(key.platform)
    problems = await adapter.check(Channel(key=key, name=name)) if adapter else []
    if adapter is None or problems:
        what = problems[0].what if problems else f"No adapter called {key.platform} is switched on."
        raise SetupFailed(what, problems[0].fix if problems else "Name a channel such as webhook:ml.")
    person = Person(id="operator", name="operator")

    async def elsewhere(other: str) -> Context | None:
        return await operator(app, other)

    return Context(
        platform=key.platform,
        workspace=key.workspace,
        channel=Channel(key=key, name=name),
        user=person,
        rights=Who.OPERATOR,
        elsewhere=elsewhere,
    )
