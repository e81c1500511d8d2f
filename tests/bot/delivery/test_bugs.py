"""What an adapter, a platform or the database may do without stopping the bot or posting twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from bot.chat.adapter import Posted
from bot.chat.contract import WAIT, Fault
from bot.chat.errors import CannotTell, ChannelUnreachable, WorkspaceUnreachable
from bot.clock import DAY, HOUR, MINUTE, SECOND
from bot.delivery import parked
from bot.models import Channel
from bot.store import presses, workspaces
from bot.store.schema import presses as press_rows
from tests.bot.delivery.test_delivery import papers
from tests.fakes.chat import WORKSPACE
from tests.fakes.chat_adapter import NAME, FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.paperboy import Paperboy, running

TOLD = "I cannot post in #ml"


async def nothing() -> None:
    """As if it were not there."""


class Unreliable(FakeChat):
    """Does what a test puts in the place of its methods."""

    after_post: Callable[[], None] = staticmethod(lambda: None)
    before_direct: Callable[[], Awaitable[None]] = staticmethod(nothing)
    finding: Callable[[], Posted | None] | None = None
    checking: Callable[[], Awaitable[list[Any]]] | None = None

    async def post(self, channel: Channel, *given: Any, **more: Any) -> Posted:
        posted = await super().post(channel, *given, **more)
        self.after_post()
        return posted

    async def direct(self, workspace: str, user: str) -> Channel | None:
        await self.before_direct()
        return await super().direct(workspace, user)

    async def find(self, channel: Channel, **more: Any) -> Posted | None:
        return self.finding() if self.finding else await super().find(channel, **more)

    async def check(self, channel: Channel) -> list[Any]:
        return await self.checking() if self.checking else await super().check(channel)


class Overtaken(FakeChat):
    """Fails to post, and by the time that is known something has happened."""

    meanwhile: Callable[[FakeChat, Channel], Awaitable[None]] | None = None
    error: Exception = ChannelUnreachable("It is archived.")

    async def post(self, channel: Channel, *given: Any, **more: Any) -> Posted:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is None:
            return await super().post(channel, *given, **more)
        await meanwhile(self, channel)
        raise self.error


@pytest.fixture
async def bot(
    seeded_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Paperboy]:
    async with running(seeded_sqlite, clock, monkeypatch, Unreliable) as paperboy:
        await paperboy.subscribe("#ml", "*")
        yield paperboy


def raises(error: Exception) -> Callable[[], Any]:
    def fails() -> Any:
        raise error

    return fails


async def test_a_bug_after_the_platform_took_the_message_makes_no_second_one(bot: Paperboy) -> None:
    bot.adapter.after_post = raises(KeyError("id"))  # type: ignore[attr-defined]
    await bot.publish(*papers(1))
    bot.adapter.after_post = lambda: None  # type: ignore[attr-defined]
    await bot.drain()
    assert bot.titles("#ml") == ["Diffusion 1"]
    assert await bot.states("#ml") == ["sent"]


async def test_a_repeat_that_is_refused_is_not_sent_again_as_text(bot: Paperboy) -> None:
    bot.chat.rules.lists = False
    await bot.chat.fail(Fault.LOST, Fault.INVALID, place="#ml")
    await bot.publish(*papers(1))
    bot.clock.advance(HOUR)
    await bot.drain()
    assert len(bot.posted("#ml")) == 1
    assert await bot.states("#ml") == ["dead"]


async def test_a_repeat_that_reaches_nobody_keeps_the_key_of_what_may_have_arrived(bot: Paperboy) -> None:
    bot.chat.rules.dedupe = DAY
    bot.adapter.finding = raises(CannotTell())  # type: ignore[attr-defined]
    await bot.chat.fail(Fault.LOST, place="#ml")
    await bot.publish(*papers(1))
    await bot.chat.down()
    bot.clock.advance(MINUTE)
    await bot.drain()
    await bot.chat.up()
    for _ in range(2):
        bot.clock.advance(HOUR)
        await bot.drain()
    assert bot.titles("#ml") == ["Diffusion 1"]
    assert await bot.states("#ml") == ["sent"]


@pytest.mark.parametrize("error", [KeyError("ok"), ChannelUnreachable("gone")])
async def test_whatever_happens_while_it_is_looked_for_the_others_get_theirs(
    bot: Paperboy, error: Exception
) -> None:
    await bot.subscribe("#vision", "*")
    await bot.chat.fail(Fault.RESET, place="#ml")
    bot.adapter.finding = raises(error)  # type: ignore[attr-defined]
    await bot.publish(*papers(1))
    await bot.drain()
    assert bot.titles("#vision") == ["Diffusion 1"]


async def test_what_can_never_be_looked_for_ends_after_seven_days(bot: Paperboy) -> None:
    await bot.chat.fail(Fault.RESET, place="#ml")
    bot.adapter.finding = raises(ChannelUnreachable("gone"))  # type: ignore[attr-defined]
    await bot.publish(*papers(1))
    for _ in range(16):
        bot.clock.advance(DAY)
        await bot.drain()
    assert await bot.states("#ml") == ["dead"]


async def test_an_edit_reaches_what_is_in_doubt(bot: Paperboy) -> None:
    await bot.chat.fail(Fault.RESET, place="#ml")
    await bot.publish(*papers(1))
    await bot.type("#ml", "edit 1 nothing")
    for _ in range(3):
        bot.clock.advance(MINUTE)
        await bot.drain()
    assert bot.posted("#ml") == []


async def breaks() -> list[Any]:
    raise KeyError("ok")


async def hangs() -> list[Any]:
    await asyncio.Event().wait()
    return []


@pytest.mark.parametrize("check", [breaks, hangs])
async def test_a_check_that_breaks_or_hangs_keeps_no_other_channel_parked(
    bot: Paperboy, check: Callable[[], Awaitable[list[Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parked, "PATIENCE", 0.1)
    await bot.subscribe("#vision", "*")
    for channel in ("#ml", "#vision"):
        bot.chat.closed_channels[channel] = 404
    await bot.publish(*papers(1))
    bot.chat.closed_channels.clear()

    async def once() -> list[Any]:
        bot.adapter.checking = None  # type: ignore[attr-defined]
        return await check()

    bot.adapter.checking = once  # type: ignore[attr-defined]
    bot.clock.advance(HOUR)
    await bot.drain()
    assert bot.titles("#ml") + bot.titles("#vision") == ["Diffusion 1"]
    bot.clock.advance(HOUR)
    await bot.drain()
    assert bot.titles("#ml") == bot.titles("#vision") == ["Diffusion 1"]


async def test_who_was_not_told_yet_is_not_told_once_the_channel_is_back(bot: Paperboy) -> None:
    bot.chat.closed_channels |= {"#ml": 404, "@ann": 404}
    await bot.publish(*papers(1))
    bot.chat.closed_channels.clear()
    await bot.chat.invite("#ml", by="ann")
    await bot.chat.invite("@ann", by="ann")
    await bot.drain()
    assert bot.titles("#ml") == ["Diffusion 1"]
    assert bot.chat.posted("@ann") == []


async def test_who_was_never_told_is_told_when_the_channel_goes_again(bot: Paperboy) -> None:
    bot.chat.closed_channels |= {"#ml": 404, "@ann": 404}
    await bot.publish(*papers(1))
    bot.chat.closed_channels.clear()
    for place in ("#ml", "@ann"):
        await bot.chat.invite(place, by="ann")
    await bot.drain()
    bot.clock.advance(HOUR)
    bot.chat.closed_channels["#ml"] = 404
    await bot.publish(*papers(2)[1:])
    await bot.drain()
    assert [shown.headline for shown in bot.chat.posted("@ann")] == [TOLD]


async def test_who_comes_back_while_it_is_asked_whom_to_tell_ends_the_telling(bot: Paperboy) -> None:
    async def back(*_: Any) -> None:
        bot.chat.closed_channels.clear()
        await bot.chat.invite("#ml", by="ann")

    bot.adapter.before_direct = back  # type: ignore[attr-defined]
    bot.chat.closed_channels["#ml"] = 404
    await bot.publish(*papers(1))
    await bot.drain()
    assert bot.titles("#ml") == ["Diffusion 1"]
    assert bot.chat.posted("@ann") == []


async def test_who_removes_the_bot_while_it_is_asked_whom_to_tell_is_forgotten_in_the_end(
    bot: Paperboy,
) -> None:
    async def removed(*_: Any) -> None:
        await bot.chat.uninstall()

    bot.adapter.before_direct = removed  # type: ignore[attr-defined]
    bot.chat.closed_channels["#ml"] = 404
    await bot.publish(*papers(1))
    async with bot.app.database.read() as connection:
        workspace = await workspaces.find(connection, NAME, WORKSPACE)
    assert workspace is not None and workspace.gone_at is not None


async def test_a_parked_channel_is_checked_as_soon_as_its_platform_is_back(bot: Paperboy) -> None:
    bot.chat.closed_channels["#ml"] = 404
    await bot.publish(*papers(1))
    bot.chat.closed_channels.clear()
    bot.clock.advance(HOUR)
    for reached in (False, True):
        bot.app.postman.serves(NAME, reached)
        await bot.drain()
        assert bot.titles("#ml") == (["Diffusion 1"] if reached else [])


async def test_a_wait_that_a_platform_asked_for_is_kept_by_a_later_run_that_ends(bot: Paperboy) -> None:
    async def asleep() -> None:
        async with asyncio.timeout(10):
            while bot.clock.next_moment != bot.clock.now() + WAIT * SECOND:  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    await bot.chat.fail(Fault.REFUSED)
    await bot.publish(*papers(1))  # a try of ours that failed
    await bot.chat.up()
    bot.clock.advance(MINUTE)
    await bot.chat.fail(Fault.LIMITED, place="#ml")
    killed = asyncio.create_task(bot.drain())
    await asleep()
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    await bot.stop()
    await bot.start(once=True)
    before, draining = bot.chat.requests, asyncio.create_task(bot.drain())
    await asleep()
    assert bot.chat.requests == before
    bot.clock.advance(int(WAIT * SECOND))
    await draining
    assert (bot.chat.requests, bot.titles("#ml")) == (before + 1, ["Diffusion 1"])


async def test_what_waited_for_a_week_is_given_up_though_its_channel_stays_parked(bot: Paperboy) -> None:
    bot.chat.closed_channels["#ml"] = 404
    await bot.publish(*papers(1))
    bot.clock.advance(7 * DAY + 1)
    await bot.drain()
    (row,) = await bot.rows("#ml")
    assert (row.state, row.error) == ("dead", "not sent within 7 days")


async def test_records_and_buttons_lines_are_kept_for_ninety_days(bot: Paperboy) -> None:
    await bot.publish(*papers(1))
    database = bot.app.database
    async with database.write() as connection:
        await presses.put(connection, {"!a": "list"}, bot.clock.now())
    for days, kept in ((89, True), (2, False)):
        bot.clock.advance(days * DAY)
        await bot.drain()
        async with database.read() as connection:
            lines = await connection.scalars(select(press_rows.c.line))
            assert (bool(await bot.rows("#ml")), "list" in lines.all()) == (kept, kept)


async def test_who_cannot_be_told_apart_is_told_once_a_week(bot: Paperboy) -> None:
    async def fine() -> list[Any]:
        return []  # the platform cannot say what would stop a post

    bot.adapter.checking = fine  # type: ignore[attr-defined]
    bot.chat.closed_channels["#ml"] = 404
    await bot.publish(*papers(1))
    for _ in range(30):
        bot.clock.advance(HOUR)
        await bot.drain()
    assert [shown.headline for shown in bot.chat.posted("@ann")] == [TOLD]


async def test_many_closed_channels_of_one_person_end_a_single_round(bot: Paperboy) -> None:
    for number in range(8):
        await bot.subscribe(f"#dead{number}", "*")
        bot.chat.closed_channels[f"#dead{number}"] = 404
    async with asyncio.timeout(20):
        await bot.publish(*papers(1))
    assert len(bot.chat.posted("@ann")) == 8


async def test_a_notice_that_is_refused_leaves_as_text(bot: Paperboy) -> None:
    bot.clock.advance(2 * MINUTE)
    await bot.chat.fail(Fault.INVALID, place="#ml")
    await bot.drain()
    (row,) = await bot.rows("#ml", "notice")
    assert (row.state, row.as_text) == ("sent", True)


async def test_a_server_that_keeps_failing_is_asked_less_and_less_often(bot: Paperboy) -> None:
    await bot.chat.fail(*[Fault.BROKEN] * 100, place="#ml")
    before = bot.chat.requests
    await bot.publish(*papers(1))
    for _ in range(120):
        bot.clock.advance(30 * SECOND)
        await bot.drain()
    assert bot.chat.requests - before < 30


# A failure that is older than the news


async def _rejoined(adapter: FakeChat, channel: Channel) -> None:
    await adapter.host.left(channel.key, "It is archived.")
    await adapter.host.joined(channel)


async def _invited(adapter: FakeChat, channel: Channel) -> None:
    await adapter.host.joined(channel, "ann")


async def _moved(adapter: FakeChat, channel: Channel) -> None:
    await adapter.host.moved(channel.key, replace(channel.key, id="#ml-2"))


async def _reinstalled(adapter: FakeChat, channel: Channel) -> None:
    await adapter.host.gone(channel.key.workspace)
    await adapter.host.came(channel.key.workspace)


@pytest.mark.parametrize("error", [ChannelUnreachable("Archived."), WorkspaceUnreachable("Removed.")])
@pytest.mark.parametrize("meanwhile", [_rejoined, _invited, _moved, _reinstalled])
async def test_a_channel_that_was_freed_while_a_post_failed_is_not_parked(
    seeded_url: str,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    meanwhile: Callable[[FakeChat, Channel], Awaitable[None]],
    error: Exception,
) -> None:
    async with running(seeded_url, clock, monkeypatch, Overtaken) as bot:
        await bot.subscribe("#ml", "*")
        assert isinstance(bot.adapter, Overtaken)
        bot.adapter.meanwhile, bot.adapter.error = meanwhile, error
        await bot.publish(*papers(1))
        clock.advance(10 * SECOND)
        await bot.drain()
        assert bot.titles("#ml-2" if meanwhile is _moved else "#ml") == ["Diffusion 1"]


async def test_a_channel_that_nothing_freed_is_parked(
    seeded_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing_else(_adapter: FakeChat, _channel: Channel) -> None:
        """Only the failure."""

    async with running(seeded_url, clock, monkeypatch, Overtaken) as bot:
        await bot.subscribe("#ml", "*")
        assert isinstance(bot.adapter, Overtaken)
        bot.adapter.meanwhile = nothing_else
        await bot.publish(*papers(1))
        clock.advance(10 * SECOND)
        await bot.drain()
        assert bot.titles("#ml") == []
