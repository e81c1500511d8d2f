"""A command's form: which fields a person is asked, and the line that says the same. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bot.chat.command import Command, Param
from bot.chat.line import TO_TYPE, print_line
from bot.chat.message import Block, Form, Item, Para, Reply, Span

WAY_OUT = "Enter keeps what stands there · Ctrl-C leaves the form"


def fields(form: Form, table: Sequence[Command], platform: str) -> tuple[Param, ...]:
    """What to ask in a channel of `platform`: what was wrong, or else the fields of the command's form.

    Here they are asked one after the other: what refines the words that the command is about (and stands
    behind them) is asked only where it holds something, and can be typed.
    """
    command = next((command for command in table if command.name == form.command), None)
    if command is None:
        return ()
    wrong = tuple(param for param in command.params if param.name in form.errors)
    return wrong or tuple(_asked(command.fields(platform), form.values))


def _asked(every: Sequence[Param], values: Mapping[str, str]) -> Iterator[Param]:
    refines = False
    for param in every:
        if param.required or param.name in values or not refines:
            yield param
        refines = refines or param.rest


def filled(form: Form, answers: Mapping[str, str]) -> dict[str, str]:
    """The values of `form` with `answers`: an empty one clears a value, or says nothing if there was none."""
    given = {name: text for name, text in answers.items() if text or form.values.get(name)}
    return {**form.values, **given}


def with_way_out(reply: Reply) -> Reply:
    """`reply` with how its form, if it has one, is filled in and left at the prompt."""
    return replace(reply, body=(*reply.body, Para(text=(WAY_OUT,)))) if reply.form else reply


def spelled_out(reply: Reply, table: Sequence[Command], platform: str, *, word: str) -> Reply:
    """`reply` with its form, if it has one, as the line to type: for where nobody can be asked.

    The line is filled in as the form is, and so takes the place of the one that says how in general. Of
    an empty form that one stays; it has said already what is needed.
    """
    if (form := reply.form) is None:
        return reply
    asked = fields(form, table, platform)
    if not form.values:
        optional = (_explained(param, form) for param in asked if not param.required)
        return replace(reply, body=(*reply.body, *optional))
    blank = {param.name: form.values.get(param.name) or "…" for param in asked}
    line = f"/{word} {print_line(form.command, {**form.values, **blank})}"
    others = (block for block in reply.body if not _says_how(block))
    how = Para(text=(TO_TYPE, Span(text=line, code=True)))
    return replace(reply, body=(*others, how, *(_explained(param, form) for param in asked)))


def _says_how(block: Block) -> bool:
    return isinstance(block, Para) and block.text[:1] == (TO_TYPE,)


def _explained(param: Param, form: Form) -> Item:
    wrong = form.errors.get(param.name, param.help)
    takes = f" ({', '.join(param.choices)})" if param.choices else ""
    return Item(text=(Span(text=param.name, bold=True), f"  {wrong}{takes}"))
