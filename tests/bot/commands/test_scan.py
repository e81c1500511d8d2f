"""One query over everything stored."""

import json
from datetime import date, timedelta

import pytest

from bot.clock import utc_day
from bot.commands.scan import as_json, find
from bot.matching.parser import parse
from bot.models import Paper
from bot.store.engine import Database
from tests.bot.commands.rig import Rig, paper
from tests.fakes.clock import START, FakeClock

TODAY = utc_day(START)


async def stored(database: Database, clock: FakeClock) -> None:
    """Papers of 120 days, every third about flow."""
    rig = Rig(database=database, clock=clock)
    for ago in range(0, 120, 10):
        several = (paper(f"2511.{ago + n:05}", "Flow" if n % 3 == 0 else "Other") for n in range(10))
        await rig.store(*several, ago=ago)


@pytest.mark.parametrize(
    ("query", "since", "limit", "count"),
    [
        ("flow", None, None, 48),
        ("-other *", None, None, 48),
        ("*", None, None, 120),
        ("flow", TODAY, None, 4),
        ("flow", TODAY - timedelta(days=10), None, 8),
        ("flow", TODAY + timedelta(days=1), None, 0),
        ("flow", None, 5, 5),
        ("flow", None, 1, 1),
        ("flow", None, 0, 0),
        ("flow", None, 100, 48),
        ("nothing", None, 5, 0),
    ],
)
async def test_the_newest_matches_since_a_day_up_to_a_limit(
    database: Database, clock: FakeClock, query: str, since: date | None, limit: int | None, count: int
) -> None:
    await stored(database, clock)
    found = await find(database, clock, parse(query), since=since, limit=limit)
    days = [day for day, _ in found]
    assert len(found) == count
    assert days == sorted(days, reverse=True)
    assert all(since is None or day >= since for day in days)


async def test_whoever_stops_early_leaves_the_database_free(database: Database, clock: FakeClock) -> None:
    await stored(database, clock)
    for _ in range(20):  # more than there are connections
        assert len(await find(database, clock, parse("*"), limit=1)) == 1
    async with database.write() as connection:
        assert connection is not None


async def test_others_have_their_turn_while_everything_is_scanned(
    database: Database, clock: FakeClock
) -> None:
    await stored(database, clock)
    breaths: list[int] = []

    class Counting(FakeClock):
        async def sleep(self, ms: int) -> None:
            breaths.append(ms)
            await super().sleep(ms)

    await find(database, Counting(), parse("nothing"))
    assert breaths == [0, 0, 0]  # 120 papers, 50 at a time


def test_a_result_as_json_holds_what_the_card_shows() -> None:
    found = paper(
        "2511.00001",
        "Flow ▲",
        "Text",
        authors=("A",),
        published_on=date(2025, 11, 1),
        code_url="https://c.example",
    )
    shown = json.loads(json.dumps(as_json(TODAY, found)))
    assert shown["id"] == "2511.00001"
    assert (shown["day"], shown["published"]) == ("2025-12-01", "2025-11-01")
    assert (shown["url"], shown["pdf"]) == (found.url, found.pdf_url)
    assert (shown["authors"], shown["code"], shown["project"]) == (["A"], "https://c.example", None)


def test_json_names_every_field_of_a_paper_once() -> None:
    renamed = {"published_on": "published", "code_url": "code", "project_url": "project"}
    fields = {renamed.get(name, name) for name in Paper.__dataclass_fields__} - {"thumbnail"}
    assert as_json(TODAY, paper()).keys() == fields | {"day", "url", "pdf"}
