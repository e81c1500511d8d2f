"""`migrate`, `backfill` and `forget`: what is stored."""

from datetime import date, datetime
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from bot.cli.start import fail, start

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.app import App
    from bot.settings import Settings
    from bot.store.forgetting import Contents

T = TypeVar("T")
CHUNK = 500  # papers a transaction
MANY = 60  # days; whoever asks for more is told how long that takes


def migrate(
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing when all is well.")] = False,
) -> None:
    """Bring the database to this version's schema."""

    async def work(settings: "Settings") -> None:
        from bot import app
        from bot.store.migrate import migrate as upgrade

        async with app.open_database(settings) as database:
            await upgrade(database)
            revision = await database.revision()
        if not quiet:
            typer.echo(f"The database is at revision {revision}.")

    start(work)


def backfill(
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Read the feed's days from this one on.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="A JSON array or JSON lines in the API's shape; .gz too."
        ),
    ] = None,
) -> None:
    """Store papers of the past, for search and previews; none of them is posted."""
    from bot.clock import SystemClock, utc_day

    if (since is None) == (file is None):
        raise typer.BadParameter("give either --since DATE or --file FILE")
    if since is not None and since.date() > utc_day(SystemClock().now()):
        raise typer.BadParameter(f"{since.date()} lies in the future", param_hint="--since")

    async def work(settings: "Settings") -> None:
        from bot import app
        from bot.store import papers

        await app.migrated(settings)
        async with app.built(settings) as parts:
            await parts.database.check()
            async with parts.database.read() as connection:
                before = await papers.count(connection)
            failures = await _from_file(parts, file) if file else await _from_feed(parts, since)
            async with parts.database.read() as connection:
                new = await papers.count(connection) - before
        typer.echo(f"{new} papers are new in the store.")
        if failures:
            fail(_unread(failures))

    start(work)


async def _from_file(parts: "App", file: Path) -> dict[date, str]:
    """Store what is in `file`; no day of it can fail. Raises FileUnreadable before anything is stored."""
    from bot.feeds.items import FileUnreadable, read_file, read_items
    from bot.history import keep
    from bot.store.sql import slices

    chunks = list(slices(read_items(read_file(file)), CHUNK))
    if not chunks:
        raise FileUnreadable(f"{file} holds no paper in the API's shape.")
    for chunk in _tracked(chunks, "Storing papers"):
        await keep(parts.database, parts.clock, parts.feed.name, chunk)
    return {}


async def _from_feed(parts: "App", since: datetime | None) -> dict[date, str]:
    """Read the feed's days from `since` to today, the newest first; those that failed, and why."""
    from bot.clock import MINUTE, utc_day
    from bot.feeds.schedule import HISTORY_PACE
    from bot.history import fill

    today = utc_day(parts.clock.now())
    first = since.date() if since else today
    days = [date.fromordinal(day) for day in range(today.toordinal(), first.toordinal() - 1, -1)]
    if len(days) > MANY:
        minutes = ceil(len(days) * HISTORY_PACE / MINUTE)
        typer.echo(f"{len(days)} days, at most one a second: up to about {minutes} minutes.", err=True)
    return await fill(parts.database, parts.clock, parts.feed, _tracked(days, "Reading days"))


def forget(
    which: Annotated[
        str, typer.Argument(metavar="PLATFORM:WORKSPACE", help="The workspace, as its platform names it.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    in_use: Annotated[
        bool, typer.Option("--in-use", help="Also a workspace that the bot was not removed from.")
    ] = False,
) -> None:
    """Delete all that is kept of a workspace, at once: subscriptions, records, tokens."""
    platform, colon, key = which.strip().partition(":")
    if not (platform and colon and key):
        raise typer.BadParameter("name it as in chat:T0123", param_hint="PLATFORM:WORKSPACE")

    async def work(settings: "Settings") -> None:
        from bot import app
        from bot.clock import SystemClock
        from bot.store import forgetting, workspaces

        async with app.open_database(settings) as database:
            await database.check()
            async with database.read() as connection:
                found = await workspaces.find(connection, platform, key)
                if found is None:
                    fail(f"{platform} has no workspace {key} that is known here.")
                had = await forgetting.contents(connection, found)
            if found.gone_at is None and not in_use:
                fail(f"The bot was not removed from {which}. Remove it there first, or say --in-use.")
            if not (yes or _agreed(f"Delete {_counted(had)} of {which} for good?")):
                fail("Nothing was deleted.")
            if not await forgetting.forget(database, SystemClock(), found):
                fail(f"{which} has changed meanwhile: nothing was deleted. Try again.")
        typer.echo(f"Deleted {_counted(had)}, and what was kept for {which} besides.")

    start(work)


def _agreed(question: str) -> bool:
    """Whether whoever runs this says yes; no answer is none."""
    try:
        return typer.confirm(question)
    except typer.Abort:  # the input has ended
        typer.echo()
        return False


def _counted(had: "Contents") -> str:
    """`1 channel, 2 subscriptions and 3 deliveries`."""
    channels, subscriptions, deliveries = (
        f"{count} {one if count == 1 else more}"
        for count, one, more in (
            (had.channels, "channel", "channels"),
            (had.subscriptions, "subscription", "subscriptions"),
            (had.deliveries, "delivery", "deliveries"),
        )
    )
    return f"{channels}, {subscriptions} and {deliveries}"


def _unread(failures: dict[date, str]) -> str:
    """What is said of days that could not be read."""
    days = sorted(failures)
    which = f"{days[0]}" if len(days) == 1 else f"{len(days)} days from {days[0]} to {days[-1]}"
    why = "; ".join(sorted(set(failures.values())))
    return f"Not read: {which} ({why}). Run the same command again: it reads only what is missing."


def _tracked(items: "Sequence[T]", doing: str) -> "Iterable[T]":
    """`items`, with a bar on standard error that says how far it is, where somebody looks."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return track(items, description=doing, console=console, disable=not console.is_terminal)


VERBS = (migrate, backfill, forget)
