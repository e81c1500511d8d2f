"""What happens to channels, and what the bot makes of it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.chat.contract import Fault
from bot.clock import DAY, HOUR, MINUTE
from tests.adapters.slack.stage import follow_all
from tests.adapters.slack.test_posting import COFFEE, TEA, cards, later
from tests.fakes.clock import FakeClock
from tests.fakes.feed import item
from tests.fakes.process import Shell
from tests.fakes.slackbot import ANN, BEN, DIRECT, ML, SECRET, VISION, Slackbot, slacking

HELLO = "Hello, I bring new papers"


@pytest.fixture
async def bot(slackbot: Slackbot) -> Slackbot:
    """A bot whose channel #ml wants every paper."""
    return await follow_all(slackbot)


async def until(bot: Slackbot, condition: Callable[[], object]) -> None:
    """Let the bot work, and minutes pass, until `condition` is true."""
    async with bot.at_work():
        for _ in range(50):
            try:
                await bot.slack.until(condition, 0.1)
            except AssertionError:
                bot.clock.advance(MINUTE)
            else:
                return
        await bot.slack.until(condition)


def told(bot: Slackbot) -> list[str]:
    """What Ann was told in direct messages."""
    return [message.shown for message in bot.slack.messages(DIRECT) if message.bot]


def shown(bot: Slackbot, channel: str = ML) -> str:
    """All that can be read in `channel`."""
    return "\n".join(message.shown for message in bot.slack.messages(channel))


async def removed(bot: Slackbot) -> None:
    """Send it out of #ml, and wait until it knows."""
    await bot.slack.kick(ML)
    await until(bot, lambda: told(bot))


