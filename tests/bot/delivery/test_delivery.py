"""From the feed to a channel over real sockets: once, in order, and only what is wanted."""

from datetime import date
from typing import Any

from bot import history
from bot.chat.contract import Fault
from bot.clock import HOUR, MINUTE, SECOND
from bot.models import Listed, Paper, PaperId
from tests.fakes.feed import item
from tests.fakes.paperboy import Paperboy


def papers(count: int, *, first: int = 1, title: str = "Diffusion") -> list[dict[str, Any]]:
    """`count` papers, as they come to the page one minute after another."""
    return [
        item(
            f"2512.99{number:03}",
            f"{title} {number}",
            submittedOnDailyAt=f"2025-12-01T02:{number:02}:00.000Z",
        )
        for number in range(first, first + count)
    ]


async def test_a_paper_that_three_subscriptions_want_is_posted_once(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "diffusion", "title:flow", "upvotes>=5")
    await paperboy.publish(item(title="Flow and diffusion", upvotes=9))
    assert [shown.matched for shown in paperboy.posted("#ml")] == [
        (("diffusion", "title:flow", "upvotes>=5"),)
    ]


async def test_the_first_poll_seeds_and_posts_nothing(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "*")
    await paperboy.poll()
    assert paperboy.posted("#ml") == []


async def test_a_second_poll_posts_nothing_again(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "*")
    await paperboy.publish(*papers(1))
    await paperboy.poll()
    assert paperboy.titles("#ml") == ["Diffusion 1"]


async def test_what_is_more_than_the_budget_holds_leaves_as_one_message(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "*")
    await paperboy.publish(*papers(12))
    (shown,) = paperboy.posted("#ml")
    assert shown.headline == "12 new papers for #ml"
    assert "Show all 12" in shown.actions


async def test_an_empty_budget_waits_for_the_next_hour(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "*")
    for number in range(1, 6):
        await paperboy.publish(*papers(1, first=number))
    assert paperboy.titles("#ml") == ["Diffusion 1", "Diffusion 2", "Diffusion 3"]
    paperboy.clock.advance(HOUR)
    await paperboy.drain()
    assert [shown.headline for shown in paperboy.posted("#ml")[3:]] == ["2 new papers for #ml"]


async def test_papers_leave_in_the_order_in_which_they_came_to_the_page(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "*")
    await paperboy.publish(*reversed(papers(3)))
    assert paperboy.titles("#ml") == ["Diffusion 1", "Diffusion 2", "Diffusion 3"]


async def test_a_lost_answer_brings_no_second_card(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "*")
    await paperboy.chat.fail(Fault.LOST, place="#ml")
    await paperboy.publish(*papers(2))
    await paperboy.drain()
    assert paperboy.titles("#ml") == ["Diffusion 1", "Diffusion 2"]
    assert await paperboy.states("#ml") == ["sent", "sent"]


async def test_a_reset_before_acceptance_is_looked_for_and_sent_again(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "*")
    await paperboy.chat.fail(Fault.RESET, place="#ml")
    await paperboy.publish(*papers(1))
    await paperboy.drain()  # it is not there
    paperboy.clock.advance(2 * SECOND)
    await paperboy.drain()
    assert paperboy.titles("#ml") == ["Diffusion 1"]


async def test_what_cannot_be_looked_for_is_repeated_after_a_minute(paperboy: Paperboy) -> None:
    paperboy.chat.rules.lists = False
    await paperboy.subscribe("#ml", "*")
    await paperboy.chat.fail(Fault.RESET, place="#ml")
    await paperboy.publish(*papers(2))
    await paperboy.drain()
    assert paperboy.posted("#ml") == []
    paperboy.clock.advance(MINUTE)
    await paperboy.drain()
    assert paperboy.titles("#ml") == ["Diffusion 1", "Diffusion 2"]


async def test_an_unknown_outcome_that_nobody_wants_any_more_is_closed(paperboy: Paperboy) -> None:
    paperboy.chat.rules.lists = False
    await paperboy.subscribe("#ml", "*")
    await paperboy.chat.fail(Fault.RESET, place="#ml")
    await paperboy.publish(*papers(1))
    await paperboy.type("#ml", "unsubscribe 1")
    paperboy.clock.advance(HOUR)
    await paperboy.drain()
    assert paperboy.posted("#ml") == []
    assert await paperboy.states("#ml") == ["dead"]


