"""Bring a database to the newest revision. Alembic is imported here alone, and only when it runs."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from filelock import AsyncFileLock, Timeout
from sqlalchemy import Connection, text

from bot.store import lock
from bot.store.engine import Database, StoreBehind, StoreError, refuse_newer
from bot.store.schema import HEAD

SCRIPTS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 0x70617066  # PostgreSQL's advisory lock, held while a migration runs
PATIENCE = 60  # seconds to wait for another migration


async def migrate(database: Database) -> None:
    """Run what is missing, alone.

    Raises AlreadyRunning beside a running bot on the same SQLite file (on PostgreSQL it runs beside),
    StoreCorrupt, and StoreError where the database cannot be used or a newer version has made it.
    """
    behind = await _is_behind(database)
    refuse_newer(await database.revision())
    if database.file is None:
        await _run(database)
        return
    async with _one_at_a_time(database.file):
        if behind and not await _is_behind(database):
            return  # somebody else migrated while we waited, and may be running by now
        with lock.of_file(database.file):
            await _run(database)


async def _is_behind(database: Database) -> bool:
    """Whether the schema is older than this version's. Raises StoreCorrupt, StoreError."""
    try:
        await database.check()
    except StoreBehind:
        return True
    return False


@asynccontextmanager
async def _one_at_a_time(file: Path) -> AsyncIterator[None]:
    """Hold the lock of those who migrate `file`. Raises StoreError."""
    migrating = AsyncFileLock(f"{file}.migrate.lock", timeout=PATIENCE)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        await migrating.acquire()
    except Timeout:
        raise StoreError(f"Another migration of {file} has not ended for {PATIENCE} s.") from None
    except OSError as error:
        reason = f"{error.strerror}: {error.filename}"
        raise StoreError(f"The database file {file} cannot be used: {reason}.") from None
    try:
        yield
    finally:
        await migrating.release()


async def _run(database: Database) -> None:
    with database.explained():
        async with database.engine.connect() as connection:
            await connection.execution_options(writes=True)
            await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    with _unenforced(connection) if connection.dialect.name == "sqlite" else _one_on_server(connection):
        command.upgrade(_configured(connection), HEAD)
        connection.commit()


@contextmanager
def _unenforced(connection: Connection) -> Iterator[None]:
    """Enforcement of foreign keys is off: rebuilding a table would cascade to its children."""
    _outside(connection, "PRAGMA foreign_keys=OFF")
    try:
        yield
        _verify(connection)
    finally:
        _outside(connection, "PRAGMA foreign_keys=ON")


@contextmanager
def _one_on_server(connection: Connection) -> Iterator[None]:
    """Hold the lock of those who migrate this database."""
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()


def _configured(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _outside(connection: Connection, pragma: str) -> None:
    """SQLite ignores this pragma inside a transaction."""
    connection.rollback()
    cursor = connection.connection.cursor()
    cursor.execute(pragma)
    cursor.close()


def _verify(connection: Connection) -> None:
    """Raise StoreError where a migration left rows that point nowhere, or a damaged file."""
    broken = connection.execute(text("PRAGMA foreign_key_check")).first()
    found = connection.execute(text("PRAGMA quick_check(1)")).scalar()
    connection.rollback()
    if broken is not None or found != "ok":
        raise StoreError("The migration left the database inconsistent; restore the backup you made.")
