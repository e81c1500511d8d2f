"""A command, declared once: every platform makes its own face of it from this."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any

from bot.chat.message import Message, Person, Reply
from bot.models import Channel


class Kind(Enum):
    """What a parameter takes; platforms have their own pickers for some."""

    TEXT = "text"
    INTEGER = "integer"
    CHANNEL = "channel"
    ROLE = "role"
    FILE = "file"


class Who(IntEnum):
    """Who may run a command; each includes those before it."""

    ANYONE = 0  # who may look
    MEMBER = 1  # who may write in the channel
    MANAGER = 2  # who may change the channel
    OPERATOR = 3  # who runs the installation


class BadArgument(Exception):
    """The value of `param` is not right: `why`, in one line, and where if `caret` (a 0-based column) is set.

    `text` is what was typed, as the caret counts it.
    """

    def __init__(self, param: str, why: str, *, text: str = "", caret: int | None = None) -> None:
        super().__init__(why)
        self.param, self.why, self.text, self.caret = param, why, text, caret


class Refused(Exception):
    """A command that cannot be done: `what` is the matter, and `fix` is what to do about it."""

    def __init__(self, what: str, *, fix: str = "") -> None:
        super().__init__(f"{what} {fix}".strip())
        self.what, self.fix = what, fix


async def _nowhere(_channel: str) -> "Context | None":
    return None


async def _no_channels() -> Collection[str]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Who asks, from where, with which rights; adapters fill it in.

    `elsewhere` gives the same person's context in another channel of the workspace, given by its id or
    named as the platform names it, or None where there is none that this person may see. `channels` gives
    the ids of the workspace's channels that this person and the bot are both in, where the platform tells.
    Both may raise an AdapterError. `unsure` says why the platform does not tell now what the person may do:
    then `rights` are the least.
    """

    platform: str
    workspace: str
    channel: Channel | None  # key and name as the platform knows them; settings are the core's
    user: Person
    rights: Who
    unsure: str = ""
    locale: str = "en"
    tz: str | None = None  # IANA zone of the person, where the platform tells
    elsewhere: Callable[[str], Awaitable["Context | None"]] = _nowhere
    channels: Callable[[], Awaitable[Collection[str]]] = _no_channels


Values = Mapping[str, Any]  # parameter → what its `parse` gave
Handler = Callable[[Context, Values], Awaitable[Reply]]
Preview = Callable[[Context, Values], Awaitable[Reply | None]]
Suggest = Callable[[Context, str], Awaitable[Sequence[str]]]


def as_typed(text: str) -> Any:
    """The parser of a parameter that takes any text."""
    return text


async def no_suggestions(_context: Context, _prefix: str) -> Sequence[str]:
    """What a parameter suggests that has nothing to suggest."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """One parameter. `parse` is the only way from text to value; it raises BadArgument."""

    name: str
    help: str
    kind: Kind = Kind.TEXT
    parse: Callable[[str], Any] = as_typed
    required: bool = False
    rest: bool = False  # takes all that is typed without a name
    choices: tuple[str, ...] = ()
    suggest: Suggest = no_suggestions  # at most 25
    max_length: int = 500
    ask: bool = False  # a field of the command's form
    hidden: bool = False  # set by buttons, not shown in help
    platforms: tuple[str, ...] = ()  # whose channels have it; empty: all
    emptied: str = ""  # what a field of the form says that was emptied; nothing: as if it were not there


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command: `name` is one word, or two as in "feed add".

    `preview` says what the handler would do with the values so far, and changes nothing: it is shown
    while a form is filled in, and is None where there is nothing to tell.
    """

    name: str
    summary: str
    handler: Handler
    params: tuple[Param, ...] = ()
    who: Who = Who.ANYONE
    listed: bool = True
    examples: tuple[str, ...] = ()
    shortcut: bool = False
    aliases: tuple[str, ...] = ()
    preview: Preview | None = None

    @property
    def typed(self) -> bool:
        """Whether people type it; one without an example is there for buttons."""
        return bool(self.examples)

    def fields(self, platform: str) -> tuple[Param, ...]:
        """The fields of its form, for a channel of `platform`."""
        asked = (param for param in self.params if param.ask)
        return tuple(param for param in asked if not param.platforms or platform in param.platforms)

    def param(self, name: str) -> Param | None:
        """Its parameter called `name`."""
        return next((param for param in self.params if param.name == name), None)


class Commands(ABC):
    """All that an adapter calls. Refusals, errors and bugs (with a number) come back as replies."""

    table: tuple[Command, ...] = ()

    @abstractmethod
    async def typed(self, context: Context, line: str) -> Reply:
        """Do what a person typed after the bot's name or slash command."""

    @abstractmethod
    async def press(self, context: Context, value: str) -> Reply:
        """Do what a button or menu entry carries: the `value` that `encode` gave its action."""

    @abstractmethod
    async def run(self, context: Context, name: str, values: Mapping[str, str]) -> Reply:
        """Do the command `name` with `values` as text: a submitted form, typed options."""

    async def preview(self, context: Context, name: str, values: Mapping[str, str]) -> Reply | None:  # noqa: ARG002
        """What `run` would do with `values`, which changes nothing; None where there is nothing to tell."""
        return None

    @abstractmethod
    async def suggest(self, context: Context, name: str, param: str, prefix: str) -> Sequence[str]:
        """At most 25 values for `param` of the command `name` that continue `prefix`."""

    @abstractmethod
    async def encode(self, message: Message, limit: int) -> Message:
        """The same message with every action's `value` set, each at most `limit` characters."""
