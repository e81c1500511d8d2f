"""`edit`: another query, threshold or ping for a subscription, whose number stays."""

import re
from dataclasses import dataclass, replace
from functools import partial

from bot.chat.command import BadArgument, Command, Context, Param, Refused, Values, Who
from bot.chat.message import Action, Form, Ping, Reply
from bot.commands import answers
from bot.commands.changing import Changing, changing
from bot.commands.core import Asks, Core, here, known
from bot.commands.picking import parse_number, pick_one, suggest_numbers
from bot.commands.pinging import ping_param, whom
from bot.commands.preview import Preview, preview
from bot.commands.queries import QUERY_HELP, THRESHOLD, limited, parse_query
from bot.commands.replies import say
from bot.commands.rules import holder, set_ping, set_query
from bot.commands.walk import with_actions
from bot.commands.while_typing import WhileTyping
from bot.matching.parser import parse
from bot.matching.query import Query
from bot.store import subscriptions
from bot.store.subscriptions import Subscription

_NUMBERED = re.compile(r"\s*#?(?P<number>\d{1,9})(?:\s+·)?(?:\s+(?P<query>\S.*))?", re.DOTALL)


def commands(core: Core, while_typing: WhileTyping) -> tuple[Command, ...]:
    """The command. Its number may also be typed before the query, so only the handler can tell them apart."""
    suggest = suggest_numbers(core)
    return (
        Command(
            name="edit",
            summary="Change what a subscription asks for; its number stays",
            handler=partial(edit, core),
            params=(
                Param(
                    name="number", help="a number from list", parse=parse_number, suggest=suggest, ask=True
                ),
                Param(name="query", help=QUERY_HELP, rest=True, ask=True, suggest=suggest),
                THRESHOLD,
                ping_param(core),
            ),
            who=Who.MANAGER,
            examples=('edit 3 "world model"', "edit 3 threshold:20"),
            preview=partial(_foreseen, while_typing),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What a subscription is to be: `shown` is None where its query stays, `ping` counts where `renotifies`.

    `kept`: the query that the threshold was put on, where none was typed.
    """

    shown: Preview | None
    ping: Ping | None
    renotifies: bool
    kept: Subscription | None


async def edit(core: Core, context: Context, values: Values) -> Reply:
    """Give a subscription another query, threshold or ping. Raises Refused, BadArgument, Asks, PostFailed."""
    if not values:
        asked = say("Which subscription, and what should it be instead?", answers.example(core, "edit 3 rag"))
        return replace(asked, form=Form(command="edit"))
    number, start = _number(values)
    old = await _picked(core, context, number)
    if start == len(values.get("query", "")) and values.keys() <= {"number", "query"}:
        return _form(old)
    wish = await _wish(core, context, values, start, old)
    async with changing(core, context) as change:
        before = pick_one(await change.subscriptions(), number, change.name, change.word)
        after = await _change(change, before, wish)
    shown = wish.shown
    return say(
        _said(before, after, shown),
        *(await answers.about(core, context, change.channel, after, shown) if shown else ()),
        controls=(
            *(answers.post_these(shown.papers) if shown else ()),
            answers.edit_form(after, shown.query if shown else None),
            *answers.undo([after] if _differ(before, after) else [], change.now),
        ),
    )


def _number(values: Values) -> tuple[int, int]:
    """The subscription's number, and where the query begins in what was typed for it. Raises BadArgument."""
    if "number" in values:
        return values["number"], 0
    typed = values.get("query", "")
    found = _NUMBERED.fullmatch(typed)
    if found is None:
        why = 'Say the number of the subscription first, for example  3 "world model"'
        raise BadArgument("number", why, text=typed, caret=0)
    return int(found["number"]), found.start("query") if found["query"] else len(typed)


async def _picked(core: Core, context: Context, number: int) -> Subscription:
    """The subscription as it is now. Raises Refused."""
    async with core.database.read() as connection:
        channel = await known(connection, context)
        every = await subscriptions.of_channel(connection, channel.id, removed=True) if channel else []
    return pick_one(every, number, here(context).name, core.settings.paperboy_command)


def _form(old: Subscription) -> Reply:
    """The form, filled in with what holds."""
    action = answers.edit_form(old)
    reply = say(f"{old.number} is {old.words}. Say what it should be instead.", controls=(action,))
    return replace(reply, form=Form(command="edit", values=action.arguments))


async def _wish(core: Core, context: Context, values: Values, start: int, old: Subscription) -> _Wish:
    """What `values` ask for. Raises Refused, BadArgument, Asks, PostFailed."""
    typed = start < len(values.get("query", ""))
    query = _query(values["query"], start, old.number) if typed else parse(old.words)
    asks = typed or THRESHOLD.name in values
    renotifies = "ping" in values
    return _Wish(
        shown=await preview(core, limited(query, values.get(THRESHOLD.name))) if asks else None,
        ping=await whom(core, context, values["ping"], old.ping) if renotifies else None,
        renotifies=renotifies,
        kept=None if typed else old,
    )


def _query(typed: str, start: int, number: int) -> Query:
    """The query from `start` on. Raises BadArgument whose caret counts in `typed`, or Asks."""
    try:
        return parse_query(typed[start:])
    except BadArgument as error:
        caret = None if error.caret is None else error.caret + start
        raise BadArgument(error.param, error.why, text=typed, caret=caret) from error
    except Asks as error:
        raise Asks(with_actions(error.reply, partial(_numbered, number=number))) from error


def _numbered(action: Action, number: int) -> Action:
    if action.command:  # it does something else
        return action
    return replace(action, arguments={"number": str(number), **action.arguments})


async def _change(here: Changing, before: Subscription, wish: _Wish) -> Subscription:
    """The subscription as it was wished for. Raises Refused."""
    if wish.shown and wish.kept and wish.kept.query_id != before.query_id:
        raise Refused(f"Subscription {before.number} was changed a moment ago: it is {before.words} now.")
    after = await _change_query(here, before, wish.shown) if wish.shown else before
    return await set_ping(here, after, wish.ping) if wish.renotifies else after


async def _change_query(here: Changing, old: Subscription, shown: Preview) -> Subscription:
    """The subscription with its new query. Raises Refused where the channel has that query already."""
    query = shown.query
    there = holder(await here.subscriptions(), query.canonical) or old
    if there.id != old.id:
        what = f"{here.name} has {query.plain} already: it is number {there.number}."
        raise Refused(what, fix=f"To have it only once: /{here.word} unsubscribe {old.number}")
    if old.canonical == query.canonical:
        return old
    new = await set_query(here.connection, old, query)
    await here.note("edit", old, before=old.words, after=new.words)
    await here.announce([here.change("edited", new.words, rate=shown.rate, before=old.words)])
    return new


def _differ(before: Subscription, after: Subscription) -> bool:
    return (before.query_id, before.ping) != (after.query_id, after.ping)


def _said(before: Subscription, after: Subscription, shown: Preview | None) -> str:
    """What was changed, in one sentence."""
    number, words = after.number, shown.query.plain if shown else after.words
    notifies = f"notifies {after.ping.name}" if after.ping else "notifies nobody"
    match before.query_id != after.query_id, before.ping != after.ping:
        case True, True:
            return f"✓ {number} is now {words}, and {notifies}."
        case True, False:
            return f"✓ {number} is now {words}."
        case False, True:
            return f"✓ {number} ({words}) now {notifies}."
    return f"{number} is {words} already." if shown else f"{number} ({words}) {notifies} already."


async def _foreseen(while_typing: WhileTyping, _context: Context, values: Values) -> Reply | None:
    """What the query typed so far would have brought; nothing without one. Raises BadArgument, Asks."""
    number, start = _number(values)
    typed = values.get("query", "")
    if start == len(typed):
        return None
    return await while_typing.of(limited(_query(typed, start, number), values.get(THRESHOLD.name)))
