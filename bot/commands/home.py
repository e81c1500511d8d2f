"""`home`: what comes to all of a person's channels in a workspace; the page that a platform's home shows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby

from bot.chat.command import Command, Context, Values
from bot.chat.errors import PostFailed
from bot.chat.message import Action, Block, Item, Para, Place, Reply, Span, Text, When
from bot.clock import DAY
from bot.commands.checked import CHANNEL, HOME_PAGE
from bot.commands.core import Core
from bot.commands.listing import buttons
from bot.commands.paging import PAGE, Page, page_of
from bot.commands.pinging import told
from bot.commands.replies import say
from bot.models import Channel, Paper, PaperId
from bot.store import channels, deliveries, papers, subscriptions
from bot.store.channels import StoredChannel
from bot.store.deliveries import Delivery
from bot.store.subscriptions import Subscription

ON_A_PAGE = 10  # subscriptions, and as many deliveries
LATELY = 7 * DAY  # ms
MOST = 50  # deliveries on all pages together


def commands(core: Core) -> tuple[Command, ...]:
    """The command."""
    return (
        Command(
            name="home",
            summary="What comes to your channels, and what was posted there lately",
            handler=partial(home, core),
            params=(PAGE,),
            listed=False,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What a person may see: their channels' subscriptions, by channel, and papers, newest first."""

    wanted: Sequence[tuple[StoredChannel, Subscription]]
    posted: Sequence[tuple[StoredChannel, Delivery, Paper]]


async def home(core: Core, context: Context, values: Values) -> Reply:
    """A page of what comes to the channels that the person is in. Raises PostFailed."""
    direct = await _direct(core, context)
    seen = await _seen(core, context, direct)
    subscribe = _subscribe(direct)
    if not (seen.wanted or seen.posted):
        return _empty(core.settings.paperboy_command, subscribe)
    page = page_of(range(max(len(seen.wanted), len(seen.posted))), values.get("page", 1), ON_A_PAGE)
    return Reply(
        headline=_headline(seen),
        body=(*_subscriptions(seen, page), *_posted(seen, page)),
        controls=(subscribe, *page.turns("home", {})),
        page=page.place,
        replace="page" in values,
    )


async def reopened(core: Core, context: Context, reply: Reply, page: int) -> Reply:
    """What was answered to a press on that page of home, and below the page as it is now; forms are alone."""
    if reply.form:
        return reply
    below = await home(core, context, {"page": page})
    return replace(
        below,
        headline=reply.headline,
        body=(*reply.body, *below.body),
        controls=(*reply.controls, *below.controls),
        replace=True,
        error=reply.error,
    )


async def _direct(core: Core, context: Context) -> Channel | None:
    """Where the person alone is told something, as far as their platform says so now."""
    adapter = core.adapter(context.platform)
    try:
        return await adapter.direct(context.workspace, context.user.id) if adapter else None
    except PostFailed:
        return None


async def _seen(core: Core, context: Context, direct: Channel | None) -> _Seen:
    """What stands in the channels that the person is in. Raises PostFailed."""
    near = (channel.key.id for channel in (context.channel, direct) if channel)
    keys = {*await context.channels(), *near}
    async with core.database.read() as connection:
        theirs = await channels.among(connection, context.platform, context.workspace, keys)
        by_id = {channel.id: channel for channel in theirs}
        wanted = await subscriptions.of_channels(connection, by_id)
        since = core.clock.now() - LATELY
        sent = await deliveries.sent_lately(connection, by_id, since, MOST)
        found = await papers.get(connection, (PaperId(row.subject) for row in sent))
    return _Seen(
        wanted=[(channel, one) for channel in theirs for one in wanted.get(channel.id, ())],
        posted=[
            (by_id[row.channel_id], row, found[PaperId(row.subject)]) for row in sent if row.subject in found
        ],
    )


def _empty(word: str, subscribe: Action) -> Reply:
    typed = Span(text=f'/{word} subscribe "diffusion model"', code=True)
    start = Para(text=("Tell me a topic in any channel, e.g. ", typed, ", or here, for yourself alone."))
    return say("Nothing is subscribed in your channels yet.", start, controls=(subscribe,))


def _subscribe(direct: Channel | None) -> Action:
    """The button that subscribes the person's own direct channel, where there is one."""
    where = {CHANNEL.name: direct.key.id} if direct else {}
    arguments = {**where, HOME_PAGE.name: "1"}
    return Action(label="Subscribe…", command="subscribe", arguments=arguments, form=True, style="primary")


def _headline(seen: _Seen) -> str:
    count, places = len(seen.wanted), len({channel.id for channel, _ in seen.wanted})
    if not count:
        return "Nothing is subscribed in your channels just now."
    many = f"{count} subscription{'s' * (count > 1)}"
    return f"{many} in {places} channels of yours." if places > 1 else f"{many} in {_only(seen)}."


def _only(seen: _Seen) -> str:
    return seen.wanted[0][0].channel.name or "a private channel"


def _part(page: Page[int]) -> slice:
    """The entries that the page shows, of each of its lists."""
    return slice((page.number - 1) * ON_A_PAGE, page.number * ON_A_PAGE)


def _subscriptions(seen: _Seen, page: Page[int]) -> Iterator[Block]:
    """The subscriptions of a page, below their channels' names."""
    for channel, those in groupby(seen.wanted[_part(page)], key=lambda pair: pair[0]):
        yield Para(text=(_named(channel, bold=True), *_silent(channel)))
        yield from (_subscription(channel, one, page.number) for _, one in those)


def _named(channel: StoredChannel, *, bold: bool = False) -> Span | Place:
    name = channel.channel.name
    nameless = Place(id=channel.channel.key.id, name="a private channel")  # the platform may name it
    return Span(text=name, bold=bold) if name else nameless


def _silent(channel: StoredChannel) -> Text:
    """Why nothing comes there, where that is so."""
    if channel.parked_reason is not None:
        return (f" · I cannot post there: {channel.parked_reason}",)
    return (" · paused since ", When(at=channel.paused_at)) if channel.paused_at is not None else ()


def _subscription(channel: StoredChannel, one: Subscription, page: int) -> Item:
    """`1 "world model" · notifies Ada`, with buttons that act in its channel and come back to the page."""
    around = {CHANNEL.name: channel.channel.key.id, HOME_PAGE.name: str(page)}
    paused: Text = (" · paused since ", When(at=one.paused_at)) if one.paused_at is not None else ()
    return Item(
        text=(f"{one.number} ", Span(text=one.words, code=True), *told(one.ping), *paused),
        actions=tuple(replace(button, arguments={**around, **button.arguments}) for button in buttons(one)),
    )


def _posted(seen: _Seen, page: Page[int]) -> Iterator[Block]:
    """The papers of a page: title, channel, when."""
    those = seen.posted[_part(page)]
    if those:
        yield Para(text=(Span(text="Posted lately", bold=True),))
    for channel, row, paper in those:
        when: Text = (" · ", When(at=row.sent_at)) if row.sent_at is not None else ()
        yield Item(text=(Span(text=paper.title, url=paper.url), " · ", _named(channel), *when))
