"""Bring a database to the newest revision. Alembic is imported here alone, and only when it runs."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from filelock import FileLock
from sqlalchemy import Connection, text

from bot.store.engine import Database, StoreError
from bot.store.schema import HEAD

SCRIPTS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 0x70617066  # PostgreSQL's advisory lock, held while a migration runs
PATIENCE = 60  # seconds to wait for another migration


async def migrate(database: Database) -> None:
    """Run what is missing, alone. Raises StoreError, StoreCorrupt."""
    if database.file is None:
        await _run(database)
        return
    database.file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(f"{database.file}.migrate.lock", timeout=PATIENCE)
    await asyncio.to_thread(lock.acquire)
    try:
        await _run(database)
    finally:
        lock.release()


async def _run(database: Database) -> None:
    async with database.engine.connect() as connection:
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    """Upgrade with enforcement of foreign keys off: rebuilding a table would cascade to its children."""
    on_file = connection.dialect.name == "sqlite"
    if on_file:
        _outside(connection, "PRAGMA foreign_keys=OFF")
    else:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()
    try:
        command.upgrade(_configured(connection), HEAD)
        connection.commit()
        if on_file:
            _verify(connection)
    finally:
        if on_file:
            _outside(connection, "PRAGMA foreign_keys=ON")
        else:
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
