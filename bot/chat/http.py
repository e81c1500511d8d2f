"""One try of an HTTP call, and what is known when it fails.

A post that is repeated by mistake is a second card, so nothing here retries or follows a redirect
(a followed 301 turns a POST into a GET and looks like success). aiohttp itself repeats only GET,
HEAD, OPTIONS, TRACE, PUT and DELETE, once, on a kept connection that proves dead (aiohttp 3.14,
client.py, IDEMPOTENT_METHODS): a POST or PATCH is written once. Whether a failed one was written
is told by one mark, set when aiohttp hands the headers to the connection. `one_try` sets it around
a call that a platform's own client makes through a session of ours.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    JsonPayload,
    TCPConnector,
    TraceConfig,
    TraceRequestHeadersSentParams,
)
from yarl import URL

from bot.chat.errors import OutcomeUnknown, PostFailed, Unavailable

TIMEOUT = timedelta(seconds=10)  # for all of it: waiting for a connection, writing, reading the answer
KEEP_ALIVE = timedelta(seconds=10)  # how long an unused connection is kept
LONGEST_ANSWER = 1_000_000  # bytes; what is longer is no answer to a post
LONGEST_HEADER = 65_536  # bytes; aiohttp's own limit of 8,190 is too short for some platforms


@dataclass(slots=True)
class _Mark:
    """Whether the request was written."""

    written: bool = False


_MARK: ContextVar[_Mark] = ContextVar("mark")  # of the try that the present task makes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the platform said, for the adapter's own table of errors. Its status is below 500."""

    status: int
    headers: Mapping[str, str]  # names in any case
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the platform took it."""
        return 200 <= self.status < 300

    def json(self) -> object:
        """The body as JSON, or None where it is none."""
        try:
            parsed: object = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return parsed


def session(
    *, timeout: timedelta = TIMEOUT, headers: Mapping[str, str] | None = None, connections: int = 100
) -> ClientSession:
    """A session for `call` or `one_try`, to be closed by whoever opened it; `headers` go with every call.

    At most `connections` are open at a time; a call that waits for one does so within its timeout.
    """
    trace = TraceConfig()
    trace.on_request_headers_sent.append(_written)
    return ClientSession(
        timeout=ClientTimeout(total=timeout.total_seconds()),
        connector=TCPConnector(keepalive_timeout=KEEP_ALIVE.total_seconds(), limit=connections),
        cookie_jar=DummyCookieJar(),
        headers=headers,
        max_line_size=LONGEST_HEADER,
        max_field_size=LONGEST_HEADER,
        trace_configs=[trace],
    )


async def call(
    client: ClientSession,
    method: str,
    url: URL,
    *,
    payload: object = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Send one request, `payload` as JSON, and return the answer; a redirect is an answer too.

    Raises Unavailable where nothing was written, OutcomeUnknown where the request was written and
    no readable answer below 500 came. The errors name the host alone: addresses may hold secrets.
    """
    host = url.host or "the platform"
    body = None if payload is None else JsonPayload(payload)
    with one_try(host):
        async with client.request(method, url, data=body, headers=headers, allow_redirects=False) as response:
            answer = await _read(response)
    if answer.status < 500:
        return answer
    raise OutcomeUnknown(f"{host} answered with an error of its own (HTTP {answer.status}).")


@contextmanager
def one_try(host: str) -> Iterator[None]:
    """One request to `host` through a session of ours, by whatever client makes it in the block.

    Raises Unavailable where nothing was written, OutcomeUnknown where it was and no answer came; the
    errors name `host` alone.
    """
    mark = _Mark()
    token = _MARK.set(mark)
    try:
        yield
    except (ClientError, OSError, ValueError) as error:  # ValueError: a host name that cannot be encoded
        failure = _failure(mark, host, error)
        try:
            raise failure
        finally:
            failure.__context__ = None  # aiohttp's errors quote the whole address
    finally:
        _MARK.reset(token)


async def _written(
    _session: ClientSession, _context: SimpleNamespace, _: TraceRequestHeadersSentParams
) -> None:
    if mark := _MARK.get(None):
        mark.written = True


async def _read(response: ClientResponse) -> Answer:
    """The answer whole. Raises ClientError where it breaks off or never seems to end."""
    body = b""
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > LONGEST_ANSWER:
            raise ClientError("too long")
    return Answer(status=response.status, headers=response.headers, body=body)


def _failure(mark: _Mark, host: str, error: Exception) -> PostFailed:
    if mark.written:
        return OutcomeUnknown(f"{host} was asked, but its answer did not arrive ({_reason(error)}).")
    return Unavailable(f"{host} cannot be reached ({_reason(error)}).")


def _reason(error: Exception) -> str:
    """A few words on `error`; its text is not among them, since that may quote the address."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__
