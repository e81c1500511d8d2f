"""The way in: what is asked of the feed, and what an answer leads to."""

import asyncio
from collections import Counter

import pytest
from structlog.testing import capture_logs

from bot.clock import DAY, HOUR, MINUTE, utc_day
from bot.models import PaperId
from bot.store import feeds, papers
from tests.fakes.clock import FakeClock
from tests.fakes.feed import item, status
from tests.fakes.paperboy import Paperboy, running


def days_asked(paperboy: Paperboy) -> Counter[str]:
    """How often each day was asked for since the last look."""
    asked = Counter(path.split("date=")[1][:10] for path in paperboy.feed.paths())
    paperboy.feed.asked.clear()
    return asked


async def test_the_first_poll_reads_three_days_and_later_ones_the_older_days_once_an_hour(
    migrated_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(migrated_url, clock, monkeypatch) as paperboy:
        assert len(days_asked(paperboy)) == 3
        await paperboy.poll()
        assert len(days_asked(paperboy)) == 14
        paperboy.clock.advance(30 * MINUTE)
        await paperboy.poll()
        assert len(days_asked(paperboy)) == 3
        paperboy.clock.advance(31 * MINUTE)
        await paperboy.poll()
        assert len(days_asked(paperboy)) == 14


async def test_older_days_that_fail_are_not_asked_again_before_an_hour_is_over(paperboy: Paperboy) -> None:
    await paperboy.poll()
    paperboy.clock.advance(HOUR)
    days_asked(paperboy)
    paperboy.feed.publish(item("2512.99001", "News"), paperboy.feed.today)
    await paperboy.subscribe("#ml", "*")
    paperboy.feed.fail(None, times=3)
    paperboy.feed.fail(status(500))  # the first of the older days
    await paperboy.poll()
    assert paperboy.titles("#ml") == ["News"]
    assert len(days_asked(paperboy)) == 4  # one failed, and the rest were left for later
    paperboy.clock.advance(5 * MINUTE)
    await paperboy.poll()
    assert len(days_asked(paperboy)) == 3


async def test_a_failed_day_keeps_the_others_and_is_read_again(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "*")
    yesterday = utc_day(paperboy.clock.now() - DAY)
    paperboy.feed.publish(item("2512.99001", "Of yesterday"), yesterday)
    paperboy.feed.publish(item("2512.99002", "Of today"), paperboy.feed.today)
    paperboy.feed.fail(status(500))  # the day before yesterday
    await paperboy.poll()
    assert paperboy.titles("#ml") == ["Of yesterday", "Of today"]
    paperboy.feed.publish(item("2512.99003", "Late"), utc_day(paperboy.clock.now() - 2 * DAY))
    await paperboy.poll()
    assert paperboy.titles("#ml") == ["Of yesterday", "Of today", "Late"]


async def test_a_failure_is_said_loudly_once_and_again_when_its_reason_changes(paperboy: Paperboy) -> None:
    answers = (500, 500, 503, None, 503)
    with capture_logs() as lines:
        for answer in answers:
            if answer:
                paperboy.feed.fail(status(answer), times=3)  # each of the days that are read
            await paperboy.poll()
    polls = [line for line in lines if line["event"] == "feed.polled"]
    reasons = [line.get("reason") for line in polls]
    assert reasons == [f"HTTP {answer}" if answer else None for answer in answers]
    levels = [line["log_level"] for line in polls]
    assert levels == ["warning", "info", "warning", "info", "warning"]


async def test_an_outage_of_ten_days_loses_none_of_them(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "*")
    for ago in range(10):
        paperboy.clock.advance(DAY)
        paperboy.feed.publish(item(f"2512.990{ago:02}", f"Day {ago}"), paperboy.feed.today)
    await paperboy.poll()
    (shown,) = paperboy.posted("#ml")
    assert "10 papers" in shown.headline


async def test_a_paper_that_comes_back_on_another_day_is_not_new(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "*")
    await paperboy.publish(item(title="Once"))
    paperboy.clock.advance(DAY)
    await paperboy.publish(item(title="Once"))
    assert paperboy.titles("#ml") == ["Once"]


async def test_a_subscription_that_changes_while_the_feed_is_read_counts_as_it_is_then(
    paperboy: Paperboy,
) -> None:
    await paperboy.subscribe("#ml", "flow")

    async def changed() -> None:
        await paperboy.type("#ml", "unsubscribe 1")
        await paperboy.type("#ml", "subscribe diffusion")

    paperboy.clock.breath = changed  # once the papers were matched, before the commit
    await paperboy.publish(item("2512.99001", "Flow"), item("2512.99002", "Diffusion"))
    assert paperboy.titles("#ml") == ["Diffusion"]


async def test_what_an_older_page_holds_besides_is_stored_and_posts_nothing(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "*")
    paperboy.feed.publish(item("2511.99001", "Of the past"), utc_day(paperboy.clock.now() - 10 * DAY))
    await paperboy.poll()
    async with paperboy.app.database.read() as connection:
        assert await papers.get(connection, [PaperId("2511.99001")])
    assert paperboy.posted("#ml") == []


async def test_a_number_that_is_reached_after_two_weeks_posts_nothing(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "upvotes>=20")
    await paperboy.publish(item(upvotes=3))
    paperboy.clock.advance(14 * DAY)
    await paperboy.publish(item(upvotes=25))
    assert paperboy.posted("#ml") == []


async def test_a_moment_that_a_fast_clock_set_is_not_waited_for(paperboy: Paperboy) -> None:
    parts, year = paperboy.app, paperboy.clock.now() + 365 * DAY
    async with parts.database.write() as connection:
        await feeds.put_state(connection, parts.feed.name, next_poll_at=year)
    paperboy.feed.asked.clear()
    polling = asyncio.create_task(parts.poller.run())
    async with asyncio.timeout(10):
        while not paperboy.feed.asked:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    polling.cancel()
    await asyncio.wait({polling})
