"""`undo`: a subscription, an edit or a removal taken back while that makes sense.

Buttons say which change is meant; as people type it, it is the last one that can be taken back.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from bot.chat.command import BadArgument, Command, Context, Param, Refused, Values, Who
from bot.chat.message import Action, Item, Para, Person, Reply, When
from bot.clock import HOUR
from bot.commands import answers
from bot.commands.announce import Change
from bot.commands.changing import Changing, changing
from bot.commands.core import Asks, Core
from bot.commands.picking import pick, which_param
from bot.commands.replies import say
from bot.commands.rules import check_room, holder, set_query, take_up
from bot.matching.parser import parse
from bot.store import audit, deliveries, pings, subscriptions
from bot.store.audit import Entry
from bot.store.subscriptions import Subscription

FRESH = HOUR  # ms: an older change is taken back only after asking, where nobody said which


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
                which_param(core, "whose last change, numbers from list; the last one here without"),
                Param(name="at", help="when it was done", parse=parse_moment, hidden=True),
            ),
            who=Who.MANAGER,
            listed=False,
            examples=("undo", "undo 3"),
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
    """Take back what was done to some subscriptions at a moment, or else the last change that can be.

    Raises Refused where that is too late, or where there is none; Asks where the last one is old.
    """
    async with changing(core, context) as here:
        every = await here.subscriptions()
        those = pick(every, values["which"], here.name, here.word) if "which" in values else every
        whose: tuple[Para, ...] = ()
        if "at" in values:
            undone = await _of_moment(here, those, values["at"])
        else:
            undone, whose = await _last(here, those, whole="which" not in values)
        await _tell(here, undone)
    match undone:
        case [each]:
            return say(f"✓ Undone: {each.line}" if each.done else each.line, *whose)
        case several:
            return say("✓ Undone.", *(Item(text=(each.line,)) for each in several), *whose)


async def _of_moment(here: Changing, those: Sequence[Subscription], at: int) -> list[_Undone]:
    """Take back what was done to `those` at `at` (epoch ms). Raises Refused."""
    entries = await audit.at(here.connection, here.channel.id, at)
    return [each for one in those for each in await _undo(here, one, _about(one, entries))]


async def _last(
    here: Changing, those: Sequence[Subscription], *, whole: bool
) -> tuple[list[_Undone], tuple[Para, ...]]:
    """Take back the last change of `those` that can be; whose it was. Raises Refused, Asks.

    They are the `whole` channel's, so that its pause counts too, or those that somebody named.
    """
    began = {one.paused_at for one in those} | ({here.channel.paused_at} if whole else set())
    for change in _changes(standing(await audit.of_channel(here.connection, here.channel.id))):
        if change[-1].what == "pause" and change[-1].at in began:  # and it holds on: that is what is meant
            raise Refused(f"The last change in {here.name} is a pause.", fix=f"/{here.word} resume ends it.")
        done = [each for one in those for each in await _tried(here, one, _about(one, change))]
        if done:
            whose = _whose(change[-1])
            if change[-1].at < here.now - FRESH:
                raise Asks(_old(done, whose, change[-1].at))
            return done, (whose,)
    raise Refused(f"No change of subscriptions in {here.name} is left to undo.", fix=_shows(here.word))


def standing(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Those of `entries`, oldest first, that were not undone: the newest first. Pure."""
    undone: list[tuple[object, ...]] = []
    for entry in reversed(entries):
        before = (entry.subscription, entry.after, entry.before)
        if entry.what == "undo":
            undone.append((entry.subscription, entry.before, entry.after))
        elif before in undone and not _silences(entry):
            undone.remove(before)
        else:
            yield entry


def _changes(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """What each command noted, oldest first; the newest command first, as `entries` are."""
    return (list(reversed(list(noted))) for _, noted in groupby(entries, key=lambda entry: entry.at))


def _silences(entry: Entry) -> bool:
    return entry.what in {"pause", "resume"}


async def _tried(here: Changing, one: Subscription, entries: Sequence[Entry]) -> list[_Undone]:
    """Like `_undo`, which changes nothing where it refuses; nothing where it does not apply any more."""
    if not entries or _silences(entries[-1]):
        return []
    try:
        return [each for each in await _undo(here, one, entries) if each.done]
    except Refused:
        return []


def _about(one: Subscription, entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.subscription == one.id]


def _whose(entry: Entry) -> Para:
    """Who did what was taken back: whoever types undo may not have seen it."""
    return Para(
        text=("That was done by ", Person(id=entry.who, name=entry.who_name), ", ", When(at=entry.at))
    )


def _old(done: Sequence[_Undone], whose: Para, at: int) -> Reply:
    """Whether to take back an old change; the transaction that tried it is rolled back."""
    lines = (Item(text=(each.line,)) for each in done)
    yes = answers.undo(list(dict.fromkeys(each.one for each in done)), at)
    keep = Action(label="Keep", command="keep")
    return say("The last change here is old. Undo it?", *lines, whose, controls=(*yes, keep))


def _shows(word: str) -> str:
    return f"/{word} list shows what it gets, with buttons that change it."


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
