"""What `doctor` looks at, one finding each: what was looked at, what is wrong, how to mend it."""

import os
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from pydantic import SecretStr

from bot import app
from bot.chat.adapter import ChatAdapter, Problem
from bot.chat.errors import PostFailed, SetupFailed
from bot.chat.places import written
from bot.chat.plain import moment
from bot.clock import utc_day
from bot.feeds.fetch import FetchFailed
from bot.matching.spelling import suggest
from bot.settings import Settings, error_in, given, variables
from bot.store import channels
from bot.store.channels import StoredChannel
from bot.store.engine import Database, StoreBehind, StoreCorrupt, StoreError
from bot.store.migrate import migrate

NETWORK_DISKS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "ceph", "glusterfs"})

State = Literal["ok", "warning", "wrong", "unset"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The state of one part; `fix` says what to do where it is not fine."""

    part: str
    state: State
    what: str
    fix: str = ""

    @property
    def fine(self) -> bool:
        """Whether the bot can run like that."""
        return self.state != "wrong"

    def drawn(self) -> str:
        """A line, and below it what to do."""
        mark = {"ok": "✓", "warning": "!", "wrong": "✗", "unset": "-"}[self.state]
        return "\n    ".join((f"{mark} {self.part}: {self.what}", *self.fix.splitlines()))


async def examine(settings: Settings) -> AsyncGenerator[Finding, None]:
    """Look at each part in turn; a part that cannot be looked at is a finding too.

    What is wrong in `settings` has its default there. Whoever stops early closes it
    (`contextlib.aclosing`), since it holds what it looks at.
    """
    try:
        for finding in _settings():
            yield finding
        kinds = app.chosen(but=app.unreadable())
        async with app.built(settings, kinds=kinds) as parts, aclosing(_examine(parts)) as findings:
            async for finding in findings:
                yield finding
        for finding in _unset():
            yield finding
    except SetupFailed as error:
        yield Finding(part="settings", state="wrong", what=error.what, fix=error.fix)
    except StoreError as error:
        yield Finding(part="database", state="wrong", what=str(error))


def _settings() -> Iterator[Finding]:
    """Each variable that is wrong, or may be mistyped. Raises SetupFailed."""
    errors = [error for error in (error_in(Settings), *app.unreadable().values()) if error]
    for line in (line for error in errors for line in str(error).splitlines()):
        yield Finding(part="settings", state="wrong", what=line)
    if not errors:
        yield Finding(part="settings", state="ok", what="all readable")
    known = variables(Settings).union(*app.switches().values())
    for name, meant in misspelt(given(), known).items():
        what = f"nothing reads {name}"
        yield Finding(part="settings", state="warning", what=what, fix=f"Did you mean {meant}?")


def _unset() -> Iterator[Finding]:
    """Each adapter that is there to be set up, and how one begins."""
    for name, lines in app.beginnings(but=app.unreadable()).items():
        yield Finding(part=name, state="unset", what="not set up", fix="\n".join(lines))


def misspelt(given: Collection[str], known: Collection[str]) -> dict[str, str]:
    """Names in `given` that are not in `known`, but near to one that is not given. Pure."""
    missing = {name.casefold(): 1 for name in known if name not in given}
    near = {name: suggest(name.casefold(), missing) for name in sorted(given) if name not in known}
    return {name: meant.upper() for name, meant in near.items() if meant}


async def _examine(parts: app.App) -> AsyncGenerator[Finding, None]:
    database = await _database(parts.database)
    yield database
    for finding in _disk(parts.database.file):
        yield finding
    yield await _feed(parts)
    async with _stored(parts, database) as installation:
        for name, adapter in installation.adapters.items():
            for finding in await _adapter(installation, name, adapter):
                yield finding


@asynccontextmanager
async def _stored(parts: app.App, database: Finding) -> AsyncIterator[app.App]:
    """The installation on a database that can be used.

    Where there is none as yet, it is one that is thrown away: platforms are tried before the first start.
    """
    if database.state == "ok":
        yield parts
        return
    with TemporaryDirectory() as folder:
        address = SecretStr(f"sqlite:///{folder}/paperboy.db")
        settings = parts.settings.model_copy(update={"database_url": address, "dyno": None})
        async with app.open_database(settings) as empty:
            await migrate(empty)
        async with app.built(
            settings, kinds={name: type(one) for name, one in parts.adapters.items()}
        ) as other:
            yield other


async def _database(database: Database) -> Finding:
    kind = f"SQLite, {database.file}" if database.file else "PostgreSQL"
    try:
        await database.check()
    except StoreBehind as error:
        return Finding(part="database", state="warning", what=str(error))
    except StoreError as error:
        return Finding(part="database", state="wrong", what=str(error), fix=_mend(error))
    return Finding(part="database", state="ok", what=kind)


def _mend(error: StoreError) -> str:
    """What to do where the error itself does not say it."""
    return "" if isinstance(error, StoreCorrupt) else "Look at DATABASE_URL."


def _disk(file: Path | None) -> list[Finding]:
    """SQLite's locks do not hold on network disks."""
    found = _file_system(file.parent) if file else ""
    if found not in NETWORK_DISKS:
        return []
    fix = "Put the file on a local disk, or use PostgreSQL."
    return [Finding(part="disk", state="warning", what=f"{file} is on a network disk ({found})", fix=fix)]


def _file_system(folder: Path) -> str:
    """The type of the file system that holds `folder`, where Linux tells; else nothing."""
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return ""
    above = [(place, kind) for place, kind in mounts if _holds(place, folder)]
    return max(above, key=lambda mount: len(mount[0]), default=("", ""))[1]


def _holds(place: str, folder: Path) -> bool:
    return os.path.commonpath([place, folder.resolve()]) == place.rstrip("/") or place == "/"


async def _feed(parts: app.App) -> Finding:
    endpoint = parts.settings.hf_endpoint
    try:
        answer = await parts.feed.day(utc_day(parts.clock.now()))
    except FetchFailed as failed:
        fix = "Is the network there, and HF_ENDPOINT right?"
        return Finding(part="feed", state="wrong", what=f"{endpoint}: {failed.reason}", fix=fix)
    return Finding(part="feed", state="ok", what=f"{endpoint}, {len(answer.listed)} papers today")


async def _adapter(parts: app.App, name: str, adapter: ChatAdapter) -> list[Finding]:
    """Whether the adapter can log in, and post where it is known to."""
    async with parts.database.read() as connection:  # before logging in, which may end what is said here
        known = await channels.of_platform(connection, name)
    try:
        async with adapter:
            found = [finding for channel in known for finding in await _channel(adapter, channel)]
            found += [_lack(name, problem) for problem in await adapter.examine()]
    except SetupFailed as error:
        return [Finding(part=name, state="wrong", what=error.what, fix=error.fix)]
    except PostFailed as error:
        return [Finding(part=name, state="wrong", what=str(error), fix="Is the network there?")]
    ready = "ready" if adapter.takes_commands else "set; not tried, since that would post"
    fine = all(finding.fine for finding in found)
    return [*([Finding(part=name, state="ok", what=ready)] if fine else []), *found]


def _lack(name: str, problem: Problem) -> Finding:
    """What the installation lacks."""
    state: State = "wrong" if problem.stops else "warning"
    return Finding(part=name, state=state, what=problem.what, fix=problem.fix)


async def _channel(adapter: ChatAdapter, channel: StoredChannel) -> list[Finding]:
    """What stops a post there: what the platform says now, or else why the last one failed."""
    part = f"{adapter.name} {channel.channel.name or channel.channel.key.id}"
    found = [
        Finding(part=part, state="wrong", what=problem.what, fix=problem.fix)
        for problem in await adapter.check(channel.channel)
    ]
    return found or _parked(part, channel)


def _parked(part: str, channel: StoredChannel) -> list[Finding]:
    if channel.parked_reason is None or channel.parked_at is None:
        return []
    place = written(channel.channel.key, embedded=app.EMBEDDED)
    what = f"nothing can be posted since {moment(channel.parked_at)}: {channel.parked_reason}"
    fix = f"Once that is mended: paperboy type '/papers check' --channel {place}"
    return [Finding(part=part, state="wrong", what=what, fix=fix)]
