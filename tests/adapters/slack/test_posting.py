"""What becomes of a card on its way to Slack: one try, and after it what the answer asks for."""

import pytest

from bot.chat.contract import Fault
from bot.clock import DAY, HOUR, MINUTE, SECOND
from tests.adapters.slack.stage import follow_all
from tests.fakes.feed import item
from tests.fakes.slack import Message, text_of
from tests.fakes.slackbot import ANN, DIRECT, ML, VISION, Slackbot

POST = "chat.postMessage"
TEA, COFFEE = item("2512.99001", "A world model of tea"), item("2512.99002", "A world model of coffee")


@pytest.fixture
async def bot(bot: Slackbot) -> Slackbot:
    """A bot whose channel #ml wants every paper."""
    return await follow_all(bot)


def cards(bot: Slackbot, channel: str = ML) -> list[str]:
    """The titles of the papers that stand in `channel`, with repeats."""
    return [message.text.split(" · ")[0] for message in bot.slack.messages(channel) if message.bot]


async def later(bot: Slackbot, ms: int) -> None:
    """Let time pass, and deliver what is due then."""
    bot.clock.advance(ms)
    await bot.drain()


class TestCard:
    """What stands in the channel."""

    async def test_the_headline_is_the_text_and_the_title_the_first_block(self, bot: Slackbot) -> None:
        await bot.type("unsubscribe *")
        await bot.type('subscribe "world model"')
        await bot.publish(TEA)
        (message,) = bot.slack.messages(ML)
        assert message.text == 'A world model of tea · matched: "world model"'
        assert text_of(message.blocks[:1]) == "A world model of tea"

    @pytest.mark.parametrize(
        "title",
        [
            "<!channel> learn *this* & <@U1>",
            "@here @channel @everyone: <https://evil.example|paper>",
            "<!subteam^S1|@nlp> in &lt;!here&gt;",
        ],
    )
    async def test_a_papers_text_notifies_nobody(self, bot: Slackbot, title: str) -> None:
        await bot.publish(item("2512.99001", title, summary=f"{title}. {title}"))
        (message,) = bot.slack.messages(ML)
        assert title in message.shown
        assert "<" not in message.text.replace("&lt;", "")
        kinds = {element["type"] for element in _elements(message)}
        assert kinds <= {"text", "link"}

    async def test_slack_adds_no_previews(self, bot: Slackbot) -> None:
        await bot.publish(TEA)
        (call,) = bot.slack.called(POST)
        flags = {str(call.arguments[name]).lower() for name in ("unfurl_links", "unfurl_media")}
        assert flags <= {"false", "0"}


