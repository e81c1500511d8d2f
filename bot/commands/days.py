"""`today`: the papers of a day, the most upvoted first, as its page on Hugging Face has them."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import cards
from bot.chat.command import BadArgument, Command, Context, Param, Refused, Values
from bot.chat.message import Action, Item, Para, Reply
from bot.clock import Clock, utc_day
from bot.commands.core import Core
from bot.commands.outage import outage
from bot.commands.paging import PAGE, page_of
from bot.commands.preview import many
from bot.commands.replies import say
from bot.commands.sharing import share_button
from bot.commands.wanted import Wanted, wanted_in
from bot.matching.views import prepare
from bot.models import Paper
from bot.store import listings, papers

ON_A_PAGE = 10  # papers


def commands(core: Core) -> tuple[Command, ...]:
    """The command."""
    when = Param(
        name="date",
        help="a day such as 2025-12-03, or yesterday; else the newest",
        parse=date_parser(core.clock),
        rest=True,
    )
    return (
        Command(
            name="today",
            summary="The newest papers, or those of another day",
            handler=partial(today, core),
            params=(when, PAGE),
            examples=("today", "today yesterday", "today 2025-12-03"),
        ),
    )


def date_parser(clock: Clock) -> Callable[[str], date]:
    """The parser of a day; it raises BadArgument. The feed counts its days in UTC, and so does it."""

    def parse(text: str) -> date:
        ago = {"today": 0, "yesterday": 1}.get(text.casefold())
        if ago is not None:
            return utc_day(clock.now()) - timedelta(days=ago)
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            why = "A day is written as 2025-12-03, or today, or yesterday."
            raise BadArgument("date", why, text=text) from error

    return parse


async def today(core: Core, context: Context, values: Values) -> Reply:
    """A page of a day's papers, with what matches here. Raises Refused where nothing is stored."""
    async with core.database.read() as connection:
        day = values.get("date", await _newest(connection))
        found = [paper for _, paper in await papers.listed(connection, day, day)]
        around = await listings.days_around(connection, day)
        wanted = await wanted_in(connection, context)
    now = utc_day(core.clock.now())
    if not found:
        return _nothing(day, around, now)
    page = page_of(ranked(found), values.get("page", 1), ON_A_PAGE)
    return Reply(
        headline=f"{many(len(found))} on {named(day, now)}",
        body=tuple(_item(context, paper, wanted) for paper in page.shown),
        controls=page.turns("today", {"date": day.isoformat()}),
        page=page.place,
        replace="page" in values,
    )


async def _newest(connection: AsyncConnection) -> date:
    held = await listings.span(connection)
    if held is None:
        soon = "The first look at the feed brings them: try again in a few minutes."
        raise Refused("I have no papers yet.", fix=await outage(connection) or soon)
    return held[1]


def ranked(found: Sequence[Paper]) -> list[Paper]:
    """The most upvoted first, of equals the newest. Pure."""
    return sorted(found, key=lambda paper: (-paper.upvotes, -(paper.submitted_at or 0), paper.id))


def named(day: date, now: date) -> str:
    """`Wed 3 Dec`, with the year where it is not the present one."""
    return f"{day:%a} {cards.day(day, now)}"


def _item(context: Context, paper: Paper, wanted: Wanted) -> Item:
    matched = [one.words for one in wanted.by(prepare(paper))]
    return Item(text=cards.compact(paper, matched), actions=share_button(context, paper))


def _nothing(day: date, around: Sequence[date], now: date) -> Reply:
    """That `day` has no papers, and the nearest days that have some."""
    near = tuple(
        Action(label=named(other, now), command="today", arguments={"date": other.isoformat()})
        for other in around
    )
    days = " and ".join(action.label for action in near)
    return say(
        f"No papers on {named(day, now)}", Para(text=(f"The nearest with papers: {days}.",)), controls=near
    )
