"""What a query would have brought lately: counts that name the days they rest on."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from bot.clock import Clock, utc_day
from bot.commands.core import Core
from bot.matching.evaluate import matches
from bot.matching.query import Query
from bot.matching.views import PaperText, prepare
from bot.models import Paper
from bot.store import listings, papers
from bot.store.sql import slices

DAYS = 30
SLICE = 50  # papers matched before others have their turn: about 20 ms
_EMPTY = 4  # days in a row that may hold no papers; in two years of the feed there were never over 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """The papers of the last days, newest first and ready to be asked, and how many days they cover."""

    texts: tuple[PaperText, ...]
    span_days: int
    days: int = DAYS  # that were asked for
    words: Counter[str] = field(default_factory=Counter, compare=False, repr=False)  # once they were counted

    @property
    def whole(self) -> bool:
        """Whether the store holds as many days as were asked for."""
        return self.span_days >= self.days

    @property
    def span(self) -> str:
        """`in 30 days`, or `in the 3 days I have so far`."""
        if self.whole:
            return f"in {self.days} days"
        days = f"{self.span_days} days" if self.span_days > 1 else "one day"
        return f"in the {days} I have so far"

    def spanned(self, rate: str) -> str:
        """`rate`, naming the days that it rests on where those are fewer; nothing without papers."""
        if not self.texts:
            return ""
        return rate if self.whole else f"{rate.removesuffix(' so far')} {self.span}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What `query` would have brought, newest first."""

    query: Query
    recent: Recent
    papers: tuple[Paper, ...]

    @property
    def total(self) -> int:
        """How many papers."""
        return len(self.papers)

    @property
    def span_days(self) -> int:
        """The days that the count rests on."""
        return self.recent.span_days

    @property
    def rate(self) -> str:
        """`about 3 a week`, with the span where that is short; nothing where there is nothing to count in."""
        return self.recent.spanned(rate(self.total, self.span_days))

    @property
    def counted(self) -> str:
        """`Last 30 days: 14 papers, about 3 a week`."""
        if not self.recent.texts:
            return "I have no papers of these days yet, so I cannot tell how many that brings"
        span = self.recent.span
        start = f"Last {self.recent.days} days" if self.recent.whole else f"{span[0].upper()}{span[1:]}"
        return f"{start}: {many(self.total)}, {rate(self.total, self.span_days)}"


def many(papers: int) -> str:
    """`1 paper`, `14 papers`."""
    return f"{papers} paper{'s' if papers != 1 else ''}"


def rate(total: int, span_days: int) -> str:
    """How often, in words: `about 4 a day`, `about 3 a week`, `about 1 a month`, `less than one a month`."""
    for unit, days in (("day", 1), ("week", 7), ("month", 30)):
        if total * days >= span_days:
            return f"about {round(total * days / span_days)} a {unit}"
    return "none so far" if span_days < DAYS and not total else "less than one a month"


async def recent(core: Core, days: int = DAYS) -> Recent:
    """The papers that were listed in the last `days` days, today included."""
    today = utc_day(core.clock.now())
    since = today - timedelta(days=days - 1)
    async with core.database.read() as connection:
        before = await listings.days_around(connection, since)
        found = await papers.listed(connection, since)
    first = _first({*before, *(day for day, _ in found)}, since, today)
    texts = tuple(prepare(paper) for day, paper in found if day >= first)
    return Recent(texts=texts, span_days=(today - first).days + 1, days=days)


def _first(held: Collection[date], since: date, today: date) -> date:
    """From which day on the store holds all that was listed; what is older lies behind a gap.

    `held` are days that hold papers; a few in a row without any are a weekend or a holiday.
    """
    first = today
    for day in sorted(held, reverse=True):
        if day < first - timedelta(days=_EMPTY + 1):
            break
        first = min(first, day)
    return since if first <= since + timedelta(days=_EMPTY) else first


async def preview(core: Core, query: Query, days: int = DAYS) -> Preview:
    """What `query` would have brought in the last `days` days."""
    return await preview_of(core, query, await recent(core, days))


async def preview_of(core: Core, query: Query, among: Recent) -> Preview:
    """What `query` brings of `among`; for those who ask several queries about the same days."""
    return Preview(query=query, recent=among, papers=await matching(core.clock, query, among.texts))


async def matching(clock: Clock, query: Query, texts: Sequence[PaperText]) -> tuple[Paper, ...]:
    """Those of `texts` that `query` wants, in their order; others have their turn in between."""
    found: list[Paper] = []
    for some in slices(texts, SLICE):
        found += [text.paper for text in some if matches(query, text)]
        await clock.sleep(0)
    return tuple(found)
