"""The fake Slack with the real bolt behind it, by websocket and by signed HTTP."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.clock import FakeClock
from tests.fakes.slack import SlackServer

SECRET = "signing-s3cret"
Serve = Callable[[AsyncApp], AbstractAsyncContextManager[Any]]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def slack(clock: FakeClock) -> AsyncIterator[SlackServer]:
    async with SlackServer(clock) as server:
        server.install()
        yield server


@pytest.fixture
def client(slack: SlackServer) -> AsyncWebClient:
    return client_of(slack)


@pytest.fixture
def app(slack: SlackServer) -> AsyncApp:
    return AsyncApp(client=client_of(slack), signing_secret=SECRET)


@pytest.fixture(params=["socket", "http"])
def serve(request: pytest.FixtureRequest, slack: SlackServer) -> Serve:
    """Starts an app on one of the transports."""
    return lambda app: (by_socket if request.param == "socket" else by_http)(slack, app)


async def refused(call: Awaitable[Any]) -> str:
    """The error that Slack answers `call` with, "" for none."""
    return str((await refusal(call)).get("error", ""))


async def refusal(call: Awaitable[Any]) -> dict[str, Any]:
    """What Slack answers where it refuses `call`; empty where it does not."""
    try:
        await call
    except SlackApiError as error:
        return dict(error.response.data)
    return {}


def client_of(slack: SlackServer, team: str = "T1") -> AsyncWebClient:
    return AsyncWebClient(token=slack.workspaces[team].token, base_url=slack.url, retry_handlers=[])


@asynccontextmanager
async def by_socket(slack: SlackServer, app: AsyncApp, ping: float = 10) -> AsyncIterator[Any]:
    web_client = AsyncWebClient(base_url=slack.url)
    handler = AsyncSocketModeHandler(app, slack.app_token, web_client=web_client, ping_interval=ping)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    try:
        await slack.listening()
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def by_http(slack: SlackServer, app: AsyncApp) -> AsyncIterator[None]:
    async def receive(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    server = web.Application()
    server.router.add_post("/slack/events", receive)
    runner = web.AppRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    slack.deliver_to(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events", SECRET)
    try:
        yield
    finally:
        await runner.cleanup()
