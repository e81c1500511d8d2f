"""A message as Slack takes it. Pure, within Slack's limits for any text.

The headline is the `text`, which phones show and screen readers read; the title of a card is its
first block, which is what the desktop's notification shows.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from adapters.slack import blocks
from adapters.slack.limits import ALL_TEXT, IN_A_ROW, MESSAGE_BLOCKS, TEXT, URL
from adapters.slack.text import NOTHING, PLENTY, Json, Room, escape, mention
from bot.chat.fitting import fitted
from bot.chat.message import Block, Card, Item, Message, Para, Pre, Span, Text
from bot.chat.plain import harmless, only_repeats, page_line, plain_text, stats_line, web_address
from bot.chat.shorten import ELLIPSIS, fit

MANY = 4  # lines with buttons in a message: so many are drawn short
_PINGS = 20  # in one message
_ROWS = 5  # of a message's own controls
Draw = Callable[[Card, Room], Iterator[Json]]


def posted(message: Message) -> Json:
    """What `chat.postMessage` takes of `message`; Slack adds no preview of its links."""
    return {**private(message), "unfurl_links": False, "unfurl_media": False}


def private(message: Message) -> Json:
    """What a private answer or `chat.update` takes of `message`."""
    return {"text": headline(message), "blocks": drawn(message)}


def unfurl(card: Card) -> Json:
    """What `chat.unfurl` takes for an address that leads to the paper of `card`."""
    return {"blocks": drawn(Message(headline=card.title, body=(card,)))}


def headline(message: Message) -> str:
    """The `text` of a message."""
    return fit(_headline(message), TEXT, escape)


def drawn(message: Message, most: int = MESSAGE_BLOCKS) -> list[Json]:
    """The blocks of `message`: at least one, and at most `most`."""
    shown = fitted(message, lambda shorter: _fits(shorter, most))
    whole = _blocks(shown, Room(ALL_TEXT), _card, PLENTY)
    if len(whole) <= most:
        return whole
    return _blocks(shown, Room(ALL_TEXT), _crowded, most)


def _headline(message: Message) -> str:
    return harmless(message.headline).strip() or NOTHING


def _fits(message: Message, most: int) -> bool:
    """Whether nothing of `message` would be cut or left out for want of room."""
    room = Room()
    found = _blocks(message, room, _crowded, PLENTY)
    return PLENTY - room.left <= ALL_TEXT and len(found) <= most


def _blocks(message: Message, room: Room, card: Draw, most: int) -> list[Json]:
    """All blocks, or `most` of them and a sign that there are more; controls are always there."""
    below = list(_tail(message, room))
    above = [*_head(message, room), *_body(message, room, card)]
    above[1:1] = blocks.section(_mentions(message))
    if len(above) + len(below) > most:
        above[most - len(below) - 1 :] = blocks.section(Room().elements((NOTHING,)))
    return [*above, *below] or list(blocks.section(Room().elements((NOTHING,))))


def _mentions(message: Message) -> list[Json]:
    parted = [[mention(ping), {"type": "text", "text": " "}] for ping in message.pings[:_PINGS]]
    return [element for pair in parted for element in pair][:-1]


def _head(message: Message, room: Room) -> Iterator[Json]:
    """The headline, where what follows does not say the same."""
    first = replace(message, body=message.body[:1])
    if not only_repeats(first) and not _begins_body(message):
        said = Span(text=_headline(message), bold=bool(message.body))
        yield from blocks.section(room.elements((said,)))


def _begins_body(message: Message) -> bool:
    """Whether the headline is only the beginning of the first paragraph."""
    if not message.body or not isinstance(first := message.body[0], Para):
        return False
    start, cut, _ = message.headline.partition(ELLIPSIS)
    return bool(start and cut) and plain_text(first.text).startswith(start)


def _tail(message: Message, room: Room) -> Iterator[Json]:
    yield from blocks.controls(message.controls[: _ROWS * IN_A_ROW], room)
    if message.file:
        name, content = message.file
        yield from blocks.muted((f"{name} ({len(content):,} bytes)",), room)
    yield from blocks.muted((page_line(message),), room)


def _body(message: Message, room: Room, card: Draw) -> Iterator[Json]:
    many = sum(isinstance(block, Item) and bool(block.actions) for block in message.body) >= MANY
    for _, part in groupby(message.body, _kind):
        run = list(part)
        match run[0]:
            case Item(actions=actions):
                items = [block for block in run if isinstance(block, Item)]
                yield from _acted(items, room, many=many) if actions else _listed(items, room)
            case _:
                yield from _others(run, room, card)


def _others(run: Sequence[Block], room: Room, card: Draw) -> Iterator[Json]:
    for number, block in enumerate(run):
        if number and isinstance(block, Card):
            yield {"type": "divider"}
        yield from _block(block, room, card)


def _kind(block: Block) -> Hashable:
    """What stands together: the lines of one list."""
    return (type(block), bool(isinstance(block, Item) and block.actions))


def _block(block: Block, room: Room, card: Draw) -> Iterator[Json]:
    match block:
        case Para(text=text):
            yield from blocks.section(room.elements(text))
        case Pre(text=text):
            yield from blocks.rich("rich_text_preformatted", room.elements((text,)))
        case Card():
            yield from card(block, room)


def _title(card: Card) -> Text:
    return (Span(text=card.title or card.url, bold=True, url=web_address(card.url, URL)),)


def _card(card: Card, room: Room) -> Iterator[Json]:
    """With a picture, what is known of the paper stands beside it, above the sentence; else around that.

    Slack posts a message whose small picture it cannot fetch, and refuses one with such a large one
    (slackapi/java-slack-sdk#1396).
    """
    yield from blocks.section(room.elements(_title(card)))
    if facts := _pictured(card, room):
        yield facts
        yield from blocks.section(room.elements(card.summary))
    else:
        yield from blocks.muted((card.byline,), room)
        yield from blocks.section(room.elements(card.summary))
        yield from blocks.muted(stats_line(card), room)
    yield from blocks.controls(card.controls, room)


def _pictured(card: Card, room: Room) -> Json | None:
    picture = blocks.picture(card.thumbnail, card.title)
    lines = ((card.byline,), card.stats, stats_line(replace(card, stats=())))
    return blocks.beside(picture, lines, room) if picture else None


def _crowded(card: Card, room: Room) -> Iterator[Json]:
    """The same in as few blocks as can be, for a message of many."""
    texts = (_title(card), (card.byline,), card.summary, stats_line(card))
    yield from blocks.paragraphs([room.elements(text) for text in texts])
    yield from blocks.controls(card.controls, room)


def _listed(items: Sequence[Item], room: Room) -> Iterator[Json]:
    yield from blocks.bullets([room.elements(item.text) for item in items])


def _acted(items: Sequence[Item], room: Room, *, many: bool) -> Iterator[Json]:
    """Lines with what can be done to each: few with their buttons, `many` as short as Slack can draw them."""
    chosen = blocks.chooser(items, room) if len(items) >= MANY else None
    if chosen:
        yield from (*_listed(items, room), chosen)
        return
    for item in items:
        yield from _short(item, room) if many else _pressable(item, room)


def _short(item: Item, room: Room) -> Iterator[Json]:
    row = blocks.row(item, room)
    yield from [row] if row else _pressable(item, room)


def _pressable(item: Item, room: Room) -> Iterator[Json]:
    yield from blocks.section(room.elements(item.text))
    yield from blocks.controls(item.actions, room)
