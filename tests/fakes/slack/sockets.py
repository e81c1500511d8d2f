"""Socket Mode: websockets that the app opens; docs.slack.dev, Using Socket Mode, read on 2026-11-25."""

import asyncio
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import WSMsgType, web

from tests.fakes.faulty import reset
from tests.fakes.slack import limits as at_most
from tests.fakes.slack.api import WebApi
from tests.fakes.slack.platform import Rules

Way = Literal["events_api", "slash_commands", "interactive"]


@dataclass(slots=True, kw_only=True)
class Sent:
    """What was delivered to the app, or was to be."""

    way: Way
    payload: dict[str, Any]
    envelope_id: str
    answers: bool  # whether the acknowledgement may carry something
    caused: bool = False  # by a call of the app, so that nobody waits for it
    attempt: int = 0  # 0 is the first delivery
    reason: str = ""  # of the repeat
    ack: Any = None  # what the app acknowledged with; None while it has not
    seconds: float = 0.0  # real time until the acknowledgement

    @property
    def envelope(self) -> dict[str, Any]:
        """As Socket Mode has it."""
        retry = {"retry_attempt": self.attempt, "retry_reason": self.reason}
        return {
            "type": self.way,
            "envelope_id": self.envelope_id,
            "payload": self.payload,
            "accepts_response_payload": self.answers,
            **(retry if self.way == "events_api" else {}),
        }


@dataclass(slots=True, eq=False)
class Socket:
    """A websocket that is open."""

    wire: web.WebSocketResponse
    request: web.Request
    greeted: bool = False


@dataclass(slots=True, eq=False)
class Waiting:
    """An envelope whose acknowledgement has not come."""

    sent: Sent
    future: asyncio.Future[Any]
    socket: Socket | None = None  # that it went through


class Sockets(WebApi):
    """Accepts websockets whose ticket it gave, and sends envelopes through the newest."""

    def __init__(self, clock: Any = None, rules: Rules | None = None) -> None:
        super().__init__(clock, rules)
        self.deaf = False  # neither greets, answers pings nor sends; who came meanwhile is never heard
        self.sockets: list[Socket] = []
        self.opened = 0  # websockets that were ever accepted
        self.patience: float = at_most.ACKNOWLEDGE_S  # seconds of real time for an acknowledgement
        self._tickets: set[str] = set()
        self._waiting: dict[str, Waiting] = {}
        self.app.router.add_get("/link", self._link)

    # What a test does and reads

    @property
    def live(self) -> list[Socket]:
        """The connections that get envelopes, the oldest first."""
        heard = [socket for socket in self.sockets if socket.greeted and not socket.wire.closed]
        return [] if self.deaf else heard

    async def listening(self, sockets: int = 1, seconds: float = 5) -> None:
        """Wait until the app has so many connections that were greeted."""
        await self.until(lambda: len(self.live) >= sockets, seconds)

    async def disconnect(self, reason: str = "refresh_requested", *, close: bool = False) -> None:
        """Ask the app to connect anew, as Slack does every few hours; `close` hangs up at once."""
        for socket in list(self.sockets):
            await socket.wire.send_json(
                {"type": "disconnect", "reason": reason, "debug_info": {"host": "fake"}}
            )
            if close:
                await socket.wire.close()

    def cut(self) -> None:
        """Reset every websocket: no close frame, RST instead of FIN."""
        for socket in list(self.sockets):
            reset(socket.request)
            self._forget(socket)

    # What the server's own modules use

    def socket_url(self) -> str:
        """Where one websocket may be opened, once."""
        ticket = f"ticket{self.number()}"
        self._tickets.add(ticket)
        return f"{self.origin.replace('http', 'ws', 1)}/link?ticket={ticket}&app_id={self.app_id}"

    async def by_socket(self, sent: Sent) -> Any:
        """Send an envelope and give the payload of its acknowledgement ("" without one)."""
        waiting = Waiting(sent, asyncio.get_running_loop().create_future())
        self._waiting[sent.envelope_id] = waiting
        try:
            await self.until(lambda: self.live, self.patience)
            await self._send(waiting)
            return await waiting.future
        finally:
            self._waiting.pop(sent.envelope_id, None)

    async def _send(self, waiting: Waiting) -> None:
        waiting.socket = self.live[-1]
        try:
            await waiting.socket.wire.send_json(waiting.sent.envelope)
        except ConnectionResetError:  # it goes through the next connection
            self._forget(waiting.socket)

    async def _link(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("ticket") not in self._tickets:
            return web.Response(status=401)
        self._tickets.discard(request.query["ticket"])
        socket = Socket(web.WebSocketResponse(autoping=False), request)
        await socket.wire.prepare(request)
        self.sockets.append(socket)
        self.opened += 1
        try:
            await self._greet(socket)
            await self._listen(socket)
        finally:
            self._forget(socket)
        return socket.wire

    async def _greet(self, socket: Socket) -> None:
        if self.deaf:
            return
        if len(self.sockets) > at_most.SOCKETS:
            await socket.wire.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.wire.close()
            return
        hello = {"type": "hello", "num_connections": len(self.sockets), "debug_info": {"host": "fake"}}
        await socket.wire.send_json({**hello, "connection_info": {"app_id": self.app_id}})
        socket.greeted = True
        self.moved()
        for waiting in list(self._waiting.values()):
            await self._again(waiting)

    async def _again(self, waiting: Waiting) -> None:
        """Repeat what went through a connection that is gone."""
        if waiting.socket and waiting.socket not in self.sockets:
            waiting.sent.attempt, waiting.sent.reason = waiting.sent.attempt + 1, "timeout"
            await self._send(waiting)

    async def _listen(self, socket: Socket) -> None:
        if self.deaf and not socket.greeted:
            await self._end.wait()  # it does not even say good-bye
        async for message in socket.wire:
            if message.type is WSMsgType.PING and socket in self.live:
                await socket.wire.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                self._acknowledged(message.json())

    def _acknowledged(self, ack: dict[str, Any]) -> None:
        waiting = self._waiting.get(ack.get("envelope_id", ""))
        if waiting and not waiting.future.done():
            waiting.future.set_result(ack.get("payload") or "")

    def _forget(self, socket: Socket) -> None:
        if socket in self.sockets:
            self.sockets.remove(socket)
        self.moved()
