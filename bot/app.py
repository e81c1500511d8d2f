"""The composition root: puts the parts together. The only module that knows which adapters there are."""

import asyncio
import random
import re
import sys
from collections.abc import AsyncIterator, Container, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import adapters
from bot import logs
from bot.chat.adapter import ChatAdapter
from bot.chat.command import Commands
from bot.clock import Clock, SystemClock
from bot.commands.core import Core
from bot.commands.dispatch import Dispatcher
from bot.commands.table import table
from bot.delivery.postman import Postman
from bot.delivery.wake import Wakes
from bot.feeds.daily_papers import DailyPapers
from bot.feeds.fetch import Fetcher
from bot.host import PlatformHost
from bot.poll import Poller
from bot.settings import Settings, SettingsError, error_in, load, readable, variables
from bot.store.engine import Database, StoreBehind, StoreError

EMBEDDED = "terminal"  # stands in where no platform that takes commands is configured


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


async def migrated(settings: Settings) -> None:
    """Bring the database up to date where it is behind: in a child, so that Alembic's memory is not ours."""
    async with open_database(settings) as database:
        try:
            await database.check()
        except StoreBehind:
            child = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", "migrate", "--quiet")
            if await child.wait():
                raise StoreError("The database could not be migrated; see the lines above.") from None


def chosen(but: Container[str] = ()) -> dict[str, type[ChatAdapter]]:
    """The adapters that the settings ask for; the terminal where none of them takes commands.

    Raises SettingsError; those in `but` are not looked at.
    """
    asked = {name: adapters.load(name) for name in adapters.names() if name not in but and _configured(name)}
    takes_commands = any(kind.takes_commands for kind in asked.values())
    return asked if takes_commands else asked | embedded()


def embedded() -> dict[str, type[ChatAdapter]]:
    """What needs no account, token or server."""
    return {EMBEDDED: adapters.load(EMBEDDED)}


def switches() -> dict[str, frozenset[str]]:
    """The environment variables that set each adapter, by its name: those that are its own."""
    return {name: variables(adapters.settings(name)) - variables(Settings) for name in adapters.names()}


def needed() -> dict[str, frozenset[str]]:
    """Of `switches` those with which one begins, where an adapter says so: others may come later."""
    return {name: _begins_with(name) & own or own for name, own in switches().items()}


def _begins_with(name: str) -> frozenset[str]:
    """The words in what the adapter called `name` says of how one begins with it. Raises SettingsError."""
    lines = readable(adapters.settings(name)).beginning
    return frozenset(re.findall(r"\w+", "\n".join(lines)))


def beginnings(but: Container[str] = ()) -> dict[str, Sequence[str]]:
    """How one begins with each adapter that is installed and not asked for, where it says so.

    Raises SettingsError; those in `but` are not looked at.
    """
    found = {name: load(adapters.settings(name)) for name in adapters.names() if name not in but}
    return {name: its.beginning for name, its in found.items() if its.beginning and not its.configured}


def unreadable() -> dict[str, SettingsError]:
    """What is wrong with the settings of adapters, by their names; those with good ones are not there."""
    found = ((name, error_in(adapters.settings(name))) for name in adapters.names())
    return {name: error for name, error in found if error}


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
    logs.scrub.learn(settings.secrets)
    kinds = chosen() if kinds is None else kinds
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings))
        token = settings.hf_token.get_secret_value() if settings.hf_token else None
        fetcher = await stack.enter_async_context(Fetcher(clock, endpoint=settings.hf_endpoint, token=token))
        wakes = Wakes(clock)
        made = {name: _made(name, kind, database, clock, settings, wakes) for name, kind in kinds.items()}
        core = Core(
            database=database,
            clock=clock,
            settings=settings,
            adapters=made,
            switches=needed,
            wake=wakes.wake,
        )
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
    own = load(kind.settings)
    host = PlatformHost(
        name, database, clock, settings, wakes.wake, greets=kind.greets, managers=kind.managers(own)
    )
    return kind(own, host, clock)
