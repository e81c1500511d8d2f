"""A shell for the command line, over a feed that has the machine's own days."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import SystemClock
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


@pytest.fixture
def shell(bare: Shell, sqlite_pattern: Path) -> Shell:
    """A shell in a folder with such a database."""
    shutil.copy(sqlite_pattern, bare.file)
    return bare
