"""Papers of the past: stored for search and previews, never posted."""

from collections.abc import Iterable, Sequence
from datetime import date

from bot.clock import Clock
from bot.feeds.feed import Feed
from bot.feeds.fetch import FetchFailed
from bot.feeds.schedule import HISTORY_PACE, days_to_read
from bot.logs import get_logger
from bot.models import Listed
from bot.store import feeds, listings, papers
from bot.store.engine import Database

log = get_logger(__name__)


async def keep(database: Database, clock: Clock, feed: str, given: Sequence[Listed]) -> int:
    """Store `given` without posting; how many of their papers were not listed before.

    Days that the next poll will read are left to it: it must find their papers new.
    """
    now = clock.now()
    async with database.write() as connection:
        state = await feeds.state(connection, feed)
        ours = days_to_read(state.complete_at, now)[0]
        await papers.add(connection, [entry.paper for entry in given], now)
        return len(await listings.put(connection, feed, [e for e in given if e.day < ours], now))


async def fill(database: Database, clock: Clock, feed: Feed, days: Iterable[date]) -> None:
    """Read those of `days` that hold nothing yet, one request a second; a day that fails is left out."""
    async with database.read() as connection:
        held = await listings.days_of(connection, feed.name)
    for day in days:
        if day in held:
            continue
        try:
            answer = await feed.day(day)
        except FetchFailed as failed:
            log.warning("history.day_failed", feed=feed.name, day=str(day), reason=failed.reason)
            await clock.sleep(int((failed.retry_after or 0) * 1_000))
            continue
        await keep(database, clock, feed.name, answer.listed)
        await clock.sleep(HISTORY_PACE)
    log.info("history.filled", feed=feed.name)
