"""What is said after a subscription changed: what it would bring, advice, and what stands in the way."""

from collections.abc import Iterator, Sequence

from bot.chat.adapter import Problem
from bot.chat.command import Context
from bot.chat.message import Action, Block, Control, Item, Para, Span, When
from bot.chat.shorten import cut
from bot.commands.advice import Hint, advise
from bot.commands.checking import problems_known
from bot.commands.core import Core
from bot.commands.preview import Preview
from bot.matching.parser import parse
from bot.matching.query import Query
from bot.matching.threshold import threshold_of, with_threshold
from bot.models import Paper
from bot.store.channels import StoredChannel
from bot.store.subscriptions import Subscription

NEWEST = 3  # papers that an answer shows, and offers to post
_LABEL = 40  # characters


def lately(preview: Preview) -> Iterator[Block]:
    """`Last 30 days: 14 papers, about 3 a week; newest 3:`, and their titles; advice tells of none."""
    if preview.total or not preview.recent.texts:
        yield Para(text=(counted(preview),))
    yield from newest(preview)


def counted(preview: Preview) -> str:
    """How many papers, how often, and that the newest follow."""
    shown = min(preview.total, NEWEST)
    which = f"newest {shown}" if shown > 1 else "it is"
    return f"{preview.counted}; {which}:" if shown else f"{preview.counted}."


def newest(preview: Preview) -> Iterator[Item]:
    """The titles of the newest."""
    return map(titled, preview.papers[:NEWEST])


def titled(paper: Paper) -> Item:
    """A paper as a line: its title, linked."""
    return Item(text=(Span(text=paper.title, url=paper.url),))


def notes(query: Query) -> Iterator[Block]:
    """What was read otherwise than typed."""
    return (Para(text=(f"Note: {note}.",)) for note in query.notes)


def hinted(hints: Sequence[Hint], number: int) -> Iterator[Block]:
    """Advice on subscription `number`, with buttons that follow it."""
    for hint in hints:
        changes = tuple(
            Action(
                label=cut(label, _LABEL),
                command="edit",
                arguments={"number": str(number), "query": query.plain},
            )
            for label, query in hint.instead
        )
        keep = (Action(label="Keep", command="keep"),) if hint.keep else ()
        yield Item(text=(hint.text,), actions=(*changes, *keep))


async def about(
    core: Core, context: Context, channel: StoredChannel, one: Subscription, preview: Preview
) -> tuple[Block, ...]:
    """All that there is to say about a subscription that was just made or changed."""
    return (
        *notes(preview.query),
        *lately(preview),
        *silence(core.settings.paperboy_command, channel, one),
        *hinted(await advise(core, preview), one.number),
        *await problems(core, context),
    )


def post_these(papers: Sequence[Paper]) -> tuple[Control, ...]:
    """The button that posts the newest of `papers` in the channel."""
    newest = papers[:NEWEST]
    label = f"Post these {len(newest)} here" if len(newest) > 1 else "Post this one here"
    return (post_action(label, newest),) if newest else ()


def post_action(label: str, papers: Sequence[Paper]) -> Action:
    """A button that posts `papers` in the channel, as one message."""
    return Action(label=label, command="post", arguments={"papers": " ".join(paper.id for paper in papers)})


def edit_form(one: Subscription, query: Query | None = None) -> Action:
    """The button that opens the form of `edit`, filled in with `query`, or else with its own."""
    query = query or parse(one.words)
    least = threshold_of(query)
    fields = {
        "number": str(one.number),
        "query": with_threshold(query, 0).plain,
        "threshold": str(least) if least else "",
        "ping": one.ping.name if one.ping else "",
    }
    arguments = {name: text for name, text in fields.items() if text}
    return Action(label="Edit", command="edit", arguments=arguments, form=True)


def example(core: Core, line: str) -> Para:
    """How a command is typed, for example."""
    return Para(text=("For example: ", Span(text=f"/{core.settings.paperboy_command} {line}", code=True)))


def undo(those: Sequence[Subscription], at: int) -> tuple[Action, ...]:
    """The button that takes back what was done to `those` at `at` (epoch ms); none where that is nothing."""
    which = " ".join(str(one.number) for one in those)
    action = Action(label="Undo", command="undo", arguments={"which": which, "at": str(at)})
    return (action,) if those else ()


def resume(which: str = "") -> Action:
    """The button that ends the pause of subscriptions, or of the channel."""
    return Action(label="Resume", command="resume", arguments={"which": which} if which else {})


def silence(word: str, channel: StoredChannel, one: Subscription | None = None) -> Iterator[Block]:
    """Why nothing comes although it is subscribed: a pause, or a channel that cannot be reached."""
    if one is not None and one.paused_at is not None:
        command = Span(text=f"/{word} resume {one.number}", code=True)
        yield Para(text=("It is paused since ", When(at=one.paused_at), ". To go on: ", command))
    if channel.paused_at is not None:
        command = Span(text=f"/{word} resume", code=True)
        yield Para(
            text=(
                f"{channel.channel.called} is paused since ",
                When(at=channel.paused_at),
                ". To go on: ",
                command,
            )
        )


async def problems(core: Core, context: Context) -> tuple[Block, ...]:
    """What would stop a post here, asked of the platform; nothing where it does not answer now."""
    return tuple(_missing(await problems_known(core, context)))


def _missing(found: Sequence[Problem]) -> Iterator[Block]:
    for problem in found:
        yield Item(text=(Span(text=problem.what, bold=True), f" {problem.fix}"))
    if found:
        yield Para(text=("The subscription stays; its cards wait until that is mended.",))
