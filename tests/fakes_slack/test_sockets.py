"""Connections by websocket break, age and go deaf as Slack's do; the real client comes back."""

import asyncio
from typing import Any

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import SlackServer, Unacknowledged
from tests.fakes_slack.conftest import by_http, by_socket

QUICK = 0.1  # seconds between the client's pings


def answering(app: AsyncApp) -> list[str]:
    """What the app is told, by `/papers`."""
    seen: list[str] = []

    @app.command("/papers")
    async def papers(ack: Any, command: dict[str, Any]) -> None:
        seen.append(command["text"])
        await ack("yes")

    return seen


async def test_after_a_reset_the_next_connection_gets_what_happens(slack: SlackServer, app: AsyncApp) -> None:
    answering(app)
    async with by_socket(slack, app, QUICK):
        slack.cut()
        assert slack.sockets == []
        assert (await slack.command("U1", "C1", "list")).shown == "yes"
        assert slack.opened == 2


async def test_a_disconnect_message_makes_the_client_connect_anew(slack: SlackServer, app: AsyncApp) -> None:
    answering(app)
    async with by_socket(slack, app):
        await slack.disconnect("refresh_requested")
        await slack.until(lambda: slack.opened == 2 and slack.live)
        assert (await slack.command("U1", "C1", "list")).shown == "yes"


async def test_a_deaf_connection_is_open_but_hears_nothing(slack: SlackServer, app: AsyncApp) -> None:
    answering(app)
    async with by_socket(slack, app, QUICK):
        slack.deaf = True
        slack.cut()
        await slack.until(lambda: slack.opened == 2)
        slack.patience = 0.2
        with pytest.raises(AssertionError):
            await slack.command("U1", "C1", "list")
        slack.deaf, slack.patience = False, 3
        assert (await slack.command("U1", "C1", "list")).shown == "yes"


async def test_what_was_not_acknowledged_on_a_lost_connection_is_sent_again_on_the_next(
    slack: SlackServer, app: AsyncApp
) -> None:
    attempts: list[Any] = []
    held = asyncio.Event()

    @app.event("app_mention")
    async def mentioned(body: dict[str, Any]) -> None:
        attempts.append(body["event_id"])

    @app.middleware
    async def slowly(next: Any) -> None:  # noqa: A002
        if not held.is_set():
            held.set()
            slack.cut()
        await next()

    async with by_socket(slack, app, QUICK):
        sent = await slack.mention("U1", "C1", "help")
    assert attempts == [sent.payload["event_id"]] * 2 and sent.attempt == 1


async def test_a_ticket_opens_one_websocket(slack: SlackServer) -> None:
    address = slack.socket_url()
    async with ClientSession() as session:
        async with session.ws_connect(address) as socket:
            hello = await socket.receive_json()
            assert hello["type"] == "hello" and hello["num_connections"] == 1
        with pytest.raises(WSServerHandshakeError):
            await session.ws_connect(address)


async def test_an_app_may_have_ten_websockets(slack: SlackServer) -> None:
    async with ClientSession() as session:
        held = [await session.ws_connect(slack.socket_url()) for _ in range(11)]
        assert (await held[-1].receive_json())["reason"] == "too_many_websockets"
        assert (await held[-1].receive()).type is WSMsgType.CLOSE
        for socket in held:
            await socket.close()


async def test_a_socket_needs_the_token_of_the_app(slack: SlackServer, client: AsyncWebClient) -> None:
    assert (await client.apps_connections_open(app_token=slack.app_token))["url"].startswith("ws://127.0.0.1")
    with pytest.raises(Exception, match="invalid_auth"):
        await client.apps_connections_open(app_token="xapp-other")


# Signed HTTP


@pytest.mark.parametrize("signing", ["forged", "stale", "missing"])
async def test_bolt_refuses_what_is_not_signed_as_it_should(
    slack: SlackServer, app: AsyncApp, signing: Any
) -> None:
    seen = answering(app)
    async with by_http(slack, app):
        slack.signing = signing
        with pytest.raises(Unacknowledged) as refused:
            await slack.command("U1", "C1", "list")
        assert (refused.value.status, seen) == (401, [])
        slack.signing = "good"
        assert (await slack.command("U1", "C1", "list")).shown == "yes"


async def test_a_repeat_by_http_says_which_one_it_is(slack: SlackServer, app: AsyncApp) -> None:
    headers: list[tuple[str, str]] = []

    @app.event("app_mention")
    async def mentioned(request: Any) -> None:
        named = (request.headers.get(f"x-slack-retry-{name}", [""])[0] for name in ("num", "reason"))
        headers.append(tuple(named))

    async with by_http(slack, app):
        await slack.mention("U1", "C1", "help")
        await slack.redeliver()
        await slack.redeliver(reason="http_error")
        await slack.until(lambda: len(headers) == 3)
    assert headers == [("", ""), ("1", "http_timeout"), ("2", "http_error")]