class TestGreeting:
    """Invited, it introduces itself, once."""

    async def test_four_lines_where_it_is_invited(self, bot: Slackbot) -> None:
        await bot.slack.invite(SECRET, by=ANN)
        await until(bot, lambda: shown(bot, SECRET))
        (message,) = bot.slack.messages(SECRET)
        first, *lines = message.shown.splitlines()
        assert (message.text, first, len(lines)) == (HELLO, HELLO, 4)
        assert "I post new papers" in lines[0]
        assert "/papers subscribe" in lines[1]
        assert lines[2] == "I read nothing here but my own posts."
        assert lines[3] == "Who may change what this channel gets: everybody in it."

    async def test_who_may_change_a_channel_is_told_as_it_is(
        self, seeded_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with slacking(seeded_sqlite, clock, monkeypatch, SLACK_MANAGERS="U1") as bot:
            await bot.slack.invite(SECRET, by=ANN)
            await until(bot, lambda: shown(bot, SECRET))
            assert shown(bot, SECRET).endswith("only those whom whoever runs me has named.")

    async def test_where_it_joins_by_itself_it_says_nothing(self, bot: Slackbot) -> None:
        await bot.type("subscribe *", channel=VISION)
        await bot.publish(TEA)
        await until(bot, lambda: "A world model of tea" in shown(bot, VISION))
        assert HELLO not in shown(bot, VISION)

    async def test_invited_again_it_does_not_repeat_itself(self, bot: Slackbot) -> None:
        await bot.slack.invite(SECRET, by=ANN)
        await until(bot, lambda: HELLO in shown(bot, SECRET))
        await bot.slack.kick(SECRET)
        await bot.slack.invite(SECRET, by=BEN)
        await bot.type("subscribe *", channel=SECRET)
        await bot.publish(TEA)
        await until(bot, lambda: "A world model of tea" in shown(bot, SECRET))
        assert [m.text for m in bot.slack.messages(SECRET)].count(HELLO) == 1

    async def test_others_who_join_are_none_of_its_business(self, bot: Slackbot) -> None:
        bot.slack.user("U3", "cid")
        await bot.slack.join("U3", ML)
        await bot.slack.leave("U3", ML)
        await bot.publish(TEA)
        assert cards(bot) == ["A world model of tea"]


class TestRemoved:
    """Sent away, it stays away until it is invited."""

    async def test_papers_wait_and_come_as_one_message_on_invitation(self, bot: Slackbot) -> None:
        await removed(bot)
        await bot.publish(TEA)
        bot.clock.advance(DAY)
        await bot.publish(TEA, COFFEE)
        assert cards(bot) == []
        await bot.slack.invite(ML, by=BEN)
        await until(bot, lambda: "A world model of coffee" in shown(bot))
        assert sorted(cards(bot)) == [HELLO, "While I could not post here, Mon–Tue: 2 papers"]

    async def test_who_subscribed_is_told_once(self, bot: Slackbot) -> None:
        await removed(bot)
        for _ in range(3):
            await later(bot, HOUR)
        (said,) = told(bot)
        assert "I cannot post in #ml" in said
        assert "/invite @Paperboy" in said

    async def test_it_does_not_come_back_by_itself(self, bot: Slackbot) -> None:
        await removed(bot)
        await bot.publish(TEA)
        for _ in range(3):
            await later(bot, HOUR)
        assert "/invite @Paperboy" in (await bot.type("check")).shown
        assert "/invite @Paperboy" in (await bot.type("subscribe tea")).shown
        await bot.drain()
        assert cards(bot) == []
        assert not bot.slack.called("conversations.join")

    async def test_nor_where_it_did_not_hear_that_it_was_sent_away(self, bot: Slackbot) -> None:
        await bot.publish(TEA)
        await bot.stop()
        bot.slack.channels[ML].members.discard("UBOTT1")
        await bot.start()
        await bot.publish(COFFEE)
        assert len(cards(bot)) == 1
        assert not bot.slack.called("conversations.join")

    async def test_a_new_installation_begins_anew(self, open_bot: Slackbot) -> None:
        for _ in range(2):
            await open_bot.install("T1")
            open_bot.slack.channels[ML].members.discard("UBOTT1")
            await open_bot.type("subscribe tea")
            await open_bot.slack.until(lambda: "UBOTT1" in open_bot.slack.channels[ML].members)
            await open_bot.slack.uninstall("T1")
            await open_bot.settled()

    async def test_an_invitation_ends_that(self, bot: Slackbot) -> None:
        await bot.slack.invite(SECRET, by=ANN)
        await bot.slack.kick(SECRET)
        await bot.slack.invite(SECRET, by=ANN)
        assert "I can post in" in (await bot.type("check", channel=SECRET)).shown


class TestNames:
    """What Slack does not tell changes no name."""

    async def test_a_name_that_is_not_told_now_stays_what_it_was(self, bot: Slackbot) -> None:
        await bot.restart()
        await bot.slack.fail(Fault.LIMITED, place="conversations.info")
        await bot.slack.mention(ANN, ML, "<@UBOTT1> subscribe coffee")
        await bot.settled()
        assert "✓ #ml now gets papers" in bot.slack.private(ANN, ML)[-1].shown
        await bot.slack.open_home(ANN)
        await bot.settled()
        assert "#ml" in bot.slack.home(ANN).shown and "this channel" not in bot.slack.home(ANN).shown

    async def test_a_channel_whose_name_nobody_tells_is_named_by_slack(self, bot: Slackbot) -> None:
        await bot.type("subscribe tea", channel=SECRET)
        await bot.publish(TEA)
        await until(bot, lambda: told(bot))
        (said,) = told(bot)
        assert "I cannot post in a private channel" in said and f"<#{SECRET}>" in said

    async def test_another_process_that_knows_it_by_its_id_alone_renames_nothing(
        self, bot: Slackbot, tmp_path: Path
    ) -> None:
        shell = Shell(tmp_path, bot.feed.url)
        shell.environment |= {name: given for name, given in os.environ.items() if name.startswith("SLACK_")}
        done = await shell.run("type", "/papers subscribe coffee", "--channel", f"slack:T1/{VISION}")
        assert done.code == 0, done.said
        assert "#vision has 1 subscription" in (await bot.type("list", channel=VISION)).shown


class TestArchived:
    """An archived channel gets nothing, and what waited once it is back."""

    @pytest.mark.parametrize("fault", [Fault.LIMITED, Fault.BROKEN])
    async def test_what_waited_comes_though_slack_does_not_tell_just_then(
        self, bot: Slackbot, fault: Fault
    ) -> None:
        await bot.slack.archive(ML)
        await bot.publish(TEA)
        await bot.slack.fail(fault, place="conversations.info")
        began = bot.clock.now()
        await bot.slack.unarchive(ML)
        await until(bot, lambda: "A world model of tea" in shown(bot))
        assert bot.clock.now() - began < 5 * MINUTE
        assert "#ml" in (await bot.type("list")).shown

    async def test_papers_wait_until_it_is_unarchived(self, bot: Slackbot) -> None:
        await bot.slack.archive(ML)
        await until(bot, lambda: told(bot))
        assert "It is archived" in told(bot)[0]
        await bot.publish(TEA)
        await later(bot, 2 * HOUR)
        assert cards(bot) == []
        await bot.slack.unarchive(ML)
        await until(bot, lambda: "A world model of tea" in shown(bot))

    async def test_a_private_one_likewise(self, bot: Slackbot) -> None:
        await bot.slack.invite(SECRET, by=ANN)
        await bot.type("subscribe *", channel=SECRET)
        await bot.slack.archive(SECRET)
        await until(bot, lambda: told(bot))
        await bot.publish(TEA)
        await bot.slack.unarchive(SECRET)
        await until(bot, lambda: "A world model of tea" in shown(bot, SECRET))

    async def test_unarchived_without_the_event_it_is_found_within_two_hours(self, bot: Slackbot) -> None:
        bot.slack.channels[ML].archived = True
        await bot.publish(TEA)
        bot.slack.channels[ML].archived = False
        await later(bot, 2 * HOUR)
        assert cards(bot) == ["A world model of tea"]


class TestChanged:
    """Names, kinds and ids that change."""

    async def test_a_renamed_channel_has_its_new_name(self, bot: Slackbot) -> None:
        await bot.slack.rename(ML, "machine-learning")
        await bot.publish(TEA, COFFEE, *(item(f"2512.9910{n}", f"Paper {n}") for n in range(9)))
        await until(bot, lambda: "new papers for #machine-learning" in shown(bot))
        assert "#machine-learning" in (await bot.type("list")).shown

    async def test_a_deleted_channel_is_told_of_and_left_alone(self, bot: Slackbot) -> None:
        await bot.slack.delete_channel(ML)
        await until(bot, lambda: told(bot))
        assert "It was deleted." in told(bot)[0]
        await bot.publish(TEA)
        await later(bot, 2 * HOUR)
        assert not [call for call in bot.slack.called("chat.postMessage") if call.arguments["channel"] == ML]

    async def test_a_public_channel_with_the_bot_may_become_private(self, bot: Slackbot) -> None:
        await bot.slack.make_private(ML)
        await bot.publish(TEA)
        assert cards(bot) == ["A world model of tea"]

    async def test_one_that_becomes_private_without_the_bot_asks_for_it(self, bot: Slackbot) -> None:
        await bot.type("subscribe *", channel=VISION)
        bot.slack.channels[VISION].members.discard("UBOTT1")
        await bot.slack.make_private(VISION)
        await bot.publish(TEA)
        await bot.drain()
        assert "/invite @Paperboy" in "\n".join(told(bot))
        await bot.slack.invite(VISION, by=BEN)
        await until(bot, lambda: "A world model of tea" in shown(bot, VISION))

    async def test_a_private_channel_that_is_shared_goes_on_under_its_new_id(self, bot: Slackbot) -> None:
        await bot.slack.invite(SECRET, by=ANN)
        await bot.type("subscribe tea", channel=SECRET)
        await bot.slack.share_privately(SECRET, "C77", "T9")
        await bot.publish(TEA)
        await until(bot, lambda: "A world model of tea" in shown(bot, "C77"))
        assert "tea" in (await bot.type("list", channel="C77")).shown

    async def test_nothing_is_lost_where_a_post_was_quicker_than_the_news(self, bot: Slackbot) -> None:
        await bot.slack.invite(SECRET, by=ANN)
        await bot.type("subscribe tea", channel=SECRET)
        await until(bot, lambda: HELLO in shown(bot, SECRET))
        news = bot.slack.rechristen(SECRET, "C77", "T9")
        await bot.publish(TEA)  # parks the old one
        await bot.slack.invite("C77", by=BEN)  # and a new one comes to be known
        await bot.slack.event("T1", news)
        await until(bot, lambda: "A world model of tea" in shown(bot, "C77"))
        assert "tea" in (await bot.type("list", channel="C77")).shown

    async def test_a_channel_of_two_workspaces_gets_its_papers_once(self, bot: Slackbot) -> None:
        bot.slack.user("U9", "zoe", "T9")
        await bot.slack.share_channel(ML, "T9", "U9")
        await bot.publish(TEA)
        await bot.slack.unshare_channel(ML, "T9")
        await bot.publish(TEA, COFFEE)
        assert cards(bot) == ["A world model of tea", "A world model of coffee"]


class TestDirectMessages:
    """A direct message with the bot is a channel like any other."""

    async def test_somebody_whose_account_is_closed_gets_nothing_and_harms_nobody(
        self, bot: Slackbot
    ) -> None:
        await bot.type("subscribe *", channel=DIRECT)
        bot.slack.users[ANN].deleted = True
        bot.slack.fail_with("chat.postMessage", "is_inactive", channel=DIRECT, times=9)
        await bot.publish(TEA)
        await later(bot, 2 * HOUR)
        assert cards(bot) == ["A world model of tea"]
        assert cards(bot, DIRECT) == []

    async def test_its_subscriptions_are_announced_to_nobody(self, bot: Slackbot) -> None:
        await bot.type("subscribe *", channel=DIRECT)
        await later(bot, HOUR)
        assert told(bot) == []

    async def test_nobody_is_left_to_be_told_and_nothing_breaks(self, bot: Slackbot) -> None:
        bot.slack.users[ANN].deleted = True
        await bot.slack.kick(ML)
        await later(bot, 2 * HOUR)
        await bot.publish(TEA)
        assert told(bot) == cards(bot) == []
