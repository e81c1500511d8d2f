"""`share`: the card of a paper that somebody wants to show here, at once and signed with their name."""

from dataclasses import replace
from functools import partial
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import cards
from bot.chat.command import Command, Context, Refused, Values, Who
from bot.chat.message import HEADLINE, Action, Item, Person, Reply
from bot.chat.shorten import cut
from bot.clock import MINUTE
from bot.commands import posted
from bot.commands.checking import problems_known
from bot.commands.core import Core, stored
from bot.commands.paper_ids import PAPER, stored_paper
from bot.commands.replies import say
from bot.models import Paper, PaperId
from bot.store import deliveries, outbox
from bot.store.channels import StoredChannel
from bot.store.deliveries import Delivery

TWICE = MINUTE  # ms: a second press within it is the same wish

How = Literal["first", "again", "just now"]


async def share(core: Core, context: Context, values: Values) -> Reply:
    """Post the card of a stored paper here, also where it was posted before. Raises Refused."""
    for problem in await problems_known(core, context):
        raise Refused(f"I cannot post that here. {problem.what}", fix=problem.fix)
    async with core.database.write() as connection:
        channel = await stored(connection, context)
        _check(channel)
        paper = await stored_paper(connection, values["paper"])
        how = await _post(core, connection, channel, paper.id, context.user)
    core.wake([channel.id])
    name = channel.channel.called
    text = f"That was posted in {name} a moment ago." if how == "just now" else f"Posting that in {name}."
    return say(text, Item(text=cards.compact(paper)))


def _check(channel: StoredChannel) -> None:
    """Raise Refused where a card would wait for who knows how long."""
    if channel.parked_reason is not None:
        raise Refused(
            f"I cannot post in {channel.channel.called}: {channel.parked_reason}",
            fix="Mend that, then share it again.",
        )


async def _post(
    core: Core, connection: AsyncConnection, channel: StoredChannel, paper: PaperId, by: Person
) -> How:
    """Let `paper` leave for `channel`, unless that just happened."""
    now = core.clock.now()
    cause = f"{posted.SHARED}:{paper}"
    before = await deliveries.of_paper(connection, channel.id, paper)
    how = decide(before, await deliveries.last_notice(connection, channel.id, cause), now)
    place, subject = (channel.workspace_id, channel.id), f"{cause}:{now}"
    if how == "first":
        await outbox.ask(connection, *place, [(paper, ())], by=by.name, together=subject, now=now)
    elif how == "again":
        signed = {"cause": posted.SHARED, "paper": paper, "by": {"id": by.id, "name": by.name}}
        await deliveries.notice(connection, *place, subject, signed, due_at=now, now=now)
    return how


def decide(before: Delivery | None, shared: Delivery | None, now: int) -> How:
    """How a paper is shared at `now` (epoch ms); pure.

    `before` is its delivery in this channel, `shared` the last notice that shared it there. What was
    posted stays a record of that, so a repeat is a notice.
    """
    if shared is not None and shared.planned_at > now - TWICE:
        return "just now"
    if before is None or before.state in {"pending", "skipped"}:
        return "first"
    if before.state == "sending" or (before.sent_at or 0) > now - TWICE:
        return "just now"
    return "again"


def share_button(context: Context, paper: Paper) -> tuple[Action, ...]:
    """The button that posts a search result's card; none outside of channels."""
    action = Action(label="Share", command="share", arguments={"paper": paper.id})
    return (action,) if context.channel else ()


def commands(core: Core) -> tuple[Command, ...]:
    """The command, and those about what was posted.

    Anyone may share: whoever can type in a channel could paste the link there, and the card is signed.
    """
    return (
        Command(
            name="share",
            summary="Post a paper's card here, signed with your name",
            handler=partial(share, core),
            params=(PAPER,),
            who=Who.MEMBER,
            listed=False,
            examples=("share 2501.01234",),
        ),
        Command(
            name="card",
            summary="A paper, as a card that only you see",
            handler=partial(card, core),
            params=(replace(PAPER, rest=False, ask=False),),
            listed=False,
        ),
        *posted.commands(core),
    )


async def card(core: Core, _context: Context, values: Values) -> Reply:
    """A paper's card, which is posted nowhere. Raises Refused where the store lacks the paper."""
    async with core.database.read() as connection:
        paper = await stored_paper(connection, values["paper"])
    return Reply(headline=cut(paper.title, HEADLINE), body=(cards.paper_card(paper),))
