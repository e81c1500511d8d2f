"""A chat platform on loopback: posts by HTTP, people by websocket.

A test says what people do (`type`, `press`, `submit`, `invite` …) and reads what they see
(`posted`, and the private replies that come back). What the platform enforces, remembers and does
wrong is set on the server; time comes from a Clock.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from math import ceil
from typing import Any

from aiohttp import WSMsgType, web

from bot.chat.command import Who
from bot.clock import SECOND, Clock, SystemClock
from tests.fakes.faulty import FaultyServer, limited

WORKSPACE = "W1"
LISTED = 50  # messages that a channel's list shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message as its readers see it; `body` is what the adapter sent."""

    id: str
    channel: str
    workspace: str
    key: str
    at: int  # epoch ms
    body: Mapping[str, Any]
    edits: int = 0

    @property
    def headline(self) -> str:
        return str(self.body["headline"])

    @property
    def text(self) -> str:
        return str(self.body["text"])

    @property
    def titles(self) -> tuple[str, ...]:
        """Of its cards."""
        return tuple(card["title"] for card in self.body["cards"])

    @property
    def matched(self) -> tuple[tuple[str, ...], ...]:
        """The subscriptions that each card names."""
        return tuple(tuple(card["matched"]) for card in self.body["cards"])

    @property
    def actions(self) -> dict[str, str]:
        """What can be pressed: label → value."""
        return {action["label"]: action["value"] for action in self.body["actions"]}


@dataclass(slots=True, kw_only=True)
class Rules:
    """What the platform enforces; None is no limit."""

    channel: float | None = None  # posts a second
    bot: float | None = None
    text: int | None = None  # characters of a message
    dedupe: int = 0  # ms for which a repeat under the same key makes no second message
    lists: bool = True  # whether the bot may read a channel's messages


@dataclass(slots=True)
class People:
    """Who may do what: a right in a channel for a user, and what nobody sees."""

    rights: dict[tuple[str, str], Who] = field(default_factory=dict)
    hidden: set[tuple[str, str]] = field(default_factory=set)
    default: Who = Who.MANAGER

    def right(self, user: str, channel: str) -> Who | None:
        """What `user` may do in `channel`; None for one that they cannot see."""
        return None if (user, channel) in self.hidden else self.rights.get((user, channel), self.default)


