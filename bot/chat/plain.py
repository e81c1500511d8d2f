"""Any message as plain text: for platforms without cards, and for a message that was refused as it was."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import groupby

from yarl import URL

from bot.chat.message import (
    Action,
    Block,
    Card,
    Control,
    Item,
    Link,
    Menu,
    Message,
    Para,
    Person,
    Piece,
    Place,
    Pre,
    Reply,
    Span,
    Text,
    When,
)
from bot.chat.shorten import ELLIPSIS
from bot.clock import DAY, SECOND, zone_named

Typed = Callable[[Action], str]  # the line that does what pressing it would
_LAST = 253_402_300_799 * SECOND - DAY  # epoch ms: the end of what datetime knows, in every zone
_UNSAFE = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f"  # controls but tab and line break; ESC steers terminals
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # writing direction: would reorder what stands around
    "\ufff9-\ufffb]"  # interlinear annotations
)
_ADDRESS = re.compile(r"https?://[!-.0-~][!-~]*")
_LONE = re.compile("[\ud800-\udfff]")  # half a character: not encodable
_SEPARATORS = re.compile("\r\n?|[\u0085\u2028\u2029]")


def harmless(text: str) -> str:
    """`text` without what steers the place that shows it; everything that can be seen stays.

    Every renderer passes foreign text through here first, then escapes by its platform's rules.
    """
    return _LONE.sub("\ufffd", _UNSAFE.sub("", _SEPARATORS.sub("\n", text)))


def web_address(url: str | None, limit: int = 2_048) -> str | None:
    """`url` as a link takes it, percent-encoded; None for what is no http(s) address or over `limit`."""
    try:
        parsed = URL((url or "").strip())
    except ValueError:
        return None
    encoded = str(parsed)
    return encoded if len(encoded) <= limit and _ADDRESS.fullmatch(encoded) else None


def moment(at: int, zone: str = "UTC") -> str:
    """`at` (epoch ms) as people in `zone` (IANA name) write it; in UTC where there is no such zone."""
    when = datetime.fromtimestamp(min(max(at, DAY), _LAST) / SECOND, zone_named(zone))
    return f"{when.day} {when:%b %Y, %H:%M %Z}"


def plain_text(text: Text, zone: str = "UTC") -> str:
    """`text` as characters: moments in `zone`, people by name, addresses in brackets."""
    return "".join(_piece(piece, zone) for piece in text)


def stats_line(card: Card) -> Text:
    """The last line of a card: its numbers, and why it is here."""
    matched = f"matched: {', '.join(card.matched)}" if card.matched else ""
    return (*card.stats, *((" · ",) if card.stats and matched else ()), *((matched,) if matched else ()))


def links_of(controls: tuple[Control, ...]) -> tuple[Link, ...]:
    """Those of `controls` that work where nothing can be pressed."""
    return tuple(control for control in controls if isinstance(control, Link))


def page_line(message: Message) -> str:
    """ "page 1 of 3", or nothing."""
    return "page {} of {}".format(*message.page) if message.page else ""


def only_repeats(message: Message) -> bool:
    """Whether the headline only repeats the one paper that follows it, a card or a line."""
    match message.body:
        case ((Card(title=title) | Item(text=(Span(text=title), *_))),) if title:
            start, cut, _ = message.headline.partition(ELLIPSIS)
            return message.headline.startswith(title) or bool(start and cut and title.startswith(start))
    return False


def plain(message: Message, zone: str = "UTC", *, typed: Typed | None = None) -> str:
    """All of `message` that can be read, as plain text; what would have to be pressed is left out.

    With `typed` the line stands there that does the same. The headline stands first, unless it only
    repeats the one paper that follows.
    """
    return _paragraphs(*_headline(message), _body(message, zone, typed))


def as_text(message: Message, zone: str = "UTC") -> Message:
    """`message` with its text alone: what is posted when a platform would not take it as it was."""
    body = _body(message, zone, None)
    return Message(headline=harmless(message.headline), body=(Para(text=(body,)),) if body else ())


def _body(message: Message, zone: str, typed: Typed | None) -> str:
    blocks = _blocks(message.body, zone, typed)
    below = (*_links(message.controls), *_asked(message), page_line(message))
    return _paragraphs(*blocks, *below, "\n".join(_lines(message.controls, typed)))


def _blocks(body: tuple[Block, ...], zone: str, typed: Typed | None) -> Iterator[str]:
    """The paragraphs of `body`; lines of one list stand together."""
    for lines, blocks in groupby(
        body, lambda block: isinstance(block, Item) and not (typed and block.actions)
    ):
        drawn = [_block(block, zone, typed) for block in blocks]
        yield from ["\n".join(drawn)] if lines else drawn


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def _headline(message: Message) -> tuple[str, ...]:
    return () if only_repeats(message) else (harmless(message.headline),)


def _lines(controls: tuple[Control, ...], typed: Typed | None) -> Iterator[str]:
    """What one types in place of pressing `controls`, each with its label; nothing without `typed`."""
    for control in controls:
        match control:
            case Action() if typed:
                yield harmless(f"{control.label}: {typed(control)}")
            case Menu(options=options):
                yield from _lines(options, typed)


def _block(block: Block, zone: str, typed: Typed | None) -> str:
    match block:
        case Para():
            return plain_text(block.text, zone)
        case Pre():
            return harmless(block.text)
        case Item():
            return "\n    ".join(("• " + plain_text(block.text, zone), *_lines(block.actions, typed)))
        case Card():
            lines = (*_card(block, zone), *_lines(block.controls, typed))
            return "\n".join(line for line in lines if line)


def _card(card: Card, zone: str) -> Iterator[str]:
    yield from map(harmless, (card.title, card.url, card.byline))
    yield plain_text(card.summary, zone)
    yield plain_text(stats_line(card), zone)
    yield from _links(card.controls)


def _links(controls: tuple[Control, ...]) -> Iterator[str]:
    return (harmless(f"{link.label}: {link.url}") for link in links_of(controls))


def _asked(message: Message) -> Iterator[str]:
    """What was wrong in a form, for those who see no form."""
    errors = message.form.errors if isinstance(message, Reply) and message.form else {}
    return (harmless(f"{name}: {why}") for name, why in errors.items())


def _piece(piece: Piece, zone: str) -> str:
    match piece:
        case str():
            return harmless(piece)
        case Span(text=text, url=url):
            return harmless(f"{text} ({url})" if url and url != text else text)
        case When(at=at):
            return moment(at, zone)
        case Person(name=name) | Place(name=name):
            return harmless(name)
