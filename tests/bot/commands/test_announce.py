"""The quiet line in a channel: joined over two minutes, and silent about what was undone."""

from collections.abc import Mapping
from typing import Any

import pytest

from bot import cards
from bot.chat.message import Person
from bot.chat.plain import plain
from bot.clock import MINUTE, SECOND
from bot.commands.announce import Change, change, joined
from bot.store import channels, deliveries
from bot.store.deliveries import Delivery
from tests.bot.commands.rig import BOB, Rig, paper

ANN = Person(id="U7", name="Ann")


def did(what: str, query: str | None = None, before: str | None = None) -> Change:
    return change(ANN, what, query, before=before)


@pytest.mark.parametrize(
    ("waiting", "new", "told"),
    [
        ([], did("subscribed", "a"), [did("subscribed", "a")]),
        ([did("subscribed", "a")], did("subscribed", "b"), [did("subscribed", "a"), did("subscribed", "b")]),
        ([did("subscribed", "a")], did("unsubscribed", "a"), []),
        ([did("unsubscribed", "a")], did("subscribed", "a"), []),
        ([did("subscribed", "a")], did("edited", "b", "a"), [did("subscribed", "b")]),
        ([did("edited", "b", "a")], did("edited", "c", "b"), [did("edited", "c", "a")]),
        ([did("edited", "b", "a")], did("edited", "a", "b"), []),
        ([did("edited", "b", "a")], did("unsubscribed", "b"), [did("unsubscribed", "a")]),
        ([did("paused")], did("resumed"), []),
        ([did("paused", "a")], did("resumed"), [did("paused", "a"), did("resumed")]),
        ([did("subscribed", "a")], did("paused", "a"), [did("subscribed", "a"), did("paused", "a")]),
    ],
)
def test_news_joins_what_waits(waiting: list[Change], new: Change, told: list[Change]) -> None:
    assert joined(waiting, [new]) == told


async def notices(rig: Rig) -> list[Delivery]:
    stored = await rig.stored()
    async with rig.database.read() as connection:
        waiting = await deliveries.open_in(connection, [stored.id])
    return [row for row in waiting.get(stored.id, []) if row.kind == "notice"]


async def lines(rig: Rig) -> list[str]:
    """What the channel will read."""
    (notice,) = await notices(rig)
    payload: Mapping[str, Any] = notice.payload or {}
    text = plain(cards.notice((await rig.stored()).channel, payload, {}))
    return [line for line in text.split("\n") if line][1:]


async def test_a_subscription_is_announced_in_two_minutes(rig: Rig) -> None:
    await rig.fill()
    await rig.store(*(paper(f"2512.{n:05}", "A world model") for n in range(14)))
    await rig.type('subscribe "world model"')
    assert await lines(rig) == ['Ada subscribed this channel to "world model" (about 3 a week).']
    assert [row.due_at for row in await notices(rig)] == [rig.clock.now() + 2 * MINUTE]
    assert rig.woken == [(await rig.stored()).id]


async def test_later_changes_join_the_line_that_waits(rig: Rig) -> None:
    await rig.type("subscribe cats")
    due = (await notices(rig))[0].due_at
    rig.clock.advance(90 * SECOND)
    await rig.type("subscribe dogs", who=BOB)
    await rig.type("pause 1", who=BOB)
    await rig.type("pause", who=BOB)
    assert await lines(rig) == [
        "Ada subscribed this channel to cats.",
        "Bob subscribed this channel to dogs.",
        "Bob paused cats.",
        "Bob paused this channel.",
    ]
    assert [row.due_at for row in await notices(rig)] == [due]


async def test_what_is_undone_meanwhile_is_not_spoken_of(rig: Rig) -> None:
    reply = await rig.type("subscribe cats")
    await rig.press(reply, "Undo")
    assert await notices(rig) == []
    rig.clock.advance(SECOND)
    await rig.type("subscribe dogs")
    assert await lines(rig) == ["Ada subscribed this channel to dogs."]


async def test_an_edit_tells_both_queries(rig: Rig) -> None:
    await rig.type("subscribe cats")
    told = [row.id for row in await notices(rig)]
    async with rig.database.write() as connection:
        await deliveries.set_rows(connection, told, state="sent")
    rig.clock.advance(5 * MINUTE)
    await rig.type("edit 1 dogs")
    assert await lines(rig) == ["Ada changed cats to dogs."]


async def test_a_channel_that_wants_no_lines_gets_none(rig: Rig) -> None:
    stored = await rig.stored()
    async with rig.database.write() as connection:
        await channels.configure(connection, stored.id, {"announce": False})
    await rig.type("subscribe cats")
    assert await notices(rig) == []


async def test_a_platform_that_announces_nothing_gets_none(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(rig.chat), "announces", False)
    await rig.type("subscribe cats")
    assert await notices(rig) == []


async def test_what_changes_nothing_is_not_announced(rig: Rig) -> None:
    await rig.type("subscribe cats")
    for line in ("subscribe cats", "edit 1 cats", "resume", "resume 1", "unsubscribe all"):
        await rig.type(line)
    assert await lines(rig) == ["Ada subscribed this channel to cats."]
