"""`search`: everything stored that a query matches, newest first, and what subscribing to it would bring."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from bot import cards
from bot.chat.command import Command, Context, Param, Values
from bot.chat.message import Action, Item, Para, Reply, Span, Text
from bot.chat.shorten import cut
from bot.clock import utc_day
from bot.commands import answers, days
from bot.commands.advice import advise
from bot.commands.core import Core
from bot.commands.paging import PAGE, page_of
from bot.commands.preview import Preview, many, preview
from bot.commands.queries import QUERY_HELP, parse_query
from bot.commands.replies import say
from bot.commands.scan import scan
from bot.commands.sharing import share_button
from bot.matching.query import Query
from bot.models import Paper, PaperId
from bot.store import papers

ON_A_PAGE = 5  # results: what a phone shows at once
_LABEL = 40  # characters


def commands(core: Core) -> tuple[Command, ...]:
    """The commands that look at what is stored."""
    query = Param(name="query", help=QUERY_HELP, parse=parse_query, required=True, rest=True, ask=True)
    return (
        Command(
            name="search",
            summary="Look through all papers I have, newest first",
            handler=partial(search, core),
            params=(query, PAGE),
            examples=('search "world model"', "search title:agents has:code"),
            aliases=("preview",),
        ),
        *days.commands(core),
    )


async def search(core: Core, context: Context, values: Values) -> Reply:
    """A page of what the query matches of all that is stored."""
    query: Query = values["query"]
    hits = [(day, paper.id) async for day, paper in scan(core.database, core.clock, query)]
    lately = await preview(core, query)
    if not hits:
        return await _nothing(core, lately)
    page = page_of(hits, values.get("page", 1), ON_A_PAGE)
    items = await _results(core, context, page.shown)
    subscribe = Action(label="Subscribe to this", command="subscribe", arguments={"query": query.plain})
    match = "match" if len(hits) > 1 else "matches"
    return Reply(
        headline=f"{many(len(hits))} {match} {query.plain}",
        body=(Para(text=(f"{lately.counted}.",)), *answers.notes(query), *items),
        controls=(subscribe, *page.turns("search", {"query": query.plain})),
        page=page.place,
        replace="page" in values,
    )


async def _results(core: Core, context: Context, hits: Sequence[tuple[date, PaperId]]) -> list[Item]:
    async with core.database.read() as connection:
        found = await papers.get(connection, [paper for _, paper in hits])
    today = utc_day(core.clock.now())
    return [
        Item(text=_line(found[paper], day, today), actions=share_button(context, found[paper]))
        for day, paper in hits
    ]


def _line(paper: Paper, day: date, today: date) -> Text:
    """`Title · First Author and 2 others · ▲ 12 · 3 Dec`, the title linked; the day is the feed's."""
    people = cards.byline(replace(paper, published_on=None))
    rest = (people, f"▲ {paper.upvotes}" if paper.upvotes else "", cards.day(day, today))
    return (Span(text=paper.title, url=paper.url), *(f" · {part}" for part in rest if part))


async def _nothing(core: Core, lately: Preview) -> Reply:
    """That nothing matches, and what may have been meant."""
    hints = await advise(core, lately)
    instead = (
        Action(label=cut(label, _LABEL), command="search", arguments={"query": query.plain})
        for hint in hints
        for label, query in hint.instead
    )
    return say(
        f"None of the papers I have matches {lately.query.plain}",
        *answers.notes(lately.query),
        *(Para(text=(hint.text,)) for hint in hints),
        controls=tuple(instead),
    )
