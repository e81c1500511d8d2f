"""The Web API: who calls, whether they may, and what goes wrong on purpose."""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.chat.contract import WAIT, Fault
from tests.fakes.slack.platform import Platform, Rules
from tests.fakes.slack.state import ApiError, Call, Workspace

POST = "chat.postMessage"
CODES = {
    Fault.FORBIDDEN: "restricted_action",
    Fault.MISSING: "channel_not_found",
    Fault.INVALID: "invalid_blocks",
}


class Args:
    """The arguments of a call, whichever way they were sent."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = dict(values)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str, default: str = "") -> str:
        """A word; numbers are taken as words."""
        return str(self.values.get(name, default))

    def need(self, name: str) -> str:
        """A word that must be there."""
        if not self.values.get(name):
            raise ApiError("invalid_arguments", f"[ERROR] missing required field: {name}")
        return self.text(name)

    def flag(self, name: str, default: bool = False) -> bool:
        """true, 1 or True."""
        return str(self.values.get(name, default)).lower() in {"true", "1"}

    def number(self, name: str, default: int) -> int:
        """A whole number."""
        try:
            return int(self.values.get(name) or default)
        except (TypeError, ValueError):
            raise ApiError("invalid_arguments", f"[ERROR] must be an integer: {name}") from None

    def json(self, name: str, error: str) -> Any:
        """A value that may be sent as JSON within a form; None where it is missing."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise ApiError(error) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls; without a workspace it is the app itself, or anybody."""

    token: str
    workspace: Workspace | None
    basic: tuple[str, str]  # client id and secret

    @property
    def home(self) -> Workspace:
        """The workspace of a bot's token."""
        assert self.workspace
        return self.workspace


