"""Slack is answered in time, and people are answered in the end: whatever the store and Slack do."""

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import ClientSession
from structlog.testing import capture_logs

from bot.chat.contract import Fault
from bot.clock import MINUTE
from tests.adapters.slack.stage import locked
from tests.fakes.clock import FakeClock
from tests.fakes.slack import Message, Unacknowledged
from tests.fakes.slackbot import ANN, DIRECT, ML, SECRET, VISION, QuickSlack, Slackbot, Transport, slacking

FORM = "application/x-www-form-urlencoded"
EVENT = {"user": ANN, "channel": ML, "ts": "1.1"}
ACTED = {"team": {"id": "T1"}, "user": {"id": ANN, "team_id": "T1"}, "trigger_id": "1.2.3"}


class Hasty(QuickSlack):
    """Waits for no reply: all are slow."""

    patience = replace(QuickSlack.patience, reply=timedelta(), view=timedelta())


@pytest.fixture
async def hasty(
    seeded_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, transport: Transport
) -> AsyncIterator[Slackbot]:
    """A bot that has no patience."""
    async with slacking(seeded_sqlite, clock, monkeypatch, transport) as bot:
        bot.kind = Hasty
        await bot.restart()
        yield bot


class TestInTime:
    """Within three seconds, which the fake measures by the clock on the wall."""

    async def test_what_is_quick_is_a_single_request(self, slackbot: Slackbot) -> None:
        answer = await slackbot.slack.command(ANN, ML, "help")
        assert "What you can type" in str(answer.ack)
        assert answer.link and answer.link.uses == 0

    async def test_what_is_slow_is_heard_first_and_answered_later(self, hasty: Slackbot) -> None:
        answer = await hasty.slack.command(ANN, ML, "help")
        assert not answer.ack
        assert "What you can type" in (await answer.later()).shown
        assert answer.link and answer.link.uses == 1

    async def test_whoever_only_looks_is_answered_at_once_though_the_database_is_busy(
        self, slackbot: Slackbot
    ) -> None:
        async with locked(slackbot):
            answer = await slackbot.slack.command(ANN, ML, "list")
        assert "Nothing is subscribed in #ml yet" in str(answer.ack)

    async def test_all_that_people_do_is_acknowledged_while_the_database_is_busy(
        self, slackbot: Slackbot
    ) -> None:
        slack = slackbot.slack
        undo = await slackbot.type("subscribe coffee")
        await (answer := await slack.command(ANN, VISION, "subscribe")).modal()
        view = slack.views[ANN]
        async with locked(slackbot):
            (typed, pressed), _ = await asyncio.gather(
                asyncio.gather(slack.command(ANN, ML, "subscribe tea"), slack.press(ANN, undo, "Undo")),
                asyncio.gather(
                    slack.mention(ANN, ML, "subscribe milk"),
                    slack.say(ANN, DIRECT, "subscribe cocoa"),
                    slack.submit(view, {"Query": "water"}),
                    slack.rename(ML, "moved"),
                    slack.open_home(ANN),
                ),
            )
        assert "tea" in (await typed.later()).shown
        assert "milk" in (await slack.until(lambda: _last(slack.private(ANN, ML), "milk"))).shown
        assert "cocoa" in (await slack.until(lambda: _last(slack.messages(DIRECT), "cocoa"))).shown
        assert "coffee" in (await pressed.later()).shown
        assert "water" in await slack.until(lambda: _shown(slack.views[ANN].shown, "water"))
        assert answer.messages == []

    async def test_a_form_that_is_closed_while_it_waits_is_answered_all_the_same(
        self, slackbot: Slackbot
    ) -> None:
        answer = await slackbot.slack.command(ANN, ML, "subscribe")
        view = await answer.modal()
        async with locked(slackbot):
            done = await slackbot.slack.submit(view, {"Query": "tea"})
            assert done.action == "update"
            await slackbot.slack.close(slackbot.slack.views[ANN])
        assert "✓ #ml now gets papers matching tea" in (await answer.later()).shown


