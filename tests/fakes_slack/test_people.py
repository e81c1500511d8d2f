"""What people do reaches a real bolt app on both transports, and what it answers reaches them."""

import asyncio
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import SlackServer, Unacknowledged
from tests.fakes_slack.conftest import Serve, refused

BUTTON = {
    "type": "button",
    "text": {"type": "plain_text", "text": "Why"},
    "action_id": "why",
    "value": "why 1",
}
MENU = {
    "type": "overflow",
    "action_id": "more",
    "options": [{"text": {"type": "plain_text", "text": "Pause"}, "value": "pause 1"}],
}
CARD: list[dict[str, Any]] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "*Flow*"}, "accessory": BUTTON},
    {"type": "actions", "elements": [MENU]},
]
INPUT = {"type": "plain_text_input", "action_id": "query", "max_length": 20}
LIVE = {**INPUT, "dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]}}
FIELD = {"type": "input", "block_id": "q", "label": {"type": "plain_text", "text": "Query"}, "element": INPUT}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    title, submit = ({"type": "plain_text", "text": text} for text in ("Subscribe", "Save"))
    return {
        "type": "modal",
        "callback_id": "subscribe",
        "title": title,
        "submit": submit,
        "blocks": [*blocks],
        **more,
    }


async def test_the_acknowledgement_of_a_command_is_shown_to_its_user_alone(
    slack: SlackServer, app: AsyncApp, serve: Serve
) -> None:
    @app.command("/papers")
    async def papers(ack: Any, command: dict[str, Any]) -> None:
        await ack(f"you typed {command['text']} in {command['channel_name']}")

    async with serve(app):
        answer = await slack.command("U1", "C2", "list")
    assert answer.shown == "you typed list in vision"
    assert [shown.text for shown in slack.private("U1", "C2")] == ["you typed list in vision"]
    assert slack.messages("C2") == [] and slack.private("U2", "C2") == []


async def test_what_comes_later_comes_through_the_response_url_and_may_replace_itself(
    slack: SlackServer, app: AsyncApp, serve: Serve
) -> None:
    @app.command("/papers")
    async def papers(ack: Any, respond: Any) -> None:
        await ack()
        await respond("searching")
        await respond("found", replace_original=True)
        await respond("for all", response_type="in_channel")

    async with serve(app):
        answer = await slack.command("U1", "C1", "search flow")
        came = [await answer.later() for _ in range(3)]
    assert [message.text for message in came] == ["found", "found", "for all"]
    assert [shown.text for shown in slack.private("U1", "C1")] == ["found"]
    assert [posted.text for posted in slack.messages("C1")] == ["for all"]


async def test_a_press_carries_the_message_and_its_answer_stays_private(
    slack: SlackServer, app: AsyncApp, client: AsyncWebClient, serve: Serve
) -> None:
    seen: list[dict[str, Any]] = []

    @app.action("why")
    async def why(ack: Any, body: dict[str, Any], respond: Any) -> None:
        await ack()
        seen.append(body)
        await respond("because", replace_original=False)

    await client.chat_postMessage(channel="C1", text="Flow", blocks=CARD)
    (card,) = slack.messages("C1")
    async with serve(app):
        answer = await slack.press("U2", card, "Why")
        await answer.later()
    assert answer.shown == "because"
    assert seen[0]["actions"][0]["value"] == "why 1"
    assert seen[0]["message"]["ts"] == card.ts == seen[0]["container"]["message_ts"]
    assert slack.messages("C1") == [card] and card.edits == 0


async def test_an_entry_of_an_overflow_menu_is_chosen_by_its_label(
    slack: SlackServer, app: AsyncApp, client: AsyncWebClient, serve: Serve
) -> None:
    seen = []

    @app.action("more")
    async def more(ack: Any, action: dict[str, Any]) -> None:
        await ack()
        seen.append(action["selected_option"]["value"])

    await client.chat_postMessage(channel="C1", text="Flow", blocks=CARD)
    async with serve(app):
        await slack.choose("U2", slack.messages("C1")[0], "Pause")
    assert seen == ["pause 1"]


async def test_what_one_person_alone_sees_is_pressed_without_a_message_and_can_replace_itself(
    slack: SlackServer, app: AsyncApp, client: AsyncWebClient, serve: Serve
) -> None:
    seen: list[dict[str, Any]] = []

    @app.action("why")
    async def why(ack: Any, body: dict[str, Any], respond: Any) -> None:
        await ack()
        seen.append(body)
        await respond("done", replace_original=True)

    await client.chat_postEphemeral(channel="C1", user="U1", text="Flow", blocks=CARD)
    async with serve(app):
        answer = await slack.press("U1", slack.private("U1", "C1")[0], "Why")
        await answer.later()
    assert "message" not in seen[0] and seen[0]["container"]["is_ephemeral"]
    assert [shown.shown for shown in slack.private("U1", "C1")] == ["done"]


async def test_a_modal_shows_errors_at_its_fields_until_it_is_right(
    slack: SlackServer, app: AsyncApp, serve: Serve
) -> None:
    @app.command("/papers")
    async def papers(ack: Any, client: AsyncWebClient, body: dict[str, Any]) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(FIELD))

    @app.view("subscribe")
    async def submitted(ack: Any, view: dict[str, Any]) -> None:
        typed = view["state"]["values"]["q"]["query"]["value"]
        await (ack() if typed == "flow" else ack(response_action="errors", errors={"q": f"no {typed}"}))

    async with serve(app):
        view = await (await slack.command("U1", "C1", "subscribe")).modal()
        assert (view.title, view.fields) == ("Subscribe", {"Query": None})
        with pytest.raises(AssertionError, match="Slack asks for"):
            await slack.submit(view)
        wrong = await slack.submit(view, {"Query": "flaw"})
        assert wrong.errors == view.errors == {"Query": "no flaw"}
        right = await slack.submit(view, {"query": "flow"})
    assert (right.action, right.top, slack.views) == ("", None, {})


