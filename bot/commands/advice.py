"""What to say about a query that brings too much, nothing, or other than was meant."""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.commands.preview import SLICE, Preview, Recent, matching, preview_of, rate
from bot.commands.queries import words_for
from bot.commands.core import Core
from bot.matching.parser import LONGEST
from bot.matching.query import And, Node, Not, Number, Or, Query, Term, leaves, query_of
from bot.matching.spelling import suggest, words_of
from bot.matching.text import parts_of
from bot.matching.views import PaperText
from bot.store.sql import slices

LOUD = 5  # papers a day; more than that is worth a word
UPVOTES = 20  # what a loud query is offered to be narrowed to
_IN_TEXT = frozenset({None, "title", "abstract"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """A line of advice: `text`, and queries to use instead, each with its label.

    `keep` says that the query may just as well be what was meant.
    """

    text: str
    instead: tuple[tuple[str, Query], ...] = ()
    keep: bool = False


async def advise(core: Core, preview: Preview) -> tuple[Hint, ...]:
    """What to say about the query of `preview`, from the same days."""
    if not preview.recent.texts:
        return ()
    if not preview.total:
        return await _on_nothing(core, preview)
    hints = [await _on_phrase(core, preview), await _on_loudness(core, preview)]
    return tuple(hint for hint in hints if hint)


async def _on_phrase(core: Core, preview: Preview) -> Hint | None:
    """Where the words side by side would bring less than half."""
    phrase = _phrase(preview.query)
    if phrase is None:
        return None
    exact = await preview_of(core, phrase, preview.recent)
    if not exact.total or 2 * exact.total >= preview.total:
        return None
    words = preview.query.plain
    text = (
        f"{words} as {words_for(len(words.split()))} words: {_papers(preview)}; as a phrase: {exact.total}."
    )
    return Hint(text=text, instead=(("Use the phrase", phrase),), keep=True)
