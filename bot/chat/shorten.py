"""Text within a platform's limits: cut at a word, after escaping, never inside a character."""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace

from bot.chat.message import Piece, Span, Text

ELLIPSIS = "…"
LONG_WORD = 40  # characters; a word over it is cut, so that less is lost

_ATOM = "\ufffc"  # stands for what is shown whole
_JOINER = "\u200d"  # makes one emoji of two
_FLAGS = range(0x1F1E6, 0x1F200)  # regional indicators: two are one flag
_TONES = range(0x1F3FB, 0x1F400)  # skin tones belong to the emoji before them
_VOWELS = range(0x1160, 0x1200)  # Hangul vowels and finals belong to the consonant before them


def as_it_is(text: str) -> str:
    """The escape of a platform that interprets nothing."""
    return text


def cut(text: str, limit: int, escape: Callable[[str], str] = as_it_is) -> str:
    """`text`, not yet escaped, so short that `escape` of it has at most `limit` characters.

    What is cut ends in "…", behind a whole word unless that is a very long one, or the first.
    Cutting twice changes nothing. `escape` may also draw what goes around the text.
    """
    if len(escape(text)) <= limit:
        return text
    if len(escape(ELLIPSIS)) > limit:
        return ""
    room = _longest(text, lambda end: len(escape(text[:end].rstrip() + ELLIPSIS)) <= limit)
    return text[: _ends(text, room)[0]].rstrip() + ELLIPSIS


def fit(text: str, limit: int, escape: Callable[[str], str] = as_it_is) -> str:
    """`text` escaped, in at most `limit` characters, never ending inside what `escape` put in."""
    drawn = escape(cut(text, limit, escape))
    return drawn if len(drawn) <= limit else ""


def cut_text(text: Text, limit: int, draw: Callable[[Piece], str]) -> Text:
    """`text` so short that all its pieces, drawn, have at most `limit` characters together.

    Cut as `cut` does, also where a word is made of several pieces. A moment or a person is shown
    whole or not at all.
    """
    whole, room = _whole(text, limit, draw)
    if whole == len(text):
        return text
    characters = "".join(map(_characters, text))
    start = sum(len(_characters(piece)) for piece in text[:whole])

    most = start + _some(text[whole], room, draw)
    ends = (end for last in range(most, -1, -1) for end in _ends(characters, last))
    tries = (tuple(_ended(text, len(characters[:end].rstrip()))) for end in ends)
    return next((short for short in tries if sum(len(draw(piece)) for piece in short) <= limit), ())


def _whole(text: Text, limit: int, draw: Callable[[Piece], str]) -> tuple[int, int]:
    """How many pieces of `text` fit as they are, and the room that they leave."""
    for number, piece in enumerate(text):
        if len(drawn := draw(piece)) > limit:
            return number, limit
        limit -= len(drawn)
    return len(text), limit


def _some(piece: Piece, room: int, draw: Callable[[Piece], str]) -> int:
    """How many characters of `piece` fit with an ellipsis behind them."""
    text = _characters(piece) if isinstance(piece, str | Span) else ""
    return _longest(text, lambda end: len(draw(_beginning(piece, end))) <= room)


def _characters(piece: Piece) -> str:
    """The characters that can be parted; what is shown whole or not at all counts as one."""
    match piece:
        case str():
            return piece
        case Span():
            return piece.text
    return _ATOM


def _beginning(piece: Piece, end: int) -> Piece:
    """The first `end` characters of `piece`, and an ellipsis."""
    short = _characters(piece)[:end].rstrip() + ELLIPSIS
    return replace(piece, text=short) if isinstance(piece, Span) and short != ELLIPSIS else short


def _ended(text: Text, end: int) -> Iterator[Piece]:
    """The first `end` characters of `text`, and an ellipsis in or behind the last piece."""
    for piece in text:
        length = len(_characters(piece))
        if end <= length and isinstance(piece, str | Span):
            yield _beginning(piece, end)
            return
        if end < length:
            yield ELLIPSIS
            return
        yield piece
        end -= length


def _longest(text: str, fits: Callable[[int], bool]) -> int:
    """The greatest length of a beginning of `text` that fits; 0 if none does."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def _ends(text: str, last: int) -> tuple[int, int]:
    """Where to cut `text` at or before `last`: behind a word, or else behind a character."""
    end = _character_end(text, last)
    return _word_end(text, end), end


def _word_end(text: str, end: int) -> int:
    """The last end of a word at or before `end`; `end` itself inside a very long word, or the first."""
    start = max((place for place in range(end) if text[place].isspace()), default=0)
    inside = end < len(text) and not text[end].isspace() and text[:start].strip()
    return start if inside and len(text[start:].split(maxsplit=1)[0]) <= LONG_WORD else end


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