async def test_typing_tells_the_app_and_an_update_keeps_what_was_typed(
    slack: SlackServer, app: AsyncApp, serve: Serve
) -> None:
    live = {**FIELD, "element": LIVE, "dispatch_action": True}

    @app.command("/papers")
    async def papers(ack: Any, client: AsyncWebClient, body: dict[str, Any]) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(live))

    @app.action("query")
    async def typed(ack: Any, client: AsyncWebClient, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        count = {"type": "section", "text": {"type": "mrkdwn", "text": f"14 papers for {action['value']}"}}
        view = body["view"]
        await client.views_update(view_id=view["id"], hash=view["hash"], view=modal(live, count))

    async with serve(app):
        view = await (await slack.command("U1", "C1", "subscribe")).modal()
        await slack.type_into(view, "Query", "flow")
        await slack.until(lambda: view.updates)
    assert "14 papers for flow" in view.shown
    assert view.fields == {"Query": "flow"}
    with pytest.raises(AssertionError, match="more than 20 characters"):
        await slack.type_into(view, "Query", "x" * 21)


async def test_a_trigger_opens_one_view_within_three_seconds(
    slack: SlackServer, app: AsyncApp, serve: Serve, clock: Any
) -> None:
    triggers = []

    @app.command("/papers")
    async def papers(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        triggers.append(body["trigger_id"])

    async with serve(app):
        await slack.command("U1", "C1", "")
        await slack.command("U1", "C1", "")
    await app.client.views_open(trigger_id=triggers[0], view=modal(FIELD))
    clock.advance(3_001)
    codes = [
        await refused(app.client.views_open(trigger_id=t, view=modal(FIELD))) for t in (*triggers, "1.2.3")
    ]
    assert codes == ["exchanged_trigger_id", "expired_trigger_id", "invalid_trigger_id"]


async def test_a_late_acknowledgement_fails_the_test(slack: SlackServer, app: AsyncApp, serve: Serve) -> None:
    @app.command("/papers")
    async def papers(ack: Any) -> None:
        await late.wait()
        await ack()

    slack.patience, late = 0.2, asyncio.Event()
    async with serve(app):
        with pytest.raises(Unacknowledged, match="nothing came within"):
            await slack.command("U1", "C1", "list")
        late.set()


async def test_mentions_direct_messages_links_and_the_home_arrive_as_events(
    slack: SlackServer, app: AsyncApp, serve: Serve
) -> None:
    seen: list[tuple[str, Any]] = []

    async def note(event: dict[str, Any]) -> None:
        seen.append(
            (event["type"], event.get("text") or event.get("tab") or [x["domain"] for x in event["links"]])
        )

    for kind in ("app_mention", "message", "link_shared", "app_home_opened"):
        app.event(kind)(note)
    async with serve(app):
        await slack.mention("U1", "C1", "subscribe flow")
        await slack.say("U1", "D1", "help")
        await slack.share_link(
            "U1", "C1", "https://arxiv.org/abs/2501.1", "https://huggingface.co/papers/2501.1"
        )
        await slack.open_home("U1")
        await slack.until(lambda: len(seen) == 4)
    assert sorted(seen) == [
        ("app_home_opened", "home"),
        ("app_mention", "<@UBOTT1> subscribe flow"),
        ("link_shared", ["arxiv.org", "huggingface.co"]),
        ("message", "help"),
    ]


async def test_an_app_may_hear_of_its_own_direct_messages_and_is_known_by_them(
    slack: SlackServer, app: AsyncApp, client: AsyncWebClient, serve: Serve
) -> None:
    seen = []

    @app.event("message")
    async def message(event: dict[str, Any]) -> None:
        seen.append(event["text"])

    slack.echoes = True
    async with serve(app):
        await client.chat_postMessage(channel="D1", text="from the bot")
        await slack.say("U1", "D1", "from ann")
        await slack.settled()
        await slack.until(lambda: seen)
        assert slack.sent[-2].payload["event"]["bot_id"] == "BT1" and slack.unacknowledged == []
    assert seen == ["from ann"]


async def test_a_redelivery_has_the_id_and_says_that_it_is_one(
    slack: SlackServer, app: AsyncApp, serve: Serve
) -> None:
    ids = []

    @app.event("app_mention")
    async def mentioned(body: dict[str, Any]) -> None:
        ids.append(body["event_id"])

    async with serve(app):
        slack.losing = 1
        await slack.mention("U1", "C1", "help")
        assert ids == []
        await slack.redeliver()
        await slack.redeliver()
        await slack.until(lambda: len(ids) == 2)
    assert len(set(ids)) == 1
