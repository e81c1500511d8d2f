"""What people ask about a message that was posted: `why` it came, and `show` all that it holds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from bot import cards
from bot.chat.command import Command, Context, Param, Refused, Values
from bot.chat.message import HEADLINE, Action, Block, Item, Para, Person, Reply, Span, Text, When
from bot.chat.shorten import cut
from bot.commands import answers
from bot.commands.core import Core, here, known
from bot.commands.paging import PAGE, page_of
from bot.commands.paper_ids import PAPER, stored_paper
from bot.commands.preview import many
from bot.commands.wanted import wanted_in
from bot.matching.evaluate import evidence
from bot.matching.parser import parse
from bot.matching.query import TEXT_FIELDS
from bot.matching.views import PaperText, prepare
from bot.models import Paper, PaperId, SubscriptionId
from bot.store import deliveries, papers, subscriptions
from bot.store.deliveries import Delivery
from bot.store.subscriptions import Subscription

ON_A_PAGE = 10  # papers
LIST = Action(label="List", command="list")


def commands(core: Core) -> tuple[Command, ...]:
    """The commands."""
    batch = Param(name="batch", help="which message", hidden=True)
    return (
        Command(
            name="why",
            summary="Which subscription brought a paper here, and how to pause it",
            handler=partial(why, core),
            params=(PAPER,),
            listed=False,
            examples=("why 2501.01234",),
        ),
        Command(
            name="show",
            summary="All papers of a message",
            handler=partial(show, core),
            params=(batch, PAGE),
            listed=False,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A subscription that brought a paper, by the query that it had then."""

    one: Subscription
    canonical: str


async def why(core: Core, context: Context, values: Values) -> Reply:
    """What brought a paper to this channel, or what here would match it."""
    async with core.database.read() as connection:
        paper = await stored_paper(connection, values["paper"])
        channel = await known(connection, context)
        delivery = await deliveries.of_paper(connection, channel.id, paper.id) if channel else None
        shared = await deliveries.last_notice(connection, channel.id, f"share:{paper.id}") if channel else None
        text = prepare(paper)
        if delivery is None:
            matching = (await wanted_in(connection, context)).by(text)
            reasons = [Reason(one=one, canonical=one.canonical) for one in matching]
        else:
            brought = await subscriptions.many(connection, (match.subscription for match in delivery.matches))
            reasons = [Reason(one=brought[match.subscription], canonical=match.canonical) for match in delivery.matches]
    return Reply(
        headline=cut(paper.title, HEADLINE),
        body=(*_history(here(context).name, delivery, shared, reasons), *(_reason(reason, text) for reason in reasons)),
        controls=(LIST,),
    )
