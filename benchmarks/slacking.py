"""The bot on Slack, over Socket Mode: how fast it posts, how soon it answers, how much memory it takes."""

import os
import sqlite3
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from statistics import median, quantiles
from subprocess import DEVNULL, PIPE, Popen, run
from tempfile import TemporaryDirectory
from threading import Event, Thread

from aiohttp import ClientSession
from slack_sdk.oauth.installation_store import Installation

from adapters.slack.installations import Installations
from benchmarks.rig import accepted
from benchmarks.slack import serving
from bot.clock import SystemClock
from bot.host import PlatformHost
from bot.models import Channel, ChannelKey
from bot.settings import Settings, load
from bot.store import channels, deliveries
from bot.store.engine import Database
from bot.store.migrate import migrate
from tests.fakes.feed import FakeFeed, item

CLOCK = SystemClock()
BUSY, FREE = 0.03, 0.01  # seconds that a writer holds the store, and leaves it to others


@asynccontextmanager
async def installed(tokens: Mapping[str, str], notices: int) -> AsyncIterator[str]:
    """The folder of a store in which each workspace has the app, and `notices` that are due in #ml."""
    with TemporaryDirectory() as folder:
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/bench.db"
        settings = load(Settings, _env_file=None)
        async with Database(os.environ["DATABASE_URL"]) as database:
            await migrate(database)
            host = PlatformHost("slack", database, CLOCK, settings, lambda _: None)
            for team, token in tokens.items():
                made = Installation(team_id=team, user_id="U1", bot_token=token)
                await Installations(host).async_save(made)
            await _plan(database, tokens, notices)
        yield folder


async def _plan(database: Database, teams: Mapping[str, str], notices: int) -> None:
    async with database.write() as connection:
        for team in teams:
            key = ChannelKey(platform="slack", workspace=team, id=_ml(team))
            stored = await channels.ensure(connection, Channel(key=key, name="#ml"))
            for number in range(notices):
                await deliveries.notice(
                    connection,
                    stored.workspace_id,
                    stored.id,
                    f"bench:{number}",
                    {"cause": "changes", "changes": []},
                    due_at=0,
                    now=CLOCK.now(),
                )


def _ml(team: str) -> str:
    return "C1" if team == "T1" else f"C1{team}"


@asynccontextmanager
async def running() -> AsyncIterator[Popen[bytes]]:
    """`paperboy run`, between a feed of 30 papers and Slack."""
    async with FakeFeed(CLOCK) as feed:
        feed.publish_all([item(f"2512.{n:05}", f"Paper {n}") for n in range(30)], feed.today)
        given = {**os.environ, "HF_ENDPOINT": feed.url, "PREVIEW_DAYS": "0"}
        command = [sys.executable, "-m", "bot", "run"]
        with Popen(command, env=given, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL) as process:
            try:
                yield process
            finally:
                process.terminate()


async def posts() -> str:
    """200 Slack workspaces, one channel each, 10 notices a channel."""
    with serving(200) as (slack, tokens):
        async with installed(tokens, 10), running():
            found = await accepted(slack, 2_000, CLOCK)
    times = defaultdict(list)
    for shown in found["accepted"]:
        times[shown["channel"]].append(shown["at"])
    rates = [(len(each) - 1) * 1_000 / (max(each) - min(each)) for each in times.values()]
    share = 100 * sum(rates) / len(rates)
    return (
        f"{share:.1f} % of one a second a channel, {found['limited']} answered with 429 (goal: ≥ 95 %, none)"
    )


async def memory() -> str:
    """The running bot on SQLite with Slack over Socket Mode, after its first poll of 30 papers."""
    with serving(1) as (_slack, tokens):
        async with installed(tokens, 0), running() as process:
            await CLOCK.sleep(8_000)
            return f"{_resident(process):.0f} MB resident (goal: ≤ 110 MB)"


async def many() -> str:
    """The same with 1,000 installed workspaces, after a message to each."""
    with serving(1_000) as (slack, tokens):
        async with installed(tokens, 1), running() as process:
            await accepted(slack, 1_000, CLOCK)
            await CLOCK.sleep(5_000)
            return f"{_resident(process):.0f} MB resident"


async def acknowledgements() -> str:
    """How soon Slack hears that it was heard, while another writer holds the store 30 ms of every 40."""
    with serving(1) as (slack, tokens):
        async with installed(tokens, 0) as folder, running():
            await CLOCK.sleep(5_000)
            with _busy(f"{folder}/bench.db"):
                async with ClientSession() as client, client.get(f"{slack}/_said?count=200") as answer:
                    times: Mapping[str, Sequence[float]] = await answer.json()
    return ", ".join(f"{what} {_percentiles(each)}" for what, each in times.items())


def _percentiles(times: Sequence[float]) -> str:
    return f"p50 {median(times):.0f} ms, p99 {quantiles(times, n=100)[-1]:.0f} ms"


class _busy:  # noqa: N801 - a context manager
    """Somebody who writes to `file` three quarters of the time."""

    def __init__(self, file: str) -> None:
        self._file, self._over = file, Event()
        self._thread = Thread(target=self._write)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _write(self) -> None:
        store = sqlite3.connect(self._file, timeout=30, isolation_level=None)
        while not self._over.is_set():
            store.execute("BEGIN IMMEDIATE")
            store.execute("UPDATE changes SET sequence = sequence")
            self._over.wait(BUSY)
            store.execute("COMMIT")
            self._over.wait(FREE)
        store.close()


def _resident(process: Popen[bytes]) -> float:
    """MB."""
    shown = run(["ps", "-o", "rss=", "-p", str(process.pid)], stdout=PIPE, check=True, text=True)
    return int(shown.stdout) * 1_024 / 1e6
