"""The pieces of Block Kit that everything here is made of. Pure; nothing for what would be empty."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from adapters.slack.limits import (
    ALT_TEXT,
    IN_A_ROW,
    LABEL,
    OPTION_VALUE,
    OPTIONS,
    OVERFLOW,
    PLACEHOLDER,
    TEXT,
    URL,
    VALUE,
)
from adapters.slack.text import NOTHING, Json, Room, element, escape
from bot.chat.message import Action, Control, Item, Link, Menu, Span, Text, When
from bot.chat.plain import harmless, plain_text, web_address
from bot.chat.shorten import cut

_ENTITY = re.compile(r"&(amp|lt|gt);")
_MARKUP = re.compile(r"[*_~`<>&]")


def plain(text: str, limit: int) -> Json:
    """A text object that is shown as it stands, cut at `limit`; Slack takes none that is empty."""
    return {"type": "plain_text", "text": cut(harmless(text).strip(), limit) or NOTHING, "emoji": False}


def rich(kind: str, elements: Sequence[Json]) -> Iterator[Json]:
    """A block of rich text of one part."""
    if elements:
        yield {"type": "rich_text", "elements": [{"type": kind, "elements": list(elements)}]}


def section(elements: Sequence[Json]) -> Iterator[Json]:
    """A paragraph."""
    yield from rich("rich_text_section", elements)


def paragraphs(lines: Iterable[Sequence[Json]]) -> Iterator[Json]:
    """Several paragraphs in one block."""
    if full := [_section(line) for line in lines if line]:
        yield {"type": "rich_text", "elements": full}


def _section(line: Sequence[Json]) -> Json:
    return {"type": "rich_text_section", "elements": list(line)}


def bullets(lines: Iterable[Sequence[Json]]) -> Iterator[Json]:
    """A list of `lines`."""
    if full := [_section(line) for line in lines if line]:
        part = {"type": "rich_text_list", "style": "bullet", "elements": full}
        yield {"type": "rich_text", "elements": [part]}


def muted(text: Text, room: Room) -> Iterator[Json]:
    """A small grey line; an ordinary paragraph where it is more than plain characters."""
    line = as_line(text)
    if line is None:
        yield from section(room.elements(text))
    elif short := room.line(line):
        yield {"type": "context", "elements": [plain(short, TEXT)]}


def beside(picture: Json, texts: Iterable[Text], room: Room) -> Json | None:
    """`texts`, each on a line, beside `picture`; None where they are nothing, or more than characters."""
    lines = [as_line(text) for text in texts]
    known = [line for line in lines if line is not None]
    if len(known) < len(lines) or not (shown := room.line("\n".join(filter(None, known)))):
        return None
    return {"type": "section", "text": plain(shown, TEXT), "accessory": picture}


def as_line(text: Text) -> str | None:
    """`text` as plain characters, where these say all that it does.

    Slack may read an entity in plain text, and shows no link and no reader's time there.
    """
    if any(isinstance(piece, When) or (isinstance(piece, Span) and piece.url) for piece in text):
        return None
    line = plain_text(text)
    return None if _ENTITY.search(line) else line


def picture(url: str | None, alt: str) -> Json | None:
    """A picture, for those who cannot see it called `alt`; None where there is no good address."""
    address = web_address(url, URL)
    called = cut(harmless(alt).strip(), ALT_TEXT) or NOTHING
    return {"type": "image", "image_url": address, "alt_text": called} if address else None


def controls(given: Sequence[Control], room: Room) -> Iterator[Json]:
    """Rows of what can be pressed; none where nothing has room any more."""
    elements = list(_elements(given)) if room.left > 0 else []
    room.left -= sum(map(_length, elements))
    for start in range(0, len(elements), IN_A_ROW):
        yield {"type": "actions", "elements": elements[start : start + IN_A_ROW]}


def _length(element: Json) -> int:
    """The characters that `element` shows."""
    given = (element.get("text"), element.get("placeholder"))
    shown = (*filter(None, given), *(option["text"] for option in element.get("options", ())))
    return sum(len(one["text"]) for one in shown)


def row(item: Item, room: Room) -> Json | None:
    """`item` on one line with what can be done to it behind "…"; None where Slack has no such line for it."""
    before, since = _parted(item.text)
    line, moment_ = as_line(before), _dated(since)
    accessory = _accessory(item.actions)
    if not line or moment_ is None or accessory is None:
        return None
    room.left -= _length(accessory) + len(moment_)
    below = {"fields": [{"type": "mrkdwn", "text": moment_, "verbatim": True}]} if moment_ else {}
    return {"type": "section", "text": plain(room.line(line), TEXT), **below, "accessory": accessory}


def _parted(text: Text) -> tuple[Text, Text]:
    """`text` up to the words before its first moment, and from there on; `1 rag`, `paused since` a moment."""
    first = next((place for place, piece in enumerate(text) if isinstance(piece, When)), len(text) + 1)
    begins = max(first - 1, 0)
    return text[:begins], text[begins:]


def _dated(text: Text) -> str | None:
    """`text` with its moments in the reader's zone, as markup; None where markup would be read into it."""
    words = "".join(plain_text((piece,)) for piece in text if not isinstance(piece, When))
    if _MARKUP.search(words):
        return None
    return "".join(_moment(p) if isinstance(p, When) else escape(plain_text((p,))) for p in text).strip(" ·")


