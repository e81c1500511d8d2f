"""Text for Slack and from it: rich text shown letter by letter, and what a person typed, as typed.

In `rich_text` elements nothing is markup: no asterisk, no address and no mention is read into a
paper's text. Only the `text` that phones show is markup, and is escaped.
"""

import re
from typing import Any
from urllib.parse import unquote

from adapters.slack.limits import TEXT, URL
from bot.chat.message import Person, Piece, Ping, Place, Span, Text, When
from bot.chat.plain import harmless, moment, web_address
from bot.chat.shorten import cut, cut_text
from bot.clock import SECOND

Json = dict[str, Any]
NOTHING = "…"  # stands where Slack takes no empty text
PLENTY = 1_000_000_000  # characters
_LATEST = 253_402_300_799  # s: the end of the year 9999
_CHARACTERS = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_ENTITY = re.compile("|".join(_CHARACTERS))

# docs.slack.dev, "Formatting message text" and "Slash commands" (users, channels and links escaped);
# read 2026-11-25. Angle brackets that people type arrive as entities, so these are all Slack's own.
_REFERENCE = re.compile(
    r"(?P<name>\b(?:channel|ping):)?"
    r"<(?P<mark>@|\#|!subteam\^|!(?=[a-z])|(?=[a-z][a-z0-9+.-]*:))(?P<what>[^<>|]+)(?:\|(?P<label>[^<>]*))?>",
    re.IGNORECASE,
)


def escape(text: str) -> str:
    """`text` where Slack reads markup: shown as it is, and no mention."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def typed(text: str) -> str:
    """What a person typed, of which Slack made `text`.

    `channel:` and `ping:` keep the ids that they need (`channel:C1`), and a channel that is a word by itself
    is said that way: it is no topic. Elsewhere a reference becomes what people see, `#ml` or `@ann`, and
    a link the address or word that it was made of.
    """
    return _ENTITY.sub(lambda found: _CHARACTERS[found[0]], _REFERENCE.sub(_seen, text))


def _seen(found: re.Match[str]) -> str:
    """A reference as it was typed, behind the name of the parameter before it."""
    name, mark, what, label = found["name"] or "", found["mark"], found["what"], found["label"] or ""
    if not mark:
        return name + _address(what, label)
    if name:
        return name + what
    if mark == "#" and _begins_word(found):
        return f"channel:{what}" + (" " if found.string[found.end() :][:1].strip() else "")
    sign = "#" if mark == "#" else "@"
    return sign + (label or what).removeprefix(sign)


def _begins_word(found: re.Match[str]) -> bool:
    return not found.string[: found.start()][-1:].strip()


def _address(url: str, label: str) -> str:
    """`url`, or the word that Slack took for an address, such as example.com."""
    return label if label and _bare(url) == _bare(label) else url.removeprefix("mailto:")


def _bare(url: str) -> str:
    """`url` without what Slack puts around it."""
    return unquote(re.sub(r"^(https?://|mailto:|tel:)", "", url, flags=re.IGNORECASE)).rstrip("/").casefold()


def caret_line(pre: str) -> str:
    """`pre`, two lines with a caret under a character, as one line of proportional type.

    `title:diffusion ▸OR◂`, the word where the caret stands, or `title:diffusion OR ▸here◂`; nothing
    where `pre` is no such thing.
    """
    line, _, below = pre.rpartition("\n")
    if below.strip() != "^" or "\n" in line:
        return ""
    column = len(below) - 1
    word = next((word for word in re.finditer(r"\S+", line) if word.start() <= column < word.end()), None)
    start, end = word.span() if word else (column, column)
    return f"{line[:start]}▸{line[start:end] or 'here'}◂{line[end:]}"


class Room:
    """The characters that a message may still have."""

    def __init__(self, left: int = PLENTY) -> None:
        self.left = left

    def elements(self, text: Text) -> list[Json]:
        """As much of `text` as has room, as elements of rich text; none for no text."""
        short = cut_text(text, min(TEXT, self.left), drawn)
        self.left -= sum(len(drawn(piece)) for piece in short)
        return [element(piece) for piece in short if drawn(piece)]

    def line(self, text: str, limit: int = TEXT) -> str:
        """As much of `text` as has room."""
        short = cut(harmless(text).strip(), min(limit, self.left))
        self.left -= len(short)
        return short


def drawn(piece: Piece) -> str:
    """The characters that `piece` takes up."""
    match piece:
        case str():
            return harmless(piece)
        case Span():
            text = harmless(piece.text)
            return text + (web_address(piece.url, URL) or "") if text else ""
        case When():
            return moment(piece.at)
        case Person() | Place():
            return harmless(piece.name)


def element(piece: Piece) -> Json:
    """`piece` as an element of rich text; a person's name is text, and notifies nobody."""
    match piece:
        case When(at=at):
            timestamp = min(max(at // SECOND, 0), _LATEST)
            pattern = "{date_short_pretty} at {time}"
            return {"type": "date", "timestamp": timestamp, "format": pattern, "fallback": moment(at)}
        case Span() as span:
            return _span(span)
        case Place(id=id_):
            return {"type": "channel", "channel_id": id_}
        case _:
            return {"type": "text", "text": drawn(piece)}


def mention(ping: Ping) -> Json:
    """The only element that notifies."""
    if ping.kind == "user":
        return {"type": "user", "user_id": ping.id}
    return {"type": "usergroup", "usergroup_id": ping.id}


def _span(span: Span) -> Json:
    url = web_address(span.url, URL)
    kind: Json = {"type": "link", "url": url} if url else {"type": "text"}
    style = {name: True for name in ("bold", "code") if getattr(span, name)}
    return {**kind, "text": harmless(span.text), **({"style": style} if style else {})}
