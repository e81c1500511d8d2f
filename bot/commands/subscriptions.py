"""`subscribe`: what a channel gets from now on, and what that would have been lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bot.chat.command import Command, Context, Param, Values, Who
from bot.chat.message import Item, Reply, Span
from bot.commands import answers, editing, listing, undoing, unsubscribing
from bot.commands.changing import Changing, changing
from bot.commands.checking import CHANNEL
from bot.commands.core import Core
from bot.commands.preview import Preview, preview_of, recent
from bot.commands.queries import QUERY_HELP, parse_each, parse_wanted
from bot.commands.replies import say
from bot.commands.rules import check_room, holder
from bot.store import subscriptions
from bot.store.subscriptions import Subscription


def commands(core: Core) -> tuple[Command, ...]:
    """The commands that change what a channel gets, or show it."""
    return (
        Command(
            name="subscribe",
            summary="Bring papers that match to this channel",
            handler=partial(subscribe, core),
            params=(
                Param(name="query", help=QUERY_HELP, parse=parse_wanted, required=True, rest=True, ask=True),
                Param(name="also", help="more queries, one a line", parse=parse_each, hidden=True),
                CHANNEL,
            ),
            who=Who.MANAGER,
            examples=('subscribe "diffusion model" -video', "subscribe title:agents upvotes>=20"),
            aliases=("add",),
        ),
        *unsubscribing.commands(core),
        *listing.commands(core),
        *editing.commands(core),
        *undoing.commands(core),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Added:
    """A subscription that was asked for, what it brings, and whether it is new."""

    one: Subscription
    preview: Preview
    new: bool


async def subscribe(core: Core, context: Context, values: Values) -> Reply:
    """Subscribe the channel to one query or more, and show what they would have brought. Raises Refused."""
    among = await recent(core)
    wanted = [await preview_of(core, query, among) for query in (values["query"], *values.get("also", ()))]
    async with changing(core, context) as here:
        added = [await _add(here, one) for one in wanted]
        await here.announce(
            [here.change("subscribed", each.one.words, rate=each.preview.rate) for each in added if each.new]
        )
    if len(added) > 1:
        return await _several(core, context, here, added)
    return await _single(core, context, here, added[0])


async def _add(here: Changing, wanted: Preview) -> _Added:
    """The channel's subscription to the query, new where there was none. Raises Refused beyond the limits."""
    query = wanted.query
    if there := holder(await here.subscriptions(), query.canonical):
        return _Added(one=there, preview=wanted, new=False)
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
    return _Added(one=one, preview=wanted, new=True)


async def _single(core: Core, context: Context, here: Changing, added: _Added) -> Reply:
    query, one = added.preview.query.plain, added.one
    already = f"{here.name} gets papers matching {query} already: it is number {one.number}."
    return say(
        f"✓ {here.name} now gets papers matching {query}." if added.new else already,
        *await answers.about(core, context, here.channel, one, added.preview),
        controls=(
            *answers.post_these(added.preview.papers),
            answers.edit_form(one, query),
            *answers.undo([one] if added.new else [], here.now),
        ),
    )


async def _several(core: Core, context: Context, here: Changing, added: Sequence[_Added]) -> Reply:
    return say(
        f"✓ {here.name} now gets papers matching these queries.",
        *map(_line, added),
        *answers.silence(core.settings.paperboy_command, here.channel),
        *await answers.problems(core, context),
        controls=answers.undo([each.one for each in added if each.new], here.now),
    )


def _line(added: _Added) -> Item:
    rate = f" · {added.preview.rate}" if added.preview.rate else ""
    query = Span(text=added.preview.query.plain, code=True)
    tail = rate if added.new else f"{rate} · was there already"
    return Item(
        text=(f"{added.one.number} ", query, tail),
        actions=(answers.edit_form(added.one, added.preview.query.plain),),
    )
