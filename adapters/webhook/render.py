"""A message as what a webhook takes: our own JSON, or the shape of Slack's or Discord's webhooks.

Our own shape is documented in `docs/adapters.md`. All its text is plain: whoever shows it escapes it.
"""

from collections.abc import Callable

from adapters.webhook import discord, slack
from adapters.webhook.limits import JSON_ALL_TEXT, JSON_TEXT
from adapters.webhook.settings import Hook
from bot.chat.fitting import ON_ITS_PAGE, fitted
from bot.chat.message import Block, Card, Control, Item, Message, Para, Pre
from bot.chat.plain import harmless, links_of, plain, plain_text, stats_line, web_address
from bot.chat.shorten import cut

Json = dict[str, object]
VERSION = 1


def render(message: Message, hook: Hook, *, key: str, zone: str) -> Json:
    """The payload for `hook`; pure, within the limits of its shape, for any text."""
    match hook.shape:
        case "slack":
            return slack.render(message)
        case "discord":
            return discord.render(message)
        case "json":
            return _json(message, hook.name, key, zone)


def _json(message: Message, name: str, key: str, zone: str) -> Json:
    return {
        "version": VERSION,
        "key": key,
        "channel": name,
        "headline": _short(message.headline),
        "text": cut(plain(fitted(message, _fits(zone), ON_ITS_PAGE), zone), JSON_ALL_TEXT),
        "blocks": [_block(block, zone) for block in message.body],
        "links": _links(message.controls),
        "topics": [_short(topic) for topic in message.topics],
        "page": list(message.page) if message.page else None,
    }


def _fits(zone: str) -> Callable[[Message], bool]:
    """Whether all of a message has room in our own shape's text."""
    return lambda message: len(plain(message, zone)) <= JSON_ALL_TEXT


def _block(block: Block, zone: str) -> Json:
    match block:
        case Para(text=text):
            return {"type": "text", "text": cut(plain_text(text, zone), JSON_ALL_TEXT)}
        case Item(text=text):
            return {"type": "item", "text": _short(plain_text(text, zone))}
        case Pre(text=text):
            return {"type": "pre", "text": _short(text)}
        case Card() as card:
            return _card(card, zone)


def _card(card: Card, zone: str) -> Json:
    return {
        "type": "card",
        "title": _short(card.title),
        "url": web_address(card.url),
        "byline": _short(card.byline),
        "summary": _short(plain_text(card.summary, zone)),
        "stats": _short(plain_text(stats_line(card), zone)),
        "matched": [_short(query) for query in card.matched],
        "thumbnail": web_address(card.thumbnail),
        "links": _links(card.controls),
    }


def _links(controls: tuple[Control, ...]) -> list[Json]:
    found = ((link.label, web_address(link.url)) for link in links_of(controls))
    return [{"label": _short(label), "url": url} for label, url in found if url]


def _short(text: str) -> str:
    return cut(harmless(text), JSON_TEXT)
