"""What went wrong for others, from the feed to the channel: each test is one example of a kind."""

import html
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.chat.contract import Fault
from bot.chat.plain import plain
from bot.clock import HOUR
from bot.store import feeds, papers
from bot.store.feeds import FeedState
from tests.fakes import feed as fakes
from tests.fakes.clock import START, FakeClock
from tests.fakes.feed import item
from tests.fakes.paperboy import Paperboy, running
from tests.fakes.several import PLACES, several
from tests.fakes.webhooks import nested

INPUTS = Path(__file__).resolve().parents[2].parent / "shared" / "cases" / "inputs"
EARLY_2025 = 1_736_236_800_000  # 2025-01-07 08:00 UTC, epoch ms: when the given inputs play


@pytest.fixture
async def bot(
    seeded_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Paperboy]:
    """A seeded bot on SQLite: the database plays no part in these."""
    async with running(seeded_sqlite, clock, monkeypatch) as paperboy:
        yield paperboy


def given(case: str, name: str) -> Any:
    """An input that is shared with other projects; skips where it is not there."""
    file = INPUTS / case / name
    if not file.exists():
        pytest.skip("the shared inputs are not here")
    return json.loads(file.read_text("utf-8"))


async def state(bot: Paperboy) -> FeedState:
    async with bot.app.database.read() as connection:
        return await feeds.state(connection, "daily_papers")


# What is new


async def test_a_day_without_papers_is_no_failure(bot: Paperboy) -> None:
    # tatsu-lab/gpt_paper_assistant#4
    await bot.subscribe("#ml", "*")
    for _ in range(2):
        bot.clock.advance(24 * HOUR - 1)
        await bot.poll()
        assert (await state(bot)).failures == 0 and bot.posted("#ml") == []
    await bot.publish(item())
    assert bot.titles("#ml") == ["A Sample"]


async def test_a_page_that_fills_up_late_loses_nothing(bot: Paperboy) -> None:
    # takara-ai/papers-api#17
    await bot.subscribe("#ml", "*")
    await bot.publish(item("2512.99001", "First"))
    bot.clock.advance(3 * HOUR)
    bot.feed.publish(item("2511.99002", "Forgotten"), bot.feed.today - timedelta(days=1))
    await bot.publish(*(item(f"2512.9901{number}", f"Late {number}") for number in range(3)))
    bot.feed.clear(bot.feed.today)
    await bot.poll()
    await bot.publish(item("2512.99001", "First"))
    assert await bot.states("#ml") == ["sent"] * 5


