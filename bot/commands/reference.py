"""The reference page of all commands, generated: `python -m bot.commands.reference > docs/commands.md`."""

import sys
from collections.abc import Iterable, Iterator, Sequence

from bot.chat.command import Command, Param, Who
from bot.clock import SystemClock
from bot.commands.core import Core
from bot.commands.replies import usage_line
from bot.commands.table import table
from bot.models import ChannelId
from bot.settings import Settings
from bot.store.engine import Database

_HEAD = """\
# Commands

Typed after `/papers` (a setting, `PAPERBOY_COMMAND`), or sent by buttons and forms, which do nothing that
could not be typed. Words without a name go to the parameter marked *free words*; all others are typed as
`name:value`, in any order, and `name:"a value"` where the value has spaces. A line that begins with no
command is a search, and `/papers` alone says how things stand in the channel. A leading `?`
opens a command's form: `/papers ?subscribe`. Every command takes `channel:` to speak of another channel, with
or without an `in` before it; your rights there count. Answers are seen by you alone.

`settings` has further parameters on platforms that have options of their own; where there are threads,
`thread:on` gathers each day's papers in the thread of one message. Where a platform can notify people,
`subscribe` and `edit` take `ping:` as well: `me`, a group that you may notify there, or `none`.

This page is generated from the command table; a test compares the two."""
_WHO = {
    Who.ANYONE: "Anyone",
    Who.MEMBER: "People in the channel",
    Who.MANAGER: "People who can manage the channel",
    Who.OPERATOR: "Whoever runs this bot",
}


def page(commands: Sequence[Command]) -> str:
    """The reference of those of `commands` that people type, as Markdown."""
    shown = [command for command in commands if command.typed]
    listed = [command for command in shown if command.listed]
    more = [command for command in shown if not command.listed]
    parts = [_HEAD, *map(_section, listed)]
    if more:
        parts += ["## More\n\n`/papers help all` names these too.", *(_section(one, "###") for one in more)]
    return "\n\n".join(parts) + "\n"


def _section(command: Command, heading: str = "##") -> str:
    return "\n".join((f"{heading} {command.name}\n", *_lines(command)))


def _lines(command: Command) -> Iterator[str]:
    yield f"{command.summary}.\n"
    yield f"```\n{usage_line(command, 'papers')}\n```\n"
    yield from map(_param, (param for param in command.params if not param.hidden))
    if command.aliases:
        yield f"- also called {', '.join(f'`{alias}`' for alias in command.aliases)}"
    yield f"- who: {_WHO[command.who]}"
    yield from (f"- example: `/papers {example}`" for example in command.examples)


def _param(param: Param) -> str:
    choices = f": {', '.join(f'`{choice}`' for choice in param.choices)}" if param.choices else ""
    marks = [mark for mark, is_so in (("free words", param.rest), ("needed", param.required)) if is_so]
    marked = f" *({', '.join(marks)})*" if marks else ""
    return f"- `{param.name}`{marked}: {param.help}{choices}"


def declared() -> tuple[Command, ...]:
    """The table as it is declared, over a database that is never opened."""
    core = Core(
        database=Database("sqlite:///unused.db"),
        clock=SystemClock(),
        settings=Settings.model_construct(),  # the defaults, whatever the environment says
        adapters={},
        switches=dict,
        wake=_nobody,
    )
    return table(core)


def _nobody(_channels: Iterable[ChannelId]) -> None:
    """Nobody drains here."""


if __name__ == "__main__":
    sys.stdout.write(page(declared()))
