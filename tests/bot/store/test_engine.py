"""Both databases open, keep what is written, and say plainly why they cannot be used."""

import asyncio
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.store import engine, papers
from bot.store.engine import Database, StoreBehind, StoreCorrupt, StoreError, database_url, is_busy
from bot.store.migrate import migrate
from bot.store.schema import HEAD, adapter_state, audit, feeds, listings
from tests.bot.store.rows import paper, store

ROOT = Path(__file__).resolve().parents[3]
SECRET = "hunter2%40hunter2"  # as it stands in an address; hunter2@hunter2
PLAIN = "hunter2@hunter2"


@pytest.fixture
async def other(database: Database) -> AsyncIterator[Database]:
    """Another process's hold of the same database."""
    async with Database(database.url.render_as_string(hide_password=False)) as other:
        yield other


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "paperboy.db"


def content(file: Path) -> bytes | None:
    return file.read_bytes() if file.exists() else None


async def pragma(database: Database, name: str) -> object:
    async with database.read() as connection:
        return (await connection.execute(text(f"PRAGMA {name}"))).scalar()


class TestAddresses:
    """What DATABASE_URL takes."""

    @pytest.mark.parametrize(
        ("given", "driver", "name"),
        [
            ("sqlite:///paperboy.db", "sqlite+aiosqlite", "paperboy.db"),
            ("  sqlite:////data/paper boy.db\n", "sqlite+aiosqlite", "/data/paper boy.db"),
            ("sqlite+aiosqlite:///x.db", "sqlite+aiosqlite", "x.db"),
            ("postgres://u:p@h:5433/n", "postgresql+psycopg", "n"),
            ("postgresql://u:p@h/n?sslmode=require", "postgresql+psycopg", "n"),
            ("postgresql+psycopg2://u@h/n", "postgresql+psycopg", "n"),
        ],
    )
    def test_each_usual_way_to_write_one_is_understood(self, given: str, driver: str, name: str) -> None:
        url = database_url(given)
        assert (url.drivername, url.database) == (driver, name)

    @pytest.mark.parametrize(
        "given",
        [
            "", "paperboy.db", "sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite://paperboy.db",
            f"mysql://bot:{SECRET}@db/papers", f"postgresql://bot:{SECRET}@db:port/papers", f"://{SECRET}",
            f"postgresql//bot:{SECRET}@db/papers", SECRET, f"{SECRET}://x",
        ],
    )  # fmt: skip
    def test_nonsense_gets_one_line_that_says_what_it_takes_and_shows_no_secret(self, given: str) -> None:
        with pytest.raises(StoreError) as refused:
            Database(given)
        said = str(refused.value)
        assert "DATABASE_URL" in said and "sqlite:///FILE" in said and "\n" not in said
        assert SECRET not in said and refused.value.__cause__ is None