class TestLostAnswer:
    """Nobody knows whether the card is there: it is looked for before it is posted again."""

    @pytest.mark.parametrize("fault", [Fault.LOST, Fault.GARBLED])
    async def test_what_is_there_is_not_posted_again(self, bot: Slackbot, fault: Fault) -> None:
        await bot.slack.fail(fault)
        await bot.publish(TEA)
        await later(bot, MINUTE)
        assert cards(bot) == ["A world model of tea"]
        assert len(bot.slack.called(POST)) == 1

    @pytest.mark.parametrize("fault", [Fault.BROKEN, Fault.RESET])
    async def test_what_is_not_there_is_posted_once_more(self, bot: Slackbot, fault: Fault) -> None:
        await bot.slack.fail(fault)
        await bot.publish(TEA)
        await later(bot, MINUTE)
        assert cards(bot) == ["A world model of tea"]

    @pytest.mark.parametrize(
        ("status", "body", "kind"),
        [
            (200, "<html>A proxy says hello</html>", "text/html"),
            (200, "", "application/json"),
            (200, "[]", "application/json"),
            (200, '{"ok": true}', "application/json"),
            (200, '{"error": "no_text"}', "text/html"),
            (502, "<html>Bad gateway</html>", "text/html"),
            (503, '{"ok": false, "error": "service_unavailable"}', "application/json"),
            (302, "", "text/html"),
        ],
    )
    @pytest.mark.parametrize("taken", [True, False], ids=["taken", "not taken"])
    async def test_an_answer_that_is_none_says_nothing(
        self, bot: Slackbot, status: int, body: str, kind: str, taken: bool
    ) -> None:
        bot.slack.answer_with(POST, status, body, kind=kind, taken=taken)
        await bot.publish(TEA)
        await later(bot, MINUTE)
        assert cards(bot) == ["A world model of tea"]
        assert len(bot.slack.called("conversations.history")) == 1

    @pytest.mark.parametrize("code", ["internal_error", "fatal_error", "service_unavailable"])
    async def test_an_error_of_slacks_own_says_nothing(self, bot: Slackbot, code: str) -> None:
        bot.slack.fail_with(POST, code, taken=True)
        await bot.publish(TEA)
        await later(bot, MINUTE)
        assert cards(bot) == ["A world model of tea"]

    async def test_it_is_found_after_a_restart(self, bot: Slackbot) -> None:
        await bot.slack.fail(Fault.LOST)
        await bot.publish(TEA)
        await bot.restart()
        await later(bot, MINUTE)
        assert cards(bot) == ["A world model of tea"]

    async def test_nothing_else_leaves_the_channel_before_it_is_settled(self, bot: Slackbot) -> None:
        await bot.slack.fail(Fault.BROKEN)
        await bot.slack.fail(*[Fault.BROKEN] * 2, place="conversations.history")
        await bot.publish(TEA)
        await bot.publish(COFFEE)
        assert cards(bot) == []
        for _ in range(4):
            await later(bot, HOUR)
        assert cards(bot) == ["A world model of tea", "A world model of coffee"]


class TestOneTry:
    """Nothing repeats a post but the core."""

    @pytest.mark.parametrize(
        "fault", [fault for fault in Fault if fault not in {Fault.REFUSED, Fault.SILENT, Fault.INVALID}]
    )
    async def test_whatever_happens_slack_is_asked_once(self, bot: Slackbot, fault: Fault) -> None:
        await bot.slack.fail(fault)
        bot.clock.advance(SECOND)
        bot.feed.publish_all([TEA], bot.feed.today)
        await bot.app.poller.poll()
        bot.app.postman.stop()  # after the first try
        await bot.drain()
        assert len(bot.slack.called(POST)) <= 1


class TestRefused:
    """A message that Slack does not take."""

    async def test_it_leaves_as_text(self, bot: Slackbot) -> None:
        bot.slack.fail_with(POST, "invalid_blocks", errors=["[ERROR] must be shorter"])
        await bot.publish(TEA)
        (message,) = bot.slack.messages(ML)
        assert "A world model of tea" in message.shown
        assert message.labels == []

    @pytest.mark.parametrize("code", ["invalid_blocks", "msg_blocks_too_long", "no_text", "msg_too_long"])
    async def test_what_is_refused_as_text_is_given_up_and_the_next_card_comes(
        self, bot: Slackbot, code: str
    ) -> None:
        bot.slack.fail_with(POST, code, times=2)
        await bot.publish(TEA)
        await bot.publish(COFFEE)
        assert cards(bot) == ["A world model of coffee"]


