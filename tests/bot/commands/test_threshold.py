"""`threshold:` of `subscribe` and `edit` becomes part of the query, and a form holds it by itself."""

import pytest

from bot.chat.message import Reply
from bot.chat.plain import plain
from bot.store import subscriptions
from tests.bot.commands.rig import BOB, Rig, paper


async def words(rig: Rig) -> dict[int, str]:
    """What each subscription of #ml is shown as."""
    stored = await rig.stored()
    async with rig.database.read() as connection:
        return {one.number: one.words for one in await subscriptions.of_channel(connection, stored.id)}


def fields(reply: Reply) -> dict[str, str]:
    assert reply.form is not None
    return dict(reply.form.values)


async def test_it_becomes_part_of_the_query(rig: Rig) -> None:
    await rig.store(paper("2512.00001", "A cat", upvotes=30), paper("2512.00002", "A dog", upvotes=3))
    reply = await rig.type("subscribe cat OR dog threshold:20")
    assert reply.headline == "✓ #ml now gets papers matching (cat OR dog) upvotes>=20."
    assert "1 paper, about 1 a day" in plain(reply)
    assert "(cat OR dog) upvotes>=20" in plain(await rig.type("list"))


async def test_it_takes_the_place_of_what_the_query_says_and_that_is_said(rig: Rig) -> None:
    reply = await rig.type("subscribe cat upvotes>=5 threshold:20")
    assert "Note: upvotes>=20 took the place of upvotes>=5." in plain(reply)
    assert await words(rig) == {1: "cat upvotes>=20"}


async def test_the_same_query_typed_with_its_test_is_the_same_subscription(rig: Rig) -> None:
    await rig.type("subscribe cat threshold:20")
    assert "is number 1" in (await rig.type("subscribe cat upvotes>=20")).headline


async def test_alone_it_leaves_the_rest_of_the_query(rig: Rig) -> None:
    await rig.type("subscribe cats OR dogs")
    reply = await rig.type("edit 1 threshold:20")
    assert reply.headline == "✓ 1 is now (cats OR dogs) upvotes>=20."
    assert (await rig.type("edit 1 threshold:0")).headline == "✓ 1 is now cats OR dogs."
    await rig.press(reply, "Undo")
    assert (await rig.type("edit 1 threshold:30")).headline == "✓ 1 is now (cats OR dogs) upvotes>=30."


async def test_the_form_holds_it_apart_from_the_query(rig: Rig) -> None:
    await rig.type("subscribe cats upvotes>=20 -dogs")
    form = fields(await rig.type("edit 1"))
    assert form == {"number": "1", "query": "cats -dogs", "threshold": "20"}
    assert (await rig.submit("edit", form)).headline == "1 is cats -dogs upvotes>=20 already."
    await rig.submit("edit", {**form, "threshold": "30"})
    assert await words(rig) == {1: "cats -dogs upvotes>=30"}
    await rig.submit("edit", {**form, "threshold": ""})
    assert await words(rig) == {1: "cats -dogs"}


async def test_a_query_of_nothing_else_is_everything_in_the_form(rig: Rig) -> None:
    await rig.type("subscribe * threshold:20")
    assert await words(rig) == {1: "upvotes>=20"}
    assert fields(await rig.type("edit 1")) == {"number": "1", "query": "*", "threshold": "20"}


@pytest.mark.parametrize(
    ("typed", "least"), [("20", 20), (">=20", 20), ("▲20", 20), ("20+", 20), ("None", 0)]
)
async def test_it_is_read_as_people_write_it(sqlite_rig: Rig, typed: str, least: int) -> None:
    await sqlite_rig.submit("subscribe", {"query": "cats", "threshold": typed})
    assert await words(sqlite_rig) == {1: f"cats upvotes>={least}" if least else "cats"}


@pytest.mark.parametrize("typed", ["-5", "many", "²", "1e3", "9999999999", "20.5"])
async def test_what_is_no_number_is_refused(sqlite_rig: Rig, typed: str) -> None:
    reply = await sqlite_rig.submit("subscribe", {"query": "cats", "threshold": typed})
    assert reply.headline == "This is a number of upvotes, such as 20; 0 is for all."
    assert await words(sqlite_rig) == {}


async def test_a_query_without_room_for_it_is_refused_where_it_was_asked(sqlite_rig: Rig) -> None:
    reply = await sqlite_rig.submit("subscribe", {"query": "a" * 495, "threshold": "20"})
    assert reply.form is not None and set(reply.form.errors) == {"threshold"}


async def test_without_a_number_or_anything_edit_asks(rig: Rig) -> None:
    assert (await rig.type("edit threshold:20")).error
    reply = await rig.type("edit")
    assert fields(reply) == {} and not reply.error
    await rig.type("subscribe cats")
    assert fields(await rig.type("edit number:1")) == {"number": "1", "query": "cats"}


async def test_it_is_put_on_no_query_that_somebody_changed_meanwhile(rig: Rig) -> None:
    await rig.store(paper("2512.00001", "A cat"))
    await rig.type("subscribe cats")

    async def meanwhile() -> None:
        await rig.type("edit 1 dogs", who=BOB)

    rig.clock.breath = meanwhile
    reply = await rig.type("edit 1 threshold:20")
    assert (reply.error, reply.headline) == (
        True,
        "Subscription 1 was changed a moment ago: it is dogs now.",
    )
    assert await words(rig) == {1: "dogs"}
