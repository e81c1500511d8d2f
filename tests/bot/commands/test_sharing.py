"""`share`: a card that somebody asked for."""

from collections.abc import Sequence
from typing import Any

import pytest

from bot.chat.adapter import Problem
from bot.chat.command import Who
from bot.chat.errors import Unavailable
from bot.chat.message import Card, Message
from bot.clock import MINUTE, SECOND
from bot.commands.sharing import How, decide
from bot.models import ChannelId, DeliveryId
from bot.store import channels
from bot.store.deliveries import Delivery
from tests.bot.commands.outgoing import arrive, leave
from tests.bot.commands.reading import lines, says
from tests.bot.commands.rig import BOB, Rig, actions_of, paper

FLOW = paper("2511.00001", "Flow", "All about flow.")
NOW = 10 * MINUTE


def cards(messages: Sequence[Message]) -> list[str]:
    """The titles of the cards in `messages`."""
    return [block.title for message in messages for block in message.body if isinstance(block, Card)]


async def test_a_paper_is_shared_at_once_from_a_search(rig: Rig) -> None:
    await rig.store(FLOW)
    reply = await rig.press(await rig.type("search flow"), "Share")
    assert (reply.headline, lines(reply)) == ("Posting that in #ml.", ["Flow"])
    assert rig.woken == [(await rig.stored()).id]
    assert cards(await leave(rig)) == ["Flow"]


async def test_whoever_is_in_the_channel_may_share_though_the_channel_is_paused(rig: Rig) -> None:
    await rig.store(FLOW)
    await rig.type("pause")
    assert not (await rig.type("share 2511.00001", who=BOB, rights=Who.MEMBER)).error
    assert cards(await leave(rig)) == ["Flow"]
    assert says(await rig.type("why 2511.00001")).endswith("Bob asked for it.")


async def test_an_address_and_a_version_name_the_same_paper(rig: Rig) -> None:
    await rig.store(FLOW)
    await rig.type("share https://arxiv.org/abs/2511.00001v2")
    assert cards(await leave(rig)) == ["Flow"]


async def test_pressing_twice_within_a_minute_posts_once(rig: Rig) -> None:
    await rig.store(FLOW)
    await rig.type("share 2511.00001")
    assert not (await rig.type("share 2511.00001")).error
    posted = await leave(rig)
    rig.clock.advance(59 * SECOND)
    reply = await rig.type("share 2511.00001")
    assert reply.headline == "That was posted in #ml a moment ago."
    assert cards([*posted, *await leave(rig)]) == ["Flow"]


async def test_what_was_posted_before_is_posted_again_and_signed(rig: Rig) -> None:
    await rig.type("subscribe flow")
    await arrive(rig, FLOW)
    await leave(rig)
    rig.clock.advance(MINUTE)
    await rig.type("share 2511.00001", who=BOB)
    (again,) = await leave(rig)
    assert cards([again]) == ["Flow"]
    assert says(again) == "Shared by Bob"


async def test_sharing_again_twice_posts_one_more_and_a_minute_later_another(rig: Rig) -> None:
    await rig.store(FLOW)
    await rig.type("share 2511.00001")
    await leave(rig)
    for waited, more in ((MINUTE, 1), (59 * SECOND, 0), (SECOND, 1)):
        rig.clock.advance(waited)
        await rig.type("share 2511.00001")
        assert len(await leave(rig)) == more


async def test_sharing_one_paper_holds_back_no_other(rig: Rig) -> None:
    await rig.store(FLOW, paper("2511.00002", "Other"))
    for line in ("share 2511.00001", "share 2511.00002"):
        await rig.type(line)
    await leave(rig)
    rig.clock.advance(MINUTE)
    for line in ("share 2511.00001", "share 2511.00002"):
        await rig.type(line)
    assert cards(await leave(rig)) == ["Flow", "Other"]


async def test_what_waits_for_the_budget_leaves_at_once_when_shared(rig: Rig) -> None:
    await rig.type("subscribe flow")
    for number in range(2, 5):
        await arrive(rig, paper(f"2511.0000{number}", f"Flow {number}"))
        await leave(rig)
    await arrive(rig, FLOW)
    assert cards(await leave(rig)) == []
    await rig.type("share 2511.00001")
    assert cards(await leave(rig)) == ["Flow"]


async def test_where_nothing_can_be_posted_sharing_says_what_is_missing(rig: Rig) -> None:
    await rig.store(FLOW)
    rig.chat.problems = [Problem(what="I may not post here.", fix="An admin can let me.")]
    reply = await rig.type("share 2511.00001")
    assert (reply.error, reply.headline) == (True, "I cannot post that here. I may not post here.")
    assert says(reply) == "An admin can let me."
    assert "No adapter called gone" in (await rig.type("share 2511.00001", platform="gone")).headline
    rig.chat.trouble = Unavailable("It does not answer.")
    assert not (await rig.type("share 2511.00001")).error


async def test_a_paper_that_is_not_stored_is_not_shared(rig: Rig) -> None:
    empty = await rig.type("share hep-th/9408099")
    assert empty.headline == "I have no paper hep-th/9408099."
    assert says(empty) == "I have no papers yet; the first poll brings them."
    await rig.store(FLOW, ago=2)
    assert "listed from 2025-11-29 to 2025-11-29" in says(await rig.type("share hep-th/9408099"))
    assert await leave(rig) == []


async def test_where_nothing_can_be_posted_nothing_is_shared(rig: Rig) -> None:
    await rig.store(FLOW)
    channel = await rig.stored()
    async with rig.database.write() as connection:
        await channels.park(connection, channel.id, "I was removed from it.", rig.clock.now())
    reply = await rig.type("share 2511.00001")
    assert (reply.headline, reply.error) == ("I cannot post in #ml: I was removed from it.", True)
    assert "waits" not in says(await rig.type("why 2511.00001"))


async def test_outside_of_channels_there_is_nowhere_to_share(rig: Rig) -> None:
    await rig.store(FLOW)
    assert (await rig.type("share 2511.00001", None)).headline == "This works only in a channel."


async def test_what_is_no_paper_is_refused_with_an_example(rig: Rig) -> None:
    reply = await rig.type("share my paper")
    assert reply.headline == "This is no paper: give an arXiv id such as 2501.01234, or its address."
    assert [action.label for action in actions_of(reply)] == ["Edit"]


def row(**more: Any) -> Delivery:
    return Delivery(id=DeliveryId(1), channel_id=ChannelId(1), kind="paper", subject="2511.00001", **more)


@pytest.mark.parametrize(
    ("before", "shared", "how"),
    [
        (None, None, "first"),
        (row(state="pending"), None, "first"),
        (row(state="skipped"), None, "first"),
        (row(state="sending"), None, "just now"),
        (row(state="dead"), None, "again"),
        (row(state="sent", sent_at=NOW - MINUTE + 1), None, "just now"),
        (row(state="sent", sent_at=NOW - MINUTE), None, "again"),
        (row(state="sent", sent_at=0), row(planned_at=NOW - MINUTE + 1), "just now"),
        (row(state="sent", sent_at=0), row(planned_at=NOW - MINUTE), "again"),
    ],
)
def test_how_a_paper_is_shared(before: Delivery | None, shared: Delivery | None, how: How) -> None:
    assert decide(before, shared, NOW) == how