async def test_a_dead_channel_keeps_nothing_from_the_others(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#dead", "*")
    await paperboy.subscribe("#ml", "*")
    paperboy.chat.closed_channels["#dead"] = 404
    await paperboy.publish(*papers(1))
    assert paperboy.titles("#ml") == ["Diffusion 1"]
    assert await paperboy.states("#dead") == ["pending"]


async def test_who_subscribed_is_told_once_that_the_channel_cannot_be_reached(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#dead", "*")
    paperboy.chat.closed_channels["#dead"] = 404
    await paperboy.publish(*papers(1))
    await paperboy.publish(*papers(1, first=2))
    (told,) = paperboy.chat.posted("@ann")
    assert told.headline == "I cannot post in #dead"


async def test_what_waited_comes_as_one_message_when_the_bot_is_invited_again(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#dead", "*")
    paperboy.chat.closed_channels["#dead"] = 404
    await paperboy.publish(*papers(2))
    del paperboy.chat.closed_channels["#dead"]
    await paperboy.chat.invite("#dead", by="ann")
    await paperboy.drain()
    (shown,) = paperboy.posted("#dead")
    assert shown.headline.startswith("While I could not post here")
    assert shown.titles == ("Diffusion 1", "Diffusion 2")


async def test_a_message_that_is_refused_leaves_as_text_each_paper_by_itself(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "*")
    await paperboy.chat.fail(Fault.INVALID, place="#ml")
    await paperboy.publish(*papers(4))
    assert len(paperboy.posted("#ml")) == 4
    assert all(shown.titles == () for shown in paperboy.posted("#ml"))
    assert await paperboy.states("#ml") == ["sent"] * 4


async def test_a_message_that_is_refused_as_text_too_is_buried_with_the_reason(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "*")
    await paperboy.chat.fail(Fault.INVALID, Fault.INVALID, place="#ml")
    await paperboy.publish(*papers(1))
    (row,) = await paperboy.rows("#ml")
    assert (row.state, row.error) == ("dead", "The message is refused (400).")


async def test_what_failed_keeps_its_reason(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "*")
    await paperboy.chat.down()
    await paperboy.publish(*papers(1))
    (row,) = await paperboy.rows("#ml")
    assert row.state == "pending"
    assert "cannot be reached" in row.error
    await paperboy.chat.up()


async def test_papers_of_the_past_that_are_read_during_a_pause_are_not_missed(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "*")
    await paperboy.type("#ml", "pause")
    past = Listed(paper=Paper(id=PaperId("2511.00001"), title="Of the past"), day=date(2025, 11, 10))
    await history.keep(paperboy.app.database, paperboy.clock, paperboy.app.feed.name, [past])
    await paperboy.publish(*papers(1))
    reply = await paperboy.type("#ml", "resume")
    assert "You missed 1 paper while paused" in reply.text


async def test_nothing_that_waits_leaves_after_the_pause(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "*")
    for number in range(1, 5):
        await paperboy.publish(*papers(1, first=number))
    await paperboy.type("#ml", "pause")
    paperboy.clock.advance(HOUR)
    await paperboy.drain()
    assert paperboy.titles("#ml") == ["Diffusion 1", "Diffusion 2", "Diffusion 3"]
    assert await paperboy.states("#ml") == ["sent", "sent", "sent", "skipped"]


async def test_an_edit_takes_away_what_the_new_query_does_not_want(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "diffusion")
    paperboy.chat.closed_channels["#ml"] = 404
    await paperboy.publish(item("2512.99001", "Diffusion"), item("2512.99002", "Diffusion and flow"))
    await paperboy.type("#ml", "edit 1 flow")
    del paperboy.chat.closed_channels["#ml"]
    await paperboy.chat.invite("#ml", by="ann")
    await paperboy.drain()
    assert paperboy.titles("#ml") == ["Diffusion and flow"]


async def test_a_poll_after_an_outage_brings_one_message_that_says_so(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "*")
    paperboy.clock.advance(49 * HOUR)
    await paperboy.publish(*papers(2))
    (shown,) = paperboy.posted("#ml")
    assert shown.headline == "While I was away, Mon–Wed: 2 papers"


async def test_a_number_that_is_reached_posts_a_known_paper_once(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "upvotes>=20")
    await paperboy.publish(item(upvotes=3))
    paperboy.feed.change("2511.99501", upvotes=25)
    await paperboy.poll()
    paperboy.feed.change("2511.99501", upvotes=19)
    await paperboy.poll()
    paperboy.feed.change("2511.99501", upvotes=30)
    await paperboy.poll()
    assert paperboy.titles("#ml") == ["A Sample"]


async def test_an_edited_text_never_posts(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "flow", "flow upvotes>=3")
    await paperboy.publish(item(title="Diffusion", upvotes=5))
    paperboy.feed.publish(item(title="Diffusion and flow", upvotes=6), paperboy.feed.today)
    await paperboy.poll()
    assert paperboy.posted("#ml") == []


async def test_a_new_subscription_posts_nothing_from_the_past(paperboy: Paperboy) -> None:
    await paperboy.publish(item(upvotes=30))
    await paperboy.subscribe("#ml", "upvotes>=20", "*")
    paperboy.feed.change("2511.99501", upvotes=31)
    await paperboy.poll()
    assert paperboy.posted("#ml") == []


async def test_an_action_pressed_after_a_restart_does_what_it_says(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "diffusion")
    await paperboy.publish(*papers(1))
    value = paperboy.posted("#ml")[0].actions["Why / pause…"]
    await paperboy.restart()
    reply = await paperboy.chat.press("ann", "#ml", value)
    assert "diffusion" in reply.text


async def test_a_crash_while_posting_is_looked_into_before_anything_else_leaves(paperboy: Paperboy) -> None:
    await paperboy.subscribe("#ml", "*")
    await paperboy.chat.fail(Fault.SILENT, place="#ml")
    await paperboy.publish(*papers(2))
    await paperboy.restart()
    await paperboy.drain()
    assert paperboy.titles("#ml") == ["Diffusion 1", "Diffusion 2"]
