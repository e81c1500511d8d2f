"""`edit`: another query for a subscription, whose number stays."""

import re
from dataclasses import replace
from functools import partial

from bot.chat.command import BadArgument, Command, Context, Param, Refused, Values, Who
from bot.chat.message import Action, Form, Reply
from bot.commands import answers
from bot.commands.changing import Changing, changing
from bot.commands.core import Asks, Core, known
from bot.commands.picking import parse_number, pick_one, suggest_numbers
from bot.commands.preview import Preview, preview
from bot.commands.queries import QUERY_HELP, parse_query
from bot.commands.replies import say
from bot.commands.rules import holder, set_query
from bot.commands.walk import with_actions
from bot.matching.query import Query
from bot.store import subscriptions
from bot.store.subscriptions import Subscription

_NUMBERED = re.compile(r"\s*#?(?P<number>\d{1,9})(?:\s+·)?(?:\s+(?P<query>\S.*))?", re.DOTALL)


def commands(core: Core) -> tuple[Command, ...]:
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
                Param(name="query", help=QUERY_HELP, required=True, rest=True, ask=True, suggest=suggest),
            ),
            who=Who.MANAGER,
            examples=('edit 3 "world model"',),
        ),
    )


async def edit(core: Core, context: Context, values: Values) -> Reply:
    """Give a subscription another query. Raises Refused, BadArgument, Asks."""
    number, start = _number(values)
    if start == len(values["query"]):
        return await _form(core, context, number)
    shown = await preview(core, _query(values["query"], start, number))
    async with changing(core, context) as here:
        old = pick_one(await here.subscriptions(), number, here.name, here.word)
        new = await _change(here, old, shown)
    same = old.query_id == new.query_id
    is_already = f"{number} is {shown.query.plain} already."
    return say(
        is_already if same else f"✓ {number} is now {shown.query.plain}.",
        *await answers.about(core, context, here.channel, new, shown),
        controls=(
            *answers.post_these(shown.papers),
            answers.edit_form(new, shown.query.plain),
            *answers.undo([] if same else [new], here.now),
        ),
    )


def _number(values: Values) -> tuple[int, int]:
    """The subscription's number, and where the query begins in what was typed for it. Raises BadArgument."""
    if "number" in values:
        return values["number"], 0
    typed = values["query"]
    found = _NUMBERED.fullmatch(typed)
    if found is None:
        why = 'Say the number of the subscription first, for example  3 "world model"'
        raise BadArgument("number", why, text=typed, caret=0)
    return int(found["number"]), found.start("query") if found["query"] else len(typed)


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
    return replace(action, arguments={"number": str(number), **action.arguments})


async def _form(core: Core, context: Context, number: int) -> Reply:
    """The form, filled in with the query as it is. Raises Refused."""
    async with core.database.read() as connection:
        channel = await known(connection, context)
        every = await subscriptions.of_channel(connection, channel.id, removed=True) if channel else []
    name = channel.channel.name if channel else "This channel"
    old = pick_one(every, number, name, core.settings.paperboy_command)
    action = answers.edit_form(old)
    reply = say(f"{number} is {old.words}. Say what it should be instead.", controls=(action,))
    return replace(reply, form=Form(command="edit", values=action.arguments))


async def _change(here: Changing, old: Subscription, shown: Preview) -> Subscription:
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
