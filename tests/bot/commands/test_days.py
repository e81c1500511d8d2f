"""`today`: the papers of a day."""

from datetime import date

import pytest

from bot.clock import DAY
from bot.store import listings
from tests.bot.commands.reading import lines, says, titles
from tests.bot.commands.rig import Rig, actions_of, paper


async def test_today_is_the_newest_day_that_holds_papers_named_and_by_upvotes(rig: Rig) -> None:
    await rig.store(paper("2511.00001", "Few", upvotes=1), paper("2511.00002", "Many", upvotes=9), ago=3)
    await rig.store(paper("2511.00003", "Older", upvotes=50), ago=4)
    reply = await rig.type("today")
    assert reply.headline == "2 papers on Fri 28 Nov"
    assert lines(reply) == ["Many · ▲ 9", "Few · ▲ 1"]
    assert reply.page is None


async def test_of_equal_votes_the_newest_comes_first(rig: Rig) -> None:
    early, late = (paper(f"2511.0000{n}", f"At {n}", submitted_at=n) for n in (1, 2))
    await rig.store(early, late)
    assert titles(await rig.type("today")) == ["At 2", "At 1"]


async def test_it_says_what_the_channel_is_subscribed_to(rig: Rig) -> None:
    await rig.store(paper("2511.00001", "Diffusion of flow", upvotes=2), paper("2511.00002", "Other"))
    await rig.type("subscribe flow")
    await rig.type("subscribe diffusion")
    await rig.type("unsubscribe 1")
    assert lines(await rig.type("today")) == ["Diffusion of flow · ▲ 2 · matched: diffusion", "Other"]
    assert lines(await rig.type("today", "#vision"))[0] == "Diffusion of flow · ▲ 2"


@pytest.mark.parametrize("typed", ["2025-11-30", "yesterday", "date:2025-11-30", "Yesterday", "20251130"])
async def test_another_day_can_be_named(rig: Rig, typed: str) -> None:
    await rig.store(paper("2511.00001", "Now"))
    await rig.store(paper("2511.00002", "Then"), ago=1)
    reply = await rig.type(f"today {typed}")
    assert (reply.headline, titles(reply)) == ("1 paper on Sun 30 Nov", ["Then"])


async def test_a_day_of_another_year_says_so(rig: Rig) -> None:
    await rig.store(paper(), ago=366)
    assert (await rig.type("today")).headline == "1 paper on Sat 30 Nov 2024"


async def test_a_day_without_papers_names_the_nearest_that_have_some(rig: Rig) -> None:
    await rig.store(paper("2511.00001", "Now"))
    await rig.store(paper("2511.00002", "Then"), ago=3)
    await rig.store(paper("2511.00003", "Long ago"), ago=9)
    reply = await rig.type("today 2025-11-30")
    assert reply.headline == "No papers on Sun 30 Nov"
    assert says(reply) == "The nearest with papers: Fri 28 Nov and Mon 1 Dec."
    assert titles(await rig.press(reply, "Fri 28 Nov")) == ["Then"]
    assert titles(await rig.press(reply, "Mon 1 Dec")) == ["Now"]


async def test_after_the_newest_day_only_that_one_is_near(rig: Rig) -> None:
    await rig.store(paper())
    reply = await rig.type("today 2031-01-01")
    assert reply.headline == "No papers on Wed 1 Jan 2031"
    assert says(reply) == "The nearest with papers: Mon 1 Dec."


async def test_a_day_is_not_near_itself(rig: Rig) -> None:
    for ago in (0, 1, 4):
        await rig.store(paper(f"2511.0000{ago}"), ago=ago)
    async with rig.database.read() as connection:
        around = await listings.days_around(connection, date(2025, 11, 30))
    assert around == (date(2025, 11, 27), date(2025, 12, 1))


@pytest.mark.parametrize("typed", ["today", "today yesterday"])
async def test_an_empty_store_has_no_day(rig: Rig, typed: str) -> None:
    reply = await rig.type(typed)
    assert (reply.headline, reply.error) == ("I have no papers yet.", True)


@pytest.mark.parametrize("typed", ["3.12.", "2025-13-01", "2025-02-30", "tomorrowish", "-1"])
async def test_what_is_no_day_is_told_the_form(rig: Rig, typed: str) -> None:
    reply = await rig.type(f"today {typed}")
    assert reply.headline == "A day is written as 2025-12-03, or today, or yesterday."
    assert reply.error


async def test_pages_keep_to_their_day_while_a_new_one_begins(rig: Rig) -> None:
    await rig.store(*(paper(f"2511.000{n:02}", f"No {n:02}", upvotes=99 - n) for n in range(23)))
    first = await rig.type("today")
    assert (first.page, len(titles(first))) == ((1, 3), 10)
    rig.clock.advance(DAY)
    await rig.store(paper("2512.00001", "Of the next day"))
    last = await rig.press(await rig.press(first, "Next"), "Next")
    assert (last.page, last.replace) == ((3, 3), True)
    assert titles(last) == ["No 20", "No 21", "No 22"]
    assert [action.label for action in actions_of(last)] == ["Share", "Share", "Share", "Previous"]
