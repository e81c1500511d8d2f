"""The way in: fetch, store, match and plan, in one commit.

Whatever crashes before that commit leaves nothing behind and is done again by the next poll; whatever
crashes after it finds its deliveries planned.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from logging import INFO, WARNING
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import DAY, HOUR, SECOND, Clock, utc_day
from bot.delivery import plan
from bot.delivery.wake import Wakes
from bot.feeds.feed import DayAnswer, Feed
from bot.feeds.fetch import FetchFailed
from bot.feeds.schedule import DAYS_AT_MOST, days_to_read, next_poll_at
from bot.logs import get_logger
from bot.matching.errors import QueryError
from bot.matching.evaluate import Evaluator
from bot.matching.parser import parse
from bot.matching.query import Query
from bot.models import ChannelId, Paper, PaperId, QueryId
from bot.store import feeds, listings, outbox, papers, subscriptions
from bot.store.engine import Database, is_busy
from bot.store.feeds import FeedState

log = get_logger(__name__)
SLICE = 5  # papers matched before others may run
REFRESH = HOUR  # between two looks at the numbers of older days
AWAY = DAY  # a poll this long after the last complete one comes as one message


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What a poll brought. `failures`: what could not be read, by day."""

    new: int = 0
    seeded: bool = False
    failures: Mapping[date, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every day could be read."""
        return not self.failures

    @property
    def failure(self) -> str | None:
        """Why days could not be read, each reason once; None where all could."""
        return "; ".join(dict.fromkeys(self.failures.values())) or None


@dataclass(slots=True, kw_only=True)
class _Read:
    """The days that were read. `older`: those whose numbers alone matter."""

    answers: list[DayAnswer] = field(default_factory=list)
    older: list[DayAnswer] = field(default_factory=list)
    refreshed: bool = False  # whether older days were asked
    failures: dict[date, FetchFailed] = field(default_factory=dict)

    @property
    def papers(self) -> list[Paper]:
        """Each paper once, with the numbers read last, as they came to the page."""
        days = sorted((*self.older, *self.answers), key=lambda answer: answer.day)
        listed = [entry.paper for answer in days for entry in answer.listed]
        return plan.in_order({paper.id: paper for paper in listed}.values())

    @property
    def retry_after(self) -> float | None:
        """The longest wait (s) that the server asked for."""
        return max((f.retry_after for f in self.failures.values() if f.retry_after), default=None)


@dataclass(slots=True, kw_only=True)
class _Matched:
    """Which queries each paper matches, now and with the numbers it had before."""

    now: dict[PaperId, set[QueryId]] = field(default_factory=dict)
    earlier: dict[PaperId, set[QueryId]] = field(default_factory=dict)


class Poller:
    """Polls one feed."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        feed: Feed,
        wakes: Wakes,
        *,
        interval: timedelta,
        jitter: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """`jitter` gives a number between -1 and 1, so that many bots do not ask in the same second."""
        self._database, self._clock, self._feed, self._wakes = database, clock, feed, wakes
        self._interval = int(interval / timedelta(milliseconds=1))
        self._jitter = jitter
        self._evaluator = Evaluator()
        self.polled = asyncio.Event()  # once: it is known what the feed says now
        self.seeded = asyncio.Event()

    async def run(self) -> None:
        """Poll until cancelled, each time when the store says that it is time."""
        while True:
            try:
                await self._poll_when_due()
            except SQLAlchemyError as error:  # nothing was committed: the next poll does it again
                if not is_busy(error):
                    raise
                log.warning("feed.store_busy", feed=self._feed.name)
                await self._clock.sleep(SECOND)

    async def _poll_when_due(self) -> None:
        async with self._database.read() as connection:
            state = await feeds.state(connection, self._feed.name)
        due = state.next_poll_at if state.next_poll_at <= self._clock.now() + DAY else 0  # a clock was fast
        if due > self._clock.now():  # a restart: what the last poll learned is still new
            self._tell(seeded=state.seeded_at is not None)
            await self._clock.sleep(min(due - self._clock.now(), HOUR))
        if self._clock.now() >= due:
            await self.poll()

    def _tell(self, *, seeded: bool) -> None:
        """Let those go on who wait for the first poll, or for the first one that was complete."""
        self.polled.set()
        if seeded:
            self.seeded.set()

    async def poll(self) -> Polled:
        """Read the feed once, and plan what it brings."""
        began = self._clock.now()
        async with self._database.read() as connection:
            state = await feeds.state(connection, self._feed.name)
        read = await self._read(state, began)
        matched, stored = await self._match(read.papers)
        polled, woken = await self._commit(state, read, matched, stored, began)
        self._wakes.wake(woken)
        self._tell(seeded=polled.seeded or state.seeded_at is not None)
        self._say(state, polled)
        return polled

    def _say(self, state: FeedState, polled: Polled) -> None:
        """Log the poll; a failure loudly where it is none that was said at the last poll."""
        level = WARNING if polled.failure and polled.failure != state.failure else INFO
        said = {"failed_days": len(polled.failures), "reason": polled.failure} if polled.failure else {}
        log.log(level, "feed.polled", feed=self._feed.name, new=polled.new, **said)

    # --- fetch

    async def _read(self, state: FeedState, now: int) -> _Read:
        days = days_to_read(state.complete_at, now)
        read = _Read()
        await self._days(days, read.answers, read.failures)
        if (
            state.seeded_at is not None
            and abs(now - (state.refreshed_at or 0)) >= REFRESH
            and not read.failures
        ):
            unread = [utc_day(now) - timedelta(days=ago) for ago in reversed(range(DAYS_AT_MOST))]
            read.refreshed = True  # failed or not: once an hour
            await self._days([day for day in unread if day not in days], read.older, {}, patience=1)
        return read

    async def _days(
        self,
        days: Iterable[date],
        answers: list[DayAnswer],
        failures: dict[date, FetchFailed],
        *,
        patience: int = DAYS_AT_MOST,
    ) -> None:
        """Ask for `days` one after another, until `patience` of them have failed or we are asked to wait."""
        days = list(days)
        async with self._database.read() as connection:
            known = await feeds.validators(connection, self._feed.name, days)
        for day in days:
            try:
                answers.append(await self._feed.day(day, known.get(day, {})))
            except FetchFailed as failed:
                log.debug("feed.day_failed", feed=self._feed.name, day=str(day), reason=failed.reason)
                failures[day] = failed
                if failed.retry_after or len(failures) >= patience:
                    failures |= dict.fromkeys(days[days.index(day) + 1 :], failed)
                    return

    # --- match

    async def _match(self, given: Sequence[Paper]) -> tuple[_Matched, dict[PaperId, Paper]]:
        """Match new papers against all queries, and known ones against those that number tests can change."""
        ids = [paper.id for paper in given]
        async with self._database.read() as connection:
            sequence, changes = await subscriptions.changes_since(connection, self._evaluator.sequence)
            stored = await papers.get(connection, ids)
            known = await self._refreshed(connection, ids)
        self._evaluator.apply(_queries(changes), sequence)
        matched = _Matched()
        for start in range(0, len(given), SLICE):
            self._evaluate(self._evaluator, given[start : start + SLICE], stored, known, matched)
            await self._clock.sleep(0)
        return matched, {id_: stored[id_] for id_ in known if id_ in stored}

    async def _refreshed(self, connection: AsyncConnection, ids: Iterable[PaperId]) -> set[PaperId]:
        """Those of `ids` that were listed before, lately enough for their numbers to matter."""
        oldest = utc_day(self._clock.now()) - timedelta(days=DAYS_AT_MOST - 1)
        known = await listings.known_in(connection, self._feed.name, ids)
        return {id_ for id_, day in known.items() if day >= oldest}

    @staticmethod
    def _evaluate(
        evaluator: Evaluator,
        given: Sequence[Paper],
        stored: Mapping[PaperId, Paper],
        known: Iterable[PaperId],
        matched: _Matched,
    ) -> None:
        tests = evaluator.queries_with_tests()
        again = [paper for paper in given if paper.id in known and paper.id in stored]
        before = [plan.before(paper, stored[paper.id]) for paper in again]
        fresh = [paper for paper in given if paper.id not in known]
        for into, pairs in (
            (matched.now, evaluator.matches(fresh)),
            (matched.now, evaluator.matches(again, only=tests)),
            (matched.earlier, evaluator.matches(before, only=tests)),
        ):
            for paper, query in pairs:
                into.setdefault(paper, set()).add(query)

    # --- store and plan

    async def _commit(
        self,
        state: FeedState,
        read: _Read,
        matched: _Matched,
        stored: Mapping[PaperId, Paper],
        began: int,
    ) -> tuple[Polled, set[ChannelId]]:
        """One transaction: what was read, and what leaves because of it."""
        now, order = self._clock.now(), read.papers
        async with self._database.write() as connection:
            await self._match_again(connection, order, stored, matched)
            await papers.put(connection, order, now)
            new = await self._list(connection, read, now, news=state.seeded_at is not None)
            polled = self._polled(state, read, new)
            woken: set[ChannelId] = set()
            if state.seeded_at is not None:
                lately = [paper for paper in order if paper.id in new or paper.id in stored]
                pairs = plan.pairs(lately, new, matched.now, matched.earlier)
                together = self._away(state, began)
                woken = await outbox.plan(connection, pairs, now, together=together)
            await self._remember(connection, state, read, polled, began)
        return polled, woken

    async def _match_again(
        self,
        connection: AsyncConnection,
        order: Sequence[Paper],
        stored: Mapping[PaperId, Paper],
        matched: _Matched,
    ) -> None:
        """Whose subscription changed since the match is matched anew: channels get what they want now."""
        sequence, changes = await subscriptions.changes_since(connection, self._evaluator.sequence)
        if not changes:
            return
        changed = Evaluator()
        changed.apply(_queries(changes), sequence)
        stale = {change.id for change in changes}
        for queries in (*matched.now.values(), *matched.earlier.values()):
            queries.difference_update(stale)
        self._evaluate(changed, order, stored, stored, matched)

    async def _list(self, connection: AsyncConnection, read: _Read, now: int, *, news: bool) -> set[PaperId]:
        """List what was read; the papers that are new. What an older page holds besides is none."""
        name = self._feed.name
        older = [entry for answer in read.older for entry in answer.listed]
        fresh = [entry for answer in read.answers for entry in answer.listed]
        new = await listings.put(connection, name, fresh, now, news=news)
        await listings.put(connection, name, older, now, news=False)
        for answer in (*read.answers, *read.older):
            await feeds.put_validators(connection, name, answer.day, answer.validators)
        return new

    @staticmethod
    def _polled(state: FeedState, read: _Read, new: set[PaperId]) -> Polled:
        failures = {day: failed.reason for day, failed in read.failures.items()}
        return Polled(new=len(new), seeded=state.seeded_at is None and not failures, failures=failures)

    @staticmethod
    def _away(state: FeedState, began: int) -> str | None:
        """What joins the papers of a poll that comes long after the last complete one."""
        last = state.complete_at
        return f"away:{last}" if last is not None and began - last > AWAY else None

    async def _remember(
        self, connection: AsyncConnection, state: FeedState, read: _Read, polled: Polled, began: int
    ) -> None:
        now = self._clock.now()
        failures = 0 if polled.complete else state.failures + 1
        after = next_poll_at(now, self._interval, failures, read.retry_after, self._jitter())
        values: dict[str, Any] = {
            "failures": failures,
            "failure": polled.failure,
            "next_poll_at": after,
        }
        if polled.complete:
            values["complete_at"] = began
        if polled.seeded:
            values["seeded_at"] = now
        if read.refreshed:
            values["refreshed_at"] = began
        await feeds.put_state(connection, self._feed.name, **values)
        oldest = utc_day(now) - timedelta(days=DAYS_AT_MOST)
        await feeds.forget_validators(connection, self._feed.name, oldest)


def _queries(changes: Iterable[subscriptions.QueryChange]) -> list[tuple[QueryId, Query | None]]:
    """What an evaluator takes: the query, or None where nobody asks it any more."""
    return [(change.id, _parsed(change) if change.wanted else None) for change in changes]


def _parsed(change: subscriptions.QueryChange) -> Query | None:
    """A stored canonical form; None for one that this version cannot read, which is said loudly."""
    try:
        return parse(change.canonical)
    except QueryError as error:
        log.error("query.unreadable", query=change.id, reason=str(error))
        return None