Run = Callable[[Platform, Caller, Args], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the Web API."""

    run: Run
    scope: str = ""  # that the bot's token needs
    kind: str = "bot"  # of token: bot, app, or none


METHODS: dict[str, Method] = {}


def method(name: str, scope: str = "", kind: str = "bot") -> Callable[[Run], Run]:
    """Declare a method of the Web API."""

    def declare(run: Run) -> Run:
        METHODS[name] = Method(run, scope, kind)
        return run

    return declare


def need_scope(workspace: Workspace, scope: str) -> None:
    """Raise missing_scope where `workspace` has not granted `scope`."""
    if scope and scope not in workspace.scopes:
        raise ApiError("missing_scope", needed=scope, provided=",".join(sorted(workspace.scopes)))


@dataclass(slots=True, kw_only=True)
class Planned:
    """An error that a test wants."""

    method: str
    error: ApiError
    team: str | None
    channel: str | None
    taken: bool
    times: int

    def fits(self, call: Call) -> bool:
        """Whether it is for this call."""
        channel = call.arguments.get("channel")
        same = (self.team in {None, call.team}) and (self.channel in {None, channel})
        return self.times > 0 and self.method == call.method and same


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """An answer that Slack itself did not give."""

    status: int
    body: str
    kind: str
    taken: bool


class WebApi(Platform):
    """Answers at `/api/<method>`."""

    def __init__(self, clock: Any = None, rules: Rules | None = None) -> None:
        super().__init__(clock, rules)
        self.planned: list[Planned] = []
        self.raw: dict[str, list[Raw]] = {}  # by method
        self.app.router.add_route("*", "/api/{method}", self._api)

    # What a test lets go wrong

    async def fail(self, *faults: Fault | None, place: str = POST) -> None:
        """Let `faults` happen to the next calls of `place`, one each; REFUSED at once, till `up`."""
        await super().fail(*faults, place=place)

    def fail_with(
        self,
        method: str,
        code: str,
        *,
        team: str | None = None,
        channel: str | None = None,
        taken: bool = False,
        times: int = 1,
        **more: Any,
    ) -> None:
        """Answer the next calls of `method` (of `team`, in `channel`) with the error `code`.

        `taken`: what was asked happens all the same. "ratelimited" is a 429; its `retry_after` (7) becomes
        the header, None leaves the header out. All other keywords are put into the answer's body.
        """
        error = ApiError(code, **more)
        wanted = Planned(method=method, error=error, team=team, channel=channel, taken=taken, times=times)
        self.planned.append(wanted)

    def answer_with(
        self, method: str, status: int, body: str, *, kind: str = "application/json", taken: bool = False
    ) -> None:
        """Answer the next call of `method` with any `body` of the content type `kind`, as a proxy would.

        `taken`: what was asked happens all the same.
        """
        self.raw.setdefault(method, []).append(Raw(status=status, body=body, kind=kind, taken=taken))

    def refusal(self, fault: Fault) -> web.Response:
        """Faults that Slack words in its own way."""
        if fault is Fault.LIMITED:
            self.limited += 1
            return _refused(ApiError("ratelimited", retry_after=int(WAIT)))
        if fault in CODES:
            return _refused(ApiError(CODES[fault]))
        return super().refusal(fault)

    # Calls

    async def _api(self, request: web.Request) -> web.StreamResponse:
        name, args = request.match_info["method"], await read(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or args.text("token")
        known = self.tokens.get(token)
        call = Call(
            method=name,
            team=known.team if known else "",
            token=token,
            arguments=args.values,
            at=self.clock.now(),
        )
        self.calls.append(call)
        self.moved()
        basic = _basic(request.headers.get("Authorization", ""))
        answer = await self.answer(request, name, lambda: self._take(call, args, basic))
        self.moved()
        return answer

    def _take(self, call: Call, args: Args, basic: tuple[str, str]) -> web.Response:
        if raw := self.raw.get(call.method):
            odd = raw.pop(0)
            if odd.taken:
                self._run(call, args, basic)
            return web.Response(status=odd.status, text=odd.body, content_type=odd.kind)
        try:
            body, scopes = self._run(call, args, basic)
        except ApiError as error:
            call.error = error.code
            self.limited += error.code == "ratelimited"
            return _refused(error)
        return web.json_response({"ok": True, **body}, headers={"X-OAuth-Scopes": ",".join(sorted(scopes))})

    def _run(self, call: Call, args: Args, basic: tuple[str, str]) -> tuple[dict[str, Any], set[str]]:
        planned = next((planned for planned in self.planned if planned.fits(call)), None)
        if planned:
            planned.times -= 1
        if planned and not planned.taken:
            raise planned.error
        wanted = METHODS.get(call.method)
        if wanted is None:
            raise ApiError("unknown_method", req_method=call.method)
        caller = Caller(token=call.token, workspace=self._who(call.token, wanted), basic=basic)
        if caller.workspace:
            need_scope(caller.workspace, wanted.scope)
        body = wanted.run(self, caller, args)
        if planned:
            raise planned.error
        return body, caller.workspace.scopes if caller.workspace else set()

    def _who(self, token: str, wanted: Method) -> Workspace | None:
        """The workspace of `token`. Raises ApiError where it may not call `wanted`."""
        if wanted.kind == "none":
            return None
        if not token:
            raise ApiError("not_authed")
        if (wanted.kind == "app") != token.startswith("xapp-"):
            raise ApiError("not_allowed_token_type")
        if wanted.kind == "app":
            self._check_app(token)
            return None
        known = self.tokens.get(token)
        if known is None:
            raise ApiError("invalid_auth")
        if known.expires_at is not None and known.expires_at <= self.clock.now():
            raise ApiError("token_expired")
        if known.refused:
            raise ApiError(known.refused)
        return self.workspaces[known.team]

    def _check_app(self, token: str) -> None:
        if token != self.app_token:
            raise ApiError("invalid_auth")


async def read(request: web.Request) -> Args:
    """The arguments of `request`: of its address, its form or its JSON."""
    values: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        sent = await request.json()
        values.update(sent if isinstance(sent, dict) else {})
    elif request.method == "POST":
        values.update(await request.post())
    return Args({name: value for name, value in values.items() if value is not None})


def _basic(header: str) -> tuple[str, str]:
    """Client id and secret of HTTP's basic authentication; empty without."""
    if not header.startswith("Basic "):
        return "", ""
    name, _, secret = b64decode(header.removeprefix("Basic ")).decode().partition(":")
    return name, secret


def _refused(error: ApiError) -> web.Response:
    more = dict(error.more)
    if error.code != "ratelimited":
        return web.json_response({"ok": False, "error": error.code, **more})
    after = more.pop("retry_after", int(WAIT))
    headers = {} if after is None else {"Retry-After": str(after)}
    return web.json_response({"ok": False, "error": error.code, **more}, status=429, headers=headers)