class TestTransactions:
    """One writer at a time; a reader sees one moment."""

    async def test_sqlite_is_set_up_on_every_connection(self, sqlite_url: str) -> None:
        async with Database(sqlite_url) as database, database.read(), database.read():
            expected = {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 10_000, "synchronous": 1}
            assert {name: await pragma(database, name) for name in expected} == expected

    async def test_sqlite_can_be_told_to_lose_nothing_when_the_power_fails(self, sqlite_url: str) -> None:
        async with Database(sqlite_url, synchronous="FULL") as database:
            assert await pragma(database, "synchronous") == 2

    async def test_what_a_writer_reads_stays_true_until_it_commits(
        self, database: Database, other: Database
    ) -> None:
        """Each reads the number, lets the others run, and writes one more: no rise may be lost."""

        async def rise(through: Database) -> None:
            for _ in range(10):
                async with through.write() as connection:
                    seen = (await connection.execute(select(feeds.c.failures))).scalar_one()
                    await asyncio.sleep(0)
                    await connection.execute(feeds.update().values(failures=seen + 1))

        async with database.write() as connection:
            await connection.execute(insert(feeds).values(name="daily"))
        await asyncio.gather(*(rise(through) for through in (database, other, database, other)))
        async with other.read() as connection:
            assert (await connection.execute(select(feeds.c.failures))).scalar_one() == 40

    async def test_a_reader_sees_one_moment_and_does_not_hold_up_the_writer(
        self, database: Database, other: Database
    ) -> None:
        async with database.read() as reader:
            before = await papers.count(reader)
            async with other.write() as writer:
                await store(writer, paper())
            assert (before, await papers.count(reader)) == (0, 0)
        async with database.read() as reader:
            assert await papers.count(reader) == 1

    async def test_a_transaction_that_fails_leaves_nothing(self, database: Database) -> None:
        with pytest.raises(ZeroDivisionError):
            async with database.write() as connection:
                await store(connection, paper())
                _ = 1 / 0
        async with database.read() as connection:
            assert await papers.count(connection) == 0

    async def test_a_cancelled_writer_lets_the_next_one_in(self, database: Database) -> None:
        async def hang() -> None:
            async with database.write() as connection:
                await store(connection, paper())
                inside.set()
                await asyncio.Event().wait()

        inside = asyncio.Event()
        hanging = asyncio.create_task(hang())
        await inside.wait()
        hanging.cancel()
        async with database.write() as connection:
            assert await papers.count(connection) == 0
        assert hanging.cancelled()

    async def test_a_writer_that_waited_too_long_may_try_again(
        self, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(engine, "BUSY_TIMEOUT", 50)
        async with Database(url) as database, Database(url) as other:
            async with other.write():
                with pytest.raises(OperationalError) as failed:
                    async with database.write():
                        pass
            assert is_busy(failed.value)
            async with database.write():
                pass  # and now it can

    async def test_a_wrong_statement_is_not_taken_for_a_busy_database(self, database: Database) -> None:
        async with database.read() as connection:
            with pytest.raises(Exception, match="nonsense") as failed:
                await connection.execute(text("SELECT nonsense"))
        assert not is_busy(failed.value)

    async def test_foreign_keys_are_enforced(self, database: Database) -> None:
        row = {"feed": "daily", "paper_id": "none", "day": "x", "first_seen_at": 1, "last_seen_at": 1}
        with pytest.raises(IntegrityError):
            async with database.write() as connection:
                await connection.execute(insert(listings).values(**row))

    @pytest.mark.parametrize("changed", [{}, {"value": None}])
    async def test_no_error_holds_the_values_that_were_written(
        self, database: Database, changed: dict[str, None]
    ) -> None:
        """Neither one of a key that is there already nor one of a value that is missing."""
        row = {"platform": "chat", "workspace": PLAIN, "key": "token", "value": b"x"}
        with pytest.raises(IntegrityError) as failed:
            async with database.write() as connection:
                await connection.execute(insert(adapter_state), [row, row | changed])
        error = failed.value
        assert PLAIN not in f"{error!s} {error!r} {error.orig!s} {error.orig!r}"
        assert "adapter_state" in str(error)


class TestCheck:
    """Start-up finds out whether the database can serve this version."""

    async def test_a_migrated_database_is_fine(self, database: Database) -> None:
        await database.check()
        assert await database.revision() == HEAD

    async def test_an_empty_database_is_behind(self, url: str) -> None:
        async with Database(url) as database:
            with pytest.raises(StoreBehind, match="no database yet"):
                await database.check()

    async def test_a_look_at_a_file_that_is_not_there_makes_none(self, sqlite_url: str, file: Path) -> None:
        async with Database(sqlite_url) as database:
            with pytest.raises(StoreBehind):
                await database.check()
        assert content(file) is None

    async def test_an_older_schema_is_behind(self, database: Database) -> None:
        await set_revision(database, "0000")
        with pytest.raises(StoreBehind, match="at revision 0000"):
            await database.check()

    async def test_a_newer_schema_is_refused_but_on_a_server_whose_old_bot_still_runs(
        self, database: Database
    ) -> None:
        await set_revision(database, "9999")
        if database.file is None:
            await database.check()
        else:
            with pytest.raises(StoreError, match="at revision 9999"):
                await database.check()
        with pytest.raises(StoreError, match="newer Paperboy"):
            await migrate(database)


async def set_revision(database: Database, revision: str) -> None:
    async with database.write() as connection:
        statement = text("UPDATE alembic_version SET version_num = :revision")
        await connection.execute(statement, {"revision": revision})


def no_database(file: Path) -> None:
    file.write_bytes(b"Somebody's letters, and no database at all.\n" * 200)


def torn(file: Path) -> None:
    """A page in the middle was overwritten."""
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE papers (id TEXT PRIMARY KEY, title TEXT)")
    connection.executemany("INSERT INTO papers VALUES (?, ?)", [(str(n), "t" * 200) for n in range(400)])
    connection.commit()
    connection.close()
    with file.open("r+b") as raw:
        raw.seek(4096)
        raw.write(b"\xa5" * 20_000)


def cut_short(file: Path) -> None:
    torn(file)
    os.truncate(file, file.stat().st_size // 2)


@pytest.mark.parametrize("damage", [no_database, torn, cut_short])
class TestDamage:
    """A damaged file stops the bot, and nobody touches it."""

    @pytest.mark.parametrize("act", [Database.check, migrate])
    async def test_it_is_left_as_it_is_and_the_error_says_how_to_save_it(
        self,
        damage: Callable[[Path], None],
        act: Callable[[Database], Awaitable[None]],
        sqlite_url: str,
        file: Path,
    ) -> None:
        damage(file)
        before = content(file)
        async with Database(sqlite_url) as database:
            with pytest.raises(StoreCorrupt) as found:
                await act(database)
        assert f'sqlite3 "{file}.damaged" .recover | sqlite3 "{file}"' in str(found.value)
        assert content(file) == before


class TestUnusable:
    """What stands in the way is one line, without the password."""

    async def test_a_folder_is_no_database(self, tmp_path: Path) -> None:
        async with Database(f"sqlite:///{tmp_path}") as database:
            for act in (database.check, database.revision, lambda: migrate(database)):
                with pytest.raises(StoreError, match="it is a folder"):
                    await act()

    async def test_a_place_that_cannot_be_written_is_said(self, file: Path) -> None:
        no_database(file)
        async with Database(f"sqlite:///{file}/sub/paperboy.db") as database:
            with pytest.raises(StoreError, match=f"paperboy.db cannot be used: .*{file.name}"):
                await migrate(database)

    async def test_a_server_that_is_not_there_is_said_without_the_password(self) -> None:
        pytest.importorskip("psycopg")
        with socket.socket() as nobody:  # bound, but it does not listen
            nobody.bind(("127.0.0.1", 0))
            address = f"postgresql://bot:{SECRET}@127.0.0.1:{nobody.getsockname()[1]}/papers"
            async with Database(address) as database:
                for act in (database.check, lambda: migrate(database)):
                    with pytest.raises(StoreError, match=r"DATABASE_URL .*refused") as found:
                        await act()
                    said = f"{found.value!r} {found.value.__cause__!r}"
                    assert "\n" not in said and SECRET not in said and PLAIN not in said

    async def test_a_database_that_the_server_does_not_have_is_named(self, postgres_url: str) -> None:
        url = database_url(postgres_url).set(database="nowhere").render_as_string(hide_password=False)
        async with Database(url) as database:
            with pytest.raises(StoreError, match='"nowhere" does not exist'):
                await database.check()

    def test_a_missing_driver_says_what_to_install(self) -> None:
        code = (
            "import sys; sys.modules['psycopg'] = None\n"
            "from bot.store.engine import Database, StoreError\n"
            "try: Database('postgresql://u:p@h/n')\n"
            "except StoreError as error: print(error)"
        )
        assert "pip install 'paperboy-bot[postgres]'" in child(code).stdout

    def test_a_process_that_is_interrupted_anywhere_ends_at_once_and_quietly(self, sqlite_url: str) -> None:
        code = f"""
import asyncio
from bot import logs
from bot.store.engine import Database

async def work(database):
    async with database.write(), database.read():
        await asyncio.sleep(60)

async def main(turns):
    async with Database({sqlite_url!r}) as database, asyncio.TaskGroup() as group:
        group.create_task(work(database))
        for _ in range(turns):
            await asyncio.sleep(0)
        raise ValueError

logs.configure()
for turns in range(60):
    try:
        asyncio.run(main(turns))
    except* ValueError:
        pass
print("ended")
"""
        ended = child(code)
        assert (ended.stdout, ended.stderr, ended.returncode) == ("ended\n", "", 0)


def child(code: str) -> subprocess.CompletedProcess[str]:
    """What a process of its own says, which must end within seconds."""
    return subprocess.run(
        # From 3.13 on sqlite3 warns of a connection whose opening was cancelled; it is closed all the same.
        [sys.executable, "-W", "error::ResourceWarning", "-W", "ignore:unclosed database", "-c", code],
        check=False,
        capture_output=True,
        text=True,
        timeout=20,
        cwd=ROOT,
    )


async def test_columns_of_time_hold_epoch_milliseconds(database: Database) -> None:
    """A 32-bit column would end in January 1970."""
    later = 4_102_444_800_000  # 2100
    async with database.write() as connection:
        await connection.execute(insert(feeds).values(name="daily", complete_at=later))
        assert (await connection.execute(select(feeds.c.complete_at))).scalar_one() == later
        assert audit.c.at.type.python_type is int


@pytest.mark.parametrize(
    "given", ["postgres://a:Sup3r@S3cret@db/x", "postgresql://a:Sup3r@S3cret/Pw@db:5432/x"]
)
def test_a_password_with_an_at_sign_is_refused_before_its_rest_is_taken_for_the_host(given: str) -> None:
    with pytest.raises(StoreError, match="%40") as found:
        database_url(given)
    assert "S3cret" not in str(found.value)
