import json
import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.clock import DAY
from bot.demo.feed_server import DemoFeed, FeedServer
from bot.demo.papers import DAYS, samples
from bot.feeds.daily_papers import DailyPapers
from bot.feeds.fetch import Fetcher
from bot.feeds.items import read_items
from tests.fakes.clock import FakeClock
from tests.fakes.feed import FakeFeed, item

TODAY = date(2025, 12, 1)  # the clock's day
FIRST = TODAY - timedelta(days=2)


@pytest.fixture
async def server(clock: FakeClock) -> AsyncIterator[FeedServer]:
    async with FeedServer(clock) as server:
        yield server


@pytest.fixture
async def session(server: FeedServer) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(server.url) as session:
        yield session


async def asked(session: aiohttp.ClientSession, path: str) -> tuple[int, Any]:
    async with session.get(path) as answer:
        return answer.status, await answer.json()


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["paper"]["id"] for item in items]


async def test_the_server_listens_on_loopback_only(server: FeedServer) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", server.url)


async def test_a_published_item_is_on_its_days_page_as_it_is(
    server: FeedServer, session: aiohttp.ClientSession
) -> None:
    server.publish(item("2511.99502"), TODAY)
    assert await asked(session, "/api/daily_papers?date=2025-12-01") == (200, [item("2511.99502")])
    assert await asked(session, "/api/daily_papers?date=2025-11-30") == (200, [])


async def test_an_item_published_again_takes_its_own_place(
    server: FeedServer, session: aiohttp.ClientSession
) -> None:
    for upvotes in (1, 7):
        server.publish(item("2511.99502", upvotes=upvotes), TODAY)
        server.publish(item("2511.99503"), TODAY)
    _, items = await asked(session, "/api/daily_papers?date=2025-12-01")
    assert ids(items) == ["2511.99502", "2511.99503"]
    assert items[0]["paper"]["upvotes"] == 7


@pytest.mark.parametrize("day", ["2025-12-02", "2025-13-01", "20251201", "2025-W49-1", "today", ""])
async def test_a_bad_date_and_one_in_the_future_are_refused(session: aiohttp.ClientSession, day: str) -> None:
    status, answer = await asked(session, f"/api/daily_papers?date={day}")
    assert (status, list(answer)) == (400, ["error"])


async def test_a_future_day_opens_when_the_clock_comes_to_it(
    clock: FakeClock, session: aiohttp.ClientSession
) -> None:
    clock.advance(DAY)
    assert await asked(session, "/api/daily_papers?date=2025-12-02") == (200, [])


@pytest.mark.parametrize(
    ("query", "first", "count"),
    [
        ("", 0, 50),
        ("&p=2", 100, 20),
        ("&limit=100", 0, 100),
        ("&limit=100&p=1", 100, 20),
        ("&limit=500", 0, 100),
        ("&limit=7&p=1", 7, 7),
        ("&p=9", 0, 0),
    ],
)
async def test_a_day_comes_in_pages(
    server: FeedServer, session: aiohttp.ClientSession, query: str, first: int, count: int
) -> None:
    every = [f"2511.{number:05d}" for number in range(120)]
    for paper_id in every:
        server.publish(item(paper_id), TODAY)
    _, items = await asked(session, f"/api/daily_papers?date=2025-12-01{query}")
    assert ids(items) == every[first : first + count]


async def test_without_a_date_the_newest_day_comes_first(
    server: FeedServer, session: aiohttp.ClientSession
) -> None:
    server.publish(item("2511.99502"), FIRST)
    server.publish(item("2511.99503"), TODAY)
    _, items = await asked(session, "/api/daily_papers")
    assert ids(items) == ["2511.99503", "2511.99502"]


async def test_an_unchanged_page_is_answered_with_304(
    server: FeedServer, session: aiohttp.ClientSession
) -> None:
    path = "/api/daily_papers?date=2025-12-01"
    async with session.get(path) as answer:
        known = {"If-None-Match": answer.headers["ETag"]}
    async with session.get(path, headers=known) as answer:
        assert (answer.status, await answer.read()) == (304, b"")
    server.publish(item("2511.99502"), TODAY)
    async with session.get(path, headers=known) as answer:
        assert answer.status == 200


