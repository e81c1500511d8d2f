"""Socket Mode: whatever becomes of the connection, the bot hears again, and posts meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from aiohttp import ClientSession

from adapters.slack.adapter import SlackAdapter
from bot.clock import HOUR, SECOND
from tests.fakes.clock import FakeClock
from tests.fakes.feed import item
from tests.fakes.slack import Unacknowledged
from tests.fakes.slackbot import ANN, ML, QuickSlack, Slackbot, slacking

TEA = item("2512.99001", "A world model of tea")


class HastySlack(QuickSlack):
    """Gives a connection up in a second instead of in a minute."""

    patience = replace(
        QuickSlack.patience,
        hello=timedelta(seconds=0.5),
        ping=timedelta(seconds=0.3),
        watch=timedelta(seconds=0.05),
        retire=timedelta(seconds=10),  # of the bot's clock
    )


@pytest.fixture
async def bot(
    seeded_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Slackbot]:
    """A bot that listens over Socket Mode and has no patience."""
    async with slacking(seeded_sqlite, clock, monkeypatch, "socket", kind=HastySlack) as bot:
        yield bot


async def heard(bot: Slackbot) -> bool:
    """Whether a command is answered."""
    return "Nothing is subscribed here yet" in (await bot.type("")).shown


class TestConnection:
    """It ends, and another one follows."""

    async def test_after_a_reset_a_command_is_answered(self, bot: Slackbot) -> None:
        bot.slack.cut()
        assert bot.slack.sockets == []
        assert await heard(bot)
        assert bot.slack.opened == 2 and not bot.adapter.deaf

    async def test_one_that_brings_nothing_is_given_up_and_meanwhile_the_bot_says_so_and_posts(
        self, bot: Slackbot
    ) -> None:
        await bot.type('subscribe "world model"')
        bot.slack.deaf = True  # accepts the next connections, and never says hello nor answers a ping
        bot.slack.cut()
        await bot.slack.until(lambda: bot.slack.opened == 2)
        assert "the connection over which Slack sends what people say is down" in bot.adapter.deaf
        await bot.publish(TEA)
        assert len(bot.posted()) == 1
        with pytest.raises(Unacknowledged):
            await bot.slack.command(ANN, ML, "list")
        bot.slack.deaf = False
        await bot.passing(lambda: bot.slack.live)
        assert "1 subscription" in (await bot.type("list")).shown and not bot.adapter.deaf

    async def test_so_is_one_that_goes_deaf_while_it_stands(self, bot: Slackbot) -> None:
        bot.slack.deaf = True
        await bot.slack.until(lambda: bot.slack.opened == 2)
        assert bot.adapter.deaf

    @pytest.mark.parametrize("reason", ["warning", "refresh_requested", "link_disabled"])
    async def test_slack_asks_for_another_one(self, bot: Slackbot, reason: str) -> None:
        await bot.slack.disconnect(reason)
        await bot.slack.until(lambda: bot.slack.opened == 2 and len(bot.slack.live) == 2)
        assert await heard(bot) and not bot.adapter.deaf

    async def test_the_old_one_is_closed_once_nothing_comes_over_it(
        self, bot: Slackbot, clock: FakeClock
    ) -> None:
        await bot.slack.disconnect("warning")
        await bot.slack.listening(2)
        await bot.passing(lambda: len(bot.slack.sockets) == 1)
        assert await heard(bot)

    async def test_what_came_over_the_old_one_is_acknowledged_there(self, bot: Slackbot) -> None:
        async with bot.app.database.write():  # the answer waits
            command = asyncio.create_task(bot.slack.command(ANN, ML, "subscribe tea"))
            await bot.slack.until(lambda: bot.slack.sent)
            await bot.slack.disconnect("warning")
            await bot.slack.listening(2)
        answer = await command
        assert answer.sent.attempt == 0 and "now gets papers" in (await answer.reply()).shown

    async def test_slack_hangs_up_at_once(self, bot: Slackbot) -> None:
        await bot.slack.disconnect("refresh_requested", close=True)
        assert await heard(bot)

    async def test_a_connection_that_ends_again_and_again_is_opened_ever_more_slowly(
        self, bot: Slackbot, clock: FakeClock
    ) -> None:
        moments: list[int] = []
        for opened in range(2, 7):
            await bot.slack.disconnect("refresh_requested", close=True)
            await bot.passing(lambda opened=opened: bot.slack.opened == opened and bot.slack.live)  # type: ignore[misc]
            moments.append(clock.now())
        waits = [later - earlier for earlier, later in pairwise(moments)]
        assert [waits[0] >= SECOND, waits[1] >= 2 * SECOND, waits[3] >= 8 * SECOND] == [True] * 3


class TestNoConnection:
    """Slack gives none."""

    async def test_there_are_too_many(self, bot: Slackbot, clock: FakeClock) -> None:
        async with ClientSession() as session:
            others = [await session.ws_connect(bot.slack.socket_url()) for _ in range(10)]
            own = bot.slack.sockets[0].request.transport
            assert own
            own.close()
            await bot.passing(lambda: "it was ended at once" in bot.adapter.deaf)
            for other in others:
                await other.close()
        await bot.passing(lambda: bot.slack.live)
        assert await heard(bot)

    @pytest.mark.parametrize("code", ["invalid_auth", "internal_error", "a_new_code"])
    async def test_it_is_refused(self, bot: Slackbot, code: str) -> None:
        bot.slack.fail_with("apps.connections.open", code, times=3)
        bot.slack.cut()
        await bot.passing(lambda: code in bot.adapter.deaf)
        await bot.publish(TEA)
        await bot.passing(lambda: bot.slack.live)
        assert len(bot.slack.called("apps.connections.open")) == 5
        assert await heard(bot)

    async def test_slack_wants_to_be_left_alone_for_a_while(self, bot: Slackbot, clock: FakeClock) -> None:
        bot.slack.fail_with("apps.connections.open", "ratelimited", retry_after=90)
        bot.slack.cut()
        began = clock.now()
        await bot.passing(lambda: bot.slack.live)
        assert clock.now() >= began + 90 * SECOND and await heard(bot)

    async def test_slack_is_away_for_an_hour(
        self,
        bot: Slackbot,
        clock: FakeClock,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        await bot.slack.down()
        began = clock.now()
        await bot.passing(lambda: clock.now() > began + HOUR, step=20 * SECOND)
        await bot.slack.up()
        await bot.passing(lambda: bot.slack.live)
        assert await heard(bot)
        lines = [line for line in capfd.readouterr().out.splitlines() if "slack.unreached" in line]
        assert 55 < len(lines) < 70 and "Traceback" not in caplog.text


class TestStop:
    """Stopping takes a moment, and leaves nothing behind."""

    @pytest.mark.parametrize("deaf", [False, True])
    async def test_it_is_soon_done(self, bot: Slackbot, deaf: bool) -> None:
        bot.slack.deaf = deaf
        await bot.slack.disconnect("warning")
        await bot.passing(lambda: len(bot.slack.sockets) == 2)
        async with asyncio.timeout(3):
            await bot.stop()
        await bot.passing(lambda: bot.slack.sockets == [])
        left = {task.get_coro().__qualname__ for task in asyncio.all_tasks()}  # type: ignore[union-attr]
        assert not {name for name in left if "SocketMode" in name or "Session" in name}


def test_with_the_times_of_real_life_a_deaf_connection_is_followed_within_a_minute() -> None:
    real = SlackAdapter.patience
    noticed = real.ping * 1.5 + real.watch  # an answer to a ping may take half as long as the pause
    assert noticed + real.hello < timedelta(seconds=60)
