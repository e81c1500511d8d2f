"""response_urls end as Slack's do, and modals pile up, change and close as Slack's do."""

from typing import Any

import pytest
from aiohttp import ClientSession
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.clock import FakeClock
from tests.fakes.slack import SlackServer, View
from tests.fakes_slack.conftest import Serve, by_socket, refused
from tests.fakes_slack.test_people import FIELD, modal

MINUTE = 60_000


async def post(slack: SlackServer, path: str, **body: Any) -> tuple[int, str]:
    async with ClientSession() as session, session.post(slack.origin + path, json=body) as response:
        return response.status, await response.text()


async def test_a_response_url_works_five_times(slack: SlackServer) -> None:
    link = slack.response_url("T1", "U1", "C1")
    answers = [await post(slack, link.path, text=f"no. {number}") for number in range(6)]
    assert answers[:5] == [(200, "ok")] * 5
    assert answers[5][0] == 404 and "used_url" in answers[5][1]
    assert len(slack.private("U1", "C1")) == 5


async def test_a_response_url_works_for_half_an_hour(slack: SlackServer, clock: FakeClock) -> None:
    link = slack.response_url("T1", "U1", "C1")
    clock.advance(30 * MINUTE)
    assert (await post(slack, link.path, text="just in time"))[0] == 200
    clock.advance(1)
    assert "expired_url" in (await post(slack, link.path, text="too late"))[1]


async def test_an_answer_is_checked_as_a_message_is_and_can_be_taken_back(slack: SlackServer) -> None:
    link = slack.response_url("T1", "U1", "C1")
    assert "invalid_blocks" in (await post(slack, link.path, text="x", blocks=[{"type": "sektion"}]))[1]
    await post(slack, link.path, text="oops")
    await post(slack, link.path, delete_original=True)
    assert slack.private("U1", "C1") == [] and slack.messages("C1") == []


async def opened(slack: SlackServer, app: AsyncApp, **more: Any) -> View:
    """A modal that the app opened at a command."""

    @app.command("/papers")
    async def papers(ack: Any, client: AsyncWebClient, body: dict[str, Any]) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(FIELD, **more))

    return await (await slack.command("U1", "C1", "subscribe")).modal()


@pytest.mark.parametrize(
    ("action", "titles"),
    [("update", ["Changed"]), ("push", ["Subscribe", "Changed"]), ("clear", [])],
)
async def test_a_submission_is_answered_with_another_view_or_the_end_of_all(
    slack: SlackServer, app: AsyncApp, serve: Serve, action: str, titles: list[str]
) -> None:
    changed = {**modal(FIELD), "title": {"type": "plain_text", "text": "Changed"}}

    @app.view("subscribe")
    async def submitted(ack: Any) -> None:
        await (
            ack(response_action="clear") if action == "clear" else ack(response_action=action, view=changed)
        )

    async with serve(app):
        view = await opened(slack, app)
        done = await slack.submit(view, {"Query": "flow"})
    assert done.action == action
    assert [shown.title for shown in slack.modals["U1"]] == titles


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"response_action": "errors", "errors": {"nowhere": "x"}}, "has no inputs"),
        ({"response_action": "update", "view": {"type": "modal"}}, "invalid_arguments"),
        ({"response_action": "vanish"}, "knows no response_action"),
    ],
)
async def test_an_answer_that_slack_would_not_take_fails_the_test(
    slack: SlackServer, app: AsyncApp, answer: dict[str, Any], why: str
) -> None:
    @app.view("subscribe")
    async def submitted(ack: Any) -> None:
        await ack(**answer) if answer["response_action"] != "vanish" else await ack(answer)

    async with by_socket(slack, app):
        view = await opened(slack, app)
        with pytest.raises(AssertionError, match=why):
            await slack.submit(view, {"Query": "flow"})


async def test_three_modals_pile_up_and_a_fourth_is_refused(slack: SlackServer, app: AsyncApp) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Next"}, "action_id": "next"}
    codes = []

    @app.action("next")
    async def further(ack: Any, client: AsyncWebClient, body: dict[str, Any]) -> None:
        await ack()
        view = modal({"type": "actions", "elements": [button]})
        codes.append(await refused(client.views_push(trigger_id=body["trigger_id"], view=view)))

    async with by_socket(slack, app):
        await opened(slack, app)
        await app.client.views_update(
            view_id=slack.views["U1"].id, view=modal({"type": "actions", "elements": [button]})
        )
        for count in range(1, 4):
            await slack.press("U1", slack.views["U1"], "Next")
            await slack.until(lambda count=count: len(codes) == count)  # type: ignore[misc]
    assert codes == ["", "", "push_limit_reached"]
    first, _, third = slack.modals["U1"]
    assert third.root == first.id and third.previous == slack.modals["U1"][1].id


async def test_an_old_hash_changes_nothing(slack: SlackServer, app: AsyncApp) -> None:
    async with by_socket(slack, app):
        view = await opened(slack, app)
    await app.client.views_update(view_id=view.id, hash=view.hash, view=modal(FIELD))
    stale = app.client.views_update(view_id=view.id, hash="old", view=modal())
    assert await refused(stale) == "hash_conflict" and view.blocks
    assert await refused(app.client.views_update(view_id="V0", view=modal())) == "not_found"


async def test_the_app_hears_of_a_closed_modal_if_it_asked_to(
    slack: SlackServer, app: AsyncApp, serve: Serve
) -> None:
    closed = []

    @app.view_closed("subscribe")
    async def gone(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        closed.append(body["view"]["id"])

    async with serve(app):
        view = await opened(slack, app, notify_on_close=True)
        await slack.close(view)
    assert closed == [view.id] and slack.views == {}


async def test_a_stranger_of_a_shared_channel_presses_as_who_they_are(
    slack: SlackServer, app: AsyncApp, client: AsyncWebClient
) -> None:
    slack.user("U9", "eve", team="T9")
    slack.channels["C1"].teams.add("T9")
    seen: list[dict[str, Any]] = []

    @app.action("why")
    async def why(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        seen.append(body)

    button = {"type": "button", "text": {"type": "plain_text", "text": "Why"}, "action_id": "why"}
    await client.chat_postMessage(channel="C1", text="x", blocks=[{"type": "actions", "elements": [button]}])
    async with by_socket(slack, app):
        await slack.press("U9", slack.messages("C1")[0], "Why")
    assert (seen[0]["team"]["id"], seen[0]["user"]["team_id"]) == ("T1", "T9")
