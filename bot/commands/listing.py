"""`list`: a channel's subscriptions, with what can be done to each."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from bot.chat.command import Command, Context, Values
from bot.chat.message import Action, Block, Item, Para, Reply, Span, Text, When
from bot.commands import answers
from bot.commands.checking import CHANNEL
from bot.commands.core import Core, here, known
from bot.commands.paging import PAGE, page_of
from bot.commands.pinging import told
from bot.commands.preview import Recent, preview_of, rate, recent
from bot.commands.replies import say
from bot.matching.parser import parse
from bot.store import subscriptions
from bot.store.channels import StoredChannel
from bot.store.subscriptions import Subscription

ON_A_PAGE = 10
Buttons = Callable[[Subscription], tuple[Action, ...]]


def commands(core: Core) -> tuple[Command, ...]:
    """The command, and what *Keep* answers."""
    return (
        Command(
            name="list",
            summary="What this channel is subscribed to",
            handler=partial(list_, core),
            params=(CHANNEL, PAGE),
            examples=("list",),
            aliases=("ls",),
        ),
        Command(name="keep", summary="Leave it as it is", handler=keep, listed=False),
    )


async def keep(_context: Context, _values: Values) -> Reply:
    """Change nothing."""
    return say("✓ It stays as it is.")


def buttons(one: Subscription) -> tuple[Action, ...]:
    """What can be done to a subscription."""
    which = {"which": str(one.number)}
    pause = Action(label="Pause", command="pause", arguments=which)
    return (
        answers.edit_form(one),
        pause if one.paused_at is None else answers.resume(str(one.number)),
        Action(label="Remove", command="unsubscribe", arguments=which, style="danger"),
    )


async def list_(core: Core, context: Context, values: Values) -> Reply:
    """The channel's subscriptions, ten a page."""
    return await show(core, context, values, "list", buttons)


async def show(core: Core, context: Context, values: Values, command: str, having: Buttons) -> Reply:
    """A page of the channel's subscriptions, each `having` its buttons; `command` turns the pages."""
    async with core.database.read() as connection:
        channel = await known(connection, context)
        wanted = await subscriptions.of_channel(connection, channel.id) if channel else []
    if channel is None or not wanted:
        return _empty(core.settings.paperboy_command, here(context).name)
    page = page_of(wanted, values.get("page", 1), ON_A_PAGE)
    among = await recent(core)
    items = [Item(text=await _line(core, one, among), actions=having(one)) for one in page.shown]
    return Reply(
        headline=_headline(channel, wanted),
        body=(*_state(core.settings.paperboy_command, channel), *_span(among), *items),
        controls=(*page.turns(command, {}), *((answers.resume(),) if channel.paused_at is not None else ())),
        page=page.place,
        replace="page" in values,
    )


def _headline(channel: StoredChannel, wanted: Sequence[Subscription]) -> str:
    count = f"{len(wanted)} subscription{'s' if len(wanted) > 1 else ''}"
    return f"{channel.channel.called} has {count}."


async def _line(core: Core, one: Subscription, among: Recent) -> Text:
    """`1 "world model" · about 3 a week`, and since when it is paused."""
    brought = await preview_of(core, parse(one.canonical), among)
    often = rate(brought.total, among.span_days) if among.texts else ""
    paused: Text = (" · paused since ", When(at=one.paused_at)) if one.paused_at is not None else ()
    return (
        f"{one.number} ",
        Span(text=one.words, code=True),
        f" · {often}" if often else "",
        *told(one.ping),
        *paused,
    )


def _span(among: Recent) -> Iterator[Block]:
    """The days that the rates below rest on, where those are few."""
    if among.texts and not among.whole:
        yield Para(text=(f"How often, {among.span}:",))


def _state(word: str, channel: StoredChannel) -> Iterator[Block]:
    """Why nothing comes, where that is so, and what to do about it."""
    yield from answers.silence(word, channel)
    if channel.parked_reason is not None and channel.parked_at is not None:
        check = Span(text=f"/{word} check", code=True)
        since = ("I cannot post here since ", When(at=channel.parked_at), f": {channel.parked_reason}")
        yield Para(text=(*since, " What waits is kept for 7 days. Once that is mended: ", check))


def _empty(word: str, name: str) -> Reply:
    text = f'Nothing is subscribed in {name} yet. Tell me a topic, e.g. /{word} subscribe "diffusion model"'
    return say(text, controls=(Action(label="Subscribe…", command="subscribe", form=True, style="primary"),))