UNHEARD: dict[str, dict[str, Any]] = {
    "a reaction": {"type": "reaction_added", "user": ANN, "item": {"type": "message", "channel": ML}},
    "a kind that is not there yet": {"type": "something_new"},
    "a message in a channel": {**EVENT, "type": "message", "channel_type": "channel", "text": "hi"},
    "a join": {**EVENT, "type": "message", "subtype": "channel_join", "channel_type": "channel"},
    "a message that was deleted": {
        "type": "message",
        "subtype": "message_deleted",
        "channel": ML,
        "previous_message": {"user": ANN},
    },
    "a mention without text": {**EVENT, "type": "app_mention"},
    "the app's messages": {**EVENT, "type": "app_home_opened", "tab": "messages", "channel": DIRECT},
    "an assistant's thread": {"type": "assistant_thread_started", "assistant_thread": {"channel_id": DIRECT}},
    "a step of a workflow": {"type": "function_executed", "function": {"callback_id": "x"}, "inputs": {}},
    "links to nothing": {**EVENT, "type": "link_shared", "links": [], "message_ts": "1.1"},
}
UNANSWERED: dict[str, dict[str, Any]] = {
    "a shortcut": {"type": "shortcut", "callback_id": "x"},
    "a shortcut of a message": {"type": "message_action", "callback_id": "x", "message": {}},
    "options": {"type": "block_suggestion", "action_id": "x", "block_id": "b", "value": "a"},
    "a form that was closed": {"type": "view_closed", "view": {"callback_id": "x"}, "is_cleared": False},
    "a step of a workflow": {"type": "workflow_step_edit", "callback_id": "x", "workflow_step": {}},
    "a button of old": {
        "type": "interactive_message",
        "callback_id": "x",
        "actions": [{"name": "a", "type": "button", "value": "b"}],
    },
    "a dialog": {"type": "dialog_submission", "callback_id": "x", "submission": {}, "state": ""},
    "a date": {
        "type": "block_actions",
        "actions": [{"type": "datepicker", "action_id": "d", "block_id": "b", "selected_date": "2026-01-01"}],
        "channel": {"id": ML, "name": "ml"},
    },
    "a kind that is not there yet": {"type": "something_new"},
}


