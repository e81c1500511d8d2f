"""The whole bot on several platforms at once: a chat, a webhook of each shape, and the terminal."""

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import pytest

from adapters.terminal.adapter import Adapter as Terminal
from adapters.webhook.adapter import WebhookAdapter
from bot import app, service
from bot.chat.adapter import ChatAdapter
from bot.chat.command import Context, Who
from bot.chat.message import Person, Reply
from bot.models import Channel, ChannelKey
from bot.settings import Settings, load
from bot.store.engine import Database
from bot.store.migrate import migrate
from tests.fakes.chat import WORKSPACE, ChatServer, Shown
from tests.fakes.chat_adapter import NAME, FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.feed import FakeFeed
from tests.fakes.webhooks import WebhookServer

SHAPES = ("json", "slack", "discord")
PLACES = {
    "chat": ChannelKey(platform=NAME, workspace=WORKSPACE, id="#ml"),
    "terminal": ChannelKey(platform="terminal", workspace="local", id="#general"),
    **{shape: ChannelKey(platform="webhook", workspace="webhook", id=shape) for shape in SHAPES},
}


@dataclass(slots=True)
class Several:
    """A bot whose platforms are logged in; a test polls and delivers. Places are named as in PLACES."""

    app: app.App
    clock: FakeClock
    feed: FakeFeed
    chat: ChatServer
    hooks: WebhookServer
    _screen: StringIO = field(default_factory=StringIO)

    async def type(self, place: str, line: str) -> Reply:
        """What the operator is answered who types `line` in a place."""
        key = PLACES[place]
        context = Context(
            platform=key.platform,
            workspace=key.workspace,
            channel=Channel(key=key, name=key.id),
            user=Person(id="ann", name="ann"),
            rights=Who.OPERATOR,
        )
        return await self.app.commands.typed(context, line)

    async def subscribe(self, query: str) -> None:
        """Subscribe each place."""
        for place in PLACES:
            reply = await self.type(place, f"subscribe {query}")
            assert not reply.error, (place, reply)

    async def publish(self, *items: Mapping[str, Any]) -> None:
        """Put `items` on today's page, poll and deliver."""
        self.feed.publish_all(items, self.feed.today)
        await self.app.poller.poll()
        await self.app.postman.until_done()

    def posted(self) -> list[Shown]:
        """What stands in the chat, but for the quiet lines about subscriptions."""
        return [shown for shown in self.chat.posted("#ml") if "subscriptions changed" not in shown.headline]

    @property
    def screen(self) -> str:
        """What the terminal shows."""
        return self._screen.getvalue()

    def taken(self, shape: str) -> list[dict[str, Any]]:
        """What the webhook of that shape took."""
        return [received.payload for received in self.hooks.taken if received.shape == shape]


KINDS: Mapping[str, type[ChatAdapter]] = {NAME: FakeChat, "webhook": WebhookAdapter, "terminal": Terminal}


@asynccontextmanager
async def several(
    url: str,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    kinds: Mapping[str, type[ChatAdapter]] = KINDS,
    **given: Any,
) -> AsyncIterator[Several]:
    """A bot on the database at `url`, seeded with an empty feed; `given` are settings of the core."""
    async with Database(url) as database:
        await migrate(database)
    async with FakeFeed(clock) as feed, ChatServer(clock) as chat, WebhookServer() as hooks:
        monkeypatch.setenv("FAKECHAT_URL", chat.url)
        monkeypatch.setenv("WEBHOOK_URLS", ",".join(hooks.address(shape, shape) for shape in SHAPES))
        screen = StringIO()
        monkeypatch.setattr(sys, "stdout", screen)
        settings = load(Settings, _env_file=None, database_url=url, hf_endpoint=feed.url, **given)
        async with app.built(settings, clock, kinds=kinds) as parts, service.connected(parts):
            await parts.poller.poll()
            yield Several(parts, clock, feed, chat, hooks, screen)
