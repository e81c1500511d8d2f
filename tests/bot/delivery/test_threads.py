"""A thread a day: one parent, its papers as replies, and nothing that waits for ever."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from bot.chat.contract import Fault
from bot.clock import DAY, HOUR, MINUTE, SECOND
from bot.store.schema import channels
from tests.bot.delivery.test_delivery import papers
from tests.fakes.chat import Shown
from tests.fakes.clock import FakeClock
from tests.fakes.feed import item
from tests.fakes.paperboy import Paperboy, running
from tests.fakes.threaded import Threaded

PARENT = "Papers of Mon 1 Dec"


@pytest.fixture
async def threaded(
    seeded_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Paperboy]:
    """A bot whose channel #ml wants every paper, in the day's thread."""
    monkeypatch.setattr(Threaded, "taken_away", set())
    monkeypatch.setattr(Threaded, "looked", [])
    async with running(seeded_url, clock, monkeypatch, Threaded) as paperboy:
        await paperboy.subscribe("#ml", "*")
        assert not (await paperboy.type("#ml", "settings thread:on announce:off")).body["error"]
        yield paperboy


def shape(shown: list[Shown]) -> list[tuple[str, str | None]]:
    """Each message by its headline, with the headline of its parent."""
    headlines = {one.id: one.headline for one in shown}
    return [(one.headline, headlines.get(one.body["parent"])) for one in shown]


async def parents(paperboy: Paperboy) -> list[tuple[str, str]]:
    """Each parent's subject and state."""
    rows = await paperboy.rows("#ml", "notice")
    return [(row.subject, row.state) for row in rows if row.subject.startswith("thread:")]


async def test_the_papers_of_a_day_are_replies_to_one_message(threaded: Paperboy) -> None:
    await threaded.publish(*papers(2))
    threaded.clock.advance(HOUR)
    await threaded.publish(*papers(1, first=3))
    assert shape(threaded.posted("#ml")) == [
        (PARENT, None),
        ("Diffusion 1", PARENT),
        ("Diffusion 2", PARENT),
        ("Diffusion 3", PARENT),
    ]


async def test_each_day_has_its_own_by_the_channels_zone(threaded: Paperboy) -> None:
    await threaded.type("#ml", "settings zone:Pacific/Auckland")
    await threaded.publish(*papers(1))  # 21:00 there
    threaded.clock.advance(4 * HOUR)
    await threaded.publish(*papers(1, first=2))
    assert shape(threaded.posted("#ml")) == [
        (PARENT, None),
        ("Diffusion 1", PARENT),
        ("Papers of Tue 2 Dec", None),
        ("Diffusion 2", "Papers of Tue 2 Dec"),
    ]


async def test_a_channel_that_did_not_ask_for_threads_gets_none(threaded: Paperboy) -> None:
    await threaded.subscribe("#vision", "*")
    await threaded.type("#ml", "settings thread:off")
    await threaded.publish(*papers(1))
    for channel in ("#ml", "#vision"):
        assert shape(threaded.posted(channel)) == [("Diffusion 1", None)]


async def test_a_parent_costs_nothing_of_the_budget(threaded: Paperboy) -> None:
    for number in range(1, 5):
        await threaded.publish(*papers(1, first=number))
    assert threaded.titles("#ml") == ["Diffusion 1", "Diffusion 2", "Diffusion 3"]


async def test_what_somebody_asked_for_goes_there_and_notices_do_not(threaded: Paperboy) -> None:
    await threaded.type("#ml", "pause")
    await threaded.publish(*papers(2))
    reply = await threaded.type("#ml", "resume")
    await threaded.chat.press("ann", "#ml", reply.actions["Post them here"])
    await threaded.drain()
    threaded.clock.advance(HOUR)
    await threaded.type("#ml", "share 2512.99001")
    await threaded.drain()
    assert shape(threaded.posted("#ml")) == [
        (PARENT, None),
        ("2 papers for #ml, asked for by ann", PARENT),
        ("Diffusion 1", None),
    ]


async def test_a_day_without_papers_has_no_parent(threaded: Paperboy) -> None:
    threaded.clock.advance(DAY)
    await threaded.drain()
    assert threaded.posted("#ml") == [] and await parents(threaded) == []


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.RESET, Fault.BROKEN])
async def test_whatever_becomes_of_the_parent_there_is_one_and_papers_wait_for_it(
    threaded: Paperboy, fault: Fault
) -> None:
    await threaded.chat.fail(fault, place="#ml")
    await threaded.publish(*papers(1))
    for _ in range(4):
        threaded.clock.advance(MINUTE)
        await threaded.drain()
    assert shape(threaded.posted("#ml")) == [(PARENT, None), ("Diffusion 1", PARENT)]


async def test_a_crash_between_parent_and_paper_makes_no_second_parent(threaded: Paperboy) -> None:
    await threaded.chat.fail(None, Fault.SILENT, place="#ml")
    await threaded.publish(*papers(1))
    await threaded.restart()
    await threaded.drain()
    assert shape(threaded.posted("#ml")) == [(PARENT, None), ("Diffusion 1", PARENT)]


