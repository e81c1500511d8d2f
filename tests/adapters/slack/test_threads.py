"""`thread:on`: one message a day, and the day's papers in its thread."""

import pytest

from bot.chat.contract import Fault
from bot.clock import DAY, HOUR, MINUTE
from tests.adapters.slack.stage import follow_all
from tests.adapters.slack.test_posting import COFFEE, TEA, later
from tests.fakes.slackbot import ML, Slackbot

POST, REPLIES = "chat.postMessage", "conversations.replies"
DAY_ONE, DAY_TWO = "Papers of Mon 1 Dec", "Papers of Tue 2 Dec"
TITLES = ("A world model of tea", "A world model of coffee")


@pytest.fixture
async def bot(bot: Slackbot) -> Slackbot:
    """A bot whose channel #ml wants every paper, in the day's thread."""
    await bot.type("settings thread:on")
    return await follow_all(bot)


def threads(bot: Slackbot) -> list[tuple[str, str | None]]:
    """Each message of #ml by its text, with that of its thread's first message."""
    standing = bot.slack.messages(ML)
    texts = {message.ts: message.text for message in bot.slack.channels[ML].messages}
    return [(message.text, texts.get(message.thread_ts or "")) for message in standing]


async def test_the_days_papers_are_in_one_thread(bot: Slackbot) -> None:
    await bot.publish(TEA)
    await bot.publish(TEA, COFFEE)
    assert threads(bot) == [(DAY_ONE, None), (TITLES[0], DAY_ONE), (TITLES[1], DAY_ONE)]


async def test_the_next_day_has_its_own(bot: Slackbot) -> None:
    await bot.publish(TEA)
    bot.clock.advance(DAY)
    await bot.publish(COFFEE)
    assert threads(bot)[2:] == [(DAY_TWO, None), (TITLES[1], DAY_TWO)]


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.BROKEN, Fault.GARBLED])
async def test_a_first_message_whose_answer_is_lost_is_found(bot: Slackbot, fault: Fault) -> None:
    await bot.slack.fail(fault)
    await bot.publish(TEA)
    for _ in range(3):
        await later(bot, MINUTE)
    assert threads(bot) == [(DAY_ONE, None), (TITLES[0], DAY_ONE)]


async def test_a_crash_makes_no_second_one(bot: Slackbot) -> None:
    await bot.slack.fail(None, Fault.LOST, place=POST)
    await bot.publish(TEA)
    await bot.restart()
    for _ in range(3):
        await later(bot, MINUTE)
    assert threads(bot) == [(DAY_ONE, None), (TITLES[0], DAY_ONE)]


async def test_a_paper_is_looked_for_in_its_thread_however_long_that_is(bot: Slackbot) -> None:
    await bot.publish(TEA)
    (parent, _) = bot.slack.messages(ML)
    for number in range(220):
        bot.slack.write("U1", ML, f"word {number}", parent.ts)
    await bot.slack.fail(Fault.LOST, place=POST)
    await bot.publish(TEA, COFFEE)
    await later(bot, MINUTE)
    assert [text for text, _ in threads(bot)].count(TITLES[1]) == 1
    assert len(bot.slack.called(REPLIES)) == 3  # pages


class TestGone:
    """Somebody took the thread's first message away, or closed it: papers come all the same."""

    @pytest.mark.parametrize(
        "code", ["cannot_reply_to_message", "thread_not_found", "restricted_action_thread_locked"]
    )
    async def test_papers_come_outside_of_it(self, bot: Slackbot, code: str) -> None:
        await bot.publish(TEA)
        bot.slack.fail_with(POST, code)
        await bot.publish(TEA, COFFEE)
        assert threads(bot)[2:] == [(TITLES[1], None)]

    async def test_and_the_next_day_has_a_thread_again(self, bot: Slackbot) -> None:
        await bot.publish(TEA)
        bot.slack.messages(ML)[0].deleted = True
        await bot.publish(TEA, COFFEE)
        assert threads(bot)[-1] == (TITLES[1], None)
        bot.clock.advance(DAY)
        await bot.publish(TEA, COFFEE, {**TEA, "paper": {**TEA["paper"], "id": "2512.99009"}})
        assert threads(bot)[-2][0] == DAY_TWO
        assert threads(bot)[-1][1] == DAY_TWO

    async def test_what_was_lost_in_it_is_posted_again(self, bot: Slackbot) -> None:
        await bot.publish(TEA)
        bot.slack.messages(ML)[0].deleted = True
        await bot.slack.fail(Fault.BROKEN, place=POST)
        await bot.publish(TEA, COFFEE)
        for _ in range(3):
            await later(bot, HOUR)
        assert [text for text, _ in threads(bot)].count(TITLES[1]) == 1
