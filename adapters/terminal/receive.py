"""What a typed line means. Pure.

`/papers` may be left out: at a prompt there is nobody else to talk to.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from bot.chat import places
from bot.models import Channel

PLATFORM = "terminal"
WORKSPACE = "local"
_NUMBER = re.compile(r"\[?([0-9]{1,9})\]?")


@dataclass(frozen=True, slots=True)
class Press:
    """Press the action with this number."""

    number: int


@dataclass(frozen=True, slots=True)
class Join:
    """Go to this channel; without a name, say which there are."""

    name: str


@dataclass(frozen=True, slots=True)
class Typed:
    """Do this, as it would stand after `/papers`."""

    line: str


@dataclass(frozen=True, slots=True)
class Help:
    """Say what can be typed."""

    topic: str


@dataclass(frozen=True, slots=True)
class Quit:
    """Good-bye."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A slash and a word that is no command here."""

    word: str


Intent = Press | Join | Typed | Help | Quit | Unknown


def meant(line: str, *, word: str, names: Collection[str]) -> Intent | None:
    """What `line` asks for; None for nothing. `word` is what starts a command, `names` are the commands'."""
    text = line.strip()
    if not text:
        return None
    if number := _NUMBER.fullmatch(text):
        return Press(int(number[1]))
    if text.casefold() in {"quit", "exit"}:
        return Quit()
    return _slash(text[1:], word, names) if text[0] == "/" else Typed(text)


def _slash(text: str, word: str, names: Collection[str]) -> Intent:
    first, *others = text.split(maxsplit=1)[:2] or [""]
    rest = others[0] if others else ""
    match first.casefold():
        case name if name == word:
            return Typed(rest)
        case "join":
            return Join(rest)
        case "help" | "?":
            return Help(rest)
        case "quit" | "exit":
            return Quit()
        case name if name in names:
            return Typed(text)
        case _:
            return Unknown(first)


def place(name: str) -> Channel | None:
    """The channel that `name` says: `#vision` here, `webhook:ml` elsewhere; None if it says none."""
    return places.place(name, platform=PLATFORM, workspace=WORKSPACE)


def written(channel: Channel) -> str:
    """How `channel` is named here: what `place` reads."""
    return places.written(channel.key, embedded=PLATFORM)


def is_here(channel: Channel) -> bool:
    """Whether `channel` is one of the terminal's own."""
    return channel.key.platform == PLATFORM
