"""Messages as data: what is posted or answered, before a platform draws it.

Text is never markup. A renderer escapes every string by its platform's rules; since no span can
mention anybody, a paper's text never pings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

HEADLINE = 120  # characters: what a phone's lock screen shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A run of text with one look."""

    text: str
    bold: bool = False
    code: bool = False
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A moment (UTC epoch ms), shown in the reader's zone."""

    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody, shown by name and never notified."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Another channel, by name; one can go there where the platform has a way."""

    id: str
    name: str


Piece = str | Span | When | Person | Place
Text = tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A button or menu entry: it types `command` with `arguments` for whoever presses it.

    `form` opens the command's form instead of running it. `value` is what travels in the
    platform's button; `Commands.encode` sets it before rendering.
    """

    label: str
    command: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    form: bool = False
    style: Literal["plain", "primary", "danger"] = "plain"
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A button that opens an address."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """Several actions behind one control."""

    placeholder: str
    options: tuple[Action, ...]


Control = Action | Link | Menu


@dataclass(frozen=True, slots=True, kw_only=True)
class Para:
    """A paragraph."""

    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Pre:
    """Monospaced text whose columns matter: a caret error, a table of help."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A line of a list, with what can be done to it."""

    text: Text
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A paper."""

    title: str
    url: str
    byline: str = ""
    summary: Text = ()
    stats: Text = ()
    matched: tuple[str, ...] = ()
    thumbnail: str | None = None
    controls: tuple[Control, ...] = ()


Block = Para | Pre | Item | Card


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """The only thing that notifies: whom a subscription's own `ping:` names, never a paper's text.

    `name` is what people read where it is spoken of; two with the same id are equal whatever it is.
    """

    kind: Literal["user", "group"]
    id: str
    name: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is posted. `headline` is plain text of at most 120 characters, the title first."""

    headline: str
    body: tuple[Block, ...] = ()
    controls: tuple[Control, ...] = ()
    page: tuple[int, int] | None = None  # this page and how many there are, from 1
    pings: tuple[Ping, ...] = ()
    topics: tuple[str, ...] = ()  # the matched subscriptions: forum tags, colour
    file: tuple[str, bytes] | None = None  # name and content
    parent: str | None = None  # the adapter's reference to the message whose thread it belongs in


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A command's parameters as fields: values so far, and one line for each that was wrong."""

    command: str
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Message):
    """The answer to a command, private to who asked."""

    form: Form | None = None
    replace: bool = False  # takes the place of the private message that was pressed
    error: bool = False
