"""What matched, in the text that a person sees: runs for bold type, and the sentence worth showing."""

import re
from collections.abc import Iterator, Sequence

from bot.matching.atoms import places
from bot.matching.query import NAMES, Query, Term, leaves

Place = tuple[int, int]  # offsets of the first character and past the last

_STOP = re.compile(r"""[.!?]["”')\]]*\s+(?=[^\sa-z])|[。！？]""")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|al|vs|cf|resp|approx|Figs?|Eqs?|Secs?|Dr|Prof|St)|\b[A-Z])\.$")
_LOOK_BACK = 9  # characters: more than the longest abbreviation


def highlight(queries: Sequence[Query], text: str) -> tuple[tuple[str, bool], ...]:
    """`text` in runs, true where a word stands that one of `queries` looks for; joined, they are `text`."""
    runs: list[tuple[str, bool]] = []
    done = 0
    for start, end in matched(queries, text):
        runs += [(text[done:start], False), (text[start:end], True)]
        done = end
    return tuple(run for run in [*runs, (text[done:], False)] if run[0])


def matched(queries: Sequence[Query], text: str) -> tuple[Place, ...]:
    """The places in `text` of what `queries` look for, in order, none within another."""
    merged: list[Place] = []
    for start, end in sorted(place for term in _terms(queries) for place in places(term, text)):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)


def best_sentence(queries: Sequence[Query], abstract: str) -> str | None:
    """The sentence of `abstract` with most of what `queries` look for, the first of equals; or None."""
    sentences = [(_hits(queries, sentence), sentence) for sentence in sentences_of(abstract)]
    hits, best = max(sentences, key=lambda rated: rated[0], default=((0, 0), ""))
    return best if any(hits) else None


def sentences_of(text: str) -> Iterator[str]:
    """The sentences of `text`, without the space between them."""
    start = 0
    for stop in _STOP.finditer(text):
        if not _ABBREVIATION.search(text[max(start, stop.start() - _LOOK_BACK) : stop.start() + 1]):
            yield text[start : stop.end()].strip()
            start = stop.end()
    if rest := text[start:].strip():
        yield rest


def _hits(queries: Sequence[Query], sentence: str) -> tuple[int, int]:
    """How many terms stand in a sentence, and how often they do."""
    counts = [len(list(places(term, sentence))) for term in _terms(queries)]
    return sum(map(bool, counts)), sum(counts)


def _terms(queries: Sequence[Query]) -> list[Term]:
    """The terms that are looked for in text, each once."""
    found = (leaf for query in queries for leaf in leaves(query.root, negative=False))
    return list(dict.fromkeys(leaf for leaf in found if isinstance(leaf, Term) and leaf.field not in NAMES))
