"""What happens to channels and to the app is told as Slack tells it, and changes what the bot may do."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import SlackServer
from tests.fakes_slack.conftest import by_socket, client_of, refused


@pytest.fixture
async def told(slack: SlackServer) -> AsyncIterator[list[dict[str, Any]]]:
    """The events of the app, for every workspace."""
    seen: list[dict[str, Any]] = []

    async def authorize(team_id: str) -> Any:
        home = slack.workspaces[team_id]
        return AuthorizeResult(
            enterprise_id=None, team_id=team_id, bot_token=home.token, bot_user_id=home.bot_user
        )

    app = AsyncApp(client=AsyncWebClient(base_url=slack.url), authorize=authorize)

    @app.middleware
    async def note(body: dict[str, Any], next: Any) -> None:  # noqa: A002
        seen.append({**body["event"], "to": body["team_id"], "shared": body["is_ext_shared_channel"]})
        await next()

    @app.event(re.compile(""))
    async def anything() -> None: ...

    async with by_socket(slack, app):
        yield seen


async def test_an_invitation_names_the_inviter_and_lets_the_bot_in(
    slack: SlackServer, told: list[dict[str, Any]], client: AsyncWebClient
) -> None:
    await slack.invite("G1", by="U2")
    (joined,) = told
    assert (joined["type"], joined["user"], joined["inviter"]) == ("member_joined_channel", "UBOTT1", "U2")
    assert joined["channel_type"] == "G"
    assert await refused(client.chat_postMessage(channel="G1", text="x")) == ""


async def test_whoever_joins_by_api_is_told_so(
    slack: SlackServer, told: list[dict[str, Any]], client: AsyncWebClient
) -> None:
    await client.conversations_join(channel="C2")
    await slack.settled()
    assert [(event["type"], event["user"]) for event in told] == [("member_joined_channel", "UBOTT1")]
    assert slack.unacknowledged == []


async def test_a_removed_bot_is_told_and_may_not_post(
    slack: SlackServer, told: list[dict[str, Any]], client: AsyncWebClient
) -> None:
    await slack.kick("C1")
    await slack.invite("G1")
    await slack.kick("G1")
    kinds = [event["type"] for event in told]
    assert kinds == ["member_left_channel", "channel_left", "member_joined_channel", "group_left"]
    assert await refused(client.chat_postMessage(channel="C1", text="x")) == "not_in_channel"
    assert await refused(client.chat_postMessage(channel="G1", text="x")) == "channel_not_found"


async def test_channels_are_archived_renamed_hidden_and_deleted(
    slack: SlackServer, told: list[dict[str, Any]], client: AsyncWebClient
) -> None:
    await slack.archive("C1")
    assert await refused(client.chat_postMessage(channel="C1", text="x")) == "is_archived"
    await slack.unarchive("C1")
    await slack.rename("C1", "ml-papers")
    assert (await client.conversations_info(channel="C1"))["channel"]["name"] == "ml-papers"
    await slack.make_private("C1")
    assert (await client.conversations_info(channel="C1"))["channel"]["is_private"]
    await slack.archive("C1")
    await slack.delete_channel("C2")
    assert await refused(client.conversations_info(channel="C2")) == "channel_not_found"
    assert [(event["type"], event.get("subtype")) for event in told] == [
        ("channel_archive", None),
        ("channel_unarchive", None),
        ("channel_rename", None),
        ("message", "channel_convert_to_private"),
        ("group_archive", None),
        ("channel_deleted", None),
    ]


@pytest.mark.parametrize("named", ["", "T1", "T2"])
async def test_of_a_shared_channel_slack_tells_once_and_names_either_side(
    slack: SlackServer, told: list[dict[str, Any]], named: str
) -> None:
    slack.install("T2")
    await slack.share_channel("C1", "T2", "U1T2")
    slack.named = named
    await slack.invite("C1", by="U1T2", team="T2")
    await slack.join("U2T2", "C1")
    await slack.mention("U1", "C1", "list")
    await slack.rename("C1", "both")
    await slack.archive("C1")
    assert [event["type"] for event in told[1:]] == [
        "member_joined_channel",
        "member_joined_channel",
        "app_mention",
        "channel_rename",
        "channel_archive",
    ]
    assert {event["to"] for event in told[1:]} == {named or "T2"}  # who came last, where nobody says
    assert all(event["shared"] for event in told)
    assert told[3]["text"] == "<@UBOTT1> list"


async def test_what_two_workspaces_share_no_more_is_told_to_the_one_that_keeps_it(
    slack: SlackServer, told: list[dict[str, Any]]
) -> None:
    slack.install("T2")
    await slack.share_channel("C1", "T2", "U1T2")
    await slack.unshare_channel("C1", "T2")
    assert (told[-1]["type"], told[-1]["to"], told[-1]["shared"]) == ("channel_unshared", "T1", False)


async def test_workspaces_that_share_a_channel_may_call_it_something_else(
    slack: SlackServer, told: list[dict[str, Any]]
) -> None:
    slack.install("T2")
    await slack.share_channel("C1", "T2")
    await slack.rename("C1", "ours", team="T2")
    shown = [await client_of(slack, team).conversations_info(channel="C1") for team in ("T1", "T2")]
    assert [one["channel"]["name"] for one in shown] == ["ml", "ours"]
    assert told[-1]["channel"]["name"] == "ours"


async def test_an_app_that_is_removed_is_told_and_its_token_ends(
    slack: SlackServer, told: list[dict[str, Any]]
) -> None:
    await slack.uninstall()
    assert [event["type"] for event in told] == ["tokens_revoked", "app_uninstalled"]
    assert await refused(client_of(slack).auth_test()) == "account_inactive"
    old = slack.workspaces["T1"].token
    slack.install()
    assert slack.workspaces["T1"].token != old and await refused(client_of(slack).auth_test()) == ""


async def test_what_the_app_did_not_subscribe_to_is_not_delivered(
    slack: SlackServer, told: list[dict[str, Any]]
) -> None:
    slack.subscribed = {"channel_rename", "message.im"}
    await slack.archive("C1")
    await slack.say("U1", "C1", "hello all")
    await slack.say("U1", "D1", "hello bot")
    await slack.rename("C1", "other")
    assert [event["type"] for event in told] == ["message", "channel_rename"]
