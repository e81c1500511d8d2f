"""One polite GET: it says who asks, what we have already, and how long and how much at most.

A server may also ask us to wait. `Retry-After` is RFC 9110 section 10.2.3. `RateLimit` and
`RateLimit-Policy` are draft-ietf-httpapi-ratelimit-headers-09 as Hugging Face sends them
(huggingface/huggingface_hub#3553):

    RateLimit: "api";r=0;t=55                             none left, the window ends in 55 s
    RateLimit-Policy: "fixed window";"api";q=500;w=300    500 requests in windows of 300 s
"""

import errno
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from math import ceil
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError, LineTooLong
from yarl import URL

from bot import __version__
from bot.clock import DAY, SECOND, Clock

USER_AGENT = f"paperboy/{__version__}"
DEADLINE = timedelta(seconds=30)  # from connecting to the last byte
MEGABYTE = 1_000_000
LARGEST = 10 * MEGABYTE  # decompressed
CHUNK = 65_536
LONGEST_HEADER = (
    65_536  # aiohttp's default is 8,190, and sites send more (Rongronggg9/RSS-to-Telegram-Bot#705)
)
LONGEST_VALIDATOR = 1_000
LONGEST_PAUSE = DAY / SECOND  # whatever a server asks for, we come back

_NUMBER = re.compile(r"\d+(\.\d+)?")
_SPENT = re.compile(r";\s*r\s*=\s*0+\s*(?:;|$)")
_RESET = re.compile(r";\s*t\s*=\s*(\d+)")
_WINDOW = re.compile(r";\s*w\s*=\s*(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server gave to ask it later whether an answer changed (RFC 9110 section 8.8)."""

    etag: str | None = None
    last_modified: str | None = None


NO_VALIDATORS = Validators()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A good answer; `unchanged` means that the body is the one whose validators we sent."""

    body: bytes = b""
    validators: Validators = NO_VALIDATORS
    unchanged: bool = False


class FetchFailed(Exception):
    """No usable answer, for a `reason` that a person can read.

    `retry_after` is what the server asks us to wait, in seconds; `status` is its HTTP status, where
    there was one.
    """

    def __init__(self, reason: str, *, retry_after: float | None = None, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.retry_after, self.status = reason, retry_after, status


def retry_after(value: str, now: datetime) -> float | None:
    """Seconds from `now` that a `Retry-After` header asks for; None when it cannot be read."""
    if _NUMBER.fullmatch(value.strip()):
        return float(value)
    moment = _http_date(value)
    return max((moment - now).total_seconds(), 0) if moment else None


def rate_limit(limits: str, policy: str) -> float | None:
    """Seconds until a spent `RateLimit` is refilled; None while requests are left."""
    waits = [_wait(limit, policy) for limit in limits.split(",") if _SPENT.search(limit)]
    return max(waits, default=None)


def _wait(limit: str, policy: str) -> float:
    """The rest of a spent window, or the whole of it where the rest is not said."""
    said = _RESET.search(limit) or _WINDOW.search(policy)
    return float(said[1]) if said else 0


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def asked_pause(headers: Mapping[str, str], *, failed: bool, now: int) -> float | None:
    """Seconds that an answer asks us to wait, at most a day; None when it does not ask.

    A date is compared with the server's own clock, where it says it, else with `now` (epoch ms).
    """
    server = _http_date(headers.get("Date", "")) or datetime.fromtimestamp(now / SECOND, UTC)
    asked = [rate_limit(headers.get("RateLimit", ""), headers.get("RateLimit-Policy", ""))]
    if failed:
        asked.append(retry_after(headers.get("Retry-After", ""), server))
    waits = [min(wait, LONGEST_PAUSE) for wait in asked if wait is not None]
    return max(waits, default=None)


def _root(error: BaseException) -> BaseException:
    """What began it: aiohttp wraps its parser's errors, some of them twice."""
    return _root(error.__cause__) if error.__cause__ else error


def reason_of(error: BaseException, deadline: timedelta = DEADLINE) -> str:
    """What an aiohttp error means, in words for the operator."""
    match _root(error):
        case LineTooLong():
            return f"response header over {LONGEST_HEADER // 1024} kB is too long"
        case ContentEncodingError():
            return "answer cannot be decompressed"
    match error:
        case TimeoutError():
            return f"no answer within {deadline.total_seconds():g} s"
        case aiohttp.ClientConnectorDNSError(host=host):
            return f"no address found for {host}"
        case aiohttp.ClientConnectorCertificateError(host=host):
            return f"the certificate of {host} is not trusted"
        case aiohttp.ClientConnectorError(os_error=OSError(errno=errno.ECONNREFUSED)):
            return "connection refused"
        case aiohttp.ClientConnectorError(strerror=why):
            return f"no connection: {why}"
        case aiohttp.ServerDisconnectedError():
            return "connection closed without an answer"
        case aiohttp.ClientOSError():
            return "connection reset"
        case aiohttp.ClientPayloadError():
            return "answer broke off"
        case aiohttp.TooManyRedirects():
            return "redirected too often"
        case aiohttp.RedirectClientError():
            return "redirected to what is no web address"
        case aiohttp.ClientResponseError():
            return "answer is not HTTP"
        case _:
            return f"{type(error).__name__}: {error}"


def _validator(value: str | None) -> str | None:
    """`value` if it can be sent back as it is."""
    sound = value and value.isascii() and value.isprintable() and len(value) <= LONGEST_VALIDATOR
    return value if sound else None


def _validators(headers: Mapping[str, str]) -> Validators:
    return Validators(
        etag=_validator(headers.get("ETag")), last_modified=_validator(headers.get("Last-Modified"))
    )


def _origin(url: str) -> URL:
    """Scheme, host and port of `url`. Raises FetchFailed."""
    try:
        return URL(url).origin()
    except ValueError as error:
        raise FetchFailed(f"{url} is no web address") from error


class Fetcher:
    """Fetches with one session; used as a context manager.

    Nothing is tried again here, but that aiohttp repeats a GET, once, whose connection was cut.
    `token` is sent to the origin of `endpoint` and nowhere else, redirects included.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        endpoint: str = "",
        token: str | None = None,
        deadline: timedelta = DEADLINE,
        largest: int = LARGEST,
    ) -> None:
        self._clock, self._deadline, self._largest = clock, deadline, largest
        self._token = (token or "").strip()  # a line break from a secrets file could not be sent
        self._home = _origin(endpoint) if self._token else None
        self._pauses: dict[URL, int] = {}  # origin → epoch ms before which it wants no request

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            headers={"User-Agent": USER_AGENT},
            timeout=aiohttp.ClientTimeout(total=self._deadline.total_seconds()),
            cookie_jar=aiohttp.DummyCookieJar(),
            max_line_size=LONGEST_HEADER,
            max_field_size=LONGEST_HEADER,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    def paused_until(self, url: str) -> int:
        """When the server of `url` wants the next request at the earliest (epoch ms); 0: any time."""
        return self._pauses.get(_origin(url), 0)

    async def get(self, url: str, known: Validators = NO_VALIDATORS) -> Fetched:
        """What `url` answers, or that it is unchanged since `known`. Raises FetchFailed.

        While the server's pause lasts nothing is sent, and that too is a FetchFailed.
        """
        self._heed_pause(url)
        try:
            async with self._session.get(url, headers=self._headers(url, known)) as answer:
                return await self._read(answer, url, known)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise FetchFailed(reason_of(error, self._deadline)) from error

    def _heed_pause(self, url: str) -> None:
        left = (self.paused_until(url) - self._clock.now()) / SECOND
        if 0 < left <= LONGEST_PAUSE:  # a longer one was noted by a clock that was fast
            raise FetchFailed(f"asked to wait {ceil(left)} s more", retry_after=left)

    def _headers(self, url: str, known: Validators) -> dict[str, str]:
        headers = {
            "If-None-Match": known.etag,
            "If-Modified-Since": known.last_modified,
            "Authorization": f"Bearer {self._token}" if _origin(url) == self._home else None,
        }
        return {name: value for name, value in headers.items() if value}

    async def _read(self, answer: aiohttp.ClientResponse, url: str, known: Validators) -> Fetched:
        unchanged = answer.status == 304 and known != NO_VALIDATORS
        pause = self._note_pause(answer, url, failed=answer.status != 200 and not unchanged)
        if unchanged:
            return Fetched(validators=known, unchanged=True)
        if answer.status != 200:
            raise FetchFailed(f"HTTP {answer.status}", retry_after=pause, status=answer.status)
        return Fetched(body=await self._body(answer), validators=_validators(answer.headers))

    def _note_pause(self, answer: aiohttp.ClientResponse, url: str, *, failed: bool) -> float | None:
        pause = asked_pause(answer.headers, failed=failed, now=self._clock.now())
        if pause:
            self._pauses[_origin(url)] = self._clock.now() + ceil(pause * SECOND)
        return pause

    async def _body(self, answer: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for chunk in answer.content.iter_chunked(CHUNK):  # decompressed as it comes, chunk by chunk
            body += chunk
            if len(body) > self._largest:
                raise FetchFailed(f"answer over {self._largest / MEGABYTE:g} MB")
        if not body.strip():
            raise FetchFailed("empty answer")
        return bytes(body)
