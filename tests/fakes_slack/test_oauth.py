"""A person lets the app into a workspace in the browser; bolt's own flow fetches the token."""

from typing import Any

import pytest
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.oauth.installation_store import FileInstallationStore
from slack_sdk.oauth.state_store import FileOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from tests.fakes.clock import FakeClock
from tests.fakes.slack import SlackServer
from tests.fakes_slack.conftest import refusal, refused

BACK = "https://paperboy.example/slack/oauth_redirect"
# slack_sdk 3.48 with aiohttp 3.14
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")


def page(slack: SlackServer, **query: str) -> str:
    asked = {
        "client_id": slack.client_id,
        "scope": "chat:write,commands",
        "redirect_uri": BACK,
        "state": "s1",
    }
    return str(URL(f"{slack.origin}/oauth/v2/authorize").with_query({**asked, **query}))


async def exchange(slack: SlackServer, back: str, **other: str) -> dict[str, Any]:
    """What the app gets for the code in `back`."""
    asked = {"client_id": slack.client_id, "client_secret": slack.client_secret, "redirect_uri": BACK}
    anyone = AsyncWebClient(base_url=slack.url)
    answer = await anyone.oauth_v2_access(code=URL(back).query["code"], **{**asked, **other})
    return dict(answer.data)  # type: ignore[arg-type]


async def test_bolts_flow_installs_the_app_into_a_workspace_that_never_had_it(
    slack: SlackServer, tmp_path: Any
) -> None:
    store = FileInstallationStore(base_dir=str(tmp_path))
    settings = AsyncOAuthSettings(
        client_id=slack.client_id,
        client_secret=slack.client_secret,
        scopes=["chat:write", "commands"],
        redirect_uri=BACK,
        authorization_url=f"{slack.origin}/oauth/v2/authorize",
        installation_store=store,
        state_store=FileOAuthStateStore(expiration_seconds=600, base_dir=str(tmp_path)),
        install_page_rendering_enabled=False,
    )
    flow = AsyncOAuthFlow(client=AsyncWebClient(base_url=slack.url), settings=settings)
    sent = await flow.handle_installation(AsyncBoltRequest(body=""))
    back = URL(await slack.approve(sent.headers["location"][0], team="T7"))
    cookie = sent.headers["set-cookie"][0].split(";")[0]
    done = await flow.handle_callback(
        AsyncBoltRequest(body="", query=back.query_string, headers={"cookie": cookie})
    )
    found = await store.async_find_bot(enterprise_id=None, team_id="T7")
    assert done.status == 200 and found is not None
    assert (found.bot_token, found.bot_id) == (slack.workspaces["T7"].token, "BT7")
    assert slack.workspaces["T7"].scopes == {"chat:write", "commands"}


async def test_a_code_works_once_within_ten_minutes_and_for_its_own_redirect(
    slack: SlackServer, clock: FakeClock
) -> None:
    first, second, third = [await slack.approve(page(slack), team="T7") for _ in range(3)]
    assert (await exchange(slack, first))["authed_user"] == {"id": "U1T7"}
    codes = [
        await refused(exchange(slack, first)),
        await refused(exchange(slack, second, redirect_uri="https://evil.example")),
        await refused(exchange(slack, second, client_secret="guess")),
        await refused(exchange(slack, second, client_id="other")),
    ]
    clock.advance(600_001)
    codes.append(await refused(exchange(slack, third)))
    assert codes == [
        "code_already_used",
        "bad_redirect_uri",
        "bad_client_secret",
        "invalid_client_id",
        "code_expired",
    ]


async def test_a_second_installation_keeps_the_token_and_adds_scopes(slack: SlackServer) -> None:
    before = slack.install("T7", scopes=["chat:write"]).token
    got = await exchange(slack, await slack.approve(page(slack, scope="links:read"), team="T7"))
    assert (got["access_token"], got["scope"]) == (before, "chat:write,links:read")


async def test_an_app_with_rotation_gets_a_token_that_ends(slack: SlackServer) -> None:
    slack.rotation = True
    got = await exchange(slack, await slack.approve(page(slack), team="T7"))
    assert (got["expires_in"], got["refresh_token"][:6]) == (43_200, "xoxe-1")


async def test_an_installation_into_an_organisation_has_no_team(slack: SlackServer) -> None:
    got = await exchange(slack, await slack.approve(page(slack), team="E1", org=True))
    assert (got["is_enterprise_install"], got["team"], got["enterprise"]["id"]) == (True, None, "E1")
    who = await AsyncWebClient(base_url=slack.url, token=got["access_token"]).auth_test()
    assert who["is_enterprise_install"]


async def test_whoever_cancels_is_sent_back_with_the_state_and_no_code(slack: SlackServer) -> None:
    assert URL(await slack.deny(page(slack))).query == {"error": "access_denied", "state": "s1"}


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"client_id": "other"}, "invalid_client_id"),
        ({"scope": ""}, "no_scopes"),
        ({"redirect_uri": "https://evil.example"}, "bad_redirect_uri"),
    ],
)
async def test_a_wrong_address_shows_an_error(slack: SlackServer, query: dict[str, str], shown: str) -> None:
    slack.redirect_uris = {BACK}
    with pytest.raises(AssertionError, match=shown):
        await slack.approve(page(slack, **query))


async def test_refused_codes_say_why(slack: SlackServer) -> None:
    assert await refusal(exchange(slack, f"{BACK}?code=guess")) == {"ok": False, "error": "invalid_code"}
