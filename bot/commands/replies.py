"""What is answered when a command could not be done, and how a command is used. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.chat.command import BadArgument, Command, Param, Refused
from bot.chat.line import TO_TYPE
from bot.chat.message import HEADLINE, Action, Block, Control, Form, Para, Pre, Reply, Span
from bot.chat.shorten import cut

_ROOM = 60  # characters of a text with a caret: what a phone shows in one line


def say(text: str, *body: Block, controls: Sequence[Control] = (), error: bool = False) -> Reply:
    """A reply that begins with `text`, however long that is."""
    text = " ".join(text.split())
    whole = (Para(text=(text,)),) if len(text) > HEADLINE else ()
    return Reply(headline=cut(text, HEADLINE), body=(*whole, *body), controls=tuple(controls), error=error)


def refused(error: Refused) -> Reply:
    """What is the matter, and what to do about it."""
    return say(error.what, *_paragraphs(error.fix), error=True)


def not_now(what: str, fix: str = "Nothing was changed; try again in a minute.") -> Reply:
    """Somebody else is the matter, and it will pass."""
    return say(what, *_paragraphs(fix), error=True)


def broken(number: str) -> Reply:
    """A bug of ours, with the number under which its traceback was logged."""
    fix = "If it happens again, give that number to whoever runs this bot: it stands in the log."
    return say(f"That went wrong, and it is not your fault: bug {number}.", *_paragraphs(fix), error=True)


def no_such_line(error: BadArgument, word: str) -> Reply:
    """A typed line that cannot be taken apart."""
    more = Para(text=("All commands: ", Span(text=f"/{word} help", code=True)))
    return say(error.why, *_marked(error), more, error=True)


def wrong(
    command: Command, given: Mapping[str, str], errors: Mapping[str, BadArgument], word: str, *, form: bool
) -> Reply:
    """What is wrong with `given`: the first of `errors` with its caret, a line for each other one.

    *Edit* opens the form as it was filled in; with `form` the reply itself is the form, marked.
    """
    lines = {name: error.why for name, error in errors.items()}
    marked = Form(command=command.name, values=given, errors=lines) if form and asks(command) else None
    again = Action(label="Edit", command=command.name, arguments=given, form=True)
    reply = mistakes(errors, *usage(command, word))
    return replace(reply, controls=(again,) if asks(command) else (), form=marked)


def mistakes(errors: Mapping[str, BadArgument], *body: Block) -> Reply:
    """The first of `errors` with its caret, a line for each other one, and `body`."""
    first, *others = errors.values()
    more = (Para(text=(f"{error.param}: {error.why}",)) for error in others)
    return say(first.why, *_marked(first), *more, *body, error=True)


def asked(command: Command, given: Mapping[str, str], word: str) -> Reply:
    """The form of `command`, filled in with `given`; for those who see no form, what to type.

    No form where it would lack a field for what is needed: nobody could fill it in.
    """
    missing = [param for param in command.params if param.required and param.name not in given]
    if not command.typed and any(param.hidden or not param.ask for param in missing):
        return refused(_of_buttons(command, word))
    needs = tuple(Para(text=(Span(text=param.name, bold=True), f": {param.help}")) for param in missing)
    reply = say(f"{command.name}: {command.summary}", *needs, *usage(command, word))
    form = Form(command=command.name, values=given) if all(param.ask for param in missing) else None
    return replace(reply, form=form)


def _of_buttons(command: Command, word: str) -> Refused:
    """That `command` is nothing to type."""
    what = f"{command.name} works only with a button, which says what it is about."
    return Refused(what, fix=f"/{word} help all names what you can type.")


def asks(command: Command) -> bool:
    """Whether `command` has a form."""
    return any(param.ask for param in command.params)


def usage(command: Command, word: str) -> tuple[Block, ...]:
    """How `command` is typed after `word`, and one example."""
    lines: list[Block] = [_typed(TO_TYPE, usage_line(command, word))]
    if command.examples:
        lines.append(_typed("For example: ", f"/{word} {command.examples[0]}"))
    return tuple(lines)


def usage_line(command: Command, word: str) -> str:
    """`/papers subscribe query… [channel:…]`."""
    slots = (_slot(param) for param in command.params if not param.hidden)
    return " ".join((f"/{word} {command.name}", *slots))


def caret(text: str, column: int, room: int = _ROOM) -> str:
    """Two lines: `text` around the character at `column`, and a caret under it.

    The caret is counted in characters; how wide each is, only a renderer knows.
    """
    line = "".join(character if character.isprintable() else " " for character in text)
    column = min(max(column, 0), len(line))
    start = max(0, min(column - room // 2, len(line) - room))
    before = "…" if start else ""
    after = "…" if start + room < len(line) else ""
    return f"{before}{line[start : start + room]}{after}\n{' ' * (column - start + len(before))}^"


def _marked(error: BadArgument) -> tuple[Block, ...]:
    if error.caret is None:
        return ()
    return (Pre(text=caret(error.text, error.caret)),)


def _paragraphs(text: str) -> tuple[Block, ...]:
    return (Para(text=(text,)),) if text else ()


def _typed(label: str, line: str) -> Para:
    return Para(text=(label, Span(text=line, code=True)))


def _slot(param: Param) -> str:
    slot = f"{param.name}…" if param.rest else f"{param.name}:…"
    return slot if param.required else f"[{slot}]"
