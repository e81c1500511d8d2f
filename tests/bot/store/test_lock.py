"""One bot an installation."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.clock import first as first_of
from bot.store import lock
from bot.store.engine import Database, StoreError
from bot.store.lock import AlreadyRunning, held
from tests.fakes.clock import FakeClock

HOLDER = text("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted")
CUT = text(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
async def first(postgres_url: str) -> AsyncIterator[Database]:
    async with Database(postgres_url) as database:
        yield database


@pytest.fixture
async def second(postgres_url: str) -> AsyncIterator[Database]:
    async with Database(postgres_url) as database:
        yield database


async def holders(database: Database) -> list[int]:
    """The server's processes that hold the bot's lock."""
    async with database.read() as connection:
        return list((await connection.execute(HOLDER)).scalars())


async def kill(database: Database, process: int) -> None:
    async with database.read() as connection:
        await connection.execute(text("SELECT pg_terminate_backend(:process, 5000)"), {"process": process})


class Bot:
    """A bot that holds the lock from `running` until `stop`, or until it loses it."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.running, self.stop = asyncio.Event(), asyncio.Event()
        self._database, self._clock = database, clock

    async def run(self) -> None:
        async with held(self._database, self._clock) as lock:
            self.running.set()
            await first_of(self.stop.wait(), lock.lost())


async def until_asleep(clock: FakeClock, for_ms: int | None = None) -> None:
    """Until somebody waits for the time to pass (and so long, if that is said)."""
    while not (moment := clock.next_moment) or (for_ms and moment != clock.now() + for_ms):  # noqa: ASYNC110
        await asyncio.sleep(0.005)


async def until_free(database: Database) -> None:
    """Until the server has noticed that nobody holds the lock any more."""
    while await holders(database):
        pass


class TestFile:
    """On SQLite a second bot is refused."""

    async def test_a_second_bot_is_told_what_to_do(self, sqlite_url: str, clock: FakeClock) -> None:
        async with Database(sqlite_url) as database, Database(sqlite_url) as other:
            async with held(database, clock):
                with pytest.raises(AlreadyRunning, match=r"paperboy\.db\. Stop it first"):
                    async with held(other, clock):
                        pytest.fail("two bots run")
            async with held(other, clock):
                pass  # the first has ended

    async def test_a_bot_that_crashed_holds_nothing(self, sqlite_url: str, clock: FakeClock) -> None:
        async with Database(sqlite_url) as database:
            with pytest.raises(ZeroDivisionError):
                async with held(database, clock):
                    _ = 1 / 0
            async with held(database, clock):
                pass

    async def test_a_file_that_a_killed_bot_left_behind_is_no_lock(
        self, sqlite_url: str, tmp_path: Path, clock: FakeClock
    ) -> None:
        async with Database(sqlite_url) as database:
            leave(tmp_path / "paperboy.db.lock")
            async with held(database, clock):
                pass

    async def test_a_place_where_no_lock_can_be_is_said(self, tmp_path: Path, clock: FakeClock) -> None:
        leave(tmp_path / "file")
        async with Database(f"sqlite:///{tmp_path}/file/paperboy.db") as database:
            with pytest.raises(StoreError, match=r"lock file .* cannot be used"):
                async with held(database, clock):
                    pytest.fail("there is no lock")

    async def test_it_is_never_lost(self, sqlite_url: str, clock: FakeClock) -> None:
        async with Database(sqlite_url) as database, held(database, clock) as lock:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(lock.lost(), 0.05)


def leave(file: Path) -> None:
    file.touch()


class TestServer:
    """On PostgreSQL the second waits as stand-by."""

    async def test_a_stand_by_takes_over_when_the_first_ends(
        self, first: Database, second: Database, clock: FakeClock
    ) -> None:
        old, new = Bot(first, clock), Bot(second, clock)
        async with asyncio.TaskGroup() as group:
            group.create_task(old.run())
            await old.running.wait()
            group.create_task(new.run())
            await until_asleep(clock, lock.TRY_AGAIN)
            assert not new.running.is_set()
            old.stop.set()
            await until_free(first)
            clock.advance(lock.TRY_AGAIN)
            await new.running.wait()
            new.stop.set()
        await until_free(first)

    async def test_who_loses_the_connection_stops_and_the_other_takes_over(
        self, first: Database, second: Database, clock: FakeClock
    ) -> None:
        old, new = Bot(first, clock), Bot(second, clock)
        losing = asyncio.create_task(old.run())
        await old.running.wait()
        standing_by = asyncio.create_task(new.run())
        await until_asleep(clock)
        [process] = await holders(first)
        await kill(second, process)
        clock.advance(lock.HEARTBEAT)
        await losing
        await new.running.wait()
        [other] = await holders(first)
        assert other != process
        new.stop.set()
        await standing_by

    async def test_a_server_that_does_not_answer_is_a_lost_lock(
        self, first: Database, second: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lock, "ANSWER", 0.1)
        bot = Bot(first, clock)
        running = asyncio.create_task(bot.run())
        await bot.running.wait()
        [process] = await holders(second)
        os.kill(process, signal.SIGSTOP)
        try:
            await until_asleep(clock)
            clock.advance(lock.HEARTBEAT)
            await running
        finally:
            os.kill(process, signal.SIGCONT)

    async def test_a_lock_that_is_kept_is_not_lost(self, first: Database, clock: FakeClock) -> None:
        bot = Bot(first, clock)
        running = asyncio.create_task(bot.run())
        for _ in range(5):
            await until_asleep(clock)
            clock.advance(lock.HEARTBEAT)
            await asyncio.sleep(0.01)
        assert bot.running.is_set() and not running.done()
        bot.stop.set()
        await running

    async def test_a_cancelled_stand_by_leaves_nothing_behind(
        self, first: Database, second: Database, clock: FakeClock
    ) -> None:
        async with held(first, clock):
            [process] = await holders(first)
            waiting = asyncio.create_task(Bot(second, clock).run())
            await until_asleep(clock)
            waiting.cancel()
            await asyncio.wait({waiting})
            assert waiting.cancelled()
            assert await holders(first) == [process]

    async def test_a_stand_by_outlasts_a_server_that_is_away(
        self, first: Database, second: Database, clock: FakeClock
    ) -> None:
        """Its own connections are cut again and again; it tries on."""
        bot = Bot(second, clock)
        async with held(first, clock):
            waiting = asyncio.create_task(bot.run())
            await until_asleep(clock)
        async with first.read() as connection:
            await connection.execute(CUT)
        clock.advance(lock.TRY_AGAIN)
        await bot.running.wait()
        bot.stop.set()
        await waiting
