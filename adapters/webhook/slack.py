"""A message as Slack's incoming webhooks take it.

Text stands in `rich_text` elements, which Slack shows letter by letter: no markup to escape, no
mention to fear. Only the `text` that phones show is markup. Nothing here can be pressed.
"""

from collections.abc import Iterable, Iterator

from adapters.webhook.limits import SLACK_ALL_TEXT, SLACK_ALT_TEXT, SLACK_BLOCKS, SLACK_TEXT, SLACK_URL
from adapters.webhook.lines import below_body, below_title, joined
from bot.chat.fitting import ON_ITS_PAGE, fitted
from bot.chat.message import Block, Card, Item, Message, Para, Person, Piece, Place, Pre, Span, Text, When
from bot.chat.plain import harmless, moment, only_repeats, web_address
from bot.chat.shorten import cut, cut_text, fit
from bot.clock import SECOND

Json = dict[str, object]
_MOST_PARTS = SLACK_BLOCKS // 2 - 5  # of a body; with pictures they make two blocks each
_PLENTY = 1_000_000_000  # characters
_NOTHING = "…"


def render(message: Message) -> Json:
    """The payload; pure, within Slack's limits for any text."""
    return {
        "text": fit(_headline(message), SLACK_TEXT, escape),
        "blocks": list(_blocks(fitted(message, _fits, ON_ITS_PAGE), _Room(SLACK_ALL_TEXT))),
        "unfurl_links": False,
        "unfurl_media": False,
    }


def escape(text: str) -> str:
    """`text` where Slack reads markup: shown as it is, and no mention."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _headline(message: Message) -> str:
    return harmless(message.headline) or _NOTHING


class _Room:
    """The characters that a message may still have."""

    def __init__(self, left: int) -> None:
        self.left = left

    def elements(self, text: Text) -> list[Json]:
        """As much of `text` as has room, as elements of a section; none for no text."""
        short = cut_text(text, min(SLACK_TEXT, self.left), _drawn)
        self.left -= sum(len(_drawn(piece)) for piece in short)
        return [_element(piece) for piece in short if _drawn(piece)]


def _fits(message: Message) -> bool:
    """Whether no block of `message` would be cut for want of room."""
    room = _Room(_PLENTY)
    list(_blocks(message, room))
    return _PLENTY - room.left <= SLACK_ALL_TEXT


def _blocks(message: Message, room: _Room) -> Iterator[Json]:
    if not only_repeats(message):
        yield from _rich("rich_text_section", room.elements((Span(text=_headline(message), bold=True),)))
    parts = _parts(message.body)
    for part in parts[:_MOST_PARTS]:
        yield from _part(part, room)
    rest = (_NOTHING,) if len(parts) > _MOST_PARTS else ()
    yield from _rich("rich_text_section", room.elements(joined([rest, below_body(message, SLACK_URL)])))


def _parts(blocks: Iterable[Block]) -> list[list[Block]]:
    """Items of a list together, all others alone."""
    parts: list[list[Block]] = []
    for block in blocks:
        if parts and isinstance(block, Item) and isinstance(parts[-1][0], Item):
            parts[-1].append(block)
        else:
            parts.append([block])
    return parts


def _part(blocks: list[Block], room: _Room) -> Iterator[Json]:
    match blocks[0]:
        case Para(text=text):
            yield from _rich("rich_text_section", room.elements(text))
        case Pre(text=text):
            yield from _rich("rich_text_preformatted", room.elements((text,)))
        case Card() as card:
            yield from _card(card, room)
        case Item():
            yield from _list([room.elements(item.text) for item in blocks if isinstance(item, Item)])


def _card(card: Card, room: _Room) -> Iterator[Json]:
    title = (Span(text=card.title or card.url, bold=True, url=web_address(card.url, SLACK_URL)),)
    yield from _rich("rich_text_section", room.elements(joined([title, below_title(card, SLACK_URL)])))
    if picture := web_address(card.thumbnail, SLACK_URL):
        yield {
            "type": "image",
            "image_url": picture,
            "alt_text": cut(harmless(card.title), SLACK_ALT_TEXT) or _NOTHING,
        }


def _list(items: list[list[Json]]) -> Iterator[Json]:
    lines = [{"type": "rich_text_section", "elements": elements} for elements in items if elements]
    if lines:
        yield _block({"type": "rich_text_list", "style": "bullet", "elements": lines})


def _rich(kind: str, elements: list[Json]) -> Iterator[Json]:
    if elements:
        yield _block({"type": kind, "elements": elements})


def _block(part: Json) -> Json:
    return {"type": "rich_text", "elements": [part]}


def _drawn(piece: Piece) -> str:
    """The characters that `piece` takes up."""
    match piece:
        case str():
            return harmless(piece)
        case Span():
            text = harmless(piece.text)
            return text + (piece.url or "") if text else ""
        case When():
            return moment(piece.at)
        case Person() | Place():
            return harmless(piece.name)


def _element(piece: Piece) -> Json:
    match piece:
        case When(at=at):
            pattern = "{date_short_pretty} {time}"
            return {"type": "date", "timestamp": at // SECOND, "format": pattern, "fallback": moment(at)}
        case Span() as span:
            return _span(span)
        case _:
            return {"type": "text", "text": _drawn(piece)}


def _span(span: Span) -> Json:
    url = web_address(span.url, SLACK_URL)
    kind: Json = {"type": "link", "url": url} if url else {"type": "text"}
    style = {name: True for name in ("bold", "code") if getattr(span, name)}
    return {**kind, "text": harmless(span.text), **({"style": style} if style else {})}
