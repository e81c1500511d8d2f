"""The whole bot, as the composition root builds it, between a fake feed and a fake chat platform."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import select

from bot.chat.adapter import ChatAdapter
from bot.models import ChannelKey
from bot.store import channels
from bot.store.schema import deliveries as delivery_rows
from tests.fakes.chat import WORKSPACE, ChatServer, Shown
from tests.fakes.chat_adapter import NAME, FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.feed import FakeFeed
from tests.fakes.whole import WholeBot

ANN = "ann"


class Paperboy(WholeBot[ChatAdapter]):
    """A running bot; `ann` manages every channel unless a test says otherwise."""

    def __init__(
        self, url: str, clock: FakeClock, feed: FakeFeed, chat: ChatServer, kind: type[ChatAdapter]
    ) -> None:
        super().__init__(url, clock, feed, kind)
        self.chat = chat

    async def type(self, channel: str, line: str, user: str = ANN) -> Shown:
        """What `user` sees who types `line` in `channel`."""
        return await self.chat.type(user, channel, line)

    async def subscribe(self, channel: str, *queries: str) -> None:
        """Subscribe `channel` to each of `queries`."""
        for query in queries:
            reply = await self.type(channel, f"subscribe {query}")
            assert not reply.body["error"], reply.text

    def posted(self, channel: str) -> list[Shown]:
        """What stands in `channel`, oldest first, but for the quiet lines about subscriptions."""
        quiet = "This channel's subscriptions changed"
        return [shown for shown in self.chat.posted(channel) if shown.headline != quiet]

    def titles(self, channel: str) -> list[str]:
        """The titles of the cards in `channel`."""
        return [title for shown in self.posted(channel) for title in shown.titles]

    async def rows(self, channel: str, kind: str = "paper") -> list[Any]:
        """The channel's deliveries of a kind, as the store has them."""
        key = ChannelKey(platform=NAME, workspace=WORKSPACE, id=channel)
        async with self.app.database.read() as connection:
            stored = await channels.find(connection, key)
            assert stored
            query = select(delivery_rows).where(
                delivery_rows.c.channel_id == stored.id, delivery_rows.c.kind == kind
            )
            return list((await connection.execute(query.order_by(delivery_rows.c.id))).all())

    async def states(self, channel: str) -> list[str]:
        """The state of each paper's delivery to `channel`."""
        return [row.state for row in await self.rows(channel)]


@asynccontextmanager
async def running(
    url: str,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[ChatAdapter] = FakeChat,
) -> AsyncIterator[Paperboy]:
    """A bot on the migrated database at `url`, seeded with an empty feed."""
    async with FakeFeed(clock) as feed, ChatServer(clock) as chat:
        monkeypatch.setenv("FAKECHAT_URL", chat.url)
        paperboy = Paperboy(url, clock, feed, chat, kind)
        await paperboy.start()
        await paperboy.seed()
        try:
            yield paperboy
        finally:
            await paperboy.stop()
