"""One bot an installation: who holds this lock polls and posts."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

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
ANSWER = 10  # seconds in which the server answers a heartbeat, or is taken for gone


class AlreadyRunning(StoreError):
    """Another bot uses this database file."""


class Lock:
    """A held lock; `lost` notices when it is held no more."""

    def __init__(self, clock: Clock, connection: AsyncConnection | None) -> None:
        self._clock, self._connection = clock, connection

    async def lost(self) -> None:
        """Until the lock is lost, with the connection that held it; a file's never is."""
        while self._connection is not None:
            await self._clock.sleep(HEARTBEAT)
            try:
                async with asyncio.timeout(ANSWER):
                    await self._connection.execute(text("SELECT 1"))
                    await self._connection.rollback()
            except (DBAPIError, TimeoutError):
                return
        await asyncio.Event().wait()


@asynccontextmanager
async def held(database: Database, clock: Clock) -> AsyncIterator[Lock]:
    """Hold the lock of the installation.

    On SQLite a second bot gets AlreadyRunning; on PostgreSQL it waits as stand-by, since the old and
    the new one overlap on every deploy. Raises StoreError where there can be no lock file.
    """
    if database.file is None:
        async with _on_server(database, clock) as lock:
            yield lock
    else:
        with of_file(database.file):
            yield Lock(clock, None)


@contextmanager
def of_file(file: Path) -> Iterator[None]:
    """Hold the lock of the bot that uses the SQLite `file`. Raises AlreadyRunning, StoreError."""
    lock = FileLock(f"{file}.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise AlreadyRunning(
            f"Another Paperboy is running on {file}. Stop it first, or set DATABASE_URL to another file."
        ) from None
    except OSError as error:
        raise StoreError(f"The lock file {file}.lock cannot be used: {error.strerror}.") from None
    try:
        yield
    finally:
        lock.release()


@asynccontextmanager
async def _on_server(database: Database, clock: Clock) -> AsyncIterator[Lock]:
    said = ""
    while isinstance(got := await _try(database), str):
        if got != said:
            log.info("standby.waiting", reason=got)
        said = got
        await clock.sleep(TRY_AGAIN)
    if said:
        log.info("standby.over")
    try:
        yield Lock(clock, got)
    finally:
        await _end(got)


async def _try(database: Database) -> AsyncConnection | str:
    """A connection that holds the lock, or why there is none."""
    try:
        connection = await database.engine.connect()
        return connection if await _got(connection) else "another bot has the lock"
    except DBAPIError as error:
        return f"the server is away: {type(error.orig).__name__}"


async def _got(connection: AsyncConnection) -> bool:
    """Whether `connection` holds the lock now; where not, it is closed."""
    got = False
    try:
        tried = await connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": BOT_LOCK})
        got = bool(tried.scalar())
        await connection.rollback()
    finally:
        if not got:
            await _end(connection)
    return got


async def _end(connection: AsyncConnection) -> None:
    """Close for good: the server gives the lock back with the session, not with the pool."""
    await connection.invalidate()
    await connection.close()
