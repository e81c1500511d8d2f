"""One term against one text: what its words have to look like there.

A term of the parts gpt, 4o is found as `gpt 4o`, `GPT-4o` and `gpt4o`: side by side, or written as one
word. A term of one part is found as that part, as hyphenated parts (`fine-tuning` for finetuning), and
as two words where a person might part it (`fine tuning`, `gpt 4o`; but "where a" is no wherea).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from bot.matching.plurals import stem
from bot.matching.query import NAMES, Term
from bot.matching.text import LONGEST_JOIN, chunk_spans, part_spans, parts_of, take_apart
from bot.matching.views import Look, PaperText, View

_NUMBERED = re.compile(r"[^\W\d_]{2}\d")  # sam2, gpt4o
_SHORTEST_HALF = 3  # letters: shorter words come about by chance where two others meet
_LONG = 2 * _SHORTEST_HALF

Test = Callable[[PaperText], bool]


@dataclass(frozen=True, slots=True)
class Atom:
    """A term made ready: its `parts`, and as one word its `key`; `loose` when it may be written apart."""

    look: Look
    parts: tuple[str, ...]
    key: str
    prefix: bool
    loose: bool


@lru_cache(maxsize=1024)
def atom_of(term: Term) -> Atom:
    """What `term` looks for, and where."""
    folded = not (term.quoted or term.prefix or term.field in NAMES)
    parts = tuple(map(stem, parts_of(term.text))) if folded else parts_of(term.text)
    key = "".join(parts)
    loose = len(key) >= _LONG or _NUMBERED.search(key) is not None
    return Atom((term.field or "text", folded), parts, key, term.prefix, loose)


def finder(term: Term) -> Test:
    """Whether a paper has `term`, as a function."""
    atom = atom_of(term)
    look, key = atom.look, atom.key
    if atom.prefix:
        apart, whole = f" {' '.join(atom.parts)}", f" {key}"
        return lambda paper: _begins(paper[look], apart, whole)
    if atom.loose:
        return lambda paper: key in paper[look].words or _is_apart(atom, paper[look])
    if len(atom.parts) == 1:
        return lambda paper: key in paper[look].words
    phrase = f" {' '.join(atom.parts)} "
    return lambda paper: key in paper[look].words or phrase in paper[look].stream


def _begins(view: View, apart: str, whole: str) -> bool:
    return apart in view.stream or whole in view.stream or whole in view.joined


def _is_apart(atom: Atom, view: View) -> bool:
    return any(_may_be(atom, run) for run in view.runs(atom.key))


def _may_be(atom: Atom, run: Sequence[str]) -> bool:
    """Whether `run`, whose parts make the atom's key, is the atom written apart."""
    if len(run) > _most_parts(atom):
        return False
    return len(atom.parts) > 1 or all(_may_split(left, right) for left, right in pairwise(run))


def _most_parts(atom: Atom) -> int:
    """Of how many parts a run can be that is the atom: a bound, so that dull texts cost little."""
    return len(atom.parts) + LONGEST_JOIN


def _may_split(left: str, right: str) -> bool:
    if right[0].isdigit():
        return left[-1].isalpha()
    return min(len(left), len(right)) >= _SHORTEST_HALF and (left + right).isalpha()


def places(term: Term, text: str) -> Iterator[tuple[int, int]]:
    """Where `term` stands in `text`, as offsets of its first character and past its last.

    Finds a place exactly where `finder` finds the term, whatever field it is for.
    """
    atom = atom_of(term)
    words: list[str] = []
    spans: list[tuple[int, int]] = []
    chunk_of: list[int] = []  # where the chunk begins that the word is in
    for start, end in chunk_spans(text):
        chunk = take_apart(text[start:end])
        words += chunk.stems if atom.look[1] else chunk.parts
        spans += [(start + first, start + last) for first, last in part_spans(text[start:end])]
        chunk_of += [start] * (len(words) - len(chunk_of))
    for first in range(len(words)):
        last = _last(atom, words, chunk_of, first)
        if last is not None:
            yield spans[first][0], spans[last][1]


def _last(atom: Atom, words: list[str], chunk_of: list[int], first: int) -> int | None:
    """The last part of the run that begins at `first` and is the atom."""
    made = ""
    for last in range(first, min(first + _most_parts(atom), len(words))):
        made += words[last]
        if made.startswith(atom.key):
            run = words[first : last + 1]
            glued = len(run) <= LONGEST_JOIN and chunk_of[first] == chunk_of[last]
            return last if _is_the_atom(atom, run, glued and (atom.prefix or made == atom.key)) else None
        if not atom.key.startswith(made):
            return None
    return None


def _is_the_atom(atom: Atom, run: list[str], glued: bool) -> bool:
    """Whether `run`, the shortest whose parts make the atom's key, is the atom there."""
    if glued:
        return True
    if atom.prefix:
        *whole, begun = atom.parts
        return run[:-1] == whole and run[-1].startswith(begun)
    return tuple(run) == atom.parts or ("".join(run) == atom.key and atom.loose and _may_be(atom, run))
