"""A real HTTP server on loopback that goes wrong as it is told."""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import Self

from aiohttp import web

from bot.chat.contract import WAIT, Fault
from bot.clock import SystemClock

Take = Callable[[], web.Response]  # accepts the message and gives the answer

STATUSES = {
    Fault.BROKEN: 503,
    Fault.FORBIDDEN: 403,
    Fault.MISSING: 404,
    Fault.INVALID: 400,
}
EVERYWHERE = ""


class FaultyServer:
    """Serves `app` at `url` between `start` and `stop`, with a script of faults for a place or for all."""

    def __init__(self) -> None:
        self.app = web.Application(client_max_size=20_000_000)
        self.faults: dict[str, deque[Fault | None]] = {}
        self.requests = 0  # posts that were read, taken or not
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None
        self._port = 0
        self._end = asyncio.Event()

    @property
    def url(self) -> str:
        """Where it listens; the same after `down` and `up`."""
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self.app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._end.set()
        assert self._runner
        await self._runner.cleanup()

    async def up(self) -> None:
        """Listen, on the port it had before, if it does not."""
        assert self._runner
        if self._site:
            return
        self._site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await self._site.start()
        self._port = self._runner.addresses[-1][1]

    async def down(self) -> None:
        """Refuse connections until `up`, and drop those that are open."""
        assert self._site
        await self._site.stop()
        self._site = None
        for transport in self.connected():
            transport.close()

    async def closed(self) -> bool:
        """Whether all connections close within a second."""
        clock = SystemClock()
        for _ in range(100):
            if not self.connected():
                return True
            await clock.sleep(10)
        return False

    def connected(self) -> list[asyncio.BaseTransport]:
        """The connections that are open."""
        assert self._runner and self._runner.server
        wires = [each.transport for each in self._runner.server.connections]
        return [wire for wire in wires if wire is not None and not wire.is_closing()]

    async def fail(self, *faults: Fault | None, place: str = EVERYWHERE) -> None:
        """Let `faults` happen to the next posts (in `place`), one each; REFUSED at once, till `up`.

        None is no fault: that post is taken.
        """
        for fault in faults:
            if fault is Fault.REFUSED:
                await self.down()
            else:
                self.faults.setdefault(place, deque()).append(fault)

    async def answer(self, request: web.Request, place: str, take: Take) -> web.StreamResponse:
        """What becomes of a post to `place`: the next fault that is due there, or what `take` gives."""
        self.requests += 1
        match self._next(place):
            case None:
                return take()
            case Fault.RESET:
                return reset(request)
            case Fault.LOST:
                take()
                return reset(request)
            case Fault.SILENT:
                take()
                await self._end.wait()
                return web.Response()
            case Fault.GARBLED:
                return await _half(request, take())
            case fault:
                return self.refusal(fault)

    def refusal(self, fault: Fault) -> web.Response:
        """The answer that says no to a post."""
        if fault is Fault.LIMITED:
            return limited(WAIT)
        return web.json_response({"message": fault.value, "code": 0}, status=STATUSES[fault])

    def _next(self, place: str) -> Fault | None:
        due = self.faults.get(place) or self.faults.get(EVERYWHERE)
        return due.popleft() if due else None


def limited(seconds: float) -> web.Response:
    """A 429; the body says the same as the header, with fractions."""
    headers = {"Retry-After": str(int(seconds)), "X-RateLimit-Scope": "user"}
    return web.json_response({"retry_after": seconds, "global": False}, status=429, headers=headers)


def reset(request: web.Request) -> web.Response:
    """RST instead of FIN, as a process that was killed leaves it."""
    if transport := request.transport:
        held: socket.socket = transport.get_extra_info("socket")
        held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


async def _half(request: web.Request, answer: web.Response) -> web.StreamResponse:
    """The head and half of the body, then FIN."""
    half = web.StreamResponse(status=answer.status, headers={"Content-Length": "500"})
    await half.prepare(request)
    await half.write(b'{"id": "1')
    if request.transport:
        request.transport.close()
    return half
