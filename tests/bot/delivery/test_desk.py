"""What was posted is written down, whoever runs by then."""

import asyncio
import sqlite3
from contextlib import closing, suppress
from typing import Any

import pytest

from bot.chat.adapter import Posted
from bot.delivery.claims import Batch, Sent, Speed
from bot.delivery.desk import Desk
from bot.models import ChannelId, PaperId
from bot.store import deliveries, engine, outbox
from bot.store.deliveries import Delivery
from bot.store.engine import Database
from bot.store.migrate import migrate
from tests.bot.store.rows import channel, subscribe
from tests.fakes.clock import FakeClock

PAPER = PaperId("2512.00001")


async def delivery(database: Database, channel: ChannelId) -> Delivery:
    async with database.read() as connection:
        row = await deliveries.of_paper(connection, channel, PAPER)
    assert row is not None
    return row


async def ended(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_what_a_run_could_not_write_down_the_next_one_does(
    sqlite_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT", 20)
    async with Database(sqlite_url) as database:
        await migrate(database)
        async with database.write() as connection:
            ml = await channel(connection)
            query = (await subscribe(connection, ml)).query_id
            await outbox.plan(connection, [(PAPER, query)], clock.now())
        desk = Desk(database, clock, {"chat": Speed()})
        first = asyncio.create_task(desk.run())
        await asyncio.sleep(0)  # it has begun
        batch = await desk.claim(ml.id)
        assert isinstance(batch, Batch)
        with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            sent = Sent(Posted(channel=ml.channel.key, id="m1"), clock.now())
            drain = asyncio.create_task(desk.settle(batch, sent))
            while clock.next_moment is None:  # noqa: ASYNC110 - until it was busy, and waits to try again
                await asyncio.sleep(0.005)
            await ended(first)
            await ended(drain)
        second = asyncio.create_task(desk.run())
        async with asyncio.timeout(10):
            while (row := await delivery(database, ml.id)).state == "sending":
                pass
        await ended(second)
    assert (row.state, row.sent_at, row.attempts) == ("sent", sent.at, 1)
