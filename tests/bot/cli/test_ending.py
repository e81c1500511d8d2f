"""How commands end: with their exit code, soon after their last line (`Shell` watches that)."""

import asyncio
import signal
from pathlib import Path

import pytest
from aiohttp import web
from filelock import FileLock

from bot.clock import SystemClock
from tests.bot.cli.items import as_lines, past
from tests.fakes import feed as fakes
from tests.fakes.feed import FakeFeed
from tests.fakes.process import Shell

FULL = Path("/dev/full")  # takes nothing


def migrating(pid: int) -> bool:
    """Whether a child of `pid` is far enough to open the database."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return any("_sqlite3" in Path(f"/proc/{child}/maps").read_text() for child in children)


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("verb", ["migrate", "search x --json", "doctor", "poll", "type list"])
async def test_an_error_after_the_store_was_opened_ends_it(shell: Shell, verb: str) -> None:
    if verb.startswith("search"):
        (shell.folder / "one.jsonl").write_bytes(as_lines(past(1, "x")))
        await shell.run("backfill", "--file", "one.jsonl")
    with FULL.open("wb") as full:  # noqa: ASYNC230 - a device
        done = await shell.run(*verb.split(), stdout=full)
    assert done.code == 1 and "No space left" in done.err and "Traceback" not in done.err


async def test_ctrl_c_in_the_middle_of_a_migration_ends_it_and_the_next_one_finishes(bare: Shell) -> None:
    clock = SystemClock()
    async with bare.start("migrate") as running:
        while not bare.file.exists() and running.process.returncode is None:
            await clock.sleep(5)
        running.kill(signal.SIGINT)
        done = await running.end()
    assert done.code in {0, 130} and "Traceback" not in done.err
    assert (await bare.run("migrate")).code == 0 and bare.rows("SELECT * FROM papers") == []


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux's /proc")
async def test_ctrl_c_while_another_migration_is_waited_for_ends_it(bare: Shell) -> None:
    clock = SystemClock()
    with FileLock(f"{bare.file}.migrate.lock"):
        async with bare.start("type", "list") as running:
            while not migrating(running.process.pid):
                await clock.sleep(10)
            running.kill(signal.SIGINT)
            done = await running.end()
    assert done.code == 130 and "Traceback" not in done.err


@pytest.mark.parametrize(("verb", "code"), [("run --once", 0), ("poll", 130), ("doctor", 130)])
async def test_ctrl_c_while_the_feed_is_silent_ends_it(
    shell: Shell, feed: FakeFeed, verb: str, code: int
) -> None:
    asked = asyncio.Event()

    async def silent(request: web.Request) -> web.StreamResponse:
        asked.set()
        return await fakes.silence(request)

    feed.fail(silent)
    async with shell.start(*verb.split()) as running:
        await asked.wait()
        running.kill(signal.SIGINT)
        done = await running.end()
    assert done.code == code and "Traceback" not in done.err