async def test_a_reply_is_looked_for_in_its_thread_also_the_day_after(threaded: Paperboy) -> None:
    await threaded.chat.fail(None, Fault.LOST, place="#ml")
    await threaded.publish(*papers(1))
    threaded.clock.advance(DAY)
    await threaded.drain()
    parent, _ = threaded.posted("#ml")
    assert Threaded.looked == [parent.id]
    assert await threaded.states("#ml") == ["sent"]


@pytest.mark.parametrize("option", ["thread:off", "thread:on"])
async def test_a_card_is_found_where_it_was_posted_though_the_option_has_changed_since(
    threaded: Paperboy, option: str
) -> None:
    if option == "thread:on":  # on the day of a thread, posted outside of it
        await threaded.publish(*papers(1))
        await threaded.type("#ml", "settings thread:off")
    await threaded.chat.fail(*[None] * (option == "thread:off"), Fault.LOST, place="#ml")
    threaded.chat.rules.lists = False
    await threaded.publish(*papers(1, first=2))
    threaded.chat.rules.lists = True
    before = shape(threaded.posted("#ml"))
    await threaded.type("#ml", f"settings {option}")
    threaded.clock.advance(HOUR)
    await threaded.drain()
    assert shape(threaded.posted("#ml")) == before
    assert set(await threaded.states("#ml")) == {"sent"}


async def test_a_repeat_goes_where_the_first_try_went(threaded: Paperboy) -> None:
    threaded.chat.rules.lists = False
    await threaded.chat.fail(None, Fault.RESET, place="#ml")
    await threaded.publish(*papers(1))
    threaded.clock.advance(DAY)
    await threaded.drain()
    assert shape(threaded.posted("#ml")) == [(PARENT, None), ("Diffusion 1", PARENT)]


async def test_papers_leave_without_a_thread_where_the_parent_is_refused(threaded: Paperboy) -> None:
    await threaded.chat.fail(Fault.INVALID, Fault.INVALID, place="#ml")
    await threaded.publish(*papers(2))
    assert shape(threaded.posted("#ml")) == [("Diffusion 1", None), ("Diffusion 2", None)]
    assert await parents(threaded) == [("thread:2025-12-01", "dead")]


async def test_papers_leave_as_cards_without_a_thread_where_the_parent_was_taken_away(
    threaded: Paperboy,
) -> None:
    await threaded.publish(*papers(1))
    Threaded.taken_away.add(threaded.posted("#ml")[0].id)
    await threaded.publish(*papers(2, first=2))
    assert shape(threaded.posted("#ml"))[2:] == [("Diffusion 2", None), ("Diffusion 3", None)]
    assert threaded.titles("#ml") == ["Diffusion 1", "Diffusion 2", "Diffusion 3"]
    threaded.clock.advance(DAY)
    await threaded.publish(*papers(1, first=4))
    assert shape(threaded.posted("#ml"))[-1] == ("Diffusion 4", "Papers of Tue 2 Dec")


async def test_what_is_refused_in_a_thread_and_outside_of_it_leaves_as_text(threaded: Paperboy) -> None:
    await threaded.chat.fail(None, Fault.INVALID, Fault.INVALID, place="#ml")
    await threaded.publish(*papers(1))
    _, shown = threaded.posted("#ml")
    assert (shown.body["parent"], shown.titles) == (None, ()) and "Diffusion 1" in shown.text


async def test_a_parent_that_waited_beyond_its_day_is_not_posted(threaded: Paperboy) -> None:
    threaded.chat.closed_channels["#ml"] = 404
    await threaded.publish(*papers(1))
    threaded.clock.advance(DAY)
    del threaded.chat.closed_channels["#ml"]
    await threaded.chat.invite("#ml", by="ann")
    await threaded.drain()
    assert shape(threaded.posted("#ml")) == [
        ("Papers of Tue 2 Dec", None),
        ("Diffusion 1", "Papers of Tue 2 Dec"),
    ]
    assert await parents(threaded) == [("thread:2025-12-01", "skipped"), ("thread:2025-12-02", "sent")]


async def test_a_parent_whose_papers_nobody_wants_any_more_waits_for_those_that_come(
    threaded: Paperboy,
) -> None:
    threaded.chat.closed_channels["#ml"] = 404
    await threaded.publish(*papers(1))
    await threaded.type("#ml", "unsubscribe 1")
    del threaded.chat.closed_channels["#ml"]
    await threaded.chat.invite("#ml", by="ann")
    await threaded.drain()
    assert threaded.posted("#ml") == []
    assert await parents(threaded) == [("thread:2025-12-01", "skipped")]
    await threaded.subscribe("#ml", "*")
    await threaded.publish(item("2512.99100", "Later"))
    assert shape(threaded.posted("#ml")) == [(PARENT, None), ("Later", PARENT)]


async def test_a_zone_that_this_machine_does_not_know_stops_nobody(threaded: Paperboy) -> None:
    async with threaded.app.database.write() as connection:
        await connection.execute(update(channels).values(zone="Mars/Olympus"))
    await threaded.publish(*papers(1))
    threaded.clock.advance(SECOND)
    assert shape(threaded.posted("#ml"))[0] == (PARENT, None)
