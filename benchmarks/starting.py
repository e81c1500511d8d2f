"""The command line and the idle bot, as processes."""

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen, run
from tempfile import TemporaryDirectory

from benchmarks.rig import SHARED
from bot.clock import SystemClock
from tests.fakes.feed import FakeFeed, item

RUNS = 7
BOT = (sys.executable, "-m", "bot")


def _environment(folder: str, **more: str) -> Mapping[str, str]:
    return {**os.environ, "DATABASE_URL": f"sqlite:///{folder}/bench.db", **more}


async def help_time() -> str:
    """`paperboy --help`, the whole process."""
    paperboy = str(Path(sys.executable).with_name("paperboy"))
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        run([paperboy, "--help"], stdout=DEVNULL, check=True)
        times.append(time.perf_counter() - began)
    return f"fastest {min(times):.2f} s, slowest {max(times):.2f} s of {RUNS} (goal: ≤ 0.3 s)"


async def idle_memory() -> str:
    """The running bot on SQLite with the terminal, after its first poll of 30 papers."""
    clock = SystemClock()
    with TemporaryDirectory() as folder:
        async with FakeFeed(clock) as feed:
            feed.publish_all([item(f"2512.{n:05}", f"Paper {n}") for n in range(30)], feed.today)
            given = _environment(folder, HF_ENDPOINT=feed.url, PREVIEW_DAYS="0")
            with Popen([*BOT, "run"], env=given, stdin=PIPE, stdout=DEVNULL, stderr=DEVNULL) as process:
                await clock.sleep(8_000)
                shown = run(["ps", "-o", "rss=", "-p", str(process.pid)], stdout=PIPE, check=True, text=True)
                used = int(shown.stdout) * 1_024 / 1e6
                process.terminate()
    return f"{used:.0f} MB resident (goal: ≤ 95 MB)"


async def backfill() -> str:
    """`paperboy backfill --file` of the 7,076 real papers."""
    file = SHARED / "daily_papers.jsonl.gz"
    if not file.exists():
        return "not measured: the real feed's data is not here"
    with TemporaryDirectory() as folder:
        run([*BOT, "migrate", "--quiet"], env=_environment(folder), check=True)
        began = time.perf_counter()
        done = run(
            [*BOT, "backfill", "--file", str(file)],
            env=_environment(folder),
            check=True,
            stdout=PIPE,
            stderr=DEVNULL,
            text=True,
        )
        took = time.perf_counter() - began
    return f"{took:.1f} s, {done.stdout.strip()} (goal: ≤ 20 s)"
