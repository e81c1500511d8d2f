"""Papers of the past: stored for search and previews, never posted."""

from collections.abc import Iterable, Sequence
from datetime import date
from math import ceil

from bot.clock import SECOND, Clock
from bot.feeds.feed import DayAnswer, Feed
from bot.feeds.fetch import FetchFailed
from bot.feeds.schedule import HISTORY_PACE, days_to_read
from bot.logs import get_logger
from bot.models import Listed
from bot.store import feeds, listings, papers
from bot.store.engine import Database

log = get_logger(__name__)
PATIENCE = 3  # days in a row that fail before the others are left for another time


async def keep(database: Database, clock: Clock, feed: str, given: Sequence[Listed]) -> int:
    """Store `given` without posting; how many of their papers were not listed before.

    Days that the next poll will read are left to it: it must find their papers new.
    """
    now = clock.now()
    async with database.write() as connection:
        state = await feeds.state(connection, feed)
        ours = days_to_read(state.complete_at, now)[0]
        past = [entry for entry in given if entry.day < ours]
        await papers.add(connection, [entry.paper for entry in given], now)
        return len(await listings.put(connection, feed, past, now, news=False))


async def fill(database: Database, clock: Clock, feed: Feed, days: Iterable[date]) -> dict[date, str]:
    """Read those of `days` that hold nothing yet, one request a second; those that failed, and why.

    Where three in a row fail, the feed is taken for away, and the rest are not asked.
    """
    async with database.read() as connection:
        held = await listings.days_of(connection, feed.name)
    failures: dict[date, str] = {}
    asked, in_a_row, reason = 0, 0, None
    for day in days:
        if day in held:
            continue
        if in_a_row < PATIENCE:
            reason = await _fill(database, clock, feed, day)
            asked += 1
            in_a_row = in_a_row + 1 if reason else 0
            await clock.sleep(HISTORY_PACE)
        if reason:
            failures[day] = reason
    if asked:
        log.info("history.filled", feed=feed.name, days=asked, failed_days=len(failures))
    return failures


async def _fill(database: Database, clock: Clock, feed: Feed, day: date) -> str | None:
    """Read and store `day`; where that failed, why."""
    try:
        answer = await _patiently(clock, feed, day)
    except FetchFailed as failed:
        log.warning("history.day_failed", feed=feed.name, day=str(day), reason=failed.reason)
        return failed.reason
    await keep(database, clock, feed.name, answer.listed)
    return None


async def _patiently(clock: Clock, feed: Feed, day: date) -> DayAnswer:
    """What is listed on `day`; where the server asks us to wait, asked once more after that."""
    try:
        return await feed.day(day)
    except FetchFailed as failed:
        if not failed.retry_after:
            raise
        await clock.sleep(ceil(failed.retry_after * SECOND))
    return await feed.day(day)
