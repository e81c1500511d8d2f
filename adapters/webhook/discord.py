"""A message as Discord's webhooks take it: the headline as content, cards as embeds.

What Discord reads as markup is escaped where it honours escapes: content and descriptions. It
shows backslashes in the text of a link (discord/discord-api-docs#6185) and in an embed's title
(autobrr/tqm#59), so a title stands as its author wrote it, and a link whose text would be markup
stands behind it. Nothing here can be pressed.
"""

import re
from collections.abc import Iterable, Iterator

from adapters.webhook.limits import (
    DISCORD_ALL_EMBEDS,
    DISCORD_CONTENT,
    DISCORD_DESCRIPTION,
    DISCORD_EMBEDS,
    DISCORD_ITEM,
    DISCORD_TITLE,
    DISCORD_URL,
)
from adapters.webhook.lines import below_body, below_title
from bot.chat.fitting import ON_ITS_PAGE, fitted
from bot.chat.message import Block, Card, Item, Message, Para, Person, Piece, Place, Pre, Span, Text, When
from bot.chat.plain import harmless, web_address
from bot.chat.shorten import cut, cut_text, fit
from bot.clock import SECOND

Json = dict[str, object]
_NOTHING = "…"
_PLENTY = 1_000_000_000  # characters
_INLINE = re.compile(r"[\\*_~`|<\[\]]|:(?=\w+:|//)|@(?=everyone|here)")
_AT_LINE = re.compile(r"^([ \t]*)([#>+-]|\d+(?=\.))", re.MULTILINE)
_IN_LINK = re.compile(r"[\\*_~`|<>\[\]\n]|:\w+:|://|@everyone|@here")  # what a link's text cannot escape
_BRACKETS = {"(": "%28", ")": "%29"}


def render(message: Message) -> Json:
    """The payload; pure, within Discord's limits for any text."""
    return {
        "content": fit(harmless(message.headline) or _NOTHING, DISCORD_CONTENT, escape),
        "embeds": list(_embeds(fitted(message, _fits, ON_ITS_PAGE), DISCORD_ALL_EMBEDS, DISCORD_DESCRIPTION)),
        "allowed_mentions": {"parse": []},
    }


def escape(text: str) -> str:
    """`text` where Discord reads markup: shown as it is, nobody mentioned, nothing linked."""
    return _AT_LINE.sub(_line_start, _INLINE.sub(r"\\\g<0>", text))


def _line_start(found: re.Match[str]) -> str:
    space, mark = found.groups()
    return f"{space}{mark}\\" if mark.isdigit() else f"{space}\\{mark}"


def _fits(message: Message) -> bool:
    """Whether no block of `message` would be cut or left out for want of room."""
    embeds = list(_embeds(message, _PLENTY, _PLENTY))
    in_one = max((len(str(embed.get("description", ""))) for embed in embeds), default=0)
    return in_one <= DISCORD_DESCRIPTION and sum(map(_length, embeds)) <= DISCORD_ALL_EMBEDS


def _length(embed: Json) -> int:
    """The characters of `embed` that Discord counts."""
    return len(str(embed.get("title", ""))) + len(str(embed.get("description", "")))


def _embeds(message: Message, room: int, most: int) -> Iterator[Json]:
    """One for each card and one for what stands between cards, while there is room.

    All together have at most `room` characters, what stands between cards at most `most`.
    """
    for part in _parts((*message.body, Para(text=below_body(message, DISCORD_URL)))):
        embed = (
            _card(part[0], room)
            if isinstance(part[0], Card) and len(part) == 1
            else _run(part, min(room, most))
        )
        room -= _length(embed)
        if embed:
            yield embed


def _parts(blocks: Iterable[Block]) -> list[list[Block]]:
    """Cards alone, others together; the last embed takes whatever is left."""
    parts: list[list[Block]] = []
    for block in blocks:
        with_others = parts and not isinstance(block, Card) and not isinstance(parts[-1][0], Card)
        if with_others or len(parts) == DISCORD_EMBEDS:
            parts[-1].append(block)
        else:
            parts.append([block])
    return parts


def _card(card: Card, room: int) -> Json:
    title = cut(" ".join(harmless(card.title or card.url).split()), min(DISCORD_TITLE, room))
    description = _text(below_title(card, DISCORD_URL), min(DISCORD_DESCRIPTION, room - len(title)))
    embed: Json = {"title": title, "description": description, "url": web_address(card.url, DISCORD_URL)}
    picture = web_address(card.thumbnail, DISCORD_URL)
    if not title:
        return {}  # no room is left
    return {name: value for name, value in embed.items() if value} | (
        {"thumbnail": {"url": picture}} if picture else {}
    )


def _run(blocks: list[Block], room: int) -> Json:
    """Blocks below one another in a description; what has no room is left out."""
    lines: list[str] = []
    for block in blocks:
        line = _line(block, room)
        lines += [line] if line else []
        room -= len(line) + 1
    return {"description": "\n".join(lines)} if lines else {}


def _line(block: Block, room: int) -> str:
    match block:
        case Para(text=text):
            return _text(text, room)
        case Item(text=text):
            return _text(("• ", *text), min(DISCORD_ITEM, room))
        case Pre(text=text):
            return fit(harmless(text), room, _fenced) if text else ""
        case Card() as card:
            title = Span(text=card.title or card.url, bold=True, url=card.url)
            return _text((title, "\n", *below_title(card, DISCORD_URL)), room)


def _text(text: Text, room: int) -> str:
    return "".join(map(_drawn, cut_text(text, room, _drawn)))


def _drawn(piece: Piece) -> str:
    """`piece` as Discord's markup; escapes come before any cut, so no markup is left open."""
    match piece:
        case str():
            return escape(harmless(piece))
        case When(at=at):
            return f"<t:{at // SECOND}:f>"
        case Person(name=name) | Place(name=name):
            return escape(harmless(name))
        case Span() as span:
            return _span(harmless(span.text), span)


def _span(text: str, span: Span) -> str:
    if not text.strip():
        return text
    url = web_address(span.url, DISCORD_URL)
    shown = _linked(text, url) if url else _code(text) if span.code else escape(text)
    return _bold(shown) if span.bold else shown


def _linked(text: str, url: str) -> str:
    target = "".join(_BRACKETS.get(character, character) for character in url)
    return f"{escape(text)} ([link]({target}))" if _IN_LINK.search(text) else f"[{text}]({target})"


def _bold(shown: str) -> str:
    """Bold text begins and ends with no space, or its asterisks are shown."""
    core = shown.strip()
    return shown.replace(core, f"**{core}**", 1)


def _code(text: str) -> str:
    return escape(text) if "`" in text else f"`{text}`"


def _fenced(text: str) -> str:
    return "```\n{}\n```".format(text.replace("```", "`\u200b``"))