def _moment(when: When) -> str:
    date = element(when)
    return f"<!date^{date['timestamp']}^{date['format']}|{date['fallback']}>"


def chooser(items: Sequence[Item], room: Room) -> Json | None:
    """One menu for the one thing that can be done to each of `items`; None where there is not just one."""
    actions = [replace(item.actions[0], label=_said(item.text)) for item in items]
    labels = {action.label for item in items for action in item.actions}
    if len(labels) > 1 or any(len(item.actions) > 1 for item in items):
        return None
    only = list({action.value: action for action in actions}.values())
    if not _selectable(only):
        return None
    elements = list(menu(labels.pop(), only))
    room.left -= sum(map(_length, elements))
    return {"type": "actions", "elements": elements}


def _said(text: Text) -> str:
    """`text` without the addresses in it."""
    return plain_text(tuple(replace(piece, url=None) if isinstance(piece, Span) else piece for piece in text))


def _accessory(actions: Sequence[Action]) -> Json | None:
    if len(actions) == 1:
        return _button(actions[0], 0)
    if 2 <= len(actions) <= OVERFLOW and _short(actions):
        return {"type": "overflow", "action_id": "do:0", "options": [_option(action) for action in actions]}
    return None


def _elements(given: Sequence[Control]) -> Iterator[Json]:
    number = 0
    for control in given:
        for one in _element(control, number):
            yield one
            number += 1


def _element(control: Control, number: int) -> Iterator[Json]:
    match control:
        case Action():
            yield _button(control, number)
        case Link(label=label, url=url):
            if address := web_address(url, URL):
                yield {
                    "type": "button",
                    "action_id": f"link:{number}",
                    "text": plain(label, LABEL),
                    "url": address,
                }
        case Menu(placeholder=placeholder, options=options):
            yield from menu(placeholder, options, number)


def menu(placeholder: str, options: Sequence[Action], number: int = 0) -> Iterator[Json]:
    """`options` behind one control; as buttons where one is too long for that."""
    if not _selectable(options):
        yield from (_button(action, place) for place, action in enumerate(options, number))
    else:
        yield {
            "type": "static_select",
            "action_id": f"do:{number}",
            "placeholder": plain(placeholder, PLACEHOLDER),
            "options": [_option(action) for action in options],
        }


def _selectable(options: Sequence[Action]) -> bool:
    return 0 < len(options) <= OPTIONS and _short(options)


def _short(actions: Iterable[Action]) -> bool:
    return all(0 < len(action.value) <= OPTION_VALUE for action in actions)


def _option(action: Action) -> Json:
    return {"text": plain(action.label, LABEL), "value": action.value}


def _button(action: Action, number: int) -> Json:
    button: Json = {"type": "button", "action_id": f"do:{number}", "text": plain(action.label, LABEL)}
    if action.style != "plain":
        button["style"] = action.style
    if 0 < len(action.value) <= VALUE:
        button["value"] = action.value
    return button