async def test_the_given_page_that_fills_up_late_loses_nothing(
    migrated_sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    early, late, before = (given("07", f"{name}.json") for name in ("0600", "0900", "day_before_0900"))
    async with running(migrated_sqlite, FakeClock(EARLY_2025 - 2 * HOUR), monkeypatch) as bot:
        await bot.subscribe("#ml", "*")
        await bot.publish(*early)
        bot.clock.advance(3 * HOUR)
        bot.feed.publish_all(before, bot.feed.today - timedelta(days=1))
        await bot.publish(*late)
        await bot.poll()
        assert await bot.states("#ml") == ["sent"] * 5
        text = "\n".join(shown.text for shown in bot.posted("#ml"))
        assert all(text.count(entry["title"]) == 1 for entry in (*late, *before))


async def test_a_date_in_the_future_hides_nothing_that_comes_later(bot: Paperboy) -> None:
    # ayrat555/el_monitorro#354
    await bot.subscribe("#ml", "*")
    far = "2031-09-30T14:00:00.000Z"
    await bot.publish(item("2512.99001", "From the Future", publishedAt=far, submittedOnDailyAt=far))
    await bot.publish(item("2512.99002", "From Today"))
    assert bot.titles("#ml") == ["From the Future", "From Today"]
    reply = await bot.type("#ml", "today")
    assert "From Today" in reply.text and "From the Future" in reply.text


# Fetching


async def test_a_feed_that_says_403_is_asked_again_ever_later_and_heals_by_itself(bot: Paperboy) -> None:
    # FreshRSS/FreshRSS#8928
    await bot.subscribe("#ml", "*")
    bot.feed.publish(item(), bot.feed.today)
    waits = []
    for _ in range(13):
        bot.feed.fail(fakes.status(403), times=3)
        await bot.poll()
        now = await state(bot)
        waits.append(now.next_poll_at - bot.clock.now())
        bot.clock.advance(60_000)
    assert waits[:10] == sorted(set(waits[:10])) and HOUR * 0.9 <= waits[-1] <= max(waits) <= HOUR
    await bot.poll()
    assert bot.titles("#ml") == ["A Sample"] and (await state(bot)).failures == 0


async def test_a_long_response_header_is_read(bot: Paperboy) -> None:
    # Rongronggg9/RSS-to-Telegram-Bot#705
    await bot.subscribe("#ml", "*")
    long = {"Content-Security-Policy": "x" * 9_000}
    bot.feed.fail(fakes.body(fakes.answer(item("2512.99001", "Behind a Long Header")), long))
    await bot.poll()
    assert bot.titles("#ml") == ["Behind a Long Header"]


async def test_a_response_header_beyond_our_own_limit_is_a_failure_that_says_so(bot: Paperboy) -> None:
    bot.feed.fail(fakes.long_header(70_000), times=2)
    polled = await bot.app.poller.poll()
    assert [reason for reason in polled.failures.values() if "header" in reason and "too long" in reason]


# Reading


@pytest.mark.parametrize("own", [True, False], ids=["own", "given"])
async def test_words_in_angle_brackets_are_text_on_every_platform(
    own: bool, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # danmactough/node-feedparser#243
    ours = item(title="<answer> first: when n<d", summary="We put <think> and <answer> around steps.")
    entry = ours if own else given("13", "day.json")[0]
    title = entry["paper"]["title"]
    async with several(sqlite_url, FakeClock(START if own else EARLY_2025), monkeypatch) as bot:
        await bot.subscribe("think")
        await bot.publish(entry)
        (card,) = (block for block in bot.taken("json")[0]["blocks"] if block["type"] == "card")
        assert card["title"] == title and "<think>" in card["summary"]
        assert bot.chat.posted("#ml")[0].titles == (title,)
        assert title in bot.screen and "<think>" in bot.screen
        slack = bot.taken("slack")[0]
        assert title in html.unescape(slack["text"]) and title not in slack["text"]
        texts = "".join(part["text"] for part in nested(slack["blocks"]) if isinstance(part.get("text"), str))
        assert title in texts and "<think>" in texts
        discord = bot.taken("discord")[0]["embeds"][0]
        assert discord["title"].replace("\\", "") == title
        assert "<think>" in discord["description"].replace("\\", "").replace("**", "")


PICTURES = [
    ("https://cdn.example/a b (1).png", "https://cdn.example/a%20b%20(1).png"),
    ("", None),
    ("data:image/png;base64,AAAA", None),
    ("//cdn.example/x.png", None),
    ("https://cdn.example/" + "x" * 2_100, None),
    (None, None),
]


@pytest.mark.parametrize("own", [True, False], ids=["own", "given"])
async def test_a_bad_picture_costs_no_message(
    own: bool, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # alexemanuelol/rustplusplus#255
    ours = [
        item(f"2512.9900{n}", f"Picture {n}", _thumbnail=picture) for n, (picture, _) in enumerate(PICTURES)
    ]
    items = ours if own else given("20", "day.json")
    async with several(sqlite_url, FakeClock(START if own else EARLY_2025), monkeypatch) as bot:
        await bot.subscribe("*")
        for entry in items:
            await bot.publish(entry)
            bot.clock.advance(HOUR)
        blocks = [block for payload in bot.taken("json") for block in payload["blocks"]]
        assert [card["title"] for card in blocks] == [entry["title"] for entry in items]
        assert [card["thumbnail"] for card in blocks] == [picture for _, picture in PICTURES]
        for shape in ("slack", "discord"):
            assert json.dumps(bot.taken(shape)).count("cdn.example") == 1
        assert [shown.titles for shown in bot.posted()] == [(entry["title"],) for entry in items]


# Matching and typing

WORDS = [
    ("ai", "Rainfall in Spain", False),
    ("ai", "An AI-first design", True),
    ("gnn", "Cunning beginnings", False),
    ("vit", "Activity and gravity", False),
    ("vit", "ViTs at scale", True),
    ("dpo", "A DPO/KTO study", True),
    ('"art"', "Smart parts of charts", False),
]


@pytest.mark.parametrize("own", [True, False], ids=["own", "given"])
async def test_a_short_word_is_not_found_inside_a_longer_one(bot: Paperboy, own: bool) -> None:
    # SillyTavern/SillyTavern#386
    rows = WORDS if own else [(row["query"], row["text"], row["hit"]) for row in given("14", "match.json")]
    for number, (query, _, _) in enumerate(rows):
        await bot.subscribe(f"#{number}", query)
    await bot.publish(*(item(f"2512.99{n:03}", text) for n, (_, text, _) in enumerate(rows)))
    for number, (query, text, hit) in enumerate(rows):
        got = [row.subject for row in await bot.rows(f"#{number}")]
        found = await bot.type(f"#{number}", f"search {query}")
        assert (f"2512.99{number:03}" in got, text in found.text) == (hit, hit), (query, text)


ACCENTED = ("author:czerwinski", "author:czerwiński", "title:levy", "abstract:lazić", "łojasiewicz", "erdos")


@pytest.mark.parametrize("own", [True, False], ids=["own", "given"])
async def test_accents_written_as_tex_are_shown_and_found_as_letters(
    own: bool, migrated_sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # CCSDForge/episciences#694
    authors = [{"name": "Jan Czerwi\\'nski"}, {"name": "Ranko Lazi\\'c"}]
    ours = item(
        title="On L\\'evy and {\\L}ojasiewicz", summary="After Lazi\\'c and Erd\\H{o}s.", authors=authors
    )
    entry = ours if own else given("15", "day.json")[0]
    async with running(migrated_sqlite, FakeClock(START if own else EARLY_2025), monkeypatch) as bot:
        for query in ACCENTED:
            await bot.subscribe(f"#{query}", query)
        await bot.publish(entry)
        for query in ACCENTED:
            (title,) = bot.titles(f"#{query}")
            assert "Lévy" in title and "Łojasiewicz" in title
        async with bot.app.database.read() as connection:
            (stored,) = (await papers.get(connection, [entry["paper"]["id"]])).values()
        assert stored.authors == ("Jan Czerwiński", "Ranko Lazić") and "Erdős" in stored.abstract


TYPED = [
    ("“diffusion model” –survey", '"diffusion model" -survey'),
    ("»world model«", '"world model"'),
    ("„Graph“ ‑toy", '"graph" -toy'),
    ("don’t care", "don't care"),
    ("＂flow matching＂", '"flow matching"'),
]


@pytest.mark.parametrize(("typed", "plain"), TYPED)
async def test_quotes_and_dashes_of_a_phone_mean_the_plain_ones(
    bot: Paperboy, typed: str, plain: str
) -> None:
    # wilhelmklopp/simple-poll#2
    first = await bot.type("#ml", f"subscribe {typed}")
    again = await bot.type("#ml", f"subscribe {plain}")
    assert not first.body["error"] and "already" in again.text
    listed = await bot.type("#ml", "list")
    assert "1 subscription" in listed.text and not set("“”„»«–‑’＂") & set(listed.text.replace("›", ""))


async def test_the_caret_stands_under_what_was_typed(bot: Paperboy) -> None:
    reply = await bot.type("#ml", "subscribe “diffusion model” –survey OR")
    line, caret = next(
        (line, caret)
        for line, caret in zip(reply.text.splitlines(), reply.text.splitlines()[1:], strict=False)
        if caret.strip() == "^"
    )
    assert line.endswith("OR") and len(line) - 2 <= caret.index("^") <= len(line)


# Delivering


async def test_a_failing_target_keeps_nothing_from_the_others(
    sqlite_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # dgtlmoon/changedetection.io#2104
    async with several(sqlite_url, clock, monkeypatch) as bot:
        await bot.subscribe("*")
        bot.chat.closed_channels["#ml"] = 401
        await bot.hooks.fail(Fault.FORBIDDEN, place="slack")
        await bot.publish(item())
        assert "A Sample" in bot.screen and len(bot.taken("json")) == len(bot.taken("discord")) == 1
        assert bot.taken("slack") == [] and bot.posted() == []
        listed = {place: plain(await bot.type(place, "list")) for place in PLACES}
        assert "install it again" in listed["chat"] and "not allowed to post" in listed["slack"]
        assert "cannot" not in listed["terminal"]
