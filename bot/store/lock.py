"""One bot an installation: who holds this lock polls and posts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from filelock import FileLock, Timeout
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import SECOND, Clock
from bot.logs import get_logger
from bot.store.engine import Database, StoreError

log = get_logger(__name__)
BOT_LOCK = 0x70617065_72  # PostgreSQL's advisory lock of the running bot
TRY_AGAIN = 2 * SECOND  # a stand-by's wait
HEARTBEAT = 5 * SECOND


class AlreadyRunning(StoreError):
    """Another bot uses this database file."""


class LockLost(Exception):
    """The connection that held the lock is gone: stop polling and posting until it is held again."""


class Lock:
    """A held lock; `watch` notices when it is lost."""

    def __init__(self, clock: Clock, connection: AsyncConnection | None) -> None:
        self._clock, self._connection = clock, connection

    async def watch(self) -> None:
        """Raise LockLost when the lock is lost; a file's never is."""
        while self._connection is not None:
            await self._clock.sleep(HEARTBEAT)
            try:
                await self._connection.execute(text("SELECT 1"))
                await self._connection.rollback()
            except DBAPIError as error:
                raise LockLost("the connection that held the bot's lock is gone") from error
        await asyncio.Event().wait()


@asynccontextmanager
async def held(database: Database, clock: Clock) -> AsyncIterator[Lock]:
    """Hold the lock of the installation.

    On SQLite a second bot gets AlreadyRunning; on PostgreSQL it waits as stand-by, since the old and
    the new one overlap on every deploy.
    """
    if database.file is None:
        async with _on_server(database, clock) as lock:
            yield lock
        return
    lock_file = FileLock(f"{database.file}.lock", timeout=0)
    try:
        lock_file.acquire()
    except Timeout:
        raise AlreadyRunning(
            f"Another Paperboy is running on {database.file}. Stop it first, or set DATABASE_URL to "
            "another file."
        ) from None
    try:
        yield Lock(clock, None)
    finally:
        lock_file.release()


@asynccontextmanager
async def _on_server(database: Database, clock: Clock) -> AsyncIterator[Lock]:
    async with database.engine.connect() as connection:
        waiting = False
        while not await _try(connection):
            if not waiting:
                log.info("standby.waiting")
            waiting = True
            await clock.sleep(TRY_AGAIN)
        try:
            yield Lock(clock, connection)
        finally:
            # Closed for good: the server gives the lock back with the session, not with the pool.
            await connection.invalidate()


async def _try(connection: AsyncConnection) -> bool:
    got = (await connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": BOT_LOCK})).scalar()
    await connection.rollback()
    return bool(got)
