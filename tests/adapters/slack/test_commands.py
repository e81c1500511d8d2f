"""Commands as people give them on Slack: by slash command, by mention, in direct messages."""

from functools import partial

import pytest

from bot.chat.contract import Fault
from bot.clock import MINUTE
from tests.fakes.clock import FakeClock
from tests.fakes.feed import item
from tests.fakes.slack import Answer, Message, text_of
from tests.fakes.slackbot import ANN, BEN, DIRECT, ML, SECRET, VISION, Slackbot, slacking

BOT = "<@UBOTT1>"
BUG = "That went wrong"


async def said(slackbot: Slackbot, text: str, channel: str = ML, thread_ts: str | None = None) -> Message:
    """What Ann alone sees who mentions the bot in `channel`."""
    before = len(slackbot.slack.private(ANN, channel))
    await slackbot.slack.mention(ANN, channel, f"{BOT} {text}", thread_ts)
    return (await slackbot.slack.until(lambda: slackbot.slack.private(ANN, channel)[before:]))[0]


async def alone(slackbot: Slackbot, text: str, thread_ts: str | None = None) -> Message:
    """What the bot answers in Ann's direct messages."""
    before = len(slackbot.slack.messages(DIRECT, "T1"))
    await slackbot.slack.say(ANN, DIRECT, text, thread_ts)
    found = await slackbot.slack.until(
        lambda: [message for message in slackbot.slack.messages(DIRECT)[before:] if message.bot]
    )
    return found[0]


async def silent(slackbot: Slackbot) -> bool:
    """Whether nothing was answered to all that happened before."""
    answered = "chat.postEphemeral", "chat.postMessage"
    before = sum(len(slackbot.slack.called(method)) for method in answered)
    await said(slackbot, "help")
    return sum(len(slackbot.slack.called(method)) for method in answered) == before + 1


