"""Connections and transactions: SQLite by default, PostgreSQL by `DATABASE_URL`.

One writer at a time, on both: what a transaction has read stays true until it commits, which is what
lets a claim decide by the subscriptions that are live at that moment.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import URL, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.store.schema import HEAD

BUSY_TIMEOUT = 10_000  # ms
WRITER_LOCK = 0x70617065  # PostgreSQL's advisory lock of a writing transaction


class StoreError(Exception):
    """The database cannot be used; the message says why, and what to do."""


class StoreCorrupt(StoreError):
    """The database file is damaged. It is never replaced by us."""


class StoreBehind(StoreError):
    """The database has an older (or newer) schema than this version."""


def database_url(given: str) -> URL:
    """`given` as SQLAlchemy needs it; `postgres://` and `sqlite:///FILE` are understood. Raises StoreError."""
    try:
        url = make_url(given)
    except ArgumentError as error:
        raise StoreError(
            "DATABASE_URL is not an address: use sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
        ) from error
    match url.get_backend_name():
        case "sqlite" if url.database and url.database != ":memory:":
            return url.set(drivername="sqlite+aiosqlite")
        case "postgres" | "postgresql":
            return url.set(drivername="postgresql+psycopg")
    raise StoreError(
        "DATABASE_URL takes sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME, not " + url.drivername
    )


class Database:
    """The database at `url`; open while used as a context manager."""

    def __init__(self, url: str, *, synchronous: str = "NORMAL") -> None:
        """`synchronous` is SQLite's: NORMAL may lose the last commits when the power fails, FULL none."""
        self.url = database_url(url)
        self.engine = _engine(self.url, synchronous)
        self._writer = asyncio.Lock()

    @property
    def file(self) -> Path | None:
        """The SQLite file, made absolute; None on PostgreSQL."""
        name = self.url.database
        return Path(name).absolute() if name and self.url.get_backend_name() == "sqlite" else None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Shielded: a connection left open keeps aiosqlite's thread, and with it the process, alive.
        await asyncio.shield(self.engine.dispose())

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads, on one snapshot of the data."""
        async with self.engine.connect() as connection:
            if self.file is None:
                await connection.execution_options(isolation_level="REPEATABLE READ")
            async with connection.begin():
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes: alone, from its first statement; commits when the block ends well."""
        async with self._writer, self.engine.connect() as connection:
            await connection.execution_options(writes=True)
            async with connection.begin():
                if self.file is None:
                    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_LOCK})
                yield connection

    async def check(self) -> None:
        """Raise StoreCorrupt, StoreBehind or StoreError where the database cannot serve this version."""
        if self.file is not None:
            await self._quick_check(self.file)
        revision = await self.revision()
        if revision != HEAD:
            raise StoreBehind(f"The database is at revision {revision}, this version needs {HEAD}.")

    async def revision(self) -> str | None:
        """The schema's revision; None where there is none yet. Raises StoreError, StoreCorrupt."""
        try:
            async with self.engine.connect() as connection:
                exists = await connection.run_sync(
                    lambda sync: sync.dialect.has_table(sync, "alembic_version")
                )
                if not exists:
                    return None
                return (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar()
        except DBAPIError as error:
            raise self._foreign(error) from None

    async def _quick_check(self, file: Path) -> None:
        """Read the whole file's structure once, before anything is written to it."""
        try:
            async with self.engine.connect() as connection:
                found = (await connection.execute(text("PRAGMA quick_check(1)"))).scalar()
        except DBAPIError as error:
            raise self._foreign(error) from None
        if found != "ok":
            raise StoreCorrupt(_restore(file))

    def _foreign(self, error: DBAPIError) -> StoreError:
        """What a driver's `error` means; its own text may hold the address with its password."""
        if self.file is None:
            return StoreError("The PostgreSQL server of DATABASE_URL cannot be reached or refused us.")
        if isinstance(error.orig, sqlite3.DatabaseError) and not isinstance(
            error.orig, sqlite3.OperationalError
        ):
            return StoreCorrupt(_restore(self.file))
        return StoreError(f"The database file {self.file} cannot be opened: {error.orig}")


def is_busy(error: Exception) -> bool:
    """Whether `error` only says that the database was locked or away for a moment: trying again may help."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, OperationalError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in {
            sqlite3.SQLITE_BUSY,
            sqlite3.SQLITE_LOCKED,
        }
    return True  # PostgreSQL: the server is away or overloaded, or took somebody else's side


def _restore(file: Path) -> str:
    """What to do about a damaged database file."""
    return (
        f"The database file {file} is damaged; it was left as it is. Put a backup in its place, or save what "
        f'can be read:  mv "{file}" "{file}.damaged" && sqlite3 "{file}.damaged" .recover | sqlite3 "{file}"'
    )


def _engine(url: URL, synchronous: str) -> AsyncEngine:
    """An engine whose errors never print values, since some of them are secrets."""
    if url.get_backend_name() != "sqlite":
        return create_async_engine(url, hide_parameters=True, pool_pre_ping=True, pool_size=5)
    engine = create_async_engine(
        url, hide_parameters=True, connect_args={"isolation_level": None}, pool_size=5, max_overflow=10
    )

    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT}",
            "journal_mode=WAL",
            "foreign_keys=ON",
            f"synchronous={synchronous}",
        ):
            cursor.execute("PRAGMA " + pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        # A transaction that begins by reading fails at once when it writes after another's commit.
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
