r"""The text rules: how the words of papers and of queries are taken apart, so that they can meet.

Text falls into chunks (what stands between spaces and strong punctuation) and chunks into parts:
`GPT-4o's` is one chunk of the parts gpt, 4o and s. A part has no accents and no capitals; `C++` and `3.5`
are one part each; scripts written without spaces give one part a character, so that a word of theirs
is found inside a text. Of LaTeX, `\alpha` is the word alpha, and `\textbf{x}` is x.
"""

import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from bot.matching.plurals import stem
from bot.plaintext import letters

# Scripts without spaces between words: kana, Han and Hangul, then Thai, Lao, Burmese and Khmer.
_UNSPACED = (
    "\u3041-\u309f\u30a1-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9d"
    "\U00020000-\U0003ffff\u0e01-\u0edf\u1000-\u109f\u1780-\u17d3"
)
_INSIDE = "\u0300-\u036f\u00ad\u200b-\u200d\u2060"  # accents of their own, and what is invisible in a word
_UNSPACED_ONE = re.compile(f"[{_UNSPACED}]")
_LETTER = rf"(?![{_UNSPACED}ʼ])[^\W_]"
_RUN = rf"{_LETTER}(?:{_LETTER}|[{_INSIDE}])*"
_THOUSANDS = r"(?<=\d),(?=\d{3}(?!\d))"
_PART = re.compile(
    rf"""
      \\(?: (?:it|bf|em|rm|sf|tt|sc|sl) (?![A-Za-z]) | [A-Za-z]+ (?=\{{(?!\}})) )   # LaTeX for how it looks
    | (?P<part>
          (?<![^\W_]) [A-Za-z] (?: \+\+ | \# (?!\w) )       # C++ and C#
        | [{_UNSPACED}]
        | {_RUN} (?: (?: (?<=\d) \. (?=\d) | {_THOUSANDS} ) {_RUN} )*   # 3.5, v0.1 and 1,000 are one part
      )
    """,
    re.VERBOSE,
)
_IN_CHUNK = r"""[^\s,;:!?()\[\]<>=|"“”„‟«»‹›…、。，；：！？（）「」『』【】《》]+"""
_CHUNK = re.compile(rf"{_IN_CHUNK}(?:{_THOUSANDS}{_IN_CHUNK})*")
_ACCENT = re.compile(rf"[{_INSIDE}]")
_STRANGE = re.compile(r"[^\w.]|_|(?<!\d)\.|\.(?!\d)")  # what a compatibility form can bring along
_STROKES = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th"}
)
LONGEST_JOIN = 5  # parts
_GLUE = "-/'_.&@"  # what may stand between the parts of a word as a query writes it
_LOOKS = re.compile(r"[{}$\\^\u00ad\u200b-\u200d\u2060]")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣－⁃", "-") | dict.fromkeys("’‘ʼ´`＇", "'"))


@dataclass(frozen=True, slots=True)
class Chunk:
    """The parts of a chunk as written, and with plurals folded.

    `joins` and `stem_joins` are short runs of neighbouring parts as one word: rcnn for R-CNN.
    """

    parts: tuple[str, ...]
    stems: tuple[str, ...]
    joins: tuple[str, ...] = ()
    stem_joins: tuple[str, ...] = ()


def chunks(text: str) -> list[str]:
    """The chunks of `text`, in order."""
    return _CHUNK.findall(text)


def chunk_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where the chunks of `text` stand."""
    return (match.span() for match in _CHUNK.finditer(text))


@lru_cache(maxsize=1 << 15)
def take_apart(chunk: str) -> Chunk:
    """The parts of one chunk."""
    word = chunk.rstrip(".")
    if word.isascii() and word.isalnum():  # most are: no need to look closer
        whole = (sys.intern(word.lower()),)
        return Chunk(whole, whole if stem(whole[0]) == whole[0] else (stem(whole[0]),))
    parts = tuple(part for part, _ in _parts(chunk))
    stems = tuple(map(stem, parts))
    return Chunk(parts, stems, _joins(parts), _joins(stems))


def part_spans(chunk: str) -> Iterator[tuple[int, int]]:
    """Where the parts of one chunk stand in it."""
    return (span for _, span in _parts(chunk))


def _parts(chunk: str) -> Iterator[tuple[str, tuple[int, int]]]:
    for match in _PART.finditer(chunk):
        if part := fold(match["part"] or ""):
            yield part, match.span("part")


def parts_of(text: str) -> tuple[str, ...]:
    """All parts of `text`, as written."""
    return tuple(part for chunk in chunks(text) for part in take_apart(chunk).parts)


def written(text: str, between: str) -> str:
    """`text` as queries are printed: its parts, with hyphens and the like inside of words kept.

    `between` joins the chunks: a space in a phrase, a hyphen in a word. Written twice is written once.
    """
    while (again := between.join(filter(None, map(_written, chunks(letters(text)))))) != text:
        text = again
    return text


def _written(chunk: str) -> str:
    found = list(_parts(chunk))
    gaps = [chunk[end:start] for (_, (_, end)), (_, (start, _)) in pairwise(found)]
    return "".join(part + glue for (part, _), glue in zip(found, [*map(_glue, gaps), ""], strict=False))


def _glue(gap: str) -> str:
    plain = _LOOKS.sub("", gap.translate(_DASHES))
    return plain if plain in _GLUE else "-"


def fold(text: str) -> str:
    """One part without capitals, accents, strokes and compatibility forms: `Ł` is l, `ﬁ` is fi."""
    folded = text.casefold().replace(",", "")
    if folded.isascii():
        return folded
    if _UNSPACED_ONE.fullmatch(text):
        whole = unicodedata.normalize("NFKC", text)
        return whole if len(whole) == 1 else text
    bare = unicodedata.normalize("NFKD", folded).casefold()
    return _STRANGE.sub("", unicodedata.normalize("NFC", _ACCENT.sub("", bare)).translate(_STROKES))


def _joins(parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        "".join(parts[start : start + length])
        for length in range(2, LONGEST_JOIN + 1)
        for start in range(len(parts) - length + 1)
    )
