"""`search` and `doctor`: looking at what there is."""

import json
import shlex
from collections.abc import Sequence
from contextlib import aclosing
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.start import fail, start

if TYPE_CHECKING:
    from bot.settings import Settings


def search(
    words: Annotated[
        list[str],
        typer.Argument(metavar="QUERY", help="What to look for, such as '\"diffusion model\" -video'."),
    ],
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only papers of this day and later.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many papers.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Search the stored papers, newest first."""
    query = _query(words)

    async def work(settings: "Settings") -> None:
        from bot import app
        from bot.clock import SystemClock
        from bot.commands import scan
        from bot.matching.errors import QueryError
        from bot.matching.parser import parse

        try:
            asked = parse(query)
        except QueryError as error:
            typer.echo(f"{error.drawn()}\n{error}", err=True)
            raise typer.Exit(2) from None
        async with app.open_database(settings) as database:
            await database.check()
            found = await scan.find(
                database, SystemClock(), asked, since=since.date() if since else None, limit=limit
            )
        for day, paper in found:
            shown = scan.as_json(day, paper)
            typer.echo(
                json.dumps(shown)
                if as_json
                else f"{day}  ▲ {paper.upvotes:<4} {paper.title}\n    {paper.url}"
            )
        if not found and not as_json:
            typer.echo("No stored paper matches.", err=True)

    start(work)


def _query(words: Sequence[str]) -> str:
    """The query. Raises typer.BadParameter for one that the shell took apart, whose quotes are lost."""
    unknown = [word for word in words if word.startswith("--")]
    if unknown:
        raise typer.BadParameter(f"there is no option {unknown[0]}")
    query, *others = words
    if others:
        raise typer.BadParameter(f"put the whole query in quotes: {shlex.quote(' '.join(words))}")
    return query


def doctor() -> None:
    """Check settings, database, feed and each adapter; say what is wrong and how to mend it."""

    async def work(settings: "Settings") -> None:
        from bot.cli.health import examine
        from bot.logs import scrub

        healthy = True
        async with aclosing(examine(settings)) as findings:
            async for finding in findings:
                typer.echo(scrub(finding.drawn()))
                healthy = healthy and finding.fine
        if not healthy:
            fail("Something needs mending.")

    start(work, though_wrong=True)


VERBS = (search, doctor)
