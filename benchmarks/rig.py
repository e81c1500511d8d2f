"""A real bot on a database of its own, for measuring."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiohttp import ClientSession

from bot import app, logs, service
from bot.chat.adapter import Limits
from bot.clock import SystemClock
from bot.models import Channel, ChannelKey
from bot.settings import Settings, load
from bot.store import channels
from bot.store.channels import StoredChannel
from bot.store.engine import Database
from bot.store.migrate import migrate
from tests.fakes.chat_adapter import NAME, FakeChat
from tests.fakes.feed import FakeFeed

SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "data"


def limited(channel: float | None = None, bot: float | None = None) -> type[FakeChat]:
    """The fake platform's adapter, knowing these limits (posts a second)."""

    class Limited(FakeChat):
        limits = Limits(channel=channel, bot=bot, value=100, settle=timedelta())

    return Limited


@asynccontextmanager
async def bot(chat: str, kind: type[FakeChat] = FakeChat) -> AsyncIterator[tuple[app.App, FakeFeed]]:
    """The bot between a feed and the platform at `chat`, logged in and seeded."""
    logs.configure("ERROR")
    os.environ["FAKECHAT_URL"] = chat
    with TemporaryDirectory() as folder:
        url = os.environ.get("BENCHMARK_DATABASE_URL") or f"sqlite:///{folder}/bench.db"
        async with Database(url) as database:
            await migrate(database)
        async with FakeFeed(SystemClock()) as feed:
            settings = load(Settings, _env_file=None, database_url=url, hf_endpoint=feed.url)
            async with app.built(settings, kinds={NAME: kind}) as parts, service.connected(parts):
                await parts.poller.poll()
                yield parts, feed


async def made_channels(parts: app.App, count: int) -> list[StoredChannel]:
    """`count` channels in one workspace."""
    async with parts.database.write() as connection:
        return [
            await channels.ensure(
                connection,
                Channel(key=ChannelKey(platform=NAME, workspace="W1", id=f"c{number}"), name=f"#c{number}"),
            )
            for number in range(count)
        ]


async def stats(chat: str) -> Any:
    """What the platform accepted and refused."""
    async with ClientSession() as client, client.get(f"{chat}/_stats") as answer:
        return await answer.json()


async def accepted(chat: str, count: int, clock: SystemClock) -> Any:
    """Wait until the platform has accepted `count` messages; its stats."""
    while True:
        found = await stats(chat)
        if len(found["accepted"]) >= count:
            return found
        await clock.sleep(50)
