"""A write that is cancelled, as all are when the bot is told to stop, holds up nobody else's."""

import asyncio
import gc
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from bot.clock import SystemClock
from bot.store.engine import Database
from bot.store.migrate import migrate
from bot.store.schema import feeds


@pytest.fixture
def no_collector() -> Iterator[None]:
    """What somebody still refers to stays, as long as nobody collects."""
    gc.disable()
    yield
    gc.enable()


async def write(database: Database) -> None:
    upsert = insert(feeds).values(name="daily", failures=0, next_poll_at=0)
    upsert = upsert.on_conflict_do_update(index_elements=["name"], set_={"failures": feeds.c.failures + 1})
    async with database.write() as connection:
        for _ in range(5):
            await connection.execute(upsert.returning(feeds.c.failures))
            await connection.execute(select(feeds))


@pytest.mark.usefixtures("no_collector")
async def test_a_cancelled_write_gives_its_lock_back(sqlite_url: str) -> None:
    ended: list[object] = []  # with their tracebacks, whose frames hold cursors
    async with Database(sqlite_url) as database:
        await migrate(database)
        for moment in range(60):
            task = asyncio.create_task(write(database))
            await SystemClock().sleep(moment // 10)
            for _ in range(moment % 10):
                await asyncio.sleep(0)
            task.cancel()
            ended += await asyncio.gather(task, return_exceptions=True)
            assert database.file
            with closing(sqlite3.connect(database.file, timeout=2, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
    assert any(isinstance(error, asyncio.CancelledError) for error in ended)
