"""One try of an HTTP call, over sockets."""

import asyncio
import socket
import struct
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from yarl import URL

from bot.chat.errors import OutcomeUnknown, PostFailed, Unavailable
from bot.chat.http import LONGEST_ANSWER, Answer, call, session

SECRET = "T0KEN-in-the-path"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """A bare socket that counts requests and then does what it is told."""

    port: int = 0
    requests: list[bytes] = field(default_factory=list)

    def url(self, scheme: str = "http") -> URL:
        return URL(f"{scheme}://127.0.0.1:{self.port}/hooks/{SECRET}")


@asynccontextmanager
async def serving(*behaviours: Behaviour) -> AsyncIterator[Server]:
    """Answers one request after another by `behaviours`; the last one stays."""
    server, left = Server(), list(behaviours)
    talking: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if task := asyncio.current_task():
            talking.add(task)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                server.requests.append(head)
                await (left.pop(0) if len(left) > 1 else left[0])(writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(talk, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    async with listener:
        yield server
    for task in talking:
        task.cancel()
    await asyncio.gather(*talking, return_exceptions=True)


def says(answer: bytes, *, then_closes: bool = False) -> Behaviour:
    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        if then_closes:
            writer.close()

    return behave


async def resets(writer: asyncio.StreamWriter) -> None:
    """RST instead of FIN."""
    held: socket.socket = writer.get_extra_info("socket")
    held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def is_silent(_writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def post(url: URL, *, seconds: float = 5) -> Answer:
    async with session(timeout=timedelta(seconds=seconds)) as client:
        return await call(client, "POST", url, payload={"text": "hello"})


async def error_of(url: URL, *, seconds: float = 5) -> PostFailed:
    with pytest.raises(PostFailed) as caught:
        await post(url, seconds=seconds)
    return caught.value


async def test_an_answer_is_its_status_headers_and_body() -> None:
    async with serving(
        says(b'HTTP/1.1 429 Slow\r\nRetry-After: 3\r\nContent-Length: 7\r\n\r\n{"a":1}')
    ) as server:
        answer = await post(server.url())
    assert (answer.status, answer.ok, answer.headers["retry-after"], answer.json()) == (
        429,
        False,
        "3",
        {"a": 1},
    )


@pytest.mark.parametrize("body", [b"ok", b"", b"\xff", b"[" * 100_000])
async def test_a_body_that_is_no_json_is_none(body: bytes) -> None:
    assert Answer(status=200, headers={}, body=body).json() is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_is_not_followed(status: int) -> None:
    moved = f"HTTP/1.1 {status} Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n".encode()
    async with serving(says(moved)) as server:
        assert (await post(server.url())).status == status
    assert len(server.requests) == 1


async def test_headers_longer_than_eight_kilobytes_are_read() -> None:
    long = b"HTTP/1.1 200 OK\r\nContent-Security-Policy: " + b"x" * 9_000 + b"\r\nContent-Length: 2\r\n\r\nok"
    async with serving(says(long)) as server:
        assert (await post(server.url())).ok


@pytest.mark.parametrize(
    "behaviour",
    [
        says(b"", then_closes=True),
        resets,
        is_silent,
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", then_closes=True),
        says(b"HTTP/1.1 200 OK\r\nContent-Le", then_closes=True),
        says(b"SSH-2.0-OpenSSH\r\n\r\n"),
        says(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd"),
        says(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", then_closes=True),
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 1000001\r\n\r\n" + b"x" * (LONGEST_ANSWER + 1)),
        says(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"),
    ],
    ids=[
        "FIN",
        "RST",
        "silence",
        "half a body",
        "half a header",
        "no HTTP",
        "no gzip",
        "endless header",
        "too long",
        "503",
    ],
)
async def test_a_request_that_was_written_has_an_unknown_outcome_and_is_written_once(
    behaviour: Behaviour,
) -> None:
    async with serving(behaviour) as server:
        error = await error_of(server.url(), seconds=0.3)
    assert isinstance(error, OutcomeUnknown)
    assert len(server.requests) == 1


async def test_a_refused_connection_wrote_nothing() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        error = await error_of(URL(f"http://127.0.0.1:{unheard.getsockname()[1]}/{SECRET}"))
    assert isinstance(error, Unavailable)


async def test_a_host_name_that_cannot_be_looked_up_wrote_nothing() -> None:
    assert isinstance(await error_of(URL(f"http://{'a' * 64}.example/{SECRET}")), Unavailable)


async def test_a_failed_greeting_of_tls_wrote_nothing() -> None:
    async with serving(says(OK)) as server:
        assert isinstance(await error_of(server.url("https"), seconds=0.5), Unavailable)
    assert server.requests == []


async def test_a_kept_connection_that_proves_dead_gets_no_second_try() -> None:
    async with serving(says(OK), says(b"", then_closes=True), says(OK)) as server, session() as client:
        assert (await call(client, "POST", server.url(), payload={})).ok
        with pytest.raises(OutcomeUnknown):
            await call(client, "POST", server.url(), payload={})
        assert len(server.requests) == 2
        assert (await call(client, "POST", server.url(), payload={})).ok


@pytest.mark.parametrize(
    "behaviour", [resets, is_silent, says(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")]
)
async def test_no_error_holds_the_address_it_could_not_reach(behaviour: Behaviour) -> None:
    async with serving(behaviour) as server:
        errors = [await error_of(server.url(), seconds=0.3), await error_of(server.url("https"), seconds=0.3)]
    errors.append(await error_of(URL(f"http://127.0.0.1:1/{SECRET}")))
    for error in errors:
        assert "127.0.0.1" in str(error)
        assert SECRET not in "".join(traceback.format_exception(error)) + repr(error)
        assert error.__context__ is None