class ChatServer(FaultyServer):
    """The platform. `async with` starts it."""

    def __init__(self, clock: Clock | None = None, rules: Rules | None = None) -> None:
        super().__init__()
        self.clock: Clock = clock or SystemClock()
        self.rules = rules or Rules()
        self.people = People()
        self.messages: list[Shown] = []  # all that were accepted, oldest first, as they are now
        self.limited = 0  # posts that were answered with 429
        self.closed_channels: dict[str, int] = {}  # channel → status of every post there
        self._numbers = count(1)
        self._socket: web.WebSocketResponse | None = None
        self._listening = asyncio.Event()
        self._replies: dict[str, asyncio.Future[Any]] = {}
        self.app.add_routes(
            [
                web.get("/events", self._events),
                web.post("/{workspace}/{channel}/messages", self._post),
                web.get("/{workspace}/{channel}/messages", self._list),
                web.get("/{workspace}/{channel}", self._channel),
                web.patch("/messages/{id}", self._edit),
            ]
        )

    # What a test sees and does

    def posted(self, channel: str, workspace: str = WORKSPACE) -> list[Shown]:
        """What stands in `channel`, oldest first."""
        return [shown for shown in self.messages if (shown.channel, shown.workspace) == (channel, workspace)]

    async def type(self, user: str, channel: str, line: str, **event: Any) -> Shown:
        """`user` types `line` in `channel`; their private reply."""
        return await self._ask({"type": "typed", "line": line, **self._from(user, channel), **event})

    async def press(self, user: str, channel: str, value: str, **event: Any) -> Shown:
        """`user` presses a button that carries `value`; their private reply."""
        return await self._ask({"type": "pressed", "value": value, **self._from(user, channel), **event})

    async def submit(
        self, user: str, channel: str, command: str, values: Mapping[str, str], **event: Any
    ) -> Shown:
        """`user` submits the form of `command`; their private reply."""
        form = {"command": command, "values": dict(values)}
        return await self._ask({"type": "submitted", **form, **self._from(user, channel), **event})

    async def suggest(self, user: str, channel: str, command: str, param: str, prefix: str) -> list[str]:
        """What is offered while `user` types a value."""
        wanted = {"command": command, "param": param, "prefix": prefix}
        return list(await self._tell({"type": "suggested", **wanted, **self._from(user, channel)}))

    async def invite(self, channel: str, by: str, workspace: str = WORKSPACE) -> None:
        """`by` invites the bot to `channel`."""
        await self._tell({"type": "invited", "channel": channel, "workspace": workspace, "by": by})

    async def remove(self, channel: str, reason: str, workspace: str = WORKSPACE) -> None:
        """The bot is removed from `channel`."""
        await self._tell({"type": "removed", "channel": channel, "workspace": workspace, "reason": reason})

    async def rename(self, channel: str, name: str, workspace: str = WORKSPACE) -> None:
        """`channel` gets another name."""
        await self._tell({"type": "renamed", "channel": channel, "workspace": workspace, "name": name})

    async def uninstall(self, workspace: str = WORKSPACE) -> None:
        """The bot is removed from `workspace`."""
        await self._tell({"type": "uninstalled", "workspace": workspace})

    async def redeliver(self, event: Mapping[str, Any]) -> Any:
        """Send `event`, with the id it had, once more; what came back."""
        return await self._tell(dict(event))

    # What the adapter calls

    async def _events(self, request: web.Request) -> web.WebSocketResponse:
        self._socket = web.WebSocketResponse()
        await self._socket.prepare(request)
        self._listening.set()
        async for message in self._socket:
            if message.type is WSMsgType.TEXT:
                answer = message.json()
                self._replies.pop(answer["id"]).set_result(answer["reply"])
        self._listening.clear()
        return self._socket

    async def _post(self, request: web.Request) -> web.StreamResponse:
        place, sent = request.match_info["channel"], await request.json()
        if status := self.closed_channels.get(place):
            self.requests += 1
            return web.json_response({"error": "closed"}, status=status)
        return await self.answer(request, place, lambda: self._take(request, sent))

    def _take(self, request: web.Request, sent: dict[str, Any]) -> web.Response:
        """Accept a message, or say what stands in the way."""
        channel, workspace = request.match_info["channel"], request.match_info["workspace"]
        if repeated := self._repeated(channel, workspace, sent["key"]):
            return web.json_response({"id": repeated.id})
        if wait := self._wait(channel):
            self.limited += 1
            return limited(wait)
        if self.rules.text is not None and len(sent["text"]) > self.rules.text:
            return web.json_response({"error": "too long"}, status=413)
        shown = Shown(
            id=f"m{next(self._numbers)}",
            channel=channel,
            workspace=workspace,
            key=sent["key"],
            at=self.clock.now(),
            body=sent,
        )
        self.messages.append(shown)
        return web.json_response({"id": shown.id})

    def _repeated(self, channel: str, workspace: str, key: str) -> Shown | None:
        since = self.clock.now() - self.rules.dedupe
        here = self.posted(channel, workspace) if self.rules.dedupe else []
        return next((shown for shown in here if shown.key == key and shown.at > since), None)

    def _wait(self, channel: str) -> float:
        """Seconds until a post may go to `channel`; 0 for now."""
        here = [shown.at for shown in self.messages if shown.channel == channel]
        all_over = [shown.at for shown in self.messages]
        return max(self._pause(here, self.rules.channel), self._pause(all_over, self.rules.bot))

    def _pause(self, times: list[int], rate: float | None) -> float:
        """Seconds until fewer than `rate` of `times` lie in the window that the rate spans."""
        if rate is None:
            return 0
        most, window = max(1, round(rate)), ceil(SECOND * max(1, 1 / rate))
        recent = [at for at in times[-most:] if at > self.clock.now() - window]
        return (recent[0] + window - self.clock.now()) / SECOND if len(recent) >= most else 0

    async def _list(self, request: web.Request) -> web.Response:
        if not self.rules.lists:
            return web.json_response({"error": "may not read"}, status=403)
        here = self.posted(request.match_info["channel"], request.match_info["workspace"])
        listed = ({"id": one.id, "key": one.key, "parent": one.body.get("parent")} for one in here[-LISTED:])
        return web.json_response(list(listed))

    async def _channel(self, request: web.Request) -> web.Response:
        channel, user = request.match_info["channel"], request.query.get("user", "")
        right = self.people.right(user, channel)
        if right is None:
            return web.json_response({"error": "unknown"}, status=404)
        return web.json_response({"status": self.closed_channels.get(channel, 200), "right": int(right)})

    async def _edit(self, request: web.Request) -> web.Response:
        body = await request.json()
        for place, shown in enumerate(self.messages):
            if shown.id == request.match_info["id"]:
                self.messages[place] = replace(shown, body=body, edits=shown.edits + 1)
                return web.json_response({"id": shown.id})
        return web.json_response({"error": "unknown"}, status=404)

    # Events

    def _from(self, user: str, channel: str) -> dict[str, Any]:
        right = self.people.right(user, channel)
        rights = int(Who.ANYONE if right is None else right)
        return {
            "user": user,
            "channel": channel,
            "workspace": WORKSPACE,
            "rights": rights,
            "locale": "en",
            "tz": None,
        }

    async def _ask(self, event: dict[str, Any]) -> Shown:
        """The reply to `event`, which only the user sees."""
        body = await self._tell(event)
        return Shown(
            id="",
            channel=event["channel"],
            workspace=event["workspace"],
            key="",
            at=self.clock.now(),
            body=body,
        )

    async def _tell(self, event: dict[str, Any]) -> Any:
        """Send `event` to the adapter that listens, and wait for its answer."""
        await self._listening.wait()
        event.setdefault("event", f"e{next(self._numbers)}")
        ticket = f"t{next(self._numbers)}"
        self._replies[ticket] = asyncio.get_running_loop().create_future()
        assert self._socket
        await self._socket.send_json({**event, "id": ticket})
        return await self._replies[ticket]
