"""What a person reads in a message."""

from bot.chat.message import Item, Message, Para, Span, Text
from bot.chat.plain import plain_text


def says(message: Message) -> str:
    """All its paragraphs, a line each."""
    return "\n".join(_seen(block.text) for block in message.body if isinstance(block, Para))


def lines(message: Message) -> list[str]:
    """All its items, without addresses."""
    return [_seen(block.text) for block in message.body if isinstance(block, Item)]


def titles(message: Message) -> list[str]:
    """What its items begin with."""
    return [_seen(block.text[:1]) for block in message.body if isinstance(block, Item)]


def _seen(text: Text) -> str:
    return "".join(piece.text if isinstance(piece, Span) else plain_text((piece,)) for piece in text)
