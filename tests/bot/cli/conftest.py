"""A shell for the command line, over a feed that has the machine's own days."""

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
    """Where an empty database of the newest schema may be: copying it is faster than migrating."""
    return tmp_path_factory.mktemp("template") / "paperboy.db"


@pytest.fixture
async def shell(bare: Shell, template: Path) -> Shell:
    """A shell in a folder with an empty database of the newest schema."""
    if not template.exists():
        async with Database(f"sqlite:///{template}") as database:
            await migrate(database)
    shutil.copy(template, bare.file)
    return bare