async def test_one_paper_can_be_looked_up(server: FeedServer, session: aiohttp.ClientSession) -> None:
    server.publish(item("hep-th/9408099"), TODAY)
    status, paper = await asked(session, "/api/papers/hep-th/9408099")
    assert (status, paper["id"]) == (200, "hep-th/9408099")
    assert await asked(session, "/api/papers/2511.99999") == (404, {"error": "Paper not found"})


async def test_after_a_restart_the_server_has_its_address_and_papers(
    server: FeedServer, session: aiohttp.ClientSession
) -> None:
    server.publish(item("2511.99502"), TODAY)
    before = server.url
    await server.stop()
    await server.start()
    assert server.url == before
    assert (await asked(session, "/api/daily_papers"))[1] == [item("2511.99502")]


def test_the_sample_papers_are_about_forty_over_three_days() -> None:
    sampled = samples(FIRST)
    days = [sample.day for sample in sampled]
    assert len(sampled) == len({sample.id for sample in sampled}) == 40
    assert sorted(set(days)) == [FIRST + timedelta(days=ago) for ago in range(DAYS)]
    assert days == sorted(days)
    assert all(re.fullmatch(r"2511\.99\d{3}", sample.id) for sample in sampled)


def test_every_sample_paper_reads_whole() -> None:
    sampled = samples(FIRST)
    with capture_logs() as lines:
        listed = list(read_items(sample.item for sample in sampled))
    assert lines == []
    assert [one.day for one in listed] == [sample.day for sample in sampled]
    for one in listed:
        assert one.paper.authors
        assert one.paper.abstract
        assert one.paper.upvotes
        assert one.paper.published_on
        assert one.paper.published_on < one.day


def test_the_sample_papers_hold_what_a_real_feed_holds() -> None:
    papers = [one.paper for one in read_items(sample.item for sample in samples(FIRST))]
    text = " ".join(f"{paper.title} {paper.abstract} {' '.join(paper.authors)}" for paper in papers)
    for needed in ("<think>", "n<d", "C++", "GPT-4o", "Lévy", "Łojasiewicz", "王小雨", "RAG", "$n \\log n$"):
        assert needed in text
    for missing in ("code_url", "project_url", "organization", "ai_summary", "thumbnail"):
        have = [paper for paper in papers if getattr(paper, missing)]
        assert 0 < len(have) < len(papers)
    matching = [paper for paper in papers if "diffusion model" in (paper.title + paper.abstract).casefold()]
    assert len(matching) >= 4


def test_sample_addresses_lead_nowhere() -> None:
    text = json.dumps([sample.item for sample in samples(FIRST)])
    assert all(host.endswith("example.org") for host in re.findall(r"https?://([^/\"]+)", text))


async def test_the_demo_publishes_its_papers_one_after_another(server: FeedServer) -> None:
    demo = DemoFeed(server, samples(FIRST))
    first, second, *_ = demo.waiting
    assert demo.publish(2) == (first, second)
    assert demo.waiting[0] not in (first, second)
    assert len(demo.waiting) == 38
    assert len(demo.publish(1_000)) == 38
    assert demo.waiting == ()


async def test_the_bot_reads_from_the_demo_what_was_published(clock: FakeClock, server: FeedServer) -> None:
    demo = DemoFeed(server, samples(FIRST))
    async with Fetcher(clock) as fetcher:
        feed = DailyPapers(fetcher, clock, server.url)
        published = [sample for sample in demo.publish(1_000) if sample.day == TODAY]
        early = await feed.day(TODAY)
        assert [listed.paper.id for listed in early.listed] == [sample.id for sample in published]
        assert (await feed.day(TODAY, early.validators)).listed == ()


async def test_the_fake_logs_what_it_was_asked_and_follows_its_script(clock: FakeClock) -> None:
    async with FakeFeed(clock) as fake, aiohttp.ClientSession(fake.url) as session:
        fake.publish(item("2511.99502"), TODAY)
        await asked(session, "/api/daily_papers?p=0")
        fake.change("2511.99502", upvotes=44)
        fake.clear(FIRST)
        _, items = await asked(session, "/api/daily_papers?p=0")
        assert items[0]["paper"]["upvotes"] == 44
        assert [(one.path, one.status) for one in fake.asked] == [("/api/daily_papers?p=0", 200)] * 2
        assert fake.asked[0].headers["Host"] in fake.url
