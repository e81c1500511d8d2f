"""`subscribe`: what a channel gets from now on, and what that would have been lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bot.chat.command import Command, Context, Param, Values, Who
from bot.chat.message import Item, Ping, Reply, Span
from bot.commands import answers, editing, listing, undoing, unsubscribing
from bot.commands.changing import Changing, changing
from bot.commands.checking import CHANNEL
from bot.commands.core import Core
from bot.commands.pinging import ping_param, told, whom
from bot.commands.preview import Preview, preview_of, recent
from bot.commands.queries import QUERY_HELP, THRESHOLD, limited, parse_each, parse_wanted
from bot.commands.replies import say
from bot.commands.rules import check_room, holder, set_ping
from bot.commands.while_typing import WhileTyping
from bot.store import subscriptions
from bot.store.subscriptions import Subscription


def commands(core: Core) -> tuple[Command, ...]:
    """The commands that change what a channel gets, or show it."""
    while_typing = WhileTyping(core)
    return (
        Command(
            name="subscribe",
            summary="Bring papers that match to this channel",
            handler=partial(subscribe, core),
            params=(
                Param(name="query", help=QUERY_HELP, parse=parse_wanted, required=True, rest=True, ask=True),
                THRESHOLD,
                ping_param(core),
                Param(name="also", help="more queries, one a line", parse=parse_each, hidden=True),
                CHANNEL,
            ),
            who=Who.MANAGER,
            examples=('subscribe "diffusion model" -video', "subscribe title:agents upvotes>=20"),
            aliases=("add", "follow"),
            preview=partial(_foreseen, while_typing),
        ),
        *unsubscribing.commands(core),
        *listing.commands(core),
        *editing.commands(core, while_typing),
        *undoing.commands(core),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Added:
    """A subscription that was asked for, what it brings, and what of it is `new`; it may notify anew."""

    one: Subscription
    preview: Preview
    new: bool
    renotifies: bool = False

    @property
    def changed(self) -> bool:
        """Whether there is something to undo."""
        return self.new or self.renotifies


async def subscribe(core: Core, context: Context, values: Values) -> Reply:
    """Subscribe the channel to one query or more, and show what they would have brought.

    Raises Refused, BadArgument, PostFailed.
    """
    ping = await whom(core, context, values["ping"]) if "ping" in values else None
    wanted = await _previews(core, values)
    async with changing(core, context) as here:
        added = [await _add(here, one, ping) for one in wanted]
        await here.announce(
            [here.change("subscribed", each.one.words, rate=each.preview.rate) for each in added if each.new]
        )
    if len(added) > 1:
        return await _several(core, context, here, added)
    return await _single(core, context, here, added[0])


async def _previews(core: Core, values: Values) -> list[Preview]:
    """What each of the queries would have brought. Raises BadArgument."""
    among, least = await recent(core), values.get(THRESHOLD.name)
    queries = (values["query"], *values.get("also", ()))
    return [await preview_of(core, limited(query, least), among) for query in queries]


async def _foreseen(while_typing: WhileTyping, _context: Context, values: Values) -> Reply:
    """What the query typed so far would have brought. Raises BadArgument."""
    return await while_typing.of(limited(values["query"], values.get(THRESHOLD.name)))


async def _add(here: Changing, wanted: Preview, ping: Ping | None) -> _Added:
    """The channel's subscription to the query, new where there was none. Raises Refused beyond the limits.

    One that was there notifies `ping` too where it notified nobody; somebody else's stays.
    """
    query = wanted.query
    if there := holder(await here.subscriptions(), query.canonical):
        one = there if there.ping else await set_ping(here, there, ping)
        return _Added(one=one, preview=wanted, new=False, renotifies=one.ping != there.ping)
    await check_room(here)
    one = await subscriptions.add(
        here.connection,
        here.channel.workspace_id,
        here.channel.id,
        query.canonical,
        here.who.id,
        here.now,
        words=query.plain,
    )
    await here.note("subscribe", one, after=one.words)
    one = await set_ping(here, one, ping)
    return _Added(one=one, preview=wanted, new=True)


async def _single(core: Core, context: Context, here: Changing, added: _Added) -> Reply:
    query, one = added.preview.query, added.one
    now = f"✓ {here.name} now gets papers matching {query.plain}."
    already = f"{here.name} gets papers matching {query.plain} already: it is number {one.number}."
    notifies = f" It {'now ' * added.renotifies}notifies {one.ping.name}." if one.ping else ""
    return say(
        f"{now if added.new else already}{notifies}",
        *await answers.about(core, context, here.channel, one, added.preview),
        controls=(
            *answers.post_these(added.preview.papers),
            answers.edit_form(one, query),
            *answers.undo([one] if added.changed else [], here.now),
        ),
    )


async def _several(core: Core, context: Context, here: Changing, added: Sequence[_Added]) -> Reply:
    return say(
        f"✓ {here.name} now gets papers matching these queries.",
        *map(_line, added),
        *answers.silence(core.settings.paperboy_command, here.channel),
        *await answers.problems(core, context),
        controls=answers.undo([each.one for each in added if each.changed], here.now),
    )


def _line(added: _Added) -> Item:
    rate = f" · {added.preview.rate}" if added.preview.rate else ""
    query = Span(text=added.preview.query.plain, code=True)
    tail = rate if added.new else f"{rate} · was there already"
    return Item(
        text=(f"{added.one.number} ", query, tail, *told(added.one.ping)),
        actions=(answers.edit_form(added.one, added.preview.query),),
    )
