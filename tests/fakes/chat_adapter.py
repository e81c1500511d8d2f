"""An adapter for the fake platform: everything that the port asks for, over real sockets."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from types import TracebackType
from typing import Any, ClassVar, Self

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from pydantic_settings import SettingsConfigDict
from yarl import URL

from bot.chat.adapter import ChatAdapter, Host, Limits, Posted, Problem
from bot.chat.command import Commands, Context, Param, Who
from bot.chat.errors import (
    CannotTell,
    ChannelUnreachable,
    MessageRefused,
    OutcomeUnknown,
    RateLimited,
    WorkspaceUnreachable,
)
from bot.chat.fitting import fitted
from bot.chat.http import Answer, call, session
from bot.chat.message import Action, Card, Control, Item, Menu, Message, Person, Reply
from bot.chat.plain import plain
from bot.chat.shorten import cut
from bot.clock import Clock
from bot.models import Channel, ChannelKey
from bot.settings import AdapterSettings

NAME = "fakechat"
KEEP = timedelta(hours=1)


class FakeChatSettings(AdapterSettings):
    """Where the fake platform is."""

    model_config = SettingsConfigDict(env_prefix="FAKECHAT_")

    url: str = ""
    timeout_ms: int = 2_000

    @property
    def configured(self) -> bool:
        return bool(self.url)


class FakeChat(ChatAdapter):
    """Complete, and as plain as can be; a test that needs other limits or greetings subclasses it."""

    name = NAME
    settings = FakeChatSettings
    limits = Limits(value=100, settle=timedelta())
    options: ClassVar[tuple[Param, ...]] = (Param(name="thread", help="The thread that papers go to"),)

    def __init__(self, settings: FakeChatSettings, host: Host, clock: Clock) -> None:
        super().__init__(settings, host, clock)
        self._url = URL(settings.url)
        self._timeout = timedelta(milliseconds=settings.timeout_ms)

    async def __aenter__(self) -> Self:
        self._session = session(timeout=self._timeout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def post(self, channel: Channel, message: Message, *, idempotency_key: str) -> Posted:
        payload = {
            "key": idempotency_key,
            "options": dict(channel.options),
            "parent": message.parent,
            **rendered(message, channel.zone),
        }
        answer = await self._call("POST", channel.key, "messages", payload=payload)
        return Posted(channel=channel.key, id=_field(answer, "id"))

    async def edit(self, posted: Posted, message: Message) -> None:
        url = self._url / "messages" / posted.id
        _raise(await call(self._session, "PATCH", url, payload=rendered(message)))

    async def find(
        self, channel: Channel, *, idempotency_key: str, parent: str | None = None
    ) -> Posted | None:
        try:
            answer = await self._call("GET", channel.key, "messages")
        except ChannelUnreachable as error:
            raise CannotTell from error
        shown: Any = answer.json()
        ids = [one["id"] for one in shown if (one["key"], one["parent"]) == (idempotency_key, parent)]
        return Posted(channel=channel.key, id=ids[-1]) if ids else None

    async def check(self, channel: Channel) -> list[Problem]:
        found: Any = (await self._call("GET", channel.key)).json()
        if found["status"] == 200:
            return []
        return [Problem(what=f"{channel.name} answers {found['status']}.", fix="Invite the bot again.")]

    async def direct(self, workspace: str, user: str) -> Channel | None:
        key = ChannelKey(platform=self.name, workspace=workspace, id=f"@{user}")
        return Channel(key=key, name=f"@{user}")

    async def listen(self, commands: Commands) -> None:
        """Take what people do until the platform closes the socket."""
        async with (
            ClientSession() as client,
            client.ws_connect(self._url / "events") as socket,
            asyncio.TaskGroup() as tasks,
        ):
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    tasks.create_task(self._handle(commands, socket, message.json()))

    async def _handle(
        self, commands: Commands, socket: ClientWebSocketResponse, event: dict[str, Any]
    ) -> None:
        reply: Any = None
        async with self.host.once(event["event"], KEEP) as first:
            if first:
                reply = await self._answers[event["type"]](self, commands, event)
        if not socket.closed:
            await socket.send_json({"id": event["id"], "reply": reply})

    # What people do

    async def _typed(self, commands: Commands, event: dict[str, Any]) -> object:
        return await self._shown(commands, await commands.typed(self._context(event), event["line"]))

    async def _pressed(self, commands: Commands, event: dict[str, Any]) -> object:
        return await self._shown(commands, await commands.press(self._context(event), event["value"]))

    async def _submitted(self, commands: Commands, event: dict[str, Any]) -> object:
        reply = await commands.run(self._context(event), event["command"], event["values"])
        return await self._shown(commands, reply)

    async def _suggested(self, commands: Commands, event: dict[str, Any]) -> object:
        wanted = (event["command"], event["param"], event["prefix"])
        return list(await commands.suggest(self._context(event), *wanted))

    async def _invited(self, _commands: Commands, event: dict[str, Any]) -> None:
        await self.host.joined(self._channel(event["workspace"], event["channel"]), event["by"])

    async def _removed(self, _commands: Commands, event: dict[str, Any]) -> None:
        await self.host.left(self._channel(event["workspace"], event["channel"]).key, event["reason"])

    async def _renamed(self, _commands: Commands, event: dict[str, Any]) -> None:
        await self.host.renamed(self._channel(event["workspace"], event["channel"]).key, event["name"])

    async def _uninstalled(self, _commands: Commands, event: dict[str, Any]) -> None:
        await self.host.gone(event["workspace"])

    _answers: Mapping[str, Callable[["FakeChat", Commands, dict[str, Any]], Awaitable[object]]] = {
        "typed": _typed,
        "pressed": _pressed,
        "submitted": _submitted,
        "suggested": _suggested,
        "invited": _invited,
        "removed": _removed,
        "renamed": _renamed,
        "uninstalled": _uninstalled,
    }

    async def _shown(self, commands: Commands, reply: Reply) -> dict[str, Any]:
        encoded = await commands.encode(reply, self.limits.value)
        form = reply.form
        fields = {"values": dict(form.values), "errors": dict(form.errors)} if form else {}
        about = {"form": {"command": form.command, **fields} if form else None, "error": reply.error}
        return {**rendered(encoded), **about, "replace": reply.replace}

    def _context(self, event: dict[str, Any]) -> Context:
        workspace, user = event["workspace"], event["user"]

        async def elsewhere(name: str) -> Context | None:
            key = self._channel(workspace, name).key
            answer = await call(self._session, "GET", self._place(key).update_query(user=user))
            return (
                self._context({**event, "channel": name, "rights": _field(answer, "right")})
                if answer.ok
                else None
            )

        return Context(
            platform=self.name,
            workspace=workspace,
            channel=self._channel(workspace, event["channel"]),
            user=Person(id=user, name=user),
            rights=Who(int(event["rights"])),
            locale=event["locale"],
            tz=event["tz"],
            elsewhere=elsewhere,
        )

    def _channel(self, workspace: str, name: str) -> Channel:
        return Channel(key=ChannelKey(platform=self.name, workspace=workspace, id=name), name=name)

    def _place(self, key: ChannelKey) -> URL:
        return self._url / key.workspace / key.id

    async def _call(self, method: str, key: ChannelKey, *under: str, payload: object = None) -> Answer:
        answer = await call(self._session, method, self._place(key).joinpath(*under), payload=payload)
        _raise(answer)
        return answer


def rendered(message: Message, zone: str = "UTC") -> dict[str, Any]:
    """What the fake platform shows of `message`."""
    cards = [block for block in message.body if isinstance(block, Card)]
    return {
        "headline": cut(message.headline, 500),
        "text": cut(plain(fitted(message, lambda some: len(plain(some, zone)) <= 40_000), zone), 40_000),
        "cards": [
            {
                "title": cut(card.title, 500),
                "url": card.url,
                "matched": [cut(query, 500) for query in card.matched],
            }
            for card in cards
        ],
        "actions": [{"label": cut(action.label, 80), "value": action.value} for action in _actions(message)],
        "page": list(message.page) if message.page else None,
        "topics": [cut(topic, 500) for topic in message.topics],
    }


def _actions(message: Message) -> list[Action]:
    of_blocks: list[Control] = []
    for block in message.body:
        of_blocks += (
            block.controls if isinstance(block, Card) else block.actions if isinstance(block, Item) else ()
        )
    controls = (*of_blocks, *message.controls)
    options = [option for control in controls if isinstance(control, Menu) for option in control.options]
    return [*(control for control in controls if isinstance(control, Action)), *options]


def _field(answer: Answer, name: str) -> str:
    """Raises OutcomeUnknown for an answer that cannot be read."""
    body = answer.json()
    if not isinstance(body, dict) or name not in body:
        raise OutcomeUnknown("The fake platform's answer cannot be read.")
    return str(body[name])


def _raise(answer: Answer) -> None:
    match answer.status:
        case 401:
            raise WorkspaceUnreachable("The bot was removed from the workspace: install it again.")
        case 403 | 404:
            raise ChannelUnreachable(f"The channel answers {answer.status}: invite the bot again.")
        case 429:
            body: Any = answer.json()
            raise RateLimited(float(body["retry_after"]))
        case 400 | 413:
            raise MessageRefused(f"The message is refused ({answer.status}).")
