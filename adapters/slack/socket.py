"""Socket Mode: one connection through which Slack sends everything, watched so that it never goes deaf.

slack_sdk's client connects, pings and reads. When it would connect anew we open another one instead: so
a session that stands and brings nothing is given up (slackapi/python-slack-sdk#1701), each try has a
fresh address, and what arrived over the old one is still acknowledged there.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.calls import Said, asked
from adapters.slack.limits import Patience
from adapters.slack.tasks import Tasks
from bot.chat.errors import PostFailed, SetupFailed, Unavailable
from bot.clock import MINUTE, SECOND, Clock
from bot.logs import get_logger

log = get_logger(__name__)
DEAF = "the connection over which Slack sends what people say is down"
WRONG = frozenset(
    {"invalid_auth", "not_authed", "not_allowed_token_type", "account_inactive", "token_revoked"}
)

TOKEN = "Take one from Basic Information, App-Level Tokens, with the scope connections:write."  # noqa: S105


class Session(SocketModeClient):
    """One connection; `ended` is set when it is to be given up."""

    def __init__(self, app: AsyncApp, token: str, client: AsyncWebClient, ping: float) -> None:
        quiet = logging.getLogger("slack_sdk.socket_mode")
        quiet.setLevel(logging.CRITICAL)  # it writes a traceback for each try that fails; we write a line
        super().__init__(app_token=token, logger=quiet, web_client=client, ping_interval=ping)
        self._app = app
        self.greeted, self.ended = asyncio.Event(), asyncio.Event()
        self.message_listeners.append(self._heard)
        self.socket_mode_request_listeners.append(self._handle)

    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        """The client has found that it must connect anew, which whoever opened it does."""
        self.ended.set()

    async def _heard(self, _client: AsyncBaseSocketModeClient, message: dict[str, Any], _raw: object) -> None:
        if message.get("type") == "hello":
            self.greeted.set()

    async def _handle(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        answer = await run_async_bolt_app(self._app, request)
        await send_async_response(client, request, answer, 0)


class Socket:
    """The connection. `told` hears why nothing arrives, and an empty text once something can."""

    def __init__(
        self,
        app: AsyncApp,
        token: str,
        client: AsyncWebClient,
        clock: Clock,
        patience: Patience,
        told: Callable[[str], None],
    ) -> None:
        self._app, self._token, self._client = app, token, client
        self._clock, self._patience, self._told = clock, patience, told
        self._tasks = Tasks()
        self._open: set[Session] = set()

    async def listen(self) -> None:
        """Hear what Slack sends until cancelled. Raises SetupFailed where the token is wrong."""
        attempt = 0
        self._told(DEAF)
        try:
            while True:
                attempt = attempt + 1 if not await self._live() else 0
                await self._clock.sleep(min(SECOND << attempt, MINUTE) if attempt else 0)
        finally:
            await self._close()

    async def _live(self) -> bool:
        """Open a session and see it to its end; whether there was one."""
        session = Session(self._app, self._token, self._client, self._patience.ping.total_seconds())
        older = set(self._open)
        self._open.add(session)
        try:
            await self._begin(session)
        except (PostFailed, TimeoutError) as error:
            log.warning("slack.unreached", reason=str(error) or "no hello")
            await self._drop(session)
            self._told(DEAF)
            return False
        self._told("")
        log.info("slack.listening")
        for old in older:
            self._tasks.start(self._retire(old))
        await self._end(session)
        return True

    async def _begin(self, session: Session) -> None:
        """Connect, and wait for Slack's hello. Raises a PostFailed, TimeoutError, SetupFailed."""
        try:
            answer = await asked(self._client, "apps.connections.open", {"app_token": self._token})
        except Said as said:
            raise _refused(said) from None
        session.wss_uri = answer["url"]
        async with asyncio.timeout(self._patience.hello.total_seconds()):
            await session.connect()  # type: ignore[no-untyped-call]
            await session.greeted.wait()

    async def _end(self, session: Session) -> None:
        """Wait until `session` has ended, or says that it will."""
        while not session.ended.is_set():
            if not await session.is_connected():
                self._told(DEAF)
                return
            await _either(session.ended.wait(), self._clock.sleep(_ms(self._patience.watch)))

    async def _retire(self, session: Session) -> None:
        """Close a session that another one follows, once what came over it is acknowledged."""
        await self._clock.sleep(_ms(self._patience.retire))
        await self._drop(session)

    async def _drop(self, session: Session) -> None:
        self._open.discard(session)
        await session.close()  # type: ignore[no-untyped-call]

    async def _close(self) -> None:
        await self._tasks.close()
        for session in list(self._open):
            await self._drop(session)


def _refused(said: Said) -> SetupFailed | Unavailable:
    """What Slack's refusal to open a connection means."""
    if said.code in WRONG:
        return SetupFailed(f"Slack does not take SLACK_APP_TOKEN ({said.code}).", TOKEN)
    return Unavailable(f"Slack opens no connection ({said.code}).")


async def _either(*work: Coroutine[Any, Any, object]) -> None:
    """Wait for the first of `work`; the others are cancelled."""
    tasks = [asyncio.ensure_future(one) for one in work]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _ms(time: timedelta) -> int:
    return time // timedelta(milliseconds=1)
