"""What both shapes with markup of their own say in the same words."""

from collections.abc import Iterable

from bot.chat.message import Card, Control, Message, Span, Text
from bot.chat.plain import links_of, page_line, stats_line, web_address


def joined(texts: Iterable[Text], between: str = "\n") -> Text:
    """`texts`, without the empty ones, as one text with `between` between them."""
    full = [text for text in texts if any(text)]
    return tuple(
        piece for number, text in enumerate(full) for piece in (*((between,) if number else ()), *text)
    )


def links(controls: tuple[Control, ...], limit: int) -> Text:
    """The links among `controls` on one line; addresses over `limit` characters are left out."""
    found = ((link.label, web_address(link.url, limit)) for link in links_of(controls))
    return joined(((Span(text=label, url=url),) for label, url in found if url), " · ")


def below_title(card: Card, limit: int) -> Text:
    """All lines of `card` but its title; its links have at most `limit` characters."""
    return joined([(card.byline,), card.summary, stats_line(card), links(card.controls, limit)])


def below_body(message: Message, limit: int) -> Text:
    """What stands under all blocks of `message`."""
    return joined([links(message.controls, limit), (page_line(message),)])
