"""`check`, and the quiet look before somebody subscribes: what would stop a card, and who can mend it."""

import pytest

from bot.cards import TRIAL
from bot.chat.contract import Fault
from bot.clock import HOUR
from tests.adapters.slack.test_posting import TEA, cards, later
from tests.fakes.slack import Message
from tests.fakes.slackbot import ANN, BEN, ML, SECRET, VISION, Slackbot

POST, DELETE = "chat.postMessage", "chat.delete"


def samples(bot: Slackbot) -> list[Message]:
    """The sample cards that were posted, taken away or not."""
    return [m for channel in bot.slack.channels.values() for m in channel.messages if TRIAL.title in m.text]


async def test_a_sample_card_is_posted_and_taken_away(bot: Slackbot) -> None:
    reply = await bot.type("check")
    assert reply.shown == "✓ I can post in #ml."
    (sample,) = samples(bot)
    assert (sample.channel, sample.deleted) == (ML, True)
    assert sample.blocks
    assert bot.slack.messages(ML) == []


async def test_another_channel_is_named(bot: Slackbot) -> None:
    reply = await bot.type("check channel:#vision")
    assert reply.shown == "✓ I can post in #vision."
    assert [sample.channel for sample in samples(bot)] == [VISION]


async def test_who_is_not_in_a_channel_makes_the_bot_post_nothing_there(bot: Slackbot) -> None:
    bot.slack.channel("C500", "big", members=[BEN])
    assert "Only people in #big may do that." in (await bot.type("check channel:<#C500|big>")).shown
    assert samples(bot) == []


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("restricted_action", "A preference of the workspace keeps Paperboy from posting in #ml."),
        ("missing_scope", "The app lacks the scope"),
        ("is_archived", "#ml is archived."),
        ("invalid_auth", "Slack does not accept the token"),
        ("ekm_access_denied", "Admins have suspended posting in #ml."),
    ],
)
async def test_what_a_post_meets_is_named(bot: Slackbot, code: str, named: str) -> None:
    bot.slack.fail_with(POST, code)
    reply = await bot.type("check")
    assert "I cannot post in #ml yet." in reply.shown
    assert named in reply.shown
    await bot.slack.press(ANN, reply, "Check again")
    await bot.slack.until(lambda: "I can post in #ml" in bot.slack.private(ANN, ML)[-1].shown)


async def test_the_scope_that_is_missing_is_named(bot: Slackbot) -> None:
    bot.slack.workspaces["T1"].scopes.discard("chat:write")
    assert "chat:write" in (await bot.type("check")).shown


@pytest.mark.parametrize("fault", [Fault.BROKEN, Fault.LOST, Fault.LIMITED])
async def test_while_slack_does_not_answer_it_says_so(bot: Slackbot, fault: Fault) -> None:
    await bot.slack.fail(fault)
    assert "does not answer just now" in (await bot.type("check")).shown


async def test_what_waited_comes(bot: Slackbot) -> None:
    await bot.type("settings announce:off")
    await bot.type("subscribe *")
    bot.slack.fail_with(POST, "restricted_action", times=1)
    await bot.publish(TEA)
    assert "What waited comes now." in (await bot.type("check")).shown
    await bot.drain()
    assert cards(bot) == ["A world model of tea"]


class TestSubscribing:
    """The look before somebody subscribes posts nothing."""

    async def test_where_all_is_well_nothing_is_said_or_posted(self, bot: Slackbot) -> None:
        reply = await bot.type("subscribe tea")
        assert "cards wait" not in reply.shown
        assert not bot.slack.called(POST)

    async def test_a_public_channel_is_joined(self, bot: Slackbot) -> None:
        reply = await bot.type("subscribe tea", channel=VISION)
        assert "cards wait" not in reply.shown
        assert "UBOTT1" in bot.slack.channels[VISION].members

    async def test_a_private_one_says_invite(self, bot: Slackbot) -> None:
        reply = await bot.type("subscribe tea", channel=SECRET)
        assert "/invite @Paperboy" in reply.shown
        assert "The subscription stays; its cards wait until that is mended." in reply.shown

    async def test_an_archived_one_says_so(self, bot: Slackbot) -> None:
        bot.slack.channels[ML].archived = True
        assert "#ml is archived." in (await bot.type("subscribe tea")).shown

    async def test_without_joining_it_says_invite_and_names_the_scope(self, bot: Slackbot) -> None:
        bot.slack.workspaces["T1"].scopes.discard("channels:join")
        shown = (await bot.type("subscribe tea", channel=VISION)).shown
        assert "/invite @Paperboy" in shown
        assert "channels:join" in shown

    async def test_what_it_may_not_look_at_is_no_problem_before_it_is_one(self, bot: Slackbot) -> None:
        bot.slack.workspaces["T1"].scopes.discard("channels:read")
        await bot.type("settings announce:off")
        reply = await bot.type("subscribe *")
        assert "cards wait" not in reply.shown
        await bot.publish(TEA)
        assert cards(bot) == ["A world model of tea"]

    @pytest.mark.parametrize("fault", [Fault.BROKEN, Fault.LIMITED, Fault.RESET])
    async def test_while_slack_does_not_answer_one_can_subscribe(self, bot: Slackbot, fault: Fault) -> None:
        await bot.slack.fail(*[fault] * 3, place="conversations.info")
        assert "now gets papers" in (await bot.type("subscribe tea")).shown

    async def test_a_token_that_does_not_work_is_named(self, bot: Slackbot) -> None:
        bot.slack.fail_with("conversations.info", "token_revoked", times=9)
        assert "The token was revoked" in (await bot.type("subscribe tea")).shown


async def test_the_hourly_look_posts_nothing(bot: Slackbot) -> None:
    await bot.type("settings announce:off")
    await bot.type("subscribe *")
    bot.slack.channels[ML].archived = True
    await bot.publish(TEA)
    tries = len(bot.slack.called(POST))
    for _ in range(3):
        await later(bot, HOUR)
    assert len(bot.slack.called(POST)) == tries


async def test_whoever_subscribes_hears_whether_the_app_may_post(bot: Slackbot) -> None:
    scopes = bot.slack.workspaces["T1"].scopes
    scopes.discard("chat:write")
    shown = (await bot.type("subscribe tea")).shown
    assert "The app lacks the scope chat:write." in shown
    scopes.add("chat:write")
    assert "chat:write" not in (await bot.type("subscribe coffee")).shown
