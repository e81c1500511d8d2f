"""`migrate` and `backfill`: what is stored."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.start import start

if TYPE_CHECKING:
    from rich.console import Console

    from bot.app import App
    from bot.settings import Settings

CHUNK = 500  # papers a transaction


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
    if (since is None) == (file is None):
        raise typer.BadParameter("give either --since DATE or --file FILE")

    async def work(settings: "Settings") -> None:
        from bot import app

        await app.migrated(settings)
        async with app.built(settings) as parts:
            await parts.database.check()
            new = await (_from_file(parts, file) if file else _from_feed(parts, since.date()))  # type: ignore[union-attr]
        typer.echo(f"{new} papers are new in the store.")

    start(work)


async def _from_file(parts: "App", file: Path) -> int:
    from rich.progress import track

    from bot.feeds.items import read_file, read_items
    from bot.history import keep
    from bot.store.sql import slices

    new = 0
    listed = list(read_items(read_file(file)))
    chunks = list(slices(listed, CHUNK))
    for chunk in track(chunks, description="Storing papers", console=_console()):
        new += await keep(parts.database, parts.clock, parts.feed.name, chunk)
    return new


async def _from_feed(parts: "App", since: date) -> int:
    from rich.progress import track

    from bot.clock import utc_day
    from bot.history import fill
    from bot.store import papers

    today = utc_day(parts.clock.now())
    days = [date.fromordinal(day) for day in range(today.toordinal(), since.toordinal() - 1, -1)]
    async with parts.database.read() as connection:
        before = await papers.count(connection)
    for day in track(days, description="Reading days", console=_console()):
        await fill(parts.database, parts.clock, parts.feed, [day])
    async with parts.database.read() as connection:
        return await papers.count(connection) - before


def _console() -> "Console":
    """Progress is for people: it goes to standard error, and nowhere when nobody looks."""
    from rich.console import Console

    return Console(stderr=True)


VERBS = (migrate, backfill)
