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
from bot.store import audit, deliveries, pings, subscriptions
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
    """What was done to `one`: a line for the person, what to note, and the change `what` to announce.

    Nothing was done where it had been done before; whom a subscription notifies is not announced.
    """

    one: Subscription
    line: str
    done: bool = True
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
        undone = [
            each
            for one in those
            for each in await _undo(here, one, [entry for entry in entries if entry.subscription == one.id])
        ]
        await _tell(here, undone)
    match undone:
        case [each]:
            return say(f"✓ Undone: {each.line}" if each.done else each.line)
        case several:
            return say("✓ Undone.", *(Item(text=(each.line,)) for each in several))


async def _undo(here: Changing, one: Subscription, entries: Sequence[Entry]) -> list[_Undone]:
    """Take back what the last of `entries` did to `one`. Raises Refused."""
    done = _of_one_command([entry for entry in entries if entry.what != "undo"])
    match done:
        case {"subscribe": _}:
            return [await _unsubscribed(here, one)]
        case {"unsubscribe": Entry(at=at)}:
            return [await _subscribed(here, one, at)]
    undone = [await _edited(here, one, done["edit"])] if "edit" in done else []
    undone += [await _notifies(here, one, done["ping"])] if "ping" in done else []
    if not undone:
        raise Refused(f"There is nothing to undo about subscription {one.number}.")
    return undone


def _of_one_command(entries: Sequence[Entry]) -> dict[str, Entry]:
    """What the last command noted, by what it was: whom it notifies stands after what it came with."""
    came_with = entries[-2:-1] if entries and entries[-1].what == "ping" else ()
    return {entry.what: entry for entry in (*came_with, *entries[-1:])}


async def _unsubscribed(here: Changing, one: Subscription) -> _Undone:
    if one.removed_at is not None:
        line = f"{here.name} gets no papers matching {one.words} any more."
        return _Undone(one=one, line=line, done=False)
    await subscriptions.remove(here.connection, [one], here.now)
    line = f"{here.name} gets no papers matching {one.words}."
    return _Undone(one=one, line=line, what="unsubscribed", before=one.words)


async def _subscribed(here: Changing, one: Subscription, removed_at: int) -> _Undone:
    if one.removed_at is None:
        line = f"{here.name} gets papers matching {one.words} already."
        return _Undone(one=one, line=line, done=False)
    if one.removed_at != removed_at:
        raise Refused(f"Subscription {one.number} was removed once more since.", fix="Undo that instead.")
    await _refuse_second(here, one.canonical)
    await check_room(here)
    await subscriptions.remove(here.connection, [one], None)
    await deliveries.revive(here.connection, [one.id], removed_at)
    line = f"{here.name} gets papers matching {one.words} again."
    return _Undone(one=one, line=line, what="subscribed", after=one.words)


async def _edited(here: Changing, one: Subscription, edit: Entry) -> _Undone:
    _check_there(one)
    before = edit.before or ""
    if one.words == before:
        return _Undone(one=one, line=f"{one.number} is {before} already.", done=False)
    if one.words != edit.after:
        raise Refused(f"{one.number} was changed once more since: it is {one.words} now.")
    query = parse(before)
    await _refuse_second(here, query.canonical)
    await take_up(here.connection, await set_query(here.connection, one, query), edit.at)
    line = f"{one.number} is {before} again."
    return _Undone(one=one, line=line, what="edited", before=edit.after, after=before)


async def _notifies(here: Changing, one: Subscription, change: Entry) -> _Undone:
    _check_there(one)
    before = pings.read(change.before)
    name = before.name if before else "nobody"
    if one.ping == before:
        return _Undone(one=one, line=f"{one.number} notifies {name} already.", done=False)
    if one.ping != pings.read(change.after):
        now = one.ping.name if one.ping else "nobody"
        raise Refused(f"{one.number} was changed once more since: it notifies {now} now.")
    await subscriptions.notify(here.connection, one, before)
    line = f"{one.number} notifies {name} again."
    return _Undone(one=one, line=line, before=change.after, after=change.before)


def _check_there(one: Subscription) -> None:
    """Raise Refused where it was removed."""
    if one.removed_at is not None:
        raise Refused(f"Subscription {one.number} was removed since.")


async def _refuse_second(here: Changing, canonical: str) -> None:
    """Raise Refused where the channel has that query again."""
    if there := holder(await here.subscriptions(), canonical):
        raise Refused(f"{here.name} has {there.words} again already: it is number {there.number}.")


async def _tell(here: Changing, undone: Sequence[_Undone]) -> None:
    """Note and announce what was undone."""
    done = [each for each in undone if each.done]
    for each in done:
        await here.note("undo", each.one, before=each.before, after=each.after)
    await here.announce([each.change(here) for each in done if each.what])
