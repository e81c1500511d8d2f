"""The fake takes what Slack takes from the real slack_sdk, and refuses what Slack refuses."""

import asyncio
from typing import Any

import pytest
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.contract import Fault
from tests.fakes.clock import FakeClock
from tests.fakes.slack import Group, SlackServer, links_of, text_of
from tests.fakes_slack.conftest import client_of, refusal, refused

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*Flow*"}}
LINK = {"type": "link", "url": "https://example.org/1", "text": "Flow"}
RICH = {
    "type": "rich_text",
    "elements": [{"type": "rich_text_section", "elements": [LINK, {"type": "text", "text": " by Ann"}]}],
}
NOTE = {"event_type": "paperboy", "event_payload": {"key": "k1"}}


# Messages


async def test_a_message_stands_as_it_was_posted_changed_and_deleted(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="C1", text="Flow", blocks=[RICH], unfurl_links=False)
    (shown,) = slack.messages("C1")
    assert (shown.ts, shown.text, shown.shown, shown.edits) == (posted["ts"], "Flow", "Flow by Ann", 0)
    assert shown.sent["unfurl_links"] in {"0", False} and links_of(shown.blocks) == ["https://example.org/1"]
    await client.chat_update(channel="C1", ts=posted["ts"], text="Changed")
    assert (shown.text, shown.blocks, shown.edits) == ("Changed", [], 1)
    await client.chat_delete(channel="C1", ts=posted["ts"])
    assert slack.messages("C1") == []
    assert await refused(client.chat_update(channel="C1", ts=posted["ts"], text="x")) == "message_not_found"


@pytest.mark.parametrize(
    ("channel", "code"),
    [("C2", "not_in_channel"), ("G1", "channel_not_found"), ("C9", "channel_not_found"), ("D1", "")],
)
async def test_a_post_needs_a_channel_that_the_bot_is_in(
    client: AsyncWebClient, channel: str, code: str
) -> None:
    assert await refused(client.chat_postMessage(channel=channel, text="x")) == code


async def test_posts_are_refused_where_nobody_may_write(slack: SlackServer, client: AsyncWebClient) -> None:
    slack.channels["C1"].archived = True
    assert await refused(client.chat_postMessage(channel="C1", text="x")) == "is_archived"
    slack.workspaces["T1"].scopes.add("chat:write.public")
    assert await refused(client.chat_postMessage(channel="C2", text="x")) == ""
    slack.workspaces["T1"].scopes.discard("chat:write")
    missing = await refusal(client.chat_postMessage(channel="C2", text="x"))
    assert (missing["error"], missing["needed"]) == ("missing_scope", "chat:write")


LONG = {**SECTION, "text": {"type": "mrkdwn", "text": "x" * 2_900}}
LARGE = {"event_type": "e", "event_payload": {"k": "x" * 8_001}}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"text": " \n"}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": "no json"}, "invalid_blocks_format"),
        ({"text": "x", "blocks": [{"type": "sektion"}]}, "invalid_blocks"),
        ({"text": "x", "blocks": [LONG] * 5}, "msg_blocks_too_long"),
        ({"text": "x", "metadata": {"event_type": "e"}}, "invalid_metadata_format"),
        ({"text": "x", "metadata": LARGE}, "metadata_too_large"),
        ({"text": "x", "thread_ts": "1.000001"}, "cannot_reply_to_message"),
    ],
)
@pytest.mark.filterwarnings("ignore:The top-level `text` argument")
async def test_content_that_slack_does_not_take_is_refused(
    slack: SlackServer, client: AsyncWebClient, content: dict[str, Any], code: str
) -> None:
    assert await refused(client.chat_postMessage(channel="C1", **content)) == code
    assert slack.messages("C1") == []


