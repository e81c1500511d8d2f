"""Papers of the past: read once, slowly, and never posted."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web

from adapters.webhook.adapter import WebhookAdapter
from bot import app, history
from bot.clock import HOUR, MINUTE, SECOND
from bot.feeds.items import FEED, read_item
from bot.models import Listed, PaperId
from bot.settings import Settings, load
from bot.store import listings, papers
from bot.store.engine import Database
from bot.store.migrate import migrate
from tests.fakes import feed as fakes
from tests.fakes.clock import FakeClock
from tests.fakes.feed import FakeFeed, item
from tests.fakes.living import living
from tests.fakes.paperboy import Paperboy


class TimedFeed(FakeFeed):
    """Notes when each day was asked for."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.times: list[tuple[date, int]] = []

    @web.middleware
    async def _scripted(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        self.times.append((date.fromisoformat(request.query["date"]), self._clock.now()))
        return await super()._scripted(request, handler)

    def days(self, first: int, last: int) -> list[date]:
        """The days so many days ago, in that order."""
        return [self.today - timedelta(days=ago) for ago in range(first, last + 1)]

    def asked_for(self, days: list[date]) -> list[date]:
        """Those of `days` that were asked for, in order."""
        return [day for day, _ in self.times if day in days]


@pytest.fixture
async def feed(clock: FakeClock) -> AsyncIterator[TimedFeed]:
    async with TimedFeed(clock) as feed:
        for ago in range(40):
            feed.publish(item(f"2510.99{ago:03}", f"From {ago} days ago"), feed.today - timedelta(days=ago))
        yield feed


@asynccontextmanager
async def bot(url: str, feed: FakeFeed, clock: FakeClock, **given: Any) -> AsyncIterator[app.App]:
    """A bot without a place to post to."""
    async with Database(url) as database:
        await migrate(database)
    settings = load(Settings, _env_file=None, database_url=url, hf_endpoint=feed.url, **given)
    async with app.built(settings, clock, kinds={"webhook": WebhookAdapter}) as parts:
        yield parts


async def test_the_27_days_before_the_first_poll_are_read_one_request_a_second(
    sqlite_url: str, feed: TimedFeed, clock: FakeClock
) -> None:
    async with bot(sqlite_url, feed, clock) as parts, living(parts, clock) as alive:
        await alive.until(lambda: len(feed.times) >= 30)
        async with parts.database.read() as connection:
            assert await papers.count(connection) >= 29
    read = feed.times[3:30]
    assert [day for day, _ in read] == feed.days(3, 29)
    moments = [at for _, at in read]
    assert all(later - earlier >= SECOND for earlier, later in pairwise(moments))


async def test_no_days_are_read_where_nobody_wants_previews(
    sqlite_url: str, feed: TimedFeed, clock: FakeClock
) -> None:
    async with bot(sqlite_url, feed, clock, preview_days=0) as parts, living(parts, clock) as alive:
        await alive.until(parts.poller.seeded.is_set)
        await alive.pass_by(MINUTE)
    assert len(feed.times) == 3


async def test_a_restart_reads_only_what_is_missing(
    sqlite_url: str, feed: TimedFeed, clock: FakeClock
) -> None:
    async with bot(sqlite_url, feed, clock) as parts, living(parts, clock) as alive:
        await alive.until(lambda: len(feed.times) >= 20)
    async with bot(sqlite_url, feed, clock) as parts, living(parts, clock) as alive:
        await alive.until(lambda: feed.asked_for(feed.days(29, 29)))
    history_days = feed.days(3, 29)
    asked = feed.asked_for(history_days)
    assert sorted(set(asked)) == sorted(history_days) and len(asked) <= len(history_days) + 1


async def test_days_that_fail_are_read_an_hour_later(
    sqlite_url: str, feed: TimedFeed, clock: FakeClock
) -> None:
    async with bot(sqlite_url, feed, clock, poll_interval=3_600) as parts:
        await parts.poller.poll()
        feed.fail(fakes.status(500), times=3)
        async with living(parts, clock) as alive:
            await alive.until(lambda: len(feed.times) >= 6)
            await alive.pass_by(MINUTE)
            assert feed.asked_for(feed.days(3, 29)) == feed.days(3, 5)
            failed_at = clock.now()
            await alive.until(lambda: feed.asked_for(feed.days(29, 29)), step=10 * SECOND)
    older = [(day, at) for day, at in feed.times if day in feed.days(14, 29)]
    assert [day for day, _ in older] == feed.days(14, 29) and older[0][1] >= failed_at + HOUR - 2 * MINUTE


async def test_a_feed_that_asks_to_wait_is_asked_again_after_that(
    sqlite_url: str, feed: TimedFeed, clock: FakeClock
) -> None:
    async with bot(sqlite_url, feed, clock) as parts:
        await parts.poller.poll()
        feed.fail(fakes.status(429, Retry_After="30"))
        async with living(parts, clock) as alive:
            await alive.until(lambda: len(feed.times) >= 5)
    (first, asked_at), (again, asked_again_at) = feed.times[3:5]
    assert first == again and asked_again_at - asked_at >= 30 * SECOND


# What is kept


def listed(day: date, paper_id: str = "2511.99501", upvotes: int = 3) -> Listed:
    return read_item(item(paper_id, upvotes=upvotes), day)


async def test_numbers_that_are_known_are_not_overwritten(database: Database, clock: FakeClock) -> None:
    old = listed(date(2025, 10, 1), upvotes=50)
    assert await history.keep(database, clock, FEED, [old]) == 1
    lower = replace(old, paper=replace(old.paper, upvotes=3))
    assert await history.keep(database, clock, FEED, [lower]) == 0
    async with database.read() as connection:
        stored = await papers.get(connection, [PaperId("2511.99501")])
    assert [paper.upvotes for paper in stored.values()] == [50]


async def test_days_that_the_next_poll_reads_are_left_to_it(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "*")
    today = paperboy.feed.today
    given = [listed(today - timedelta(days=ago), f"2511.9900{ago}") for ago in range(5)]
    parts = paperboy.app
    assert await history.keep(parts.database, paperboy.clock, FEED, given) == 2
    async with parts.database.read() as connection:
        assert await listings.days_of(connection, FEED) == {entry.day for entry in given[3:]}
    for entry in given:
        paperboy.feed.publish(item(entry.paper.id), entry.day)
    await paperboy.poll()
    assert [row.subject for row in await paperboy.rows("#ml")] == [entry.paper.id for entry in given[:3]]


async def test_what_is_kept_posts_nothing_when_a_later_page_lists_it_again(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "*")
    parts, long_ago = paperboy.app, paperboy.feed.today - timedelta(days=60)
    await history.keep(parts.database, paperboy.clock, FEED, [listed(long_ago)])
    await paperboy.publish(item())
    assert paperboy.posted("#ml") == []
