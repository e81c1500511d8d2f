"""What people ask about a message that was posted: `why` a paper came, and `show` all that it holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import cards
from bot.chat.command import Command, Context, Param, Refused, Values
from bot.chat.message import HEADLINE, Action, Item, Para, Person, Reply, Span, Text, When
from bot.chat.shorten import cut
from bot.commands import answers
from bot.commands.core import Core, here, known
from bot.commands.paging import PAGE, page_of
from bot.commands.paper_ids import PAPER, stored_paper
from bot.commands.pinging import told
from bot.commands.preview import many
from bot.commands.wanted import wanted_in
from bot.matching.evaluate import evidence
from bot.matching.parser import parse
from bot.matching.query import TEXT_FIELDS
from bot.matching.views import PaperText, prepare
from bot.models import Paper, PaperId
from bot.store import deliveries, papers, subscriptions
from bot.store.deliveries import Delivery
from bot.store.subscriptions import Subscription

ON_A_PAGE = 10  # papers
SHARED = "share"  # how the subjects of notices begin that show a paper again
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
class Record:
    """What is known of a paper in a channel: its delivery, who shared it again, and what brought it.

    `reasons`: subscriptions, each with the canonical query that it had then; without a delivery, those
    that match now.
    """

    delivery: Delivery | None = None
    shared: Delivery | None = None
    reasons: tuple[tuple[Subscription, str], ...] = ()


async def why(core: Core, context: Context, values: Values) -> Reply:
    """What brought a paper to this channel, or what here matches it now. Raises Refused."""
    async with core.database.read() as connection:
        paper = await stored_paper(connection, values["paper"])
        text = prepare(paper)
        record = await _record(connection, context, text)
    reasons = (_reason(one, canonical, text) for one, canonical in record.reasons)
    return Reply(
        headline=cut(paper.title, HEADLINE),
        body=(*map(_para, _history(here(context).name, record)), *reasons),
        controls=(LIST,),
    )


async def _record(connection: AsyncConnection, context: Context, text: PaperText) -> Record:
    channel, paper = await known(connection, context), text.paper.id
    if channel is None:
        return Record()
    delivery = await deliveries.of_paper(connection, channel.id, paper)
    if delivery is None:
        matching = (await wanted_in(connection, context)).by(text)
        return Record(reasons=tuple((one, one.words) for one in matching))
    brought = await subscriptions.many(connection, (match.subscription for match in delivery.matches))
    return Record(
        delivery=delivery,
        shared=await deliveries.last_notice(connection, channel.id, f"{SHARED}:{paper}"),
        reasons=tuple((brought[match.subscription], match.words) for match in delivery.matches),
    )


def _history(name: str, record: Record) -> Iterator[Text]:
    """What became of it in the channel called `name`."""
    delivery, shared = record.delivery, record.shared
    if delivery is None:
        matching = "these match it now:" if record.reasons else "none matches it."
        yield (f"I have not posted it in {name}. Of what is subscribed there, {matching}",)
        return
    yield _state(delivery)
    if delivery.asked_by is not None:
        yield (f"{delivery.asked_by} asked for it.",)
    if shared is not None and shared.sent_at is not None and shared.payload:
        yield ("Shared again by ", Person(**shared.payload["by"]), ", ", When(at=shared.sent_at), ".")
    if record.reasons:
        yield ("Brought by:",)


def _state(delivery: Delivery) -> Text:
    match delivery.state:
        case "sent" if delivery.sent_at is not None:
            return ("Posted ", When(at=delivery.sent_at), ".")
        case "sending":
            return ("It is being posted.",)
        case "skipped" | "dead":
            return (f"It was not posted: {delivery.error}.",)
    return ("It waits to be posted.",)


def _para(text: Text) -> Para:
    return Para(text=text)


def _reason(one: Subscription, words: str, text: PaperText) -> Item:
    """`3 world model · matched: world, model (title)`, and what can be done about that subscription."""
    now = f" · now {one.words}" if one.words != words else ""
    found = _found(words, text)
    return Item(
        text=(
            f"{one.number} ",
            Span(text=words, code=True),
            f" · {found}{now}",
            *told(one.ping),
            *_silence(one),
        ),
        actions=_actions(one),
    )


def _found(canonical: str, text: PaperText) -> str:
    """Which words matched, and in which fields."""
    proof = evidence(parse(canonical), text)
    if not proof.words:
        return "no longer matches, since the paper has changed"
    fields = [field for field in proof.fields if field in TEXT_FIELDS]
    return f"matched: {', '.join(proof.words)}" + (f" ({', '.join(fields)})" if fields else "")


def _silence(one: Subscription) -> Text:
    if one.removed_at is not None:
        return (" · removed ", When(at=one.removed_at))
    return (" · paused since ", When(at=one.paused_at)) if one.paused_at is not None else ()


def _actions(one: Subscription) -> tuple[Action, ...]:
    if one.removed_at is not None:
        return ()
    which = str(one.number)
    pause = Action(label=f"Pause {which}", command="pause", arguments={"which": which})
    return (pause if one.paused_at is None else answers.resume(which), answers.edit_form(one))


async def show(core: Core, context: Context, values: Values) -> Reply:
    """A page of the papers that left as one message. Raises Refused."""
    async with core.database.read() as connection:
        channel = await known(connection, context)
        rows = await deliveries.of_batch(connection, channel.id, values.get("batch", "")) if channel else []
        found = await papers.get(connection, (PaperId(row.subject) for row in rows))
    if not found:
        raise Refused(
            "I no longer know which papers that message held.",
            fix=f"Today's: /{core.settings.paperboy_command} today",
        )
    shown = [(found[PaperId(row.subject)], row) for row in rows if row.subject in found]
    page = page_of(shown, values.get("page", 1), ON_A_PAGE)
    return Reply(
        headline=many(len(shown)),
        body=tuple(_line(paper, row) for paper, row in page.shown),
        controls=page.turns("show", {"batch": values["batch"]}),
        page=page.place,
        replace="page" in values,
    )


def _line(paper: Paper, row: Delivery) -> Item:
    matched = [match.words for match in row.matches]
    return Item(text=cards.compact(paper, matched), actions=(cards.why(paper),))