async def test_a_reply_to_a_reply_is_a_reply_to_its_parent(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    parent = await client.chat_postMessage(channel="C1", text="papers of today")
    reply = await client.chat_postMessage(channel="C1", text="Flow", thread_ts=parent["ts"])
    again = await client.chat_postMessage(channel="C1", text="Flaw", thread_ts=reply["ts"])
    thread = await client.conversations_replies(channel="C1", ts=parent["ts"])
    top = await client.conversations_history(channel="C1")
    assert [message["ts"] for message in thread["messages"]] == [parent["ts"], reply["ts"], again["ts"]]
    assert [message["ts"] for message in top["messages"]] == [parent["ts"]]


async def test_metadata_is_shown_to_whoever_asks_and_may_read_the_channel(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    await client.chat_postMessage(channel="C1", text="Flow", metadata=NOTE)
    asked = await client.conversations_history(channel="C1", include_all_metadata=True, limit=5)
    plain = await client.conversations_history(channel="C1")
    assert asked["messages"][0]["metadata"] == NOTE and "metadata" not in plain["messages"][0]
    slack.workspaces["T1"].scopes.discard("channels:history")
    assert await refused(client.conversations_history(channel="C1")) == "missing_scope"


async def test_what_one_person_is_shown_stands_nowhere_else(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    await client.chat_postEphemeral(channel="C1", user="U1", text="psst")
    assert [shown.text for shown in slack.private("U1", "C1")] == ["psst"]
    assert slack.messages("C1") == [] and slack.private("U2", "C1") == []
    slack.user("U3")
    assert (
        await refused(client.chat_postEphemeral(channel="C1", user="U3", text="x")) == "user_not_in_channel"
    )


async def test_links_are_unfurled_under_the_message_that_has_them(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    said = slack.write("U1", "C1", "see <https://arxiv.org/abs/1>")
    unfurls = {"https://arxiv.org/abs/1": {"blocks": [SECTION]}}
    await client.chat_unfurl(channel="C1", ts=said.ts, unfurls=unfurls)
    assert [(unfurl.ts, text_of(unfurl.blocks)) for unfurl in slack.unfurls] == [(said.ts, "*Flow*")]
    other = {"https://arxiv.org/abs/2": {"blocks": [SECTION]}}
    assert await refused(client.chat_unfurl(channel="C1", ts=said.ts, unfurls=other)) == "cannot_unfurl_url"


# Tokens


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive"])
async def test_a_token_that_was_taken_back_is_refused(
    slack: SlackServer, client: AsyncWebClient, error: str
) -> None:
    slack.revoke("T1", error)
    assert await refused(client.auth_test()) == error


async def test_tokens_of_no_workspace_are_refused(slack: SlackServer) -> None:
    codes = [
        await refused(AsyncWebClient(token=token, base_url=slack.url).auth_test())
        for token in ("xoxb-no", slack.app_token, None)
    ]
    assert codes == ["invalid_auth", "not_allowed_token_type", "not_authed"]


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")  # slack_sdk 3.48 with aiohttp 3.14
async def test_a_token_that_rotates_ends_after_twelve_hours_and_its_refresh_token_works_once(
    slack: SlackServer, clock: FakeClock
) -> None:
    team = slack.install("T2", rotates=True)
    old, refresh = client_of(slack, "T2"), team.refresh_token
    assert (await old.auth_test())["expires_in"] == 43_200
    clock.advance(43_200_000)
    assert await refused(old.auth_test()) == "token_expired"
    secrets = {"client_id": slack.client_id, "client_secret": slack.client_secret}
    ask = {**secrets, "grant_type": "refresh_token"}
    anyone = AsyncWebClient(base_url=slack.url)
    fresh = await anyone.oauth_v2_access(**ask, refresh_token=refresh)
    assert fresh["access_token"] == team.token and fresh["refresh_token"] == team.refresh_token != refresh
    assert await refused(client_of(slack, "T2").auth_test()) == ""
    assert await refused(anyone.oauth_v2_access(**ask, refresh_token=refresh)) == "invalid_refresh_token"


async def test_every_answer_names_the_scopes_that_were_granted(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    slack.workspaces["T1"].scopes = {"chat:write", "commands"}
    answer = await client.auth_test()
    assert answer.headers["x-oauth-scopes"] == "chat:write,commands"
    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == ("T1", "UBOTT1", "BT1")


# Channels and people


async def test_channels_are_told_as_far_as_the_bot_can_see_them(client: AsyncWebClient) -> None:
    shown = (await client.conversations_info(channel="C2"))["channel"]
    assert (shown["name"], shown["is_member"], shown["is_private"]) == ("vision", False, False)
    assert await refused(client.conversations_info(channel="G1")) == "channel_not_found"
    every = (await client.conversations_list(types="public_channel,private_channel,im"))["channels"]
    mine = (await client.users_conversations(types="public_channel,private_channel,im"))["channels"]
    assert [channel["id"] for channel in every] == ["C1", "C2", "D1"]
    assert [channel["id"] for channel in mine] == ["C1", "D1"]


async def test_long_lists_come_in_pages(slack: SlackServer, client: AsyncWebClient) -> None:
    slack.page = 2
    found, cursor = [], None
    while cursor != "":
        answer = await client.conversations_members(channel="C1", cursor=cursor, limit=100)
        found += answer["members"]
        cursor = answer["response_metadata"]["next_cursor"]
    assert found == ["U1", "U2", "UBOTT1"] and len(slack.called("conversations.members")) == 2


async def test_the_bot_joins_public_channels_by_itself(slack: SlackServer, client: AsyncWebClient) -> None:
    await client.conversations_join(channel="C2")
    assert await refused(client.chat_postMessage(channel="C2", text="x")) == ""
    slack.channels["G1"].members.add("UBOTT1")
    assert await refused(client.conversations_join(channel="G1")) == "method_not_supported_for_channel_type"


async def test_a_direct_message_is_opened_once_for_each_person(
    client: AsyncWebClient, slack: SlackServer
) -> None:
    ids = [(await client.conversations_open(users=user))["channel"]["id"] for user in ("U1", "U2", "U2")]
    assert ids[0] == "D1" and ids[1] == ids[2] != "D1"
    assert (await client.chat_postMessage(channel="U2", text="x"))["channel"] == ids[1]
    assert await refused(client.conversations_open(users="U9")) == "user_not_found"


async def test_people_are_told_with_zone_and_locale_and_strangers_as_such(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    slack.user("U3", "eve", team="T9", tz="Asia/Tokyo")
    assert await refused(client.users_info(user="U3")) == "user_not_visible"
    slack.channels["C1"].teams.add("T9")
    slack.channels["C1"].members.add("U3")
    eve = (await client.users_info(user="U3", include_locale=True))["user"]
    assert (eve["tz"], eve["locale"], eve["is_stranger"]) == ("Asia/Tokyo", "en-US", True)
    slack.workspaces["T1"].groups.append(Group(id="S1", handle="ml-team"))
    assert (await client.usergroups_list())["usergroups"][0]["handle"] == "ml-team"


async def test_two_workspaces_see_only_their_own_and_what_they_share(slack: SlackServer) -> None:
    slack.install("T2")
    one, two = client_of(slack), client_of(slack, "T2")
    assert await refused(two.chat_postMessage(channel="C1", text="x")) == "channel_not_found"
    slack.channels["C1"].teams.add("T2")
    slack.channels["C1"].members.add("UBOTT2")
    await one.chat_postMessage(channel="C1", text="from one")
    posted = await two.chat_postMessage(channel="C1", text="from two")
    assert [message.text for message in slack.messages("C1", "T2")] == ["from two"]
    assert await refused(one.chat_update(channel="C1", ts=posted["ts"], text="x")) == "cant_update_message"


# Views


async def test_blocks_are_checked_before_they_are_sent(client: AsyncWebClient) -> None:
    assert await refused(client.blocks_validate(blocks=[SECTION])) == ""
    wrong = await refusal(client.blocks_validate(blocks=[{"type": "header"}]))
    assert wrong["error"] == "invalid_blocks"
    assert wrong["errors"][0]["message"] == "missing required field: text"


async def test_a_home_is_published_and_refused_where_it_has_too_many_blocks(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    await client.views_publish(user_id="U1", view={"type": "home", "blocks": [SECTION]})
    assert slack.home("U1").shown == "*Flow*"
    long = {"type": "home", "blocks": [SECTION] * 101}
    answer = await refusal(client.views_publish(user_id="U1", view=long))
    assert answer["error"] == "invalid_arguments" and "no more than 100 items" in answer["errors"][0]
    stale = client.views_publish(user_id="U1", hash="old", view={"type": "home", "blocks": []})
    assert await refused(stale) == "hash_conflict"


# What goes wrong


async def test_posts_come_no_faster_than_the_rules_allow(clock: FakeClock) -> None:
    async with SlackServer(clock) as slack:
        slack.install()
        slack.rules.channel, client = 1, client_of(slack)
        await client.chat_postMessage(channel="C1", text="one")
        with pytest.raises(SlackApiError) as limited:
            await client.chat_postMessage(channel="C1", text="two")
        assert (limited.value.response.status_code, limited.value.response.headers["Retry-After"]) == (
            429,
            "1",
        )
        assert await refused(client.chat_postMessage(channel="D1", text="elsewhere")) == ""
        clock.advance(1_000)
        assert await refused(client.chat_postMessage(channel="C1", text="three")) == ""
        assert slack.limited == 1


async def test_a_workspace_is_limited_alone(slack: SlackServer, client: AsyncWebClient) -> None:
    slack.install("T2")
    slack.fail_with("chat.postMessage", "ratelimited", team="T2", retry_after=None, times=2)
    assert await refused(client.chat_postMessage(channel="C1", text="x")) == ""
    with pytest.raises(SlackApiError) as limited:
        await client_of(slack, "T2").chat_postMessage(channel="C1T2", text="x")
    assert limited.value.response.status_code == 429 and "Retry-After" not in limited.value.response.headers


@pytest.mark.parametrize(("taken", "stand"), [(False, 0), (True, 1)])
async def test_an_error_may_come_although_the_message_was_taken(
    slack: SlackServer, client: AsyncWebClient, taken: bool, stand: int
) -> None:
    slack.fail_with("chat.postMessage", "fatal_error", taken=taken)
    assert await refused(client.chat_postMessage(channel="C1", text="x")) == "fatal_error"
    assert len(slack.messages("C1")) == stand
    assert [call.error for call in slack.called("chat.postMessage")] == ["fatal_error"]
    assert await refused(client.chat_postMessage(channel="C1", text="x")) == ""


@pytest.mark.parametrize(
    ("fault", "code", "stand"),
    [
        (Fault.LIMITED, "ratelimited", 0),
        (Fault.FORBIDDEN, "restricted_action", 0),
        (Fault.MISSING, "channel_not_found", 0),
        (Fault.INVALID, "invalid_blocks", 0),
        (Fault.RESET, ClientError, 0),
        (Fault.LOST, ClientError, 1),
        (Fault.GARBLED, ClientError, 1),
        (Fault.SILENT, asyncio.TimeoutError, 1),
    ],
)
async def test_faults_happen_once_in_slacks_own_words(
    slack: SlackServer, fault: Fault, code: Any, stand: int
) -> None:
    client = AsyncWebClient(
        token=slack.workspaces["T1"].token, base_url=slack.url, retry_handlers=[], timeout=1
    )
    await slack.fail(fault)
    if isinstance(code, str):
        assert await refused(client.chat_postMessage(channel="C1", text="x")) == code
    else:
        with pytest.raises(code):
            await client.chat_postMessage(channel="C1", text="x")
    assert len(slack.messages("C1")) == stand
    assert await refused(client.chat_postMessage(channel="C1", text="x")) == ""


async def test_what_does_not_come_true_is_told_with_the_last_calls(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    await client.auth_test()
    with pytest.raises(AssertionError, match=r"auth\.test ok"):
        await slack.until(lambda: slack.messages("C1"), 0.1)
