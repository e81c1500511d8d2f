"""Counts name the days that they rest on."""

import pytest

from bot.commands.preview import preview, rate, recent
from bot.matching.parser import parse
from tests.bot.commands.rig import Rig, paper


@pytest.mark.parametrize(
    ("total", "days", "words"),
    [
        (120, 30, "about 4 a day"),
        (30, 30, "about 1 a day"),
        (29, 30, "about 7 a week"),
        (14, 30, "about 3 a week"),
        (4, 30, "about 4 a month"),
        (1, 30, "about 1 a month"),
        (0, 30, "less than one a month"),
        (1, 60, "less than one a month"),
        (5, 3, "about 2 a day"),
        (1, 3, "about 2 a week"),
        (0, 3, "none so far"),
    ],
)
def test_a_count_becomes_a_rate(total: int, days: int, words: str) -> None:
    assert rate(total, days) == words


async def test_a_preview_holds_what_the_last_30_days_would_have_brought_newest_first(rig: Rig) -> None:
    await rig.fill()
    await rig.store(paper("2511.00001", "Old diffusion"), ago=30)
    await rig.store(paper("2511.00002", "Diffusion"), ago=29)
    await rig.store(paper("2511.00003", "Vision"), paper("2511.00004", "New diffusion"))
    found = await preview(rig.core, parse("diffusion"))
    assert [one.id for one in found.papers] == ["2511.00004", "2511.00002"]
    assert found.counted == "Last 30 days: 2 papers, about 2 a month"


async def test_a_count_over_fewer_days_says_so(rig: Rig) -> None:
    await rig.store(paper("2511.00001", "Diffusion"), ago=2)
    await rig.store(paper("2511.00002", "Diffusion again"))
    found = await preview(rig.core, parse("diffusion"))
    assert found.counted == "In the 3 days I have so far: 2 papers, about 5 a week"


async def test_the_first_day_is_one_day(rig: Rig) -> None:
    await rig.store(paper("2511.00001", "Diffusion"))
    found = await preview(rig.core, parse("diffusion"))
    assert found.counted == "In the one day I have so far: 1 paper, about 1 a day"


async def test_a_weekend_at_the_beginning_makes_the_days_no_fewer(rig: Rig) -> None:
    await rig.fill(27)
    assert (await recent(rig.core)).span_days == 30


async def test_what_lies_behind_a_gap_is_not_counted(rig: Rig) -> None:
    await rig.store(paper("2511.00001", "Diffusion of old"), ago=20)
    await rig.store(paper("2511.00002", "Diffusion"), ago=5)
    await rig.store(paper("2511.00003", "Diffusion again"), ago=1)
    found = await preview(rig.core, parse("diffusion"))
    assert found.counted == "In the 6 days I have so far: 2 papers, about 2 a week"


async def test_a_day_before_the_first_that_holds_papers_closes_the_gap(rig: Rig) -> None:
    await rig.fill(26)
    await rig.store(paper("2510.99999", "Before"), ago=30)
    assert (await recent(rig.core)).span_days == 30


async def test_an_empty_store_counts_nothing(rig: Rig) -> None:
    found = await preview(rig.core, parse("diffusion"))
    assert (found.total, found.rate) == (0, "")
    assert found.counted == "I have no papers of these days yet, so I cannot tell how many that brings"
