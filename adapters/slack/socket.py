"""Socket Mode: one connection through which Slack sends everything, watched so that it never goes deaf.

slack_sdk's client connects, pings and reads. When it would connect anew we open another one instead: so
a session that stands and brings nothing is given up (slackapi/python-slack-sdk#1701), each try has a
fresh address, and what arrived over the old one is still acknowledged there.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from math import ceil
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
from bot.chat.errors import PostFailed, RateLimited, SetupFailed, Unavailable, WorkspaceUnreachable
from bot.clock import MINUTE, SECOND, Clock, first
from bot.logs import get_logger

log = get_logger(__name__)
DOWN = "the connection over which Slack sends what people say is down"
TOKEN = "Take one from Basic Information, App-Level Tokens, with the scope connections:write."  # noqa: S105
GOODBYE = 1.0  # seconds for Slack to answer that a connection ends, and for what is being acknowledged
LASTING = MINUTE  # ms; a session that ended earlier was none


class Session(SocketModeClient):
    """One connection. `greeted`: Slack has said hello; `ended`: another one is to take its place."""

    def __init__(self, app: AsyncApp, address: str, client: AsyncWebClient, ping: timedelta) -> None:
        quiet = logging.getLogger("slack_sdk.socket_mode")
        quiet.setLevel(logging.CRITICAL)  # it writes a traceback for each try that fails; we write a line
        super().__init__(app_token="", logger=quiet, web_client=client, ping_interval=ping.total_seconds())
        self.wss_uri = address
        self.greeted, self.ended = asyncio.Event(), asyncio.Event()
        self._app = app
        self._answering: set[asyncio.Task[Any] | None] = set()
        self.message_listeners.append(self._heard)
        self.socket_mode_request_listeners.append(self._handle)

    @property
    def hears(self) -> bool:
        """Whether something can arrive over it."""
        wire = self.current_session
        return self.greeted.is_set() and not self.stale and wire is not None and not wire.closed

    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        """The client has found that it must connect anew, which whoever opened it does."""
        self.ended.set()

    async def disconnect(self) -> None:
        """Hang up, whether Slack says good-bye or not."""
        if self.current_session is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(GOODBYE):
                    await self.current_session.close()

    async def close(self) -> None:
        """Acknowledge what is under way, hang up, and wait until nothing of it is left."""
        if answering := {task for task in self._answering if task is not None}:
            await asyncio.wait(answering, timeout=GOODBYE)
        await super().close()  # type: ignore[no-untyped-call]
        own = (self.message_processor, self.current_session_monitor, self.message_receiver)
        await asyncio.gather(*filter(None, own), return_exceptions=True)

    async def _heard(self, _client: AsyncBaseSocketModeClient, message: dict[str, Any], _raw: object) -> None:
        if message.get("type") == "hello":
            self.greeted.set()

    async def _handle(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        task = asyncio.current_task()
        self._answering.add(task)
        try:
            answer = await run_async_bolt_app(self._app, request)
            await send_async_response(client, request, answer, 0)
        finally:
            self._answering.discard(task)


class Socket:
    """The connection, which is opened again whenever it ends."""

    def __init__(self, token: str, client: AsyncWebClient, clock: Clock, patience: Patience) -> None:
        self._token, self._client, self._clock, self._patience = token, client, clock, patience
        self._address = ""  # of the next connection, where it is known
        self._open: set[Session] = set()
        self._retiring = Tasks()
        self._why = DOWN

    @property
    def deaf(self) -> str:
        """Why nothing arrives just now; nothing where it does."""
        return "" if any(session.hears for session in self._open) else self._why

    async def prove(self) -> None:
        """Ask Slack for the first address. Raises SetupFailed where the token is wrong, or a PostFailed."""
        try:
            self._address = await self._new_address()
        except Said as said:
            raise refused(said, "SLACK_APP_TOKEN", TOKEN) from None

    async def listen(self, app: AsyncApp) -> None:
        """Give `app` what Slack sends, until cancelled."""
        attempt = 0
        try:
            while True:
                began, wait = self._clock.now(), await self._live(app)
                attempt = 0 if self._clock.now() - began >= LASTING else attempt + 1
                await self._clock.sleep(max(wait, _pause(attempt)))
        finally:
            await self._retiring.cancel()
            await asyncio.gather(*map(self._drop, list(self._open)))

    async def _live(self, app: AsyncApp) -> int:
        """See a connection to its end; how long (ms) Slack wants to be left alone before the next."""
        older = set(self._open)
        try:
            session = await self._connected(app)
        except (Said, PostFailed) as error:
            self._why = f"{DOWN}: {error}"
            log.warning("slack.unreached", reason=str(error))
            return ceil(error.after * SECOND) if isinstance(error, RateLimited) else 0
        self._why = DOWN
        log.info("slack.listening")
        for old in older:
            self._retiring.start(self._retire(old))
        while session.hears and not session.ended.is_set():
            await _within(self._patience.watch, session.ended)
        return 0

    async def _connected(self, app: AsyncApp) -> Session:
        """A connection over which Slack has said hello. Raises Said or a PostFailed where there is none."""
        address, self._address = self._address or await self._new_address(), ""
        session = Session(app, address, self._client, self._patience.ping)
        self._open.add(session)
        try:
            async with asyncio.timeout(self._patience.hello.total_seconds()):
                await session.connect()  # type: ignore[no-untyped-call]
                await first(session.greeted.wait(), session.ended.wait())
        except TimeoutError:
            pass
        if session.greeted.is_set():
            return session
        await self._drop(session)
        ended = session.ended.is_set()
        raise Unavailable("it was ended at once" if ended else "Slack says nothing over it")

    async def _new_address(self) -> str:
        """Where the next connection goes, once and soon. Raises Said or a PostFailed."""
        answer = await asked(self._client, "apps.connections.open", {"app_token": self._token})
        return str(answer["url"])

    async def _retire(self, session: Session) -> None:
        """Close a session that another one follows, once nothing comes over it any more."""
        await self._clock.sleep(self._patience.retire // timedelta(milliseconds=1))
        await self._drop(session)

    async def _drop(self, session: Session) -> None:
        self._open.discard(session)
        await session.close()


def refused(said: Said, variable: str, fix: str) -> SetupFailed | PostFailed:
    """What it means that Slack refused the token of `variable`."""
    error = said.of("Slack")
    if isinstance(error, WorkspaceUnreachable):
        return SetupFailed(f"Slack does not take {variable} ({said.code}).", fix)
    return Unavailable(f"Slack does not answer as it should ({said.code}).")


def _pause(attempt: int) -> int:
    """How long (ms) to wait before another try, after so many that came to nothing: the second is at once."""
    return 0 if attempt < 2 else min(SECOND << min(attempt - 2, 10), MINUTE)


async def _within(time: timedelta, event: asyncio.Event) -> None:
    """Wait for `event`, no longer than `time`."""
    with suppress(TimeoutError):
        async with asyncio.timeout(time.total_seconds()):
            await event.wait()
