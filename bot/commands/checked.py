"""The table, checked before anybody types: what would be read two ways stops the start."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot.chat.command import Command, Kind, Param
from bot.commands.paging import PAGE
from bot.matching.query import FIELDS

CHANNEL = Param(name="channel", help="another channel than this one", kind=Kind.CHANNEL, hidden=True)
HOME_PAGE = replace(PAGE, name="home-page", help="which page of home to come back to")
_NAME = re.compile(r"[a-z][a-z0-9-]*( [a-z][a-z0-9-]*)?|\?")
_PARAM = re.compile(r"[a-z][a-z0-9_-]*")


class TableError(Exception):
    """The commands contradict one another; the message has a line for each contradiction."""


def checked(table: Sequence[Command]) -> tuple[Command, ...]:
    """`table`, where every command takes what buttons say of where they stand: their channel, a page of home.

    Raises TableError.
    """
    if problems := tuple(_problems(table)):
        raise TableError("\n".join(problems))
    return tuple(map(_anywhere, table))


def _anywhere(command: Command) -> Command:
    lacking = (param for param in (CHANNEL, HOME_PAGE) if not command.param(param.name))
    return replace(command, params=(*command.params, *lacking))


def _problems(table: Sequence[Command]) -> Iterator[str]:
    names = [name for command in table for name in (command.name, *command.aliases)]
    yield from (f"Two commands are called {name}." for name in _twice(names))
    yield from (f"{name!r} cannot be typed as a command." for name in names if not _NAME.fullmatch(name))
    for command in table:
        yield from (f"{command.name}: {problem}" for problem in _in_params(command.params))


def _in_params(params: Sequence[Param]) -> Iterator[str]:
    names = [param.name for param in params]
    yield from (f"two parameters are called {name}." for name in _twice(names))
    yield from (f"{name!r} cannot be typed as a parameter." for name in names if not _PARAM.fullmatch(name))
    yield from (f"{name}: would be read as a field of a query." for name in names if name in FIELDS)
    if sum(param.rest for param in params) > 1:
        yield "only one parameter can take what is typed without a name."


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
