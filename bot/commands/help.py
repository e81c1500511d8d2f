"""`help`: one phone screen of what can be typed, and the rest on request."""

from collections.abc import Iterator, Sequence

from bot.chat.command import Command, Context, Param, Refused, Values, Who
from bot.chat.message import Item, Para, Pre, Reply, Span, Text
from bot.commands.core import Core
from bot.commands.replies import say, usage

GROUPS = (
    ("Follow", (("subscribe",), ("list", "unsubscribe"), ("edit",))),
    ("Look", (("search",), ("today",))),
    ("Quiet", (("pause",), ("resume",), ("settings",))),
)  # title, and the commands whose examples share a line
QUERY = """\
world model      all words, in any order
"world model"    the phrase
flow OR diffusion
-survey          not this word
(a OR b) -c      brackets group
quant*           any ending
title:agents     also abstract: author:
                 org: keyword:
upvotes>=20      also comments stars
has:code         also has:project
*                everything"""
NUMBERS = "A paper that gets 20 upvotes within 14 days comes then; later numbers bring nothing."
_WHO = {
    Who.MEMBER: "For people in the channel.",
    Who.MANAGER: "For people who can manage the channel.",
    Who.OPERATOR: "For whoever runs this bot.",
}
_TOPICS = ("query", "all")


def commands(core: Core, others: Sequence[Command]) -> tuple[Command, ...]:
    """The command, which knows all `others`."""
    word = core.settings.paperboy_command

    async def handler(context: Context, values: Values) -> Reply:
        managers = core.managers(context.platform)
        return answer(word, (*others, command), values.get("topic", ""), managers)

    async def suggest(_context: Context, prefix: str) -> Sequence[str]:
        names = (*_TOPICS, *(command.name for command in others))
        return [name for name in names if name.startswith(prefix.casefold())][:25]

    command = Command(
        name="help",
        summary="What you can type",
        handler=handler,
        params=(Param(name="topic", help="a command, or query, or all", rest=True, suggest=suggest),),
        examples=("help query", "help subscribe"),
        aliases=("?",),
    )
    return (command,)


def answer(word: str, table: Sequence[Command], topic: str, managers: str = "") -> Reply:
    """Help on `topic`, or what most people need. Raises Refused for a topic that there is not.

    `managers` may change what a channel gets; empty where nothing says who that is.
    """
    match topic.casefold().removeprefix(f"/{word}").strip():
        case "":
            return say("What you can type", *_short(word, table))
        case "query":
            return say("What a subscription or a search can ask for", Pre(text=QUERY), Para(text=(NUMBERS,)))
        case "all":
            return say("All commands", *map(_line, _all(table)))
        case name:
            return _about(word, table, name, managers)


def _all(table: Sequence[Command]) -> list[Command]:
    """Those of `table` that people type, the listed ones first."""
    return sorted((one for one in table if one.typed), key=lambda one: not one.listed)


def _short(word: str, table: Sequence[Command]) -> Iterator[Para]:
    """What most people need: a paragraph a group, in lines that a phone shows unbroken."""
    listed = {command.name: command for command in table if command.listed}
    for title, rows in GROUPS:
        there = ([listed[name] for name in row if name in listed] for row in rows)
        lines = [_typed(word, *((*one.examples, one.name)[0] for one in row)) for row in there if row]
        if lines:
            broken = (piece for line in lines for piece in ("\n", *line))
            yield Para(text=(Span(text=title, bold=True), *broken))
    yield Para(text=("More: ", *_typed(word, "help query", "help all")))


def _typed(word: str, *lines: str) -> Text:
    """What can be typed, side by side."""
    spans = [Span(text=f"/{word} {line}", code=True) for line in lines]
    return (spans[0], *(piece for span in spans[1:] for piece in (" · ", span)))


def _line(command: Command) -> Item:
    return Item(text=(Span(text=command.name, code=True), f"  {command.summary}"))


def _about(word: str, table: Sequence[Command], name: str, managers: str) -> Reply:
    command = next((one for one in table if name in (one.name, *one.aliases)), None)
    if command is None:
        raise Refused(f"There is no help on “{name}”.", fix=f"/{word} help all names what there is.")
    params = tuple(
        Item(text=(Span(text=param.name, code=True), f"  {_takes(param)}"))
        for param in command.params
        if not param.hidden
    )
    who = _who(command.who, managers)
    return say(f"{command.name}: {command.summary}", *params, *usage(command, word), *who)


def _who(who: Who, managers: str) -> tuple[Para, ...]:
    """Whom a command is for, where that is not everybody."""
    if who is Who.MANAGER and managers:
        return (Para(text=(f"Who may change what a channel gets: {managers}",)),)
    return (Para(text=(_WHO[who],)),) if who in _WHO else ()


def _takes(param: Param) -> str:
    return f"{param.help} ({', '.join(param.choices)})" if param.choices else param.help