class TestUnheard:
    """What nobody listens to is acknowledged, too, and nobody is told that it was a bug."""

    @pytest.mark.parametrize("event", UNHEARD.values(), ids=UNHEARD)
    async def test_events(self, slackbot: Slackbot, event: dict[str, Any]) -> None:
        slackbot.slack.subscribed = None  # whoever made the app asked for more than the manifest does
        with capture_logs() as logs:
            await slackbot.slack.event("T1", event)
        assert _loud(logs) == []

    @pytest.mark.parametrize("payload", UNANSWERED.values(), ids=UNANSWERED)
    async def test_interactions(self, slackbot: Slackbot, payload: dict[str, Any]) -> None:
        with capture_logs() as logs:
            await slackbot.slack.deliver("interactive", {**ACTED, **payload}, answers=True)
        assert _loud(logs) == []

    async def test_slack_says_that_it_holds_events_back(self, slackbot: Slackbot) -> None:
        limited = {"type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 1, "api_app_id": "A1"}
        await slackbot.slack.deliver("events_api", limited)

    async def test_a_command_of_another_name_is_ours_too(self, slackbot: Slackbot) -> None:
        answer = await slackbot.slack.command(ANN, ML, "help", command="/something")
        assert "What you can type" in answer.shown


class TestInTheEnd:
    """An answer that cannot take its way takes another one."""

    @pytest.mark.parametrize(
        "fault", [Fault.MISSING, Fault.FORBIDDEN, Fault.BROKEN, Fault.RESET, Fault.LIMITED, Fault.GARBLED]
    )
    async def test_a_response_url_that_does_not_serve(self, hasty: Slackbot, fault: Fault) -> None:
        await hasty.slack.fail(fault, place="response_url")
        await hasty.slack.command(ANN, ML, "help")
        shown = await hasty.slack.until(lambda: hasty.slack.private(ANN, ML))
        assert "What you can type" in shown[-1].shown

    async def test_a_response_url_that_is_used_up(self, slackbot: Slackbot) -> None:
        answer = await slackbot.slack.command(ANN, ML, "subscribe")
        view = await answer.modal()
        assert answer.link
        answer.link.uses = 5
        await slackbot.slack.submit(view, {"Query": "tea"})
        shown = await slackbot.slack.until(lambda: _last(slackbot.slack.private(ANN, ML), "tea"))
        assert "✓ #ml" in shown.shown

    @pytest.mark.parametrize("channel", [VISION, SECRET])
    async def test_a_channel_where_the_bot_is_not(self, hasty: Slackbot, channel: str) -> None:
        answer = await hasty.slack.command(ANN, channel, "help")
        assert "What you can type" in (await answer.later()).shown

    async def test_neither_a_response_url_nor_the_channel(self, hasty: Slackbot) -> None:
        await hasty.slack.fail(Fault.MISSING, place="response_url")
        await hasty.slack.command(ANN, SECRET, "help")
        shown = await hasty.slack.until(lambda: hasty.slack.messages(DIRECT))
        assert "What you can type" in shown[-1].shown

    async def test_a_mention_where_the_bot_is_not(self, slackbot: Slackbot) -> None:
        await slackbot.slack.mention(ANN, VISION, "list")
        shown = await slackbot.slack.until(lambda: slackbot.slack.messages(DIRECT))
        assert "Nothing is subscribed in #vision yet" in shown[-1].shown

    @pytest.mark.parametrize("fault", [Fault.RESET, Fault.BROKEN, Fault.LIMITED])
    async def test_slack_takes_no_private_message(self, slackbot: Slackbot, fault: Fault) -> None:
        await slackbot.slack.fail(fault, place="chat.postEphemeral")
        await slackbot.slack.mention(ANN, ML, "help")
        shown = await slackbot.slack.until(lambda: slackbot.slack.messages(DIRECT))
        assert "What you can type" in shown[-1].shown

    async def test_no_way_is_left_which_the_log_says_once_and_without_secrets(self, hasty: Slackbot) -> None:
        slack = hasty.slack
        await slack.fail(Fault.MISSING, place="response_url")
        slack.fail_with("chat.postEphemeral", "restricted_action")
        slack.fail_with("chat.postMessage", "restricted_action")
        with capture_logs() as logs:
            await slack.command(ANN, ML, "help")
            await slack.until(lambda: [call for call in slack.called("chat.postMessage") if call.error])
            await hasty.stop()
        assert [(line["event"], line["log_level"]) for line in _loud(logs)] == [
            ("slack.unanswered", "warning")
        ]
        assert not [secret for secret in ("s3cret", "/response/", "xoxb") if secret in str(logs)]

    async def test_a_view_that_does_not_open_is_offered_as_a_button(self, slackbot: Slackbot) -> None:
        slackbot.slack.fail_with("views.open", "internal_error", times=2)
        answer = await slackbot.slack.command(ANN, ML, "subscribe")
        assert "Fill in…" in (await answer.later()).labels

    async def test_a_database_that_cannot_be_read_is_answered_too(self, slackbot: Slackbot) -> None:
        other = sqlite3.connect(slackbot.url.removeprefix("sqlite:///"))
        other.execute("DROP TABLE adapter_state")
        other.close()
        with capture_logs() as logs:
            assert "try again" in (await slackbot.type("help")).shown
        assert [line["event"] for line in _loud(logs)] == ["slack.bug"]


MALFORMED = (
    b"",
    b"{",
    b"[]",
    b"null",
    b"7",
    b'"text"',
    b"\xff\xfe",
    b"payload=%7B",
    b"payload=%5B%5D",
    b"payload=null",
    b'{"type": 1}',
    b'{"type": "event_callback"}',
    b'{"type": "event_callback", "event": null, "team": 5}',
    b'{"type": "event_callback", "event": []}',
    b'{"type": "event_callback", "event": {"type": "app_mention"}}',
    b'{"authorizations": [1], "user": 3, "view": 4}',
    b"command=%2Fpapers",
    b"[" * 100_000,
    b'payload={"type":"block_actions","actions":[]}',
    b'payload={"type":"view_submission","view":{"private_metadata":"x"}}',
    b'payload={"type":"block_actions","actions":[{}]}',
)
NOW = str(int(time.time()))  # bolt compares with the machine's clock
SOME = f"v0={'0' * 64}"
UNSIGNED: dict[str, tuple[str, str]] = {  # time and signature
    "a time that is a word": ("abc", SOME),
    "a time that is no number": ("nan", SOME),
    "a time longer than a number may be": ("9" * 5_000, SOME),
    "a time in other digits": ("١٢٣", SOME),
    "a time before all times": ("-1", SOME),
    "a signature with accents": (NOW, "v0=é"),
    "a signature that is long enough, with accents": (NOW, f"v0={'é' * 64}"),
    "an empty signature": (NOW, ""),
    "a signature that does not fit": (NOW, SOME),
}
NO_TEXTS = (b"\\ud800", b"payload=\\ud800", b'{"type": "\\ud800"}')  # what unicode_escape makes of them


@pytest.mark.parametrize("transport", ["http"], indirect=True)
class TestHttp:
    """Requests as they come over HTTP, from Slack and from anybody."""

    async def test_a_good_signature_is_heard(self, slackbot: Slackbot) -> None:
        assert "✓" in (await slackbot.type("subscribe tea")).shown

    @pytest.mark.parametrize("signing", ["stale", "forged", "missing"])
    async def test_no_other_is(self, slackbot: Slackbot, signing: Any) -> None:
        slackbot.slack.signing = signing
        for doing in (
            slackbot.slack.command(ANN, ML, "subscribe tea"),
            slackbot.slack.mention(ANN, ML, "subscribe tea"),
            slackbot.slack.say(ANN, DIRECT, "subscribe tea"),
        ):
            with pytest.raises(Unacknowledged) as refused:
                await doing
            assert refused.value.status == 401
        slackbot.slack.signing = "good"
        assert "Nothing is subscribed in #ml yet" in (await slackbot.type("list")).shown
        assert slackbot.slack.called("chat.postEphemeral") == []

    @pytest.mark.parametrize(("at", "signature"), UNSIGNED.values(), ids=UNSIGNED)
    async def test_what_is_no_signature_is_refused_like_a_wrong_one(
        self, slackbot: Slackbot, at: str, signature: str
    ) -> None:
        with capture_logs() as logs:
            assert await _sent(slackbot, b"{}", at, signature) == 401
        assert "slack.bug" not in {line["event"] for line in logs}

    async def test_a_text_that_cannot_be_signed_is_malformed(self, slackbot: Slackbot) -> None:
        with capture_logs() as logs:
            for body in NO_TEXTS:
                assert await _sent(slackbot, body, NOW, SOME, f"{FORM}; charset=unicode_escape") == 400
        assert _loud(logs) == []

    async def test_signatures_that_do_not_fit_are_named_in_the_log_once_in_a_while(
        self, slackbot: Slackbot
    ) -> None:
        with capture_logs() as logs:
            for _ in range(2):
                await _sent(slackbot, b"{}", "abc", "none at all")
                await _sent(slackbot, b"{}", NOW, SOME)
                await _sent(slackbot, b"{}", NOW, SOME)
                slackbot.clock.advance(6 * MINUTE)
        assert [line["event"] for line in _loud(logs)] == ["slack.refused"] * 2
        assert "does not fit SLACK_SIGNING_SECRET" in _loud(logs)[0]["reason"]

    async def test_the_address_is_verified(self, slackbot: Slackbot) -> None:
        challenge = {"type": "url_verification", "challenge": "tell-me", "token": "x"}
        status, said = await slackbot.slack.request(json.dumps(challenge).encode())
        assert (status, "tell-me" in said) == (200, True)

    async def test_the_certificate_is_checked(self, slackbot: Slackbot) -> None:
        slackbot.slack.signing = "missing"
        body = urlencode({"ssl_check": "1", "token": "x"}).encode()
        status, _ = await slackbot.slack.request(body, FORM)
        assert status == 200

    @pytest.mark.parametrize(
        "kind", ["application/json", "application/x-www-form-urlencoded", "x/y; charset=no"]
    )
    async def test_what_is_malformed_harms_nobody(self, slackbot: Slackbot, kind: str) -> None:
        for body in MALFORMED:
            status, _ = await slackbot.slack.request(body, kind)
            assert status in {200, 400}, body[:80]
            slackbot.slack.signing = "forged"
            status, _ = await slackbot.slack.request(body, kind)
            assert status in {400, 401}, body[:80]
            slackbot.slack.signing = "good"
        assert "What you can type" in (await slackbot.type("help")).shown

    async def test_what_is_too_long_is_refused(self, slackbot: Slackbot) -> None:
        status, _ = await slackbot.slack.request(b"a" * 3_000_000)
        assert status == 413


async def _sent(slackbot: Slackbot, body: bytes, at: str, signature: str, kind: str = FORM) -> int:
    """The status that whoever is not Slack gets."""
    headers = {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": signature, "Content-Type": kind}
    async with (
        ClientSession() as client,
        client.post(f"{slackbot.origin}/slack/events", data=body, headers=headers) as answer,
    ):
        return answer.status


def _last(messages: list[Message], word: str) -> Message | None:
    """The newest that holds `word`."""
    return next((message for message in reversed(messages) if message.bot and word in message.shown), None)


def _shown(text: str, word: str) -> str:
    return text if word in text else ""


def _loud(logs: list[Any]) -> list[Any]:
    """The lines that somebody should read."""
    return [line for line in logs if line["log_level"] in {"warning", "error", "critical"}]
