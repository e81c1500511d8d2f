"""Connections and transactions: SQLite by default, PostgreSQL by `DATABASE_URL`.

One writer at a time, on both: what a transaction has read stays true until it commits, which is what
lets a claim decide by the subscriptions that are live at that moment.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import URL, ExceptionContext, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.logs import get_logger
from bot.store.schema import HEAD

log = get_logger(__name__)

BUSY_TIMEOUT = 10_000  # ms that a writer waits for another one
CONNECT_TIMEOUT = 10  # seconds, of PostgreSQL's server
WRITER_LOCK = 0x70617065  # PostgreSQL's advisory lock of a writing transaction
FORMS = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
_ALONE = text("SELECT set_config('lock_timeout', :wait, true), pg_advisory_xact_lock(:key)")


class StoreError(Exception):
    """The database cannot be used; the message says why, and what to do."""


class StoreCorrupt(StoreError):
    """The database file is damaged. It is never replaced by us."""


class StoreBehind(StoreError):
    """The database has an older schema than this version needs, or none yet."""


def database_url(given: str) -> URL:
    """`given` as SQLAlchemy needs it; `postgres://` is understood too. Raises StoreError."""
    try:
        url = make_url(given.strip())
    except (ArgumentError, ValueError):  # the latter for a port that is no number; both quote the address
        raise StoreError(f"DATABASE_URL is not an address; it takes {FORMS}.") from None
    if given.partition("?")[0].count("@") > 1:  # the rest of the password would be the host, and be shown
        raise StoreError("DATABASE_URL has two @: write one that belongs to the password as %40.")
    match url.get_backend_name():
        case "sqlite" if url.database and url.database != ":memory:" and not url.host:
            return url.set(drivername="sqlite+aiosqlite")
        case "sqlite":
            raise StoreError("DATABASE_URL names no file; it takes sqlite:///FILE, with three slashes.")
        case "postgres" | "postgresql":
            return url.set(drivername="postgresql+psycopg")
    raise StoreError(f"DATABASE_URL names a kind of database that is not known here; it takes {FORMS}.")


class Database:
    """The database at `url`; open while used as a context manager."""

    def __init__(self, url: str, *, synchronous: str = "NORMAL") -> None:
        """Open nothing yet. Raises StoreError where `url` cannot be one.

        `synchronous` is SQLite's: NORMAL may lose the last commits when the power fails, FULL none.
        """
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
        """A transaction that writes: alone, from its first statement; commits when the block ends well.

        Raises SQLAlchemy's OperationalError, for which `is_busy` is true, when another one wrote for 10 s.
        """
        async with self._writer, self.engine.connect() as connection:
            await connection.execution_options(writes=True)
            async with connection.begin():
                if self.file is None:
                    await connection.execute(_ALONE, {"wait": f"{BUSY_TIMEOUT}ms", "key": WRITER_LOCK})
                yield connection

    async def check(self) -> None:
        """Raise StoreCorrupt, StoreBehind or StoreError where the database cannot serve this version."""
        await self.check_file()
        revision = await self.revision()
        if self.file is not None:  # a server's old bot goes on beside the new one, as on every deploy
            refuse_newer(revision)
        if revision is None:
            raise StoreBehind("There is no database yet. `paperboy run` makes it.")
        if revision < HEAD:
            what = f"The database is at revision {revision}, this version needs {HEAD}."
            raise StoreBehind(f"{what} `paperboy migrate` brings it there; so does `run`.")

    async def revision(self) -> str | None:
        """The schema's revision; None where there is none yet. Raises StoreError, StoreCorrupt."""
        if self.file is not None and not self.file.exists():
            return None  # and a look makes no file
        with self.explained():
            async with self.engine.connect() as connection:
                exists = await connection.run_sync(
                    lambda sync: sync.dialect.has_table(sync, "alembic_version")
                )
                if not exists:
                    return None
                return (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar()

    async def check_file(self) -> None:
        """Read a SQLite file's whole structure, writing nothing. Raises StoreError, StoreCorrupt."""
        if self.file is None or not self.file.exists():
            return
        with self.explained():
            found = await asyncio.to_thread(_quick_check, self.file)
        if found != "ok":
            raise StoreCorrupt(_restore(self.file))

    @contextmanager
    def explained(self) -> Iterator[None]:
        """What a driver raises while it opens or checks the database comes out as StoreError."""
        try:
            yield
        except DBAPIError as error:
            raise self._explain(error.orig) from None  # its own text may hold the address
        except sqlite3.Error as error:
            raise self._explain(error) from None

    def _explain(self, error: BaseException | None) -> StoreError:
        if self.file is None:
            reason = " ".join(str(error).split()).replace(self.url.password or "\0", "***")
            return StoreError(f"The PostgreSQL server of DATABASE_URL cannot be used: {reason}")
        if isinstance(error, sqlite3.DatabaseError) and _primary_code(error) in DAMAGED:
            return StoreCorrupt(_restore(self.file))
        why = "it is a folder" if self.file.is_dir() else error
        return StoreError(f"The database file {self.file} cannot be used: {why}.")


def refuse_newer(revision: str | None) -> None:
    """Raise StoreError where `revision` is one that this version does not know; they count up."""
    if revision is not None and revision > HEAD:
        raise StoreError(
            f"The database was made by a newer Paperboy: it is at revision {revision}, and this version "
            f"knows {HEAD}. Install that version again."
        )


DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def is_busy(error: BaseException) -> bool:
    """Whether `error` only says that the database was locked or away for a moment: trying again may help."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, OperationalError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return _primary_code(error.orig) in LOCKED
    return True  # PostgreSQL: the server is away or overloaded, or took somebody else's side


@asynccontextmanager
async def unless_busy(doing: str) -> AsyncIterator[None]:
    """The block is left, with a log line, where the database is busy: its work is done the next time."""
    try:
        yield
    except SQLAlchemyError as error:
        if not is_busy(error):
            raise
        log.warning("store.busy", during=doing)


def _primary_code(error: sqlite3.Error) -> int:
    """SQLite's result code without its extension, which only says more about the same."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _quick_check(file: Path) -> str:
    """What `PRAGMA quick_check` says, "ok" where all is well; on a connection that cannot write."""
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT}")
        return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])


