"""What to say about a query that brings too much, nothing, or something other than was meant."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.commands.core import Core
from bot.commands.preview import SLICE, Preview, Recent, many, preview_of, rate
from bot.commands.queries import in_words
from bot.matching.advice import as_phrase, foreign_script, with_test
from bot.matching.parser import LONGEST
from bot.matching.query import And, Node, Not, Number, Or, Query, Term, leaves, query_of
from bot.matching.spelling import suggest, words_of
from bot.matching.text import parts_of
from bot.store.sql import slices

LOUD = 5  # papers a day; more than that is worth a word
UPVOTES = 20  # to which a loud query can be narrowed
_SPELLED = frozenset({None, "title", "abstract"})  # fields whose words the vocabulary holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """A line of advice: `text`, and queries to use instead, each with its label.

    `keep` says that the query as it is may just as well be what was meant.
    """

    text: str
    instead: tuple[tuple[str, Query], ...] = ()
    keep: bool = False


async def advise(core: Core, preview: Preview) -> tuple[Hint, ...]:
    """What to say about the query of `preview`, from the same papers."""
    if not preview.recent.texts:
        return ()
    if not preview.total:
        return (await _on_nothing(core, preview),)
    hints = (await _on_phrase(core, preview), await _on_loudness(core, preview))
    return tuple(hint for hint in hints if hint)


async def _on_phrase(core: Core, preview: Preview) -> Hint | None:
    """Where its words, side by side, would bring less than half."""
    phrase = as_phrase(preview.query)
    if phrase is None:
        return None
    exact = await preview_of(core, phrase, preview.recent)
    if not exact.total or 2 * exact.total >= preview.total:
        return None
    words = _added(preview.query, phrase)
    apart = f"{words} as {in_words(len(words.split()))} words: {many(preview.total)} {preview.recent.span}"
    together = f"as a phrase: {exact.total}."
    return Hint(text=f"{apart}; {together}", instead=(("Use the phrase", phrase),), keep=True)


def _added(query: Query, phrase: Query) -> str:
    """The words that `phrase` joined and `query` did not."""
    before = set(_terms(query))
    return next(term.text for term in _terms(phrase) if term not in before)


async def _on_loudness(core: Core, preview: Preview) -> Hint | None:
    """Where it brings more than anybody reads."""
    if preview.total <= LOUD * preview.span_days:
        return None
    text = f"That is a lot: {preview.rate}."
    narrow = with_test(preview.query, f"upvotes>={UPVOTES}")
    fewer = (await preview_of(core, narrow, preview.recent)).total
    if not fewer or _tests_upvotes(preview.query) or len(narrow.canonical) > LONGEST:
        return Hint(text=text)
    less = rate(fewer, preview.span_days).removesuffix(" a day")
    return Hint(text=text, instead=((f"Only ▲ {UPVOTES} and more: {less}", narrow),))


def _tests_upvotes(query: Query) -> bool:
    return any(isinstance(leaf, Number) and leaf.name == "upvotes" for leaf in leaves(query.root))


async def _on_nothing(core: Core, preview: Preview) -> Hint:
    """Which words no paper has, and which were likely meant."""
    missing = [term for term in _terms(preview.query) if not await _total(core, preview, term)]
    what = f"has {' and '.join(map(str, missing))}" if missing else f"matches {preview.query.plain}"
    text = f"No paper {preview.recent.span} {what}."
    if foreign_script(preview.query):
        return Hint(text=f"{text} The feed is in English.")
    meant = await _meant(core, preview, missing) if missing else {}
    if not meant:
        return Hint(text=text)
    named = " and ".join(f"{term} ({total})" for term, total in meant.values())
    instead = query_of(_with(preview.query.typed, {term: better for term, (better, _) in meant.items()}))
    label = f"Use {' and '.join(str(term) for term, _ in meant.values())}"
    return Hint(text=f"{text} Did you mean {named}?", instead=((label, instead),))


async def _meant(core: Core, preview: Preview, missing: Sequence[Term]) -> dict[Term, tuple[Term, int]]:
    """Those of `missing` that are likely misspelt, as papers spell them, and how many papers have that."""
    vocabulary = await _vocabulary(core.clock, preview.recent)
    meant: dict[Term, tuple[Term, int]] = {}
    for term in missing:
        better = _respelled(term, vocabulary)
        if better and (total := await _total(core, preview, better)):
            meant[term] = (better, total)
    return meant


def _terms(query: Query) -> Iterator[Term]:
    """The words and phrases that a query asks for."""
    return (leaf for leaf in leaves(query.typed, negative=False) if isinstance(leaf, Term))


async def _total(core: Core, preview: Preview, term: Term) -> int:
    """How many papers have `term`."""
    return (await preview_of(core, query_of(term), preview.recent)).total


async def _vocabulary(clock: Clock, among: Recent) -> Mapping[str, int]:
    """In how many papers each word is, counted once; others have their turn in between."""
    if among.words:
        return among.words
    counted: Counter[str] = Counter()
    for some in slices(among.texts, SLICE):
        for text in some:
            counted.update(words_of(text.paper))
        await clock.sleep(0)
    if not among.words:  # nobody else has counted meanwhile
        among.words.update(counted)
    return among.words


def _respelled(term: Term, vocabulary: Mapping[str, int]) -> Term | None:
    """`term` with the words that papers use; None where none is near."""
    if term.field not in _SPELLED or term.prefix:
        return None
    parts = list(parts_of(term.text))
    better = [suggest(part, vocabulary) or part for part in parts]
    return replace(term, text=(" " if term.quoted else "-").join(better)) if better != parts else None


def _with(node: Node, meant: Mapping[Term, Term]) -> Node:
    """`node` with other terms."""
    match node:
        case Term():
            return meant.get(node, node)
        case Not(node=inner):
            return Not(_with(inner, meant))
        case And(nodes=nodes) | Or(nodes=nodes):
            return type(node)(tuple(_with(inner, meant) for inner in nodes))
    return node
