"""Any database comes to this version's schema, and nothing in it is lost."""

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from bot.store import papers
from bot.store.engine import Database, StoreError
from bot.store.lock import AlreadyRunning, held
from bot.store.migrate import migrate
from bot.store.schema import HEAD, metadata
from tests.bot.store.rows import paper, store
from tests.bot.store.test_engine import child
from tests.fakes.clock import FakeClock


def differences(connection: Connection) -> list[object]:
    """How the tables differ from those that the code names."""
    exact = connection.dialect.name == "postgresql"  # SQLite's defaults come back in other quotes
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": exact}
    )
    return [change for change in compare_metadata(context, metadata) if change[0] != "remove_table"]


async def test_the_schema_is_the_one_that_the_code_names(database: Database) -> None:
    async with database.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_second_time_changes_nothing(database: Database) -> None:
    async with database.write() as connection:
        await store(connection, paper())
    await migrate(database)
    await database.check()
    async with database.read() as connection:
        assert await papers.count(connection) == 1


async def test_foreign_keys_are_enforced_again_afterwards(sqlite_url: str) -> None:
    async with Database(sqlite_url) as database:
        await migrate(database)
        async with database.read() as one, database.read() as two:
            for connection in (one, two):
                assert (await connection.execute(text("PRAGMA foreign_keys"))).scalar() == 1


async def test_several_at_once_do_it_once(url: str) -> None:
    async with Database(url) as one, Database(url) as two, Database(url) as three:
        await asyncio.gather(*(migrate(database) for database in (one, two, three)))
        await two.check()


async def test_a_folder_that_is_not_there_yet_is_made(tmp_path: Path) -> None:
    async with Database(f"sqlite:///{tmp_path}/new/folder/paperboy.db") as database:
        await migrate(database)
        await database.check()


async def test_on_sqlite_it_refuses_beside_a_running_bot(
    sqlite_url: str, tmp_path: Path, clock: FakeClock
) -> None:
    async with Database(sqlite_url) as database, Database(sqlite_url) as other:
        async with held(other, clock):
            with pytest.raises(AlreadyRunning, match="Stop it first"):
                await migrate(database)
            assert await database.revision() is None
        await migrate(database)


async def test_who_waited_for_another_migration_does_not_mind_the_bot_that_began_since(
    sqlite_url: str, clock: FakeClock
) -> None:
    """Two verbs find the database behind; the first is migrated and runs before the second had its turn."""
    async with Database(sqlite_url) as database, Database(sqlite_url) as other:
        first = asyncio.create_task(migrate(database))
        second = asyncio.create_task(migrate(other))
        await first
        async with held(database, clock):
            await second


async def test_on_postgresql_it_runs_beside_the_bot(postgres_url: str, clock: FakeClock) -> None:
    async with Database(postgres_url) as database, held(database, clock):
        await migrate(database)
        await database.check()


async def test_a_migration_that_fails_leaves_the_database_as_it_was_and_lets_others_in(
    url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The table stands in the way, as after a restore that went half."""
    async with Database(url) as database:
        async with database.write() as connection:
            await connection.execute(text("CREATE TABLE papers (id TEXT)"))
        with pytest.raises(StoreError):
            await migrate(database)
        assert await database.revision() is None
        async with database.write() as connection:
            await connection.execute(text("DROP TABLE papers"))
        await migrate(database)
        await database.check()


def test_the_running_bot_never_imports_the_migrations() -> None:
    code = "import sys, bot.service; print(sorted({'alembic', 'mako', 'cryptography'} & set(sys.modules)))"
    assert child(code).stdout == "[]\n"


def test_the_revision_that_the_code_names_is_the_newest() -> None:
    folder = Path(__file__).resolve().parents[3] / "bot" / "store" / "migrations" / "versions"
    assert max(file.name[1:5] for file in folder.glob("r*.py")) == HEAD
