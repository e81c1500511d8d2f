"""What Tab offers for a line that is being typed. Pure, but for what the core is asked to suggest.

A word that is complete is offered with the space behind it, so that one can type on.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.chat.command import Command, Param

_TOKEN = re.compile(r"\S*$")
_NAMED = re.compile(r'(?:^|\s)(?P<name>[\w-]+):(?P<value>"[^"]*|\S*)$')
_GIVEN = re.compile(r'(?:^|\s)([\w-]+):(?:"[^"]*"|\S*)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """`text` in place of the last `replaces` characters; `about` says what it is."""

    text: str
    replaces: int
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the core may suggest: values of `param` of `command` that continue `prefix`."""

    command: str
    param: str
    prefix: str
    replaces: int
    quoted: bool  # a value with spaces needs quotes here

    def offer(self, value: str) -> Offer:
        """The suggested `value`, as it is typed."""
        text = f'"{value}"' if self.quoted and re.search(r"\s", value) else value
        return Offer(text=text, replaces=self.replaces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What can be typed at all: the commands after `word`, and the channels to join."""

    word: str
    commands: Sequence[Command]
    channels: Iterable[str]

    def offers(self, line: str) -> Iterator[Offer | Question]:
        """What may follow `line`, which ends at the cursor."""
        text = line.lstrip()
        first, space, rest = text.partition(" ")
        if not text.startswith("/"):
            yield from self._command(text)
        elif not space:
            yield from _starting(first, self._slashes())
        elif first == f"/{self.word}":
            yield from self._command(rest.lstrip())
        elif first == "/join":
            yield from _starting(rest.lstrip(), ((name, "") for name in self.channels))

    def _slashes(self) -> Iterator[tuple[str, str]]:
        yield f"/{self.word} ", "commands"
        yield "/join ", "go to a channel, or make it"
        yield "/help ", "what can be typed"
        yield "/quit", "leave"

    def _command(self, text: str) -> Iterator[Offer | Question]:
        """Offers for `text`, a command with its arguments."""
        named = [command for command in self.commands if text.casefold().startswith(f"{command.name} ")]
        if named:
            command = max(named, key=lambda one: len(one.name))
            yield from _arguments(command, text[len(command.name) + 1 :])
        else:
            typed = (command for command in self.commands if command.typed)
            ordered = sorted(typed, key=lambda command: not command.listed)
            yield from _starting(text, ((f"{command.name} ", command.summary) for command in ordered))


def _starting(prefix: str, names: Iterable[tuple[str, str]]) -> Iterator[Offer]:
    for name, about in names:
        if name.startswith(prefix.casefold()):
            yield Offer(text=name, replaces=len(prefix), about=about)


def _arguments(command: Command, text: str) -> Iterator[Offer | Question]:
    named = _NAMED.search(text)
    if named and (param := command.param(named["name"].casefold())):
        yield from _values(command, param, named["value"])
        return
    given = {name.casefold() for name in _GIVEN.findall(text)}
    yield from _names(command, _TOKEN.search(text), given)
    rest = next((param for param in command.params if param.rest), None)
    if rest and (free := _free(text)) is not None:
        yield Question(command=command.name, param=rest.name, prefix=free, replaces=len(free), quoted=False)


def _values(command: Command, param: Param, typed: str) -> Iterator[Offer | Question]:
    if param.choices:
        yield from _starting(typed, ((f"{choice} ", "") for choice in param.choices))
        return
    yield Question(
        command=command.name,
        param=param.name,
        prefix=typed.removeprefix('"'),
        replaces=len(typed),
        quoted=True,
    )


def _names(command: Command, token: re.Match[str] | None, given: set[str]) -> Iterator[Offer]:
    """Names of parameters that are still to be given."""
    prefix = token[0] if token else ""
    open_ones = (p for p in command.params if not (p.hidden or p.rest or p.name in given))
    yield from _starting(prefix, ((f"{param.name}:", param.help) for param in open_ones))


def _free(text: str) -> str | None:
    """The free words at the end of `text`; None where a named value stands between them."""
    free = text[max((found.end() for found in _GIVEN.finditer(text)), default=0) :].lstrip()
    before = text[: len(text) - len(free)]
    return free if not _GIVEN.sub("", before).strip() else None
