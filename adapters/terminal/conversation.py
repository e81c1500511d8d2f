"""How a session goes: at a prompt, or line by line from a file or pipe."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from adapters.terminal.complete import Question, Table
from adapters.terminal.forms import fields, filled, spelled_out, with_way_out
from adapters.terminal.printer import Printer
from adapters.terminal.session import Answer, Session
from adapters.terminal.stdin import lines
from bot.chat.errors import WorkspaceUnreachable
from bot.chat.message import Form, Reply

if TYPE_CHECKING:
    from adapters.terminal.prompt import Prompt

LEFT = Reply(headline="You left the form; nothing was changed.")


async def read(session: Session, stream: TextIO | None, printer: Printer) -> None:
    """Answer the lines of `stream`, each shown before its answer as if it had been typed.

    Ends with the input, when a line says so, or when nobody is left to be answered.
    """
    with suppress(WorkspaceUnreachable):
        async for line in lines(stream):
            if line.strip():
                await printer.echo(session.channel, line)
            if answer := await session.do(line):
                table, platform = session.commands.table, answer.channel.key.platform
                spelled = spelled_out(answer.reply, table, platform, word=session.word)
                await printer.answer(answer.channel, spelled)
            if session.over:
                return


async def converse(session: Session, stream: TextIO, printer: Printer) -> None:
    """Answer what is typed at a prompt, until the person leaves or the terminal is gone."""
    # prompt-toolkit takes 7 MB and 60 ms, which only a person at a terminal needs.
    from adapters.terminal.prompt import Prompt, strays_above  # noqa: PLC0415

    async def suggest(question: Question) -> Sequence[str]:
        return await session.commands.suggest(
            session.context(), question.command, question.param, question.prefix
        )

    table = Table(word=session.word, commands=session.commands.table, channels=session.joined)
    prompt = printer.prompt = Prompt(stream, printer.console.file, table.offers, suggest)
    try:
        with strays_above(), suppress(WorkspaceUnreachable):
            await _talk(session, prompt, printer)
    finally:
        printer.prompt = None


async def _talk(session: Session, prompt: "Prompt", printer: Printer) -> None:
    hint = f"/{session.word} subscribe diffusion · /help · Tab completes · Ctrl-D leaves"
    instead = ""  # a line that was typed in a form
    while not session.over:
        line = instead or await prompt.line(session.channel.name, hint)
        instead = ""
        if line is None:
            session.over = True
        elif answer := await session.do(line):
            await printer.answer(answer.channel, with_way_out(answer.reply))
            instead = await _fill_in(answer, session, prompt, printer)


async def _fill_in(answer: Answer, session: Session, prompt: "Prompt", printer: Printer) -> str:
    """Ask for the fields of the form that `answer` brings, until it is taken or left.

    It is also left by a line that is a command; that is given back, to be done.
    """
    while form := answer.reply.form:
        try:
            values = await _entered(form, answer.channel.key.platform, session, prompt)
        except _Left as left:
            await printer.answer(answer.channel, LEFT)
            return left.line
        answer = await session.submit(answer.channel, form, values)
        await printer.answer(answer.channel, with_way_out(answer.reply))
    return ""


class _Left(Exception):
    """The form is left: by a key, or by `line`."""

    def __init__(self, line: str = "") -> None:
        super().__init__(line)
        self.line = line


async def _entered(form: Form, platform: str, session: Session, prompt: "Prompt") -> dict[str, str]:
    """What the person enters in the form's fields. Raises _Left."""
    answers: dict[str, str] = {}
    for param in fields(form, session.commands.table, platform):
        entered = await prompt.field(param, form.values.get(param.name, ""))
        if entered is None:
            raise _Left
        if session.commanded(entered):
            raise _Left(entered)
        answers[param.name] = entered.strip()
    return filled(form, answers)
