"""A shell for the command line, over a feed that has the machine's own days."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.store.engine import Database
from bot.store.migrate import migrate
from tests.fakes.feed import FakeFeed
from tests.fakes.process import Shell


@pytest.fixture
async def feed() -> AsyncIterator[FakeFeed]:
    """What the processes poll; they have the machine's clock."""
    async with FakeFeed(SystemClock()) as feed:
        yield feed


@pytest.fixture
def bare(tmp_path: Path, feed: FakeFeed) -> Shell:
    """A shell in an empty folder."""
    return Shell(tmp_path, feed.url)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of the newest schema: copying it is faster than migrating."""
    file = tmp_path_factory.mktemp("template") / "paperboy.db"
    asyncio.run(_made(file))
    return file


async def _made(file: Path) -> None:
    async with Database(f"sqlite:///{file}") as database:
        await migrate(database)


@pytest.fixture
def shell(bare: Shell, template: Path) -> Shell:
    """A shell in a folder with such a database."""
    shutil.copy(template, bare.file)
    return bare
