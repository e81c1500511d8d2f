"""The feed as a real server on loopback that also misbehaves, and keeps a log of what it was asked."""

import asyncio
import json
import socket
import struct
import zlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from aiohttp import web

from bot.clock import Clock
from bot.demo.feed_server import FeedServer
from bot.demo.papers import Item

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Fault = Handler  # answers in place of the server

MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that arrived, and the status it was answered with (0: none was)."""

    path: str  # with the query
    headers: Mapping[str, str]
    status: int


class FakeFeed(FeedServer):
    """Speaks the feed's API; `fail` scripts what it does instead, `asked` is its log."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.asked: list[Asked] = []
        self._faults: deque[Fault | None] = deque()

    def application(self) -> web.Application:
        """The server's own, with the script in front."""
        app = super().application()
        app.middlewares.append(self._scripted)
        return app

    def fail(self, fault: Fault | None, times: int = 1) -> None:
        """Answer the next `times` requests with `fault` (None: as usual), after those scripted before."""
        self._faults.extend([fault] * times)

    def publish_all(self, items: Iterable[object], day: date) -> None:
        """Put each of `items` on the page of `day`."""
        for item in items:
            self.publish(item, day)

    def clear(self, day: date) -> None:
        """Empty the page of `day`."""
        self._days.pop(day, None)

    def change(self, paper_id: str, **numbers: int) -> None:
        """Set fields of a published paper, such as `upvotes=9` or `numComments=2`."""
        for items in self._days.values():
            items[:] = [_changed(item, numbers) if _is(item, paper_id) else item for item in items]

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [asked.path for asked in self.asked]

    @asynccontextmanager
    async def refusing(self) -> AsyncIterator[None]:
        """While inside, the port is closed: connections are refused."""
        await self.stop()
        try:
            yield
        finally:
            await self.start()

    @web.middleware
    async def _scripted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        status = 0
        try:
            answer = await ((self._faults.popleft() if self._faults else None) or handler)(request)
            status = answer.status
            return answer
        finally:
            self.asked.append(Asked(path=request.path_qs, headers=dict(request.headers), status=status))


def _is(item: object, paper_id: str) -> bool:
    return isinstance(item, Mapping) and item["paper"]["id"] == paper_id


def _changed(item: object, numbers: Mapping[str, int]) -> Item:
    assert isinstance(item, Mapping)
    top = {name: value for name, value in numbers.items() if name == "numComments"}
    inner = {name: value for name, value in numbers.items() if name not in top}
    return {**item, **top, "paper": {**item["paper"], **inner}}


def status(code: int, **headers: str) -> Fault:
    """An error; `Retry_After="5"` becomes the header `Retry-After`."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return body(b'{"error":"scripted"}', names, code)


def body(content: bytes | str, headers: Mapping[str, str] | None = None, code: int = 200) -> Fault:
    """Any answer; it has an ETag, so that one can see whether it is kept."""

    async def answer(request: web.Request) -> web.StreamResponse:
        raw = content.encode() if isinstance(content, str) else content
        own = {"ETag": '"of-a-fault"', "Content-Type": "application/json", **(headers or {})}
        return web.Response(body=raw, status=code, headers=own)

    return answer


def redirect(to: str) -> Fault:
    """Sends elsewhere."""
    return status(302, Location=to)


HTML = body("<!DOCTYPE html><html><title>Just a moment…</title></html>", {"Content-Type": "text/html"})
BAD_JSON = body('[{"paper": {"id": "2511.9')
EMPTY = body(b"")


def long_header(length: int) -> Fault:
    """No papers, and a header of so many characters."""
    return body(b"[]", {"Content-Security-Policy": "x" * length})


async def reset(request: web.Request) -> web.StreamResponse:
    """Cuts the connection with RST, unanswered. aiohttp repeats a GET that was cut, once: script it twice."""
    transport = _transport(request)
    linger = struct.pack("ii", 1, 0)  # on, 0 s: close sends RST
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()
    return web.Response()


async def silence(request: web.Request) -> web.StreamResponse:
    """Says nothing, until the other side gives up."""
    return await _for_ever()


async def half_a_header(request: web.Request) -> web.StreamResponse:
    """Begins the headers, and says nothing more."""
    _transport(request).write(b"HTTP/1.1 200 OK\r\nContent-Ty")
    return await _for_ever()


async def half_a_body(request: web.Request) -> web.StreamResponse:
    """Begins the body, and says nothing more."""
    await _begun(request, b'[{"paper": ', {"Content-Length": "1000"})
    return await _for_ever()


async def truncated(request: web.Request) -> web.StreamResponse:
    """Closes the connection in the middle of the body."""
    answer = await _begun(request, b'[{"paper": ', {"Content-Length": "1000"})
    _transport(request).close()
    return answer


def gzip_bomb(megabytes: int = 4_096) -> Fault:
    """A few kilobytes a megabyte of blanks, packed; made without packing it all."""

    async def answer(request: web.Request) -> web.StreamResponse:
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        head = packer.compress(b"[") + packer.flush(zlib.Z_FULL_FLUSH)
        block = packer.compress(b" " * MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
        stream = await _begun(request, head, {"Content-Encoding": "gzip"})
        for _ in range(megabytes):  # after a full flush the same bytes mean the same again
            await stream.write(block)
        return stream

    return answer


async def _begun(request: web.Request, start: bytes, headers: Mapping[str, str]) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Type": "application/json", **headers})
    await answer.prepare(request)
    await answer.write(start)
    return answer


async def _for_ever() -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


def _transport(request: web.Request) -> asyncio.Transport:
    transport = request.transport
    assert isinstance(transport, asyncio.Transport)
    return transport


def item(paper_id: str = "2511.99501", title: str = "A Sample", **fields: object) -> dict[str, Any]:
    """An item in the API's shape; `fields` are the paper's, or with a leading `_` the item's own."""
    own = {name[1:]: value for name, value in fields.items() if name.startswith("_")}
    paper = {
        "id": paper_id,
        "authors": [{"name": "Ana Ruiz", "hidden": False}, {"name": "Bo Lin", "hidden": False}],
        "publishedAt": "2025-11-25T17:00:00.000Z",
        "submittedOnDailyAt": "2025-11-26T03:10:00.000Z",
        "title": title,
        "summary": "We show a sample.",
        "upvotes": 3,
    }
    paper |= {name: value for name, value in fields.items() if not name.startswith("_")}
    return {"paper": paper, "publishedAt": paper["publishedAt"], "title": title, "numComments": 1, **own}


def answer(*items: object) -> bytes:
    """A whole answer of the API."""
    return json.dumps(items).encode()
