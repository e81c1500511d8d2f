"""What Slack delivers twice is done once, and what it delivers late is done all the same."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import delete

from bot.store.engine import Database
from bot.store.schema import adapter_state
from tests.fakes.clock import FakeClock
from tests.fakes.slack import Message
from tests.fakes.slackbot import ANN, BEN, DIRECT, ML, Slackbot, Transport, slacking

TEA = "✓ #ml now gets papers matching tea"


async def heard(slackbot: Slackbot, count: int = 1) -> list[Message]:
    """What Ann was answered in #ml, once there are `count` answers."""
    return await slackbot.slack.until(lambda: _many(slackbot.slack.private(ANN, ML), count))


def _many(found: list[Message], count: int) -> list[Message]:
    return found if len(found) >= count else []


async def answers(slackbot: Slackbot) -> list[str]:
    """What Ann was answered in #ml, after all that came before is done."""
    before = len(slackbot.slack.private(ANN, ML))
    await slackbot.slack.mention(ANN, ML, "help")
    await slackbot.slack.until(lambda: _helped(slackbot.slack.private(ANN, ML)[before:]))
    return [
        message.shown for message in slackbot.slack.private(ANN, ML) if "What you can" not in message.shown
    ]


def _helped(found: list[Message]) -> bool:
    return any("What you can" in message.shown for message in found)


class TestSaid:
    """Mentions and direct messages."""

    async def test_a_late_repeat_of_what_was_done_does_nothing(self, slackbot: Slackbot) -> None:
        await slackbot.slack.mention(ANN, ML, "subscribe tea")
        assert TEA in (await heard(slackbot))[0].shown
        await slackbot.slack.redeliver()
        assert len(await answers(slackbot)) == 1

    async def test_what_arrives_first_as_a_repeat_is_done(self, slackbot: Slackbot) -> None:
        slackbot.slack.losing = 1
        await slackbot.slack.mention(ANN, ML, "subscribe tea")
        await slackbot.slack.redeliver()
        assert TEA in (await heard(slackbot))[0].shown
        await slackbot.slack.redeliver()
        assert len(await answers(slackbot)) == 1

    async def test_a_repeat_does_nothing_in_another_process_either(self, slackbot: Slackbot) -> None:
        await slackbot.slack.mention(ANN, ML, "subscribe tea")
        await heard(slackbot)
        sent = slackbot.slack.sent[-1]
        await slackbot.restart()
        await slackbot.slack.redeliver(sent)
        assert len(await answers(slackbot)) == 1

    async def test_two_copies_at_once_are_one(self, slackbot: Slackbot) -> None:
        event = {"type": "app_mention", "user": ANN, "channel": ML, "text": "<@UBOTT1> subscribe tea"}
        both = (slackbot.slack.event("T1", event, event_id="Ev-same") for _ in range(2))
        await asyncio.gather(*both)
        await heard(slackbot)
        assert len(await answers(slackbot)) == 1

    async def test_two_people_who_say_the_same_are_two(self, slackbot: Slackbot) -> None:
        await slackbot.slack.mention(ANN, ML, "subscribe tea")
        await heard(slackbot)
        await slackbot.slack.mention(BEN, ML, "subscribe tea")
        shown = await slackbot.slack.until(lambda: slackbot.slack.private(BEN, ML))
        assert "already" in shown[-1].shown

    async def test_direct_messages_too(self, slackbot: Slackbot) -> None:
        sent = await slackbot.slack.say(ANN, DIRECT, "subscribe tea")
        await slackbot.slack.until(lambda: [m for m in slackbot.slack.messages(DIRECT) if m.bot])
        await slackbot.slack.redeliver(sent)
        await slackbot.restart()
        await slackbot.slack.redeliver(sent)
        await answers(slackbot)
        assert len([m for m in slackbot.slack.messages(DIRECT) if m.bot]) == 1

    async def test_a_crash_between_what_was_done_and_its_mark_does_it_once(self, slackbot: Slackbot) -> None:
        await slackbot.slack.mention(ANN, ML, "subscribe tea")
        await heard(slackbot)
        sent = slackbot.slack.sent[-1]
        await slackbot.stop()
        await _unmark(slackbot, sent.payload["event_id"])
        await slackbot.start()
        await slackbot.slack.redeliver(sent)
        assert "already" in (await heard(slackbot, 2))[-1].shown
        assert "#ml has 1 subscription" in (await slackbot.type("list")).shown


class TestPressed:
    """Buttons and forms."""

    async def test_a_press_that_comes_twice_is_one(self, slackbot: Slackbot) -> None:
        reply = await slackbot.type("subscribe tea")
        answer = await slackbot.slack.press(ANN, reply, "Undo")
        await answer.later()
        await slackbot.slack.redeliver(answer.sent)
        await slackbot.restart()
        await slackbot.slack.redeliver(answer.sent)
        await answers(slackbot)
        assert len(answer.messages) == 1

    async def test_two_presses_are_two(self, slackbot: Slackbot) -> None:
        reply = await slackbot.type("subscribe tea")
        for _ in range(2):
            shown = (await (await slackbot.slack.press(ANN, reply, "Undo")).later()).shown
        assert "Undone" not in shown

    async def test_a_form_that_comes_twice_is_one(self, slackbot: Slackbot) -> None:
        answer = await slackbot.slack.command(ANN, ML, "subscribe")
        done = await slackbot.slack.submit(await answer.modal(), {"Query": "tea"})
        assert TEA in (await answer.later()).shown
        await slackbot.slack.redeliver(done.sent)
        await slackbot.restart()
        await slackbot.slack.redeliver(done.sent)
        assert done.sent.ack in ("", {}, None)
        assert await answers(slackbot) == [answer.messages[0].shown]
        assert "#ml has 1 subscription" in (await slackbot.type("list")).shown

    async def test_a_command_that_comes_twice_is_one(self, slackbot: Slackbot) -> None:
        answer = await slackbot.slack.command(ANN, ML, "subscribe tea")
        await answer.reply()
        await slackbot.slack.redeliver(answer.sent)
        assert not answer.sent.ack
        assert "#ml has 1 subscription" in (await slackbot.type("list")).shown


class TestHttp:
    """The header that says how often Slack has tried."""

    @pytest.fixture
    async def http(
        self, seeded_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[Slackbot]:
        """A bot that Slack reaches by requests."""
        transport: Transport = "http"
        async with slacking(seeded_sqlite, clock, monkeypatch, transport) as bot:
            yield bot

    @pytest.mark.parametrize("reason", ["http_timeout", "http_error", "connection_failed", "unknown_error"])
    async def test_whatever_it_says_the_first_that_arrives_is_done(self, http: Slackbot, reason: str) -> None:
        http.slack.losing = 1
        sent = await http.slack.mention(ANN, ML, "subscribe tea")
        for _ in range(3):
            await http.slack.redeliver(sent, reason)
        await heard(http)
        assert len(await answers(http)) == 1


async def _unmark(slackbot: Slackbot, event_id: str) -> None:
    """Let it be as if the process had died before it kept that the event was heard."""

    async with Database(slackbot.url) as database, database.write() as connection:
        gone = await connection.execute(
            delete(adapter_state).where(adapter_state.c.key == f"once:{event_id}")
        )
        assert gone.rowcount == 1