class TestUnreachable:
    """A channel or a workspace that takes nothing until somebody acts."""

    @pytest.mark.parametrize("code", ["channel_not_found", "restricted_action", "is_archived", "brand_new"])
    async def test_a_channel_waits_and_others_do_not(self, bot: Slackbot, code: str) -> None:
        await bot.type("subscribe *", channel=DIRECT)
        bot.slack.fail_with(POST, code, channel=ML)
        await bot.publish(TEA)
        assert cards(bot) == []
        assert "A world model of tea" in cards(bot, DIRECT)
        await bot.type("check")
        await bot.drain()
        assert cards(bot) == ["A world model of tea"]

    async def test_who_subscribed_is_told_once_by_direct_message(self, bot: Slackbot) -> None:
        bot.slack.fail_with(POST, "restricted_action", channel=ML, times=3)
        await bot.publish(TEA)
        for _ in range(3):
            await later(bot, HOUR)
        told = [message for message in bot.slack.messages(DIRECT) if message.bot]
        assert len(told) == 1
        assert "I cannot post in #ml" in told[0].text
        assert "admin of the workspace can allow it" in told[0].shown

    @pytest.mark.parametrize("code", ["invalid_auth", "account_inactive", "missing_scope", "not_authed"])
    async def test_a_workspace_is_left_alone_until_it_is_mended(self, bot: Slackbot, code: str) -> None:
        await bot.type("subscribe *", channel=VISION)
        bot.slack.fail_with(POST, code)
        await bot.publish(TEA)
        tries = len(bot.slack.called(POST))
        await bot.publish(COFFEE)
        assert len(bot.slack.called(POST)) == tries <= 2
        await bot.type("check")
        await bot.drain()
        shown = "\n".join(message.shown for message in bot.slack.messages(ML))
        assert "A world model of tea" in shown and "A world model of coffee" in shown

    async def test_what_waited_comes_as_one_message(self, bot: Slackbot) -> None:
        bot.slack.fail_with(POST, "restricted_action", channel=ML)
        await bot.publish(TEA)
        await bot.publish(COFFEE)
        bot.clock.advance(DAY)
        await bot.type("check")
        await bot.drain()
        (message,) = [message for message in bot.slack.messages(ML) if not message.deleted]
        assert message.text == "While I could not post here, Mon–Tue: 2 papers"


class TestJoining:
    """The bot enters public channels by itself."""

    async def test_where_it_is_not_inside_it_joins_and_posts_once(self, bot: Slackbot) -> None:
        bot.slack.channels[ML].members.discard("UBOTT1")
        await bot.publish(TEA)
        assert cards(bot) == ["A world model of tea"]
        assert [call.error for call in bot.slack.called(POST)] == ["not_in_channel", ""]

    async def test_a_join_whose_answer_is_lost_does_no_harm(self, bot: Slackbot) -> None:
        bot.slack.channels[ML].members.discard("UBOTT1")
        await bot.slack.fail(Fault.LOST, place="conversations.join")
        await bot.publish(TEA)
        await later(bot, MINUTE)
        assert cards(bot) == ["A world model of tea"]
        assert not bot.slack.called("conversations.history")

    async def test_without_the_scope_it_says_what_to_do_and_other_channels_go_on(self, bot: Slackbot) -> None:
        await bot.type("subscribe *", channel=DIRECT)
        bot.slack.workspaces["T1"].scopes.discard("channels:join")
        bot.slack.channels[ML].members.discard("UBOTT1")
        await bot.publish(TEA)
        await bot.drain()
        assert cards(bot) == []
        said = "\n".join(message.shown for message in bot.slack.messages(DIRECT))
        assert "/invite @Paperboy" in said
        assert "channels:join" in said
        assert "A world model of tea" in said

    async def test_a_private_channel_asks_to_be_invited_and_the_card_waits(self, bot: Slackbot) -> None:
        reply = await bot.type("subscribe *", channel="G1")
        assert "/invite @Paperboy" in reply.shown
        await bot.publish(TEA)
        assert cards(bot, "G1") == []
        async with bot.at_work():
            await bot.slack.invite("G1", by=ANN)
            await bot.slack.until(lambda: "A world model of tea" in "\n".join(cards(bot, "G1")))


def _elements(message: Message) -> list[dict[str, object]]:
    """All pieces of rich text in `message`."""
    found: list[dict[str, object]] = []
    for block in message.blocks:
        for part in block.get("elements", ()) if block["type"] == "rich_text" else ():
            found += part["elements"]
    return found
