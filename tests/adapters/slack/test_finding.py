"""After a lost answer the card is looked for by the key in its metadata, where the bot may read."""

from itertools import pairwise
from typing import Any

import pytest

from bot.chat.contract import Fault
from bot.clock import HOUR, MINUTE, SECOND
from tests.adapters.slack.stage import follow_all
from tests.adapters.slack.test_posting import COFFEE, POST, TEA, cards, later
from tests.fakes.slack import SCOPES
from tests.fakes.slackbot import ANN, DIRECT, ML, Slackbot

HISTORY = "conversations.history"


@pytest.fixture
async def bot(bot: Slackbot) -> Slackbot:
    """A bot whose channel #ml wants every paper; its announcements are off."""
    return await follow_all(bot)


async def test_it_is_found_below_what_people_wrote_since(bot: Slackbot) -> None:
    await bot.slack.fail(Fault.LOST)
    await bot.publish(TEA)
    for number in range(150):
        bot.slack.write(ANN, ML, f"word {number}")
    await later(bot, MINUTE)
    assert cards(bot) == ["A world model of tea"]


async def test_it_is_not_taken_for_what_looks_the_same(bot: Slackbot) -> None:
    await bot.publish(TEA)
    (message,) = bot.slack.messages(ML)
    bot.slack.write(ANN, ML, message.text).metadata = {
        "event_type": "paperboy",
        "event_payload": {"key": "x"},
    }
    await bot.slack.fail(Fault.BROKEN)
    bot.clock.advance(HOUR)
    await bot.type("share 2512.99001")
    await bot.drain()
    await later(bot, MINUTE)
    assert cards(bot) == ["A world model of tea"] * 2


async def test_what_somebody_took_away_before_it_was_found_comes_again(bot: Slackbot) -> None:
    await bot.slack.fail(Fault.LOST)
    await bot.slack.fail(Fault.BROKEN, place=HISTORY)
    await bot.publish(TEA)
    bot.slack.messages(ML)[0].deleted = True
    for _ in range(2):
        await later(bot, HOUR)
    assert cards(bot) == ["A world model of tea"]


@pytest.mark.parametrize("channel", [ML, "G1", DIRECT])
async def test_it_works_in_every_kind_of_channel(bot: Slackbot, channel: str) -> None:
    await bot.type("unsubscribe *")
    bot.slack.channels[channel].members.add("UBOTT1")
    await bot.type("subscribe *", channel=channel)
    await bot.type("settings announce:off", channel=channel)
    await bot.slack.fail(Fault.LOST)
    await bot.publish(TEA)
    await later(bot, MINUTE)
    assert cards(bot, channel).count("A world model of tea") == 1
    assert len(bot.slack.called(HISTORY)) == 1


class TestWithoutTheScope:
    """History is optional: without it a card may come twice, and that is counted."""

    @pytest.fixture(autouse=True)
    def _without(self, bot: Slackbot) -> None:
        bot.slack.workspaces["T1"].scopes.clear()
        bot.slack.workspaces["T1"].scopes.update(
            scope
            for scope in SCOPES.split(",")
            if not scope.startswith(("channels:history", "groups:history"))
        )

    async def test_it_is_repeated_after_a_minute(self, bot: Slackbot) -> None:
        await bot.slack.fail(Fault.LOST)
        await bot.publish(TEA)
        await later(bot, 30 * SECOND)
        assert cards(bot) == ["A world model of tea"]
        await later(bot, MINUTE)
        assert cards(bot) == ["A world model of tea"] * 2

    async def test_each_repeat_waits_twice_as_long(self, bot: Slackbot) -> None:
        await bot.slack.fail(*[Fault.BROKEN] * 4, place=POST)
        await bot.publish(TEA)
        tries: list[int] = []
        for minute in range(20):
            await later(bot, MINUTE)
            if len(bot.slack.called(POST)) > len(tries) + 1:
                tries.append(minute)
        assert [later - earlier for earlier, later in pairwise(tries)] == [2, 4, 8]
        assert cards(bot) == ["A world model of tea"]

    async def test_what_nobody_wants_any_more_is_not_repeated(self, bot: Slackbot) -> None:
        await bot.slack.fail(Fault.BROKEN)
        await bot.publish(TEA)
        await bot.type("unsubscribe *")
        await later(bot, HOUR)
        assert cards(bot) == []


async def tell(bot: Slackbot, *items: dict[str, Any]) -> None:
    """Publish `items`, and deliver the newest to Ann while #ml may wait."""
    bot.feed.publish_all(items, bot.feed.today)
    async with bot.at_work():
        await bot.app.poller.poll()
        await bot.slack.until(lambda: items[-1]["title"] in cards(bot, DIRECT) and bot.slack.called(HISTORY))


class TestTrouble:
    """What goes wrong with looking."""

    async def test_the_wait_that_slack_asks_for_is_kept_and_holds_up_no_other_channel(
        self, bot: Slackbot
    ) -> None:
        await bot.type("subscribe *", channel=DIRECT)
        bot.slack.fail_with(POST, "internal_error", channel=ML, taken=True)
        bot.slack.fail_with(HISTORY, "ratelimited", retry_after=300)
        await tell(bot, TEA)
        assert [call.error for call in bot.slack.called(HISTORY)] == ["ratelimited"]
        bot.clock.advance(299 * SECOND)
        await tell(bot, TEA, COFFEE)
        assert len(bot.slack.called(HISTORY)) == 1
        await later(bot, 2 * SECOND)
        assert len(bot.slack.called(HISTORY)) == 2
        assert cards(bot) == ["A world model of tea", "A world model of coffee"]

    @pytest.mark.parametrize("fault", [Fault.LOST, Fault.BROKEN, Fault.GARBLED, Fault.RESET])
    async def test_it_is_asked_again(self, bot: Slackbot, fault: Fault) -> None:
        await bot.slack.fail(Fault.LOST)
        await bot.slack.fail(fault, fault, place=HISTORY)
        await bot.publish(TEA)
        for _ in range(3):
            await later(bot, HOUR)
        assert cards(bot) == ["A world model of tea"]

    @pytest.mark.parametrize("code", ["is_archived", "invalid_auth"])
    async def test_a_channel_that_cannot_be_reached_waits(self, bot: Slackbot, code: str) -> None:
        await bot.slack.fail(Fault.LOST)
        bot.slack.fail_with(HISTORY, code)
        await bot.publish(TEA)
        await later(bot, MINUTE)
        await later(bot, 2 * HOUR)
        assert cards(bot) == ["A world model of tea"]
