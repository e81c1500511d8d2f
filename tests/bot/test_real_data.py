"""All that the real feed listed in two years: nothing is lost or mangled, every card can be shown."""

import io
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from adapters.terminal.console import Screen
from adapters.terminal.render import Look, posted
from adapters.webhook.render import render
from adapters.webhook.settings import Hook, hooks
from bot import history
from bot.cards import headline, paper_card
from bot.chat.message import Message
from bot.clock import DAY, HOUR, MINUTE, epoch_ms
from bot.feeds.items import FEED, read_file, read_items
from bot.models import Paper, PaperId
from bot.store import listings, papers
from bot.store.engine import Database
from bot.store.migrate import migrate
from bot.store.sql import slices
from tests.fakes.chat_adapter import rendered
from tests.fakes.clock import FakeClock
from tests.fakes.paperboy import running
from tests.fakes.webhooks import CHECKS

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
EVERYTHING = DATA / "daily_papers.jsonl.gz"
NIGHT = DATA / "raw" / "2025-12-03.json"
AFTERWARDS = 1_780_272_000_000  # 2026-06-01 00:00 UTC, epoch ms

pytestmark = pytest.mark.skipif(not EVERYTHING.exists(), reason="the real feed's data are not here")


@pytest.fixture(scope="module")
def raw() -> list[Any]:
    """The items as the API gave them, each with its day."""
    return list(read_file(EVERYTHING))


@pytest.fixture(scope="module")
def known(raw: list[Any]) -> list[Paper]:
    return [entry.paper for entry in read_items(raw)]


@asynccontextmanager
async def stored(url: str, raw: list[Any]) -> AsyncIterator[Database]:
    """A database that all items were backfilled into."""
    async with Database(url) as database:
        await migrate(database)
        for some in slices(read_items(raw), 500):
            await history.keep(database, FakeClock(AFTERWARDS), FEED, some)
        yield database


def folded(text: str) -> str:
    """`text` with its line breaks and runs of blanks as single blanks."""
    return " ".join(text.split())


async def test_no_item_is_lost_or_mangled(sqlite_url: str, raw: list[Any]) -> None:
    given = {item["paper"]["id"]: item for item in raw}
    async with stored(sqlite_url, raw) as database, database.read() as connection:
        assert await papers.count(connection) == len(given) == len(raw)
        found = await papers.get(connection, map(PaperId, given))
        days = await listings.known_in(connection, FEED, map(PaperId, given))
    assert {id_: paper.title for id_, paper in found.items()} == {
        id_: folded(item["paper"]["title"]) for id_, item in given.items()
    }
    for id_, item in given.items():
        paper, inner = found[PaperId(id_)], item["paper"]
        assert paper.abstract == folded(inner["summary"]) or "\\" in inner["summary"]  # TeX's accents
        assert paper.authors == tuple(folded(author["name"]) for author in inner["authors"])
        assert (paper.upvotes, paper.comments) == (inner["upvotes"], item["numComments"])
        assert days[PaperId(id_)].isoformat() == item["day"]


# Cards


def message(paper: Paper) -> Message:
    return Message(headline=headline(paper, ("*",)), body=(paper_card(paper, ("*",)),))


@pytest.mark.parametrize("shape", ["json", "slack", "discord"])
def test_every_card_is_within_the_limits_of_a_webhook(known: list[Paper], shape: str) -> None:
    found = hooks(f"it={shape}+https://hooks.example/x-x-x-x-x")
    assert isinstance(found, tuple) and isinstance(found[0], Hook)
    payloads = (render(message(paper), found[0], key="k", zone="UTC") for paper in known)
    assert [problem for payload in payloads for problem in CHECKS[shape](payload)] == []


def test_every_card_is_shown_in_the_terminal_and_the_chat(known: list[Paper]) -> None:
    look = Look(number=lambda _action: 1, zone=ZoneInfo("UTC"), links=False)
    for paper in known:
        file, shown = io.StringIO(), message(paper)
        Screen(file).print(posted("#ml", 0, shown, look), soft_wrap=True, crop=False)
        assert paper.title in file.getvalue() and paper.url in file.getvalue()
        assert rendered(shown)["cards"][0]["title"] == paper.title[:500]


# A night


async def test_a_night_brings_a_channel_that_wants_everything_few_messages_with_every_paper_once(
    migrated_sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = sorted(json.loads(NIGHT.read_text("utf-8")), key=submitted)
    evening = submitted(items[0]) - HOUR
    async with running(migrated_sqlite, FakeClock(evening), monkeypatch) as bot:
        await bot.subscribe("#ml", "*")
        waiting = list(items)
        while bot.clock.now() < evening + DAY // 2:
            bot.clock.advance(5 * MINUTE)
            while waiting and submitted(waiting[0]) <= bot.clock.now():
                bot.feed.publish(waiting.pop(0), bot.feed.today)
            await bot.poll()
        messages = bot.posted("#ml")
        assert waiting == [] and await bot.states("#ml") == ["sent"] * len(items)
    assert len(messages) <= 13
    shown = Counter(paper for text in messages for paper in titles_in(text.text, items))
    assert shown == Counter(folded(item["title"]) for item in items)


def submitted(item: Mapping[str, Any]) -> int:
    """When `item` was put on the page, in epoch ms."""
    return epoch_ms(datetime.fromisoformat(item["paper"]["submittedOnDailyAt"]))


def titles_in(text: str, items: list[Mapping[str, Any]]) -> list[str]:
    """The titles of `items` that `text` shows, each as often as it does."""
    return [title for title in (folded(item["title"]) for item in items) for _ in range(text.count(title))]