class TestThreeWaysIn:
    """Slash command, mention and direct message do the same."""

    async def test_a_channel_is_subscribed_and_gets_its_papers(self, slackbot: Slackbot) -> None:
        reply = await slackbot.type('subscribe "world model"')
        assert '✓ #ml now gets papers matching "world model"' in reply.shown
        await slackbot.publish(item("2512.99001", "A world model of tea"), item("2512.99002", "Coffee"))
        assert ["A world model of tea" in shown for shown in slackbot.posted()] == [True]

    async def test_the_bot_is_spoken_to_in_a_channel(self, slackbot: Slackbot) -> None:
        reply = await said(slackbot, "subscribe &lt;think&gt; tokens")
        assert "✓ #ml now gets papers matching" in reply.shown

    async def test_the_bot_is_spoken_to_alone(self, slackbot: Slackbot) -> None:
        reply = await alone(slackbot, "subscribe diffusion")
        assert "✓ your chat with me now gets papers matching diffusion" in reply.shown
        await slackbot.publish(item("2512.99001", "Diffusion"))
        assert "Diffusion" in slackbot.slack.messages(DIRECT)[-1].shown

    async def test_every_example_of_the_table_is_answered_in_every_way(self, slackbot: Slackbot) -> None:
        table = slackbot.app.commands.table
        examples = [line for command in table for line in (command.name, *command.examples) if command.typed]
        for number, line in enumerate(examples):
            slackbot.clock.advance(60_000 * number)  # so many commands a minute are too many
            answer = await slackbot.slack.command(ANN, ML, line)
            await slackbot.slack.until(partial(_came, slackbot, answer))
            slackbot.slack.modals.clear()
            shown = (answer.shown, (await said(slackbot, line)).shown, (await alone(slackbot, line)).shown)
            assert not [one for one in shown if BUG in one], line

    async def test_the_command_has_the_name_that_the_settings_give_it(
        self, seeded_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with slacking(seeded_sqlite, clock, monkeypatch, PAPERBOY_COMMAND="arxiv") as bot:
            answer = await bot.slack.command(ANN, ML, "help", command="/arxiv")
            shown = (await answer.reply()).shown
            assert "/arxiv subscribe" in shown and "/papers" not in shown
            assert "What you can type" in (await said(bot, "/arxiv help")).shown

    async def test_nothing_behind_the_name_says_how_things_stand(self, slackbot: Slackbot) -> None:
        for reply in (await slackbot.type(""), await said(slackbot, ""), await alone(slackbot, BOT)):
            assert "Nothing is subscribed here yet." in reply.shown
            assert "Subscribe…" in reply.labels

    async def test_what_is_no_command_is_searched_for(self, slackbot: Slackbot) -> None:
        await slackbot.publish(item("2512.99001", "A world model of tea"))
        for reply in (
            await slackbot.type("world model"),
            await said(slackbot, "world model"),
            await alone(slackbot, "world model"),
        ):
            assert "A world model of tea" in reply.shown

    @pytest.mark.parametrize("prefix", ["", "/papers ", f"{BOT} "])
    async def test_the_names_of_the_bot_may_be_said_or_not_in_direct_messages(
        self, slackbot: Slackbot, prefix: str
    ) -> None:
        assert "What you can type" in (await alone(slackbot, f"{prefix}help")).shown

    async def test_help_is_short_and_in_paragraphs(self, slackbot: Slackbot) -> None:
        reply = await slackbot.type("help")
        assert len(reply.shown.splitlines()) <= 15
        assert 4 <= len(reply.blocks) <= 6
        assert '/papers subscribe "diffusion model"' in reply.shown
        assert "/papers help all" in reply.shown


class TestAsTyped:
    """What Slack and keyboards make of what people type arrives as it was typed."""

    @pytest.mark.parametrize(
        ("text", "query"),
        [
            ("“world model”", '"world model"'),
            ("„world model“ —video", '"world model" -video'),
            ("upvotes&gt;=20", "upvotes>=20"),
            ("&lt;think&gt;", "think"),
            ("<http://example.com|example.com>", "example.com"),
            ("<https://example.com/a?b=1&amp;c=2>", "https://example.com/a?b=1&c=2"),
            ("#diffusion", "diffusion"),
            ("<mailto:ann@example.com|ann@example.com>", "ann@example.com"),
            ("R&amp;D", "R&D"),
            ("author:“Yann LeCun”", 'author:"Yann LeCun"'),
        ],
    )
    async def test_a_query(self, slackbot: Slackbot, text: str, query: str) -> None:
        typed = await slackbot.type(f"subscribe {query}", channel=VISION)
        assert "✓ #vision" in typed.shown
        told = typed.shown.replace("#vision", "#ml")
        assert (await slackbot.type(f"subscribe {text}")).shown.splitlines()[0] == told.splitlines()[0]

    async def test_an_escape_that_was_typed_as_such_stays(self, slackbot: Slackbot) -> None:
        reply = await slackbot.type('search "&amp;lt;"')
        assert 'matches "lt"' in reply.shown  # and not "<", which no paper can be searched for

    async def test_line_breaks_ask_what_is_meant(self, slackbot: Slackbot) -> None:
        assert BUG not in (await alone(slackbot, "subscribe tea\ncoffee")).shown


class TestOtherChannels:
    """`channel:` works from everywhere."""

    @pytest.mark.parametrize(
        "named", ["vision", "#vision", "Vision", "<#C2|vision>", "<#C2>", "<#C2|>", "C2"]
    )
    async def test_a_channel_is_named_in_many_ways(self, slackbot: Slackbot, named: str) -> None:
        assert "✓ #vision now gets papers" in (await slackbot.type(f"subscribe tea channel:{named}")).shown
        assert "1 tea" in (await said(slackbot, f"list channel:{named}")).shown
        assert "1 tea" in (await alone(slackbot, f"list channel:{named}")).shown

    @pytest.mark.parametrize(
        "typed", ["agents in <#C2|vision>", "<#C2|vision> agents", "to <#C2|vision> agents"]
    )
    async def test_a_channel_that_is_mentioned_is_the_one_that_is_meant(
        self, slackbot: Slackbot, typed: str
    ) -> None:
        reply = await slackbot.type(f"subscribe {typed}")
        assert reply.shown.startswith("✓ #vision now gets papers matching agents.")

    async def test_somebody_who_is_mentioned_is_no_author(self, slackbot: Slackbot) -> None:
        assert "found with author:" in (await slackbot.type("subscribe agents <@U1|ann>")).shown

    async def test_an_address_of_a_paper_is_no_query(self, slackbot: Slackbot) -> None:
        reply = await slackbot.type("subscribe <https://huggingface.co/papers/2603.01068>")
        assert reply.shown.startswith("2603.01068 is one paper")

    async def test_a_private_channel_is_named_by_those_who_are_in_it(self, slackbot: Slackbot) -> None:
        await slackbot.slack.invite(SECRET)
        await slackbot.slack.leave(BEN, SECRET)
        assert "✓ #secret now gets papers" in (await slackbot.type("subscribe tea channel:secret")).shown
        for name in ("secret", "<#G1|secret>", "<#G1>", "G1"):
            refused = await slackbot.type(f"list channel:{name}", user=BEN)
            assert "There is no channel" in refused.shown and "tea" not in refused.shown

    async def test_one_that_there_is_not_is_refused_in_the_same_words(self, slackbot: Slackbot) -> None:
        await slackbot.slack.invite(SECRET)
        await slackbot.slack.leave(BEN, SECRET)
        hidden = await slackbot.type("list channel:G1", user=BEN)
        absent = await slackbot.type("list channel:G2", user=BEN)
        assert hidden.shown.replace("G1", "G2") == absent.shown

    async def test_names_are_the_same_in_capitals(self, slackbot: Slackbot) -> None:
        slackbot.slack.channel("C8", "straße", members=[ANN])
        assert "#straße" in (await slackbot.type("list channel:STRASSE")).shown

    async def test_a_name_that_begins_as_the_id_of_a_chat_does_is_a_name(self, slackbot: Slackbot) -> None:
        slackbot.slack.workspaces["T1"].scopes.discard("im:write")
        slackbot.slack.channel("C8", "data", members=[ANN])
        assert "#data" in (await slackbot.type("list channel:Data")).shown

    async def test_a_public_channel_may_be_looked_at_by_those_who_are_not_in_it(
        self, slackbot: Slackbot
    ) -> None:
        await slackbot.slack.leave(BEN, VISION)
        assert "Nothing" in (await slackbot.type("list channel:C2", user=BEN)).shown
        refused = await slackbot.type("subscribe tea channel:C2", user=BEN)
        assert "Only people who can manage #vision may do that." in refused.shown

    async def test_the_answers_buttons_act_on_that_channel(self, slackbot: Slackbot) -> None:
        reply = await slackbot.type("subscribe tea channel:vision")
        undone = await slackbot.slack.press(ANN, reply, "Undo")
        assert "Undone" in (await undone.later()).shown
        assert "tea" not in (await slackbot.type("list", channel=VISION)).shown

    async def test_where_slack_does_not_tell_the_answer_says_that_and_not_that_there_is_none(
        self, slackbot: Slackbot
    ) -> None:
        slackbot.slack.fail_with("users.conversations", "internal_error", times=9)
        assert "does not answer just now" in (await slackbot.type("list channel:vision")).shown


class TestWhereAnswersStand:
    """Answers are for who asked, where they asked."""

    async def test_an_answer_in_a_channel_is_seen_by_who_asked_alone(self, slackbot: Slackbot) -> None:
        assert (await slackbot.type("list")).only_for == ANN
        assert (await said(slackbot, "list")).only_for == ANN
        assert [message for message in slackbot.slack.messages(ML) if message.bot] == []

    async def test_a_mention_in_a_thread_acts_on_the_channel_and_is_answered_in_the_thread(
        self, slackbot: Slackbot
    ) -> None:
        parent = slackbot.slack.write(BEN, ML, "look at this")
        reply = await said(slackbot, "subscribe tea", thread_ts=parent.ts)
        assert reply.thread_ts == parent.ts
        assert "#ml now gets papers" in reply.shown

    async def test_so_is_what_is_pressed_and_filled_in_there(self, slackbot: Slackbot) -> None:
        parent = slackbot.slack.write(BEN, ML, "look at this")
        asked = await said(slackbot, "subscribe", thread_ts=parent.ts)
        answer = await slackbot.slack.press(ANN, asked, "Fill in…")
        await slackbot.slack.submit(await answer.modal(), {"Query": "tea"})
        done = await answer.later()
        assert "✓ #ml" in done.shown and done.thread_ts == parent.ts and done.only_for == ANN

    async def test_a_thread_of_direct_messages_is_answered_there(self, slackbot: Slackbot) -> None:
        parent = slackbot.slack.write(ANN, DIRECT, "look at this")
        assert (await alone(slackbot, "help", thread_ts=parent.ts)).thread_ts == parent.ts

    async def test_answers_in_direct_messages_stay(self, slackbot: Slackbot) -> None:
        reply = await alone(slackbot, "subscribe tea")
        undone = await slackbot.slack.press(ANN, reply, "Undo")
        assert (await undone.later()).only_for is None

    async def test_an_answer_waits_where_slack_wants_it_to(self, slackbot: Slackbot) -> None:
        await slackbot.slack.fail(Fault.LIMITED, place="chat.postMessage")
        await slackbot.slack.say(ANN, DIRECT, "list")
        await slackbot.passing(lambda: "Nothing is subscribed" in slackbot.slack.messages(DIRECT)[-1].shown)

    async def test_who_cannot_be_named_is_somebody(self, slackbot: Slackbot) -> None:
        await slackbot.slack.fail(Fault.BROKEN, place="users.info")
        await slackbot.slack.mention(ANN, ML, "<@UBOTT1> subscribe tea")
        await slackbot.settled()
        async with slackbot.at_work():
            await slackbot.passing(lambda: slackbot.slack.messages(ML)[1:], step=MINUTE)
        assert "somebody subscribed this channel to tea" in slackbot.slack.messages(ML)[-1].shown

    async def test_a_group_of_people_is_a_channel_like_any_other(self, slackbot: Slackbot) -> None:
        slackbot.slack.channel("C8", "mpdm-ann--ben-1", kind="mpim", members=[ANN, BEN])
        reply = await said(slackbot, "subscribe tea", "C8")
        assert "✓ this channel now gets papers matching tea" in reply.shown
        undone = await slackbot.slack.press(ANN, reply, "Undo")
        assert "Undone" in (await undone.later()).shown


class TestNotForTheBot:
    """What is not said to the bot, or by no person, is not answered."""

    @pytest.mark.parametrize(
        "text", [f"ask {BOT} to subscribe tea", f"thanks {BOT}", "<@U2> list", "nothing at all"]
    )
    async def test_what_only_speaks_of_it(self, slackbot: Slackbot, text: str) -> None:
        await slackbot.slack.event("T1", _event("app_mention", text, ML))
        assert await silent(slackbot)

    @pytest.mark.parametrize(
        "more",
        [
            {"subtype": "channel_join"},
            {"subtype": "message_changed", "message": {"user": ANN, "text": "list"}},
            {"subtype": "bot_message", "bot_id": "B9"},
            {"bot_id": "B9"},
            {"user": "UBOTT1", "bot_id": "BT1"},
            {"edited": {"user": ANN, "ts": "1.2"}},
            {"user": "USLACKBOT"},
        ],
    )
    @pytest.mark.parametrize("kind", ["app_mention", "message"])
    async def test_what_nobody_says_anew(self, slackbot: Slackbot, kind: str, more: dict[str, str]) -> None:
        channel = ML if kind == "app_mention" else DIRECT
        await slackbot.slack.event("T1", {**_event(kind, f"{BOT} list", channel), **more})
        assert await silent(slackbot)

    async def test_what_people_say_in_channels_to_each_other(self, slackbot: Slackbot) -> None:
        slackbot.slack.channel("C8", "mpdm-ann--ben-1", kind="mpim", members=[ANN, BEN])
        for channel in (ML, "C8"):
            await slackbot.slack.say(ANN, channel, "subscribe tea")
        assert await silent(slackbot)

    async def test_its_own_direct_messages(self, slackbot: Slackbot) -> None:
        slackbot.slack.echoes = True
        await alone(slackbot, "help")
        await slackbot.slack.settled()
        assert await silent(slackbot)


def _came(slackbot: Slackbot, answer: Answer) -> bool:
    """Whether something came of a command: words, or a form."""
    return bool(answer.shown or slackbot.slack.views)


def _event(kind: str, text: str, channel: str) -> dict[str, str]:
    """Ann says `text` in `channel`."""
    where = {"channel_type": "im"} if channel == DIRECT else {}
    return {"type": kind, "user": ANN, "text": text, "channel": channel, "ts": "1.1", **where}


async def test_a_form_opens_and_is_filled_in(slackbot: Slackbot) -> None:
    answer = await slackbot.slack.command(ANN, ML, "subscribe")
    view = await answer.modal()
    done = await slackbot.slack.submit(view, {"Query": "diffusion OR"})
    assert done.errors
    done = await slackbot.slack.submit(view, {"Query": "diffusion"})
    assert done.action == ""
    assert "✓ #ml now gets papers matching diffusion" in (await answer.later()).shown


async def test_home(slackbot: Slackbot) -> None:
    await slackbot.type("subscribe diffusion")
    await slackbot.slack.open_home(ANN)
    await slackbot.slack.until(lambda: slackbot.slack.homes)
    home = slackbot.slack.home(ANN)
    await slackbot.slack.press(ANN, home, "Pause")
    await slackbot.slack.until(lambda: "paused in #ml" in text_of(slackbot.slack.home(ANN).blocks))
