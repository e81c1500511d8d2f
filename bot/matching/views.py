"""A paper's text, prepared once for all the queries that look at it."""

from collections.abc import Iterator
from itertools import accumulate

from bot.matching.text import Chunk, chunks, take_apart
from bot.models import Paper
from bot.plaintext import letters

_BREAK = Chunk(("\n",), ("\n",))  # a part that no query has: no phrase reaches from one text into the next

Look = tuple[str, bool]  # which field ("text" is title and abstract), and whether plurals are folded


class View:
    """The parts of a field in the shapes that are quick to ask.

    `words` holds each part, and each short run of hyphenated parts as one word; `stream` the parts with
    spaces between; `joined` those runs; `flat` the parts with nothing between.
    """

    __slots__ = ("_edges", "flat", "joined", "parts", "stream", "words")

    def __init__(self, apart: list[Chunk], *, folded: bool) -> None:
        if folded:
            parts = [part for chunk in apart for part in chunk.stems]
            joins = [join for chunk in apart if chunk.stem_joins for join in chunk.stem_joins]
        else:
            parts = [part for chunk in apart for part in chunk.parts]
            joins = [join for chunk in apart if chunk.joins for join in chunk.joins]
        self.parts = parts
        self.words = frozenset(parts).union(joins)
        self.stream = f" {' '.join(parts)} "
        self.joined = f" {' '.join(joins)} "
        self.flat = "".join(parts)
        self._edges: dict[int, int] = {}

    def runs(self, key: str) -> Iterator[list[str]]:
        """The runs of whole neighbouring parts that make `key`."""
        start = self.flat.find(key)
        if start >= 0 and not self._edges:
            self._edges = {at: index for index, at in enumerate(accumulate(map(len, self.parts), initial=0))}
        while start >= 0:
            first, last = self._edges.get(start), self._edges.get(start + len(key))
            if first is not None and last is not None:
                yield self.parts[first:last]
            start = self.flat.find(key, start + 1)


class PaperText(dict[Look, View]):
    """A paper and its views, each made when first asked for."""

    def __init__(self, paper: Paper) -> None:
        super().__init__()
        self.paper = paper
        self._apart: dict[str, list[Chunk]] = {}

    def __missing__(self, look: Look) -> View:
        field, folded = look
        if field not in self._apart:
            self._apart[field] = [chunk for text in _texts(self.paper, field) for chunk in _taken_apart(text)]
        view = self[look] = View(self._apart[field], folded=folded)
        return view


def _taken_apart(text: str) -> Iterator[Chunk]:
    yield from map(take_apart, chunks(letters(text).lower()))
    yield _BREAK


def prepare(paper: Paper) -> PaperText:
    """`paper`, ready to be asked by any number of queries."""
    return PaperText(paper)


def _texts(paper: Paper, field: str) -> tuple[str, ...]:
    match field:
        case "title":
            return (paper.title,)
        case "abstract":
            return (paper.abstract,)
        case "author":
            return paper.authors
        case "org":
            return (paper.organization or "",)
        case "keyword":
            return paper.keywords
        case _:
            return (paper.title, paper.abstract)
