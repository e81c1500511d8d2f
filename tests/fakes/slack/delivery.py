"""Delivery of what happens to the app, by websocket or by signed HTTP, and its acknowledgement."""

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout

from tests.fakes.slack.platform import Rules
from tests.fakes.slack.sockets import Sent, Sockets, Way

Signing = Literal["good", "forged", "stale", "missing"]
STALE_S = 6 * 60  # Slack's own advice is to refuse what is older than five minutes


class Unacknowledged(AssertionError):
    """The app did not acknowledge in time, or said no."""

    def __init__(self, sent: Sent, why: str, status: int | None = None) -> None:
        super().__init__(f"{sent.way} was not acknowledged: {why}")
        self.sent, self.status = sent, status


@dataclass(frozen=True, slots=True)
class Hook:
    """The request URL of the app."""

    url: str
    secret: str


class Delivery(Sockets):
    """Delivers, waits for the acknowledgement, and can do it again."""

    def __init__(self, clock: Any = None, rules: Rules | None = None) -> None:
        super().__init__(clock, rules)
        self.sent: list[Sent] = []  # all that was delivered, or lost
        self.losing = 0  # how many of the next deliveries never arrive
        self.signing: Signing = "good"  # of requests by HTTP
        self.unacknowledged: list[Unacknowledged] = []  # of what nobody waited for
        self._hook: Hook | None = None
        self._client: ClientSession | None = None
        self._background: set[asyncio.Task[None]] = set()

    async def __aexit__(self, *error: object) -> None:
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        if self._client:
            await self._client.close()
        await super().__aexit__(*error)

    def deliver_to(self, url: str, signing_secret: str) -> None:
        """Deliver by requests to `url` that are signed with `signing_secret`, from now on."""
        self._hook = Hook(url, signing_secret)

    async def redeliver(self, sent: Sent | None = None, reason: str = "http_timeout") -> Sent:
        """Deliver `sent` (or the last that a test caused) once more, under its ids. Raises Unacknowledged."""
        again = sent or next(sent for sent in reversed(self.sent) if not sent.caused)
        again.attempt, again.reason = again.attempt + 1, reason
        await self._deliver(again)
        return again

    async def settled(self) -> None:
        """Wait until what the app's own calls caused is delivered."""
        await asyncio.gather(*self._background)

    async def deliver(
        self, way: Way, payload: dict[str, Any], *, answers: bool = False, caused: bool = False
    ) -> Sent:
        """Deliver `payload` and wait for its acknowledgement.

        Raises Unacknowledged when it takes longer than 3 s of real time or is not HTTP 200.
        """
        sent = Sent(way=way, payload=payload, envelope_id=f"e{self.number()}", answers=answers, caused=caused)
        self.sent.append(sent)
        if self.losing:
            self.losing -= 1
        else:
            await self._deliver(sent)
        return sent

    async def _deliver(self, sent: Sent) -> None:
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.patience):
                sent.ack = await (self._by_http(sent, self._hook) if self._hook else self.by_socket(sent))
        except TimeoutError:
            raise Unacknowledged(sent, f"nothing came within {self.patience} s") from None
        finally:
            sent.seconds = time.monotonic() - began

    def in_background(self, way: Way, payload: dict[str, Any]) -> None:
        """Deliver without waiting; nothing where no app listens."""
        if self._hook or self.sockets:
            task = asyncio.create_task(self._quietly(way, payload))
            self._background.add(task)
            task.add_done_callback(self._background.discard)

    async def _quietly(self, way: Way, payload: dict[str, Any]) -> None:
        try:
            await self.deliver(way, payload, caused=True)
        except Unacknowledged as error:
            self.unacknowledged.append(error)

    # HTTP

    async def _by_http(self, sent: Sent, hook: Hook) -> Any:
        self._client = self._client or ClientSession(timeout=ClientTimeout(total=60))
        body, kind = _body(sent)
        headers = {"Content-Type": kind, **_retry(sent), **self._signed(body, hook.secret)}
        try:
            async with self._client.post(hook.url, data=body, headers=headers) as response:
                text = await response.text()
        except ClientError as error:
            raise Unacknowledged(sent, str(error)) from error
        if response.status != 200:
            raise Unacknowledged(sent, f"HTTP {response.status} {text[:200]}", response.status)
        return json.loads(text) if response.content_type == "application/json" else text

    async def request(self, body: bytes, kind: str = "application/json") -> tuple[int, str]:
        """Send `body`, whatever it is, signed as `signing` says; the status and text of the answer."""
        assert self._hook
        headers = {"Content-Type": kind, **self._signed(body, self._hook.secret)}
        async with (
            ClientSession() as client,
            client.post(self._hook.url, data=BytesIO(body), headers=headers) as response,
        ):
            return response.status, await response.text()

    def _signed(self, body: bytes, secret: str) -> dict[str, str]:
        """The headers that prove where a request comes from; bolt compares them with the machine's clock."""
        if self.signing == "missing":
            return {}
        at = str(int(time.time()) - (STALE_S if self.signing == "stale" else 0))
        used = "another secret" if self.signing == "forged" else secret
        digest = hmac.new(used.encode(), b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={digest}"}


def _body(sent: Sent) -> tuple[bytes, str]:
    """The body of a request, and its type."""
    if sent.way == "events_api":
        return json.dumps(sent.payload).encode(), "application/json"
    form = {"payload": json.dumps(sent.payload)} if sent.way == "interactive" else sent.payload
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def _retry(sent: Sent) -> dict[str, str]:
    if not sent.attempt:
        return {}
    return {"X-Slack-Retry-Num": str(sent.attempt), "X-Slack-Retry-Reason": sent.reason}
