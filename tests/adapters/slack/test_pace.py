"""Slack's limits: kept before a 429 comes, and what it asks for when one does."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from bot.clock import DAY, SECOND, SystemClock
from tests.adapters.slack.test_contract import installed
from tests.adapters.slack.test_posting import COFFEE, TEA, cards, later
from tests.fakes.clock import FakeClock
from tests.fakes.feed import item
from tests.fakes.slackbot import ANN, DIRECT, ML, QuickSlack, Slackbot, slacking

POST = "chat.postMessage"
OTHER = "C1T2"  # #ml of another workspace


@pytest.fixture
async def bot(
    seeded_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Slackbot]:
    """A bot that two workspaces have installed, and whose #ml want every paper."""
    async with slacking(seeded_sqlite, clock, monkeypatch, "http", installs=True) as made:
        for team, user, channel in (("T1", ANN, ML), ("T2", "U1T2", OTHER)):
            await installed(made.adapter.host, made.slack.install(team))
            await made.type("settings announce:off", user, channel)
            await made.type("subscribe *", user, channel)
        yield made


async def publish(bot: Slackbot, *items: dict[str, object], until: str = OTHER) -> None:
    """Publish, and deliver until the newest stands in `until`, whoever else must wait."""
    bot.feed.publish_all(items, bot.feed.today)
    async with bot.at_work():
        await bot.app.poller.poll()
        await bot.slack.until(lambda: items[-1]["title"] in cards(bot, until))
        await bot.slack.until(lambda: len(bot.slack.called(POST)) > 1)


def posts(bot: Slackbot, team: str = "T1") -> int:
    """How often Slack was asked to post in `team`."""
    return sum(call.team == team for call in bot.slack.called(POST))


async def _asked(bot: Slackbot, before: int) -> None:
    """Wait until Slack was asked to post in T1 more than `before` times."""
    await bot.slack.until(lambda: posts(bot) > before)


class TestToldToWait:
    """A 429 counts for its workspace and its method alone."""

    async def test_the_workspace_waits_as_long_as_it_is_told_and_others_do_not(self, bot: Slackbot) -> None:
        bot.slack.fail_with(POST, "ratelimited", team="T1", retry_after=30)
        await publish(bot, TEA)
        bot.clock.advance(29 * SECOND)
        await publish(bot, TEA, COFFEE)
        assert cards(bot, OTHER) == ["A world model of tea", "A world model of coffee"]
        assert (cards(bot), posts(bot)) == ([], 1)
        await later(bot, 2 * SECOND)
        assert cards(bot) == ["A world model of tea", "A world model of coffee"]

    async def test_people_are_answered_meanwhile(self, bot: Slackbot) -> None:
        bot.slack.fail_with(POST, "ratelimited", team="T1", retry_after=600)
        await publish(bot, TEA)
        assert "1 subscription" in (await bot.type("list")).shown
        bot.clock.advance(2 * 60 * SECOND)  # who people are is asked anew
        assert (await (await bot.slack.command(ANN, ML, "subscribe")).modal()).title
        await bot.slack.open_home(ANN)
        await bot.slack.until(lambda: bot.slack.homes)
        assert posts(bot) == 1

    @pytest.mark.parametrize(
        "method",
        ["users.info", "users.conversations", "views.open", "views.publish", "conversations.info"],
    )
    async def test_a_limit_of_another_method_stops_no_cards(self, bot: Slackbot, method: str) -> None:
        bot.clock.advance(DAY)  # nothing is remembered
        bot.slack.fail_with(method, "ratelimited", team="T1", retry_after=900, times=9)
        await bot.slack.command(ANN, ML, "subscribe")
        await bot.slack.open_home(ANN)
        await bot.type("list")
        await publish(bot, TEA, until=ML)
        assert cards(bot) == ["A world model of tea"]

    async def test_a_limit_of_joining_stops_only_that_channel(self, bot: Slackbot) -> None:
        await bot.type("subscribe *", channel=DIRECT)
        bot.slack.channels[ML].members.discard("UBOTT1")
        bot.slack.fail_with("conversations.join", "ratelimited", retry_after=60)
        await publish(bot, TEA, until=DIRECT)
        await publish(bot, TEA, COFFEE, until=DIRECT)
        assert cards(bot) == []
        await later(bot, 61 * SECOND)
        assert cards(bot) == ["A world model of tea", "A world model of coffee"]

    @pytest.mark.parametrize(
        ("header", "least", "most"),
        [
            (None, 29, 31),
            ("", 29, 31),
            ("soon", 29, 31),
            ("-5", 29, 31),
            ("1.5", 29, 31),
            ("Wed, 21 Oct 2026 07:28:00 GMT", 29, 31),
            ("0", 0, 1),
            ("1", 0, 2),
            ("999999999999", 86_399, 86_401),
            ("9" * 400, 86_399, 86_401),
        ],
    )
    async def test_whatever_the_header_says_the_card_comes(
        self, bot: Slackbot, header: str | None, least: int, most: int
    ) -> None:
        bot.slack.fail_with(POST, "ratelimited", team="T1", retry_after=header)
        await publish(bot, TEA)
        if least:
            bot.clock.advance(least * SECOND)
            await publish(bot, TEA, COFFEE)
            assert (cards(bot), posts(bot)) == ([], 1)
        await later(bot, (most - least) * SECOND)
        assert "A world model of tea" in "".join(cards(bot))

    async def test_it_counts_as_no_attempt(self, bot: Slackbot) -> None:
        for seen in range(20):
            bot.slack.fail_with(POST, "ratelimited", team="T1", retry_after=5)
            bot.feed.publish_all([TEA], bot.feed.today)
            async with bot.at_work():
                await bot.app.poller.poll()
                await _asked(bot, seen)
            bot.clock.advance(5 * SECOND)
        await later(bot, SECOND)
        assert cards(bot) == ["A world model of tea"]


class Paced(QuickSlack):
    """Keeps limits that a test can wait for."""

    limits = replace(QuickSlack.limits, channel=10, workspace=20, settle=timedelta())


class TestPaced:
    """By itself it is never too fast."""

    @pytest.fixture
    async def paced(self, seeded_sqlite: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Slackbot]:
        clock = SystemClock()
        async with slacking(seeded_sqlite, clock, monkeypatch, "http", kind=Paced) as made:  # type: ignore[arg-type]
            made.slack.rules.channel = 10
            yield made

    async def test_a_channel_gets_no_more_than_it_takes(self, paced: Slackbot) -> None:
        await paced.type("settings announce:off")
        await paced.type("subscribe *")
        await paced.publish(*(item(f"2512.9900{n}", f"Paper {n}") for n in range(3)))
        times = [message.at for message in paced.slack.messages(ML)]
        assert paced.slack.limited == 0
        assert all(later - earlier >= 100 for earlier, later in pairwise(times))

    async def test_a_workspace_gets_no_burst(self, paced: Slackbot) -> None:
        channels = [paced.slack.channel(f"C5{n}", f"c{n}", members=[ANN]).id for n in range(8)]
        for channel in channels:
            await paced.type("settings announce:off", channel=channel)
            await paced.type("subscribe *", channel=channel)
        await paced.publish(TEA)
        times = sorted(paced.slack.messages(channel)[0].at for channel in channels)
        assert times[-1] - times[0] >= 300  # 7 times 50 ms, less what the way takes
