"""Text within a platform's limits: cut at a word, after escaping, never inside a character."""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace

from bot.chat.message import Person, Span, Text, When

ELLIPSIS = "…"
Piece = str | Span | When | Person

_JOINER = "\u200d"  # makes one emoji of two
_FLAGS = range(0x1F1E6, 0x1F200)  # regional indicators: two are one flag
_TONES = range(0x1F3FB, 0x1F400)  # skin tones belong to the emoji before them
_VOWELS = range(0x1160, 0x1200)  # Hangul vowels and finals belong to the consonant before them


def as_it_is(text: str) -> str:
    """The escape of a platform that interprets nothing."""
    return text


def cut(text: str, limit: int, escape: Callable[[str], str] = as_it_is) -> str:
    """`text`, not yet escaped, so short that `escape` of it has at most `limit` characters.

    What is cut ends in "…", behind a whole word unless that word alone fills the space. Cutting
    twice changes nothing. `escape` may also draw what goes around the text.
    """
    if len(escape(text)) <= limit:
        return text
    if len(escape(ELLIPSIS)) > limit:
        return ""
    room = _longest(text, lambda end: len(escape(text[:end].rstrip() + ELLIPSIS)) <= limit)
    return text[: _word_end(text, _character_end(text, room))].rstrip() + ELLIPSIS


def fit(text: str, limit: int, escape: Callable[[str], str] = as_it_is) -> str:
    """`text` escaped, in at most `limit` characters, never ending inside what `escape` put in."""
    drawn = escape(cut(text, limit, escape))
    return drawn if len(drawn) <= limit else ""


def cut_text(text: Text, limit: int, draw: Callable[[Piece], str] = str) -> Text:
    """`text` so short that all its pieces, drawn, have at most `limit` characters together.

    A moment or a person is shown whole or not at all.
    """
    return tuple(_pieces(text, limit, draw))


def _pieces(text: Text, limit: int, draw: Callable[[Piece], str]) -> Iterator[Piece]:
    room = limit
    for piece in text:
        drawn = draw(piece)
        if len(drawn) > room:
            yield from _last(piece, room, draw)
            return
        room -= len(drawn)
        yield piece


def _last(piece: Piece, room: int, draw: Callable[[Piece], str]) -> Iterator[Piece]:
    """What of `piece` still has room, or the sign that something is missing."""
    match piece:
        case str():
            short = cut(piece, room, draw)
        case Span():
            short = cut(piece.text, room, lambda text: draw(replace(piece, text=text)))
        case _:
            short = ""
    if short and isinstance(piece, Span):
        yield replace(piece, text=short)
    elif short or len(draw(ELLIPSIS)) <= room:
        yield short or ELLIPSIS


def _longest(text: str, fits: Callable[[int], bool]) -> int:
    """The greatest length of a beginning of `text` that fits; 0 if none does."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def _word_end(text: str, end: int) -> int:
    """The last end of a word at or before `end`; `end` itself where that would lose over half."""
    if end >= len(text) or text[end].isspace():
        return end
    return max((place for place in range(end // 2, end) if text[place].isspace()), default=end)


def _character_end(text: str, end: int) -> int:
    """The last place at or before `end` that lies between two characters as readers see them."""
    while 0 < end < len(text) and _inside(text, end):
        end -= 1
    return end


def _inside(text: str, place: int) -> bool:
    """Whether a cut at `place` would part what readers see as one character."""
    before, after = text[place - 1], text[place]
    return (
        before == _JOINER
        or after == _JOINER
        or unicodedata.category(after).startswith("M")
        or ord(after) in _TONES
        or ord(after) in _VOWELS
        or (0xD800 <= ord(before) < 0xDC00 <= ord(after) < 0xE000)
        or _inside_flag(text, place)
    )


def _inside_flag(text: str, place: int) -> bool:
    run = 0
    while run < place and ord(text[place - run - 1]) in _FLAGS:
        run += 1
    return run % 2 == 1 and ord(text[place]) in _FLAGS
