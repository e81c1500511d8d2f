"""`undo`, which buttons type: a subscription, an edit or a removal taken back while that makes sense."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bot.chat.command import BadArgument, Command, Context, Param, Refused, Values, Who
from bot.chat.message import Item, Reply
from bot.commands.announce import Change
from bot.commands.changing import Changing, changing
from bot.commands.core import Core
from bot.commands.picking import parse_which, pick
from bot.commands.replies import say
from bot.commands.rules import check_room, holder, set_query, take_up
from bot.matching.parser import parse
from bot.store import audit, deliveries, subscriptions
from bot.store.audit import Entry
from bot.store.subscriptions import Subscription


def parse_moment(typed: str) -> int:
    """A moment in epoch ms, as a button writes it. Raises BadArgument."""
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 15):
        raise BadArgument("at", "A moment is a number of milliseconds.", text=typed)
    return int(typed)


def commands(core: Core) -> tuple[Command, ...]:
    """The command."""
    return (
        Command(
            name="undo",
            summary="Take back a change of subscriptions",
            handler=partial(undo, core),
            params=(
                Param(
                    name="which", help="subscriptions' numbers", parse=parse_which, required=True, hidden=True
                ),
                Param(name="at", help="when it was done", parse=parse_moment, required=True, hidden=True),
            ),
            who=Who.MANAGER,
            listed=False,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Undone:
    """What was done: a line for the person, and what to announce and note; none where it was done before."""

    line: str
    what: str = ""
    before: str | None = None
    after: str | None = None

    def change(self, here: Changing) -> Change:
        """What the channel is told."""
        before = self.before if self.after else None
        return here.change(self.what, self.after or self.before, before=before)


async def undo(core: Core, context: Context, values: Values) -> Reply:
    """Take back what was done to some subscriptions at a moment. Raises Refused where that is too late."""
    async with changing(core, context) as here:
        those = pick(await here.subscriptions(), values["which"], here.name, here.word)
        entries = await audit.at(here.connection, here.channel.id, values["at"])
        done = {entry.subscription: entry for entry in entries if entry.what != "undo"}
        undone = [(one, await _undo(here, one, done.get(one.id))) for one in those]
        await _tell(here, undone)
    match [each.line for _, each in undone]:
        case [line]:
            return say(f"✓ Undone: {line}" if undone[0][1].what else line)
        case lines:
            return say("✓ Undone.", *(Item(text=(line,)) for line in lines))


async def _undo(here: Changing, one: Subscription, done: Entry | None) -> _Undone:
    match done:
        case Entry(what="subscribe"):
            return await _unsubscribed(here, one)
        case Entry(what="unsubscribe", at=at):
            return await _subscribed(here, one, at)
        case Entry(what="edit", before=str(before), after=after, at=at):
            return await _edited(here, one, before, after, at)
    raise Refused(f"There is nothing to undo about subscription {one.number}.")


async def _unsubscribed(here: Changing, one: Subscription) -> _Undone:
    if one.removed_at is not None:
        return _Undone(line=f"{here.name} gets no papers matching {one.words} any more.")
    await subscriptions.remove(here.connection, [one], here.now)
    line = f"{here.name} gets no papers matching {one.words}."
    return _Undone(line=line, what="unsubscribed", before=one.words)


async def _subscribed(here: Changing, one: Subscription, removed_at: int) -> _Undone:
    if one.removed_at is None:
        return _Undone(line=f"{here.name} gets papers matching {one.words} already.")
    if one.removed_at != removed_at:
        raise Refused(f"Subscription {one.number} was removed once more since.", fix="Undo that instead.")
    await _refuse_second(here, one.canonical)
    await check_room(here)
    await subscriptions.remove(here.connection, [one], None)
    await deliveries.revive(here.connection, [one.id], removed_at)
    line = f"{here.name} gets papers matching {one.words} again."
    return _Undone(line=line, what="subscribed", after=one.words)


async def _edited(here: Changing, one: Subscription, before: str, after: str | None, at: int) -> _Undone:
    if one.removed_at is not None:
        raise Refused(f"Subscription {one.number} was removed since.")
    if one.words == before:
        return _Undone(line=f"{one.number} is {before} already.")
    if one.words != after:
        raise Refused(f"{one.number} was changed once more since: it is {one.words} now.")
    query = parse(before)
    await _refuse_second(here, query.canonical)
    await take_up(here.connection, await set_query(here.connection, one, query), at)
    return _Undone(line=f"{one.number} is {before} again.", what="edited", before=after, after=before)


async def _refuse_second(here: Changing, canonical: str) -> None:
    """Raise Refused where the channel has that query again."""
    if there := holder(await here.subscriptions(), canonical):
        raise Refused(f"{here.name} has {there.words} again already: it is number {there.number}.")


async def _tell(here: Changing, undone: Sequence[tuple[Subscription, _Undone]]) -> None:
    """Note and announce what was undone."""
    done = [(one, each) for one, each in undone if each.what]
    for one, each in done:
        await here.note("undo", one, before=each.before, after=each.after)
    await here.announce([each.change(here) for _, each in done])