def _restore(file: Path) -> str:
    """What to do about a damaged database file."""
    return (
        f"The database file {file} is damaged; it was left as it is. Put a backup in its place, or save what "
        f'can be read:  mv "{file}" "{file}.damaged" && sqlite3 "{file}.damaged" .recover | sqlite3 "{file}"'
    )


def _engine(url: URL, synchronous: str) -> AsyncEngine:
    """An engine whose errors never print values, since some of them are secrets."""
    if url.get_backend_name() != "sqlite":
        return _on_server(url)
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

    @event.listens_for(engine.sync_engine, "invalidate")
    def roll_back(connection: Any, _record: Any, _error: object) -> None:
        # Closed while a cancelled task still refers to a cursor, SQLite keeps the transaction and its lock.
        # Queued for aiosqlite's thread as SQLAlchemy itself does, since nothing can be awaited here.
        driver = connection.driver_connection
        if driver._connection is not None:
            driver._tx.put_nowait((None, driver._connection.rollback))

    return engine


def _on_server(url: URL) -> AsyncEngine:
    patience = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_TIMEOUT}
    try:
        engine = create_async_engine(
            url, hide_parameters=True, pool_pre_ping=True, pool_size=5, connect_args=patience
        )
    except ImportError:
        raise StoreError(
            "PostgreSQL needs a driver that is not installed: pip install 'paperboy-bot[postgres]'"
        ) from None

    @event.listens_for(engine.sync_engine, "handle_error")
    def without_values(context: ExceptionContext) -> None:
        # The server quotes the row that it refuses, below what it says about it.
        for error in (context.original_exception, context.sqlalchemy_exception):
            if error is not None and "\nDETAIL:" in str(error):
                error.args = (str(error.args[0]).partition("\nDETAIL:")[0],)

    return engine
