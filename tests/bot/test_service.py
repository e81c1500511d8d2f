"""The bot at work: who holds the lock, which platforms can be reached, what each adapter brings."""

import asyncio
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from typing import Any, ClassVar, Self

import pytest
from aiohttp import ClientSession, web
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from structlog.testing import capture_logs

from adapters.webhook.adapter import WebhookAdapter
from bot import app, service
from bot.chat.adapter import ChatAdapter, Limits, Posted
from bot.chat.command import Command, Commands, Context, Values
from bot.chat.errors import SetupFailed, Unavailable
from bot.chat.message import Reply
from bot.chat.plain import plain
from bot.clock import HOUR, MINUTE, SECOND, SystemClock
from bot.commands.checked import TableError
from bot.delivery.claims import Speed, claim
from bot.models import Channel
from bot.settings import Settings, load
from bot.store import channels, engine
from bot.store.engine import Database, StoreError, database_url
from bot.store.lock import BOT_LOCK, HEARTBEAT
from bot.store.migrate import migrate
from bot.store.schema import deliveries
from tests.fakes.chat_adapter import NAME, FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.feed import FakeFeed, item
from tests.fakes.living import BREATH, PATIENCE, Living, living
from tests.fakes.several import KINDS, PLACES, Several, several
from tests.fakes.webhooks import WebhookServer

# One bot an installation


class Site:
    """An installation with one webhook that wants everything; bots are started on it."""

    def __init__(self, url: str, clock: FakeClock, feed: FakeFeed, hooks: WebhookServer) -> None:
        self.url, self.clock, self.feed, self.hooks = url, clock, feed, hooks
        self._published = 0

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[Living]:
        """A bot that serves as soon as it may."""
        settings = load(
            Settings, _env_file=None, database_url=self.url, hf_endpoint=self.feed.url, preview_days=0
        )
        async with (
            app.built(settings, self.clock, kinds={"webhook": WebhookAdapter}) as parts,
            living(parts, self.clock) as alive,
        ):
            yield alive

    def publish(self) -> str:
        """Put another paper on today's page; its title."""
        self._published += 1
        title = f"Paper {self._published}"
        self.feed.publish(item(f"2512.99{self._published:03}", title), self.feed.today)
        return title

    async def brings(self, bot: Living) -> str:
        """Publish a paper and wait until `bot` has posted it; its title."""
        title = self.publish()
        await bot.until(lambda: self.posted(title))
        return title

    def posted(self, title: str) -> int:
        """How often the webhook got a card or a line of that paper."""
        return sum(str(received.payload["blocks"]).count(title) for received in self.hooks.taken)


@pytest.fixture
async def site(postgres_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    async with Database(postgres_url) as database:
        await migrate(database)
    async with FakeFeed(clock) as feed, WebhookServer() as hooks:
        monkeypatch.setenv("WEBHOOK_URLS", hooks.address("json"))
        site = Site(postgres_url, clock, feed, hooks)
        async with several(postgres_url, clock, monkeypatch) as bot:
            await bot.type("json", "subscribe *")
        monkeypatch.setenv("WEBHOOK_URLS", hooks.address("json", "json"))
        yield site


@pytest.fixture
async def server(postgres_url: str) -> AsyncIterator[AsyncEngine]:
    """Somebody with rights on the server."""
    engine = create_async_engine(database_url(postgres_url), isolation_level="AUTOCOMMIT")
    yield engine
    await engine.dispose()


async def test_a_second_bot_stands_by_and_takes_over(site: Site) -> None:
    async with site.bot() as first:
        before = site.publish()
        await first.until(lambda: site.posted(before))
        async with site.bot() as second:
            during = site.publish()
            await second.until(lambda: site.posted(during))
            await first.stop()
            after = site.publish()
            await second.until(lambda: site.posted(after))
            await second.pass_by(MINUTE)
    assert [site.posted(title) for title in (before, during, after)] == [1, 1, 1]


async def test_a_bot_that_stands_by_stops_when_it_is_told_to(site: Site) -> None:
    async with site.bot() as first:
        await first.until(lambda: site.feed.asked)
        async with site.bot() as second:
            await second.pass_by(MINUTE)
            await second.stop()


async def test_a_bot_that_lost_the_lock_posts_nothing_until_it_has_it_again(
    site: Site, server: AsyncEngine
) -> None:
    async with site.bot() as bot:
        before = await site.brings(bot)
        async with server.connect() as thief:
            await take_the_lock(thief)
            title = site.publish()
            await bot.pass_by(30 * MINUTE, step=5 * SECOND)
            assert site.posted(title) == 0
        await server.dispose()
        await bot.until(lambda: site.posted(title), step=5 * SECOND)
    assert site.posted(title) == site.posted(before) == 1


async def take_the_lock(thief: Any) -> None:
    """End the session that holds the bot's lock, and hold it."""
    ours = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = :low AND classid = :high"
    key = {"low": BOT_LOCK & 0xFFFFFFFF, "high": BOT_LOCK >> 32}
    (pid,) = (await thief.execute(text(ours), key)).scalars()
    await thief.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    await thief.execute(text("SELECT pg_advisory_lock(:key)"), {"key": BOT_LOCK})


END_ALL_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND datname = current_database()
"""


async def test_a_post_that_is_under_way_when_the_lock_is_lost_is_written_down(
    site: Site, server: AsyncEngine
) -> None:
    async with site.bot() as bot:
        before = await site.brings(bot)
        site.hooks.answers.clear()
        title = await site.brings(bot)
        async with server.connect() as thief:
            await take_the_lock(thief)
            await thief.execute(text(END_ALL_OTHERS))
            await bot.pass_by(MINUTE // 2, step=5 * SECOND)
            site.hooks.answers.set()
            await bot.pass_by(MINUTE // 2, step=5 * SECOND)
        await server.dispose()
        later = site.publish()
        await bot.until(lambda: site.posted(later), step=5 * SECOND)
    assert site.posted(before) == site.posted(title) == site.posted(later) == 1


async def test_a_single_run_that_loses_the_lock_ends_what_it_is_posting_and_says_so(
    site: Site, server: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    given = {"database_url": site.url, "hf_endpoint": site.feed.url}
    settings = load(Settings, _env_file=None, **given)
    title = site.publish()
    site.hooks.answers.clear()
    once = asyncio.create_task(service.run(settings, site.clock, once=True))
    async with asyncio.timeout(PATIENCE), server.connect() as thief:
        while not site.posted(title):
            await SystemClock().sleep(BREATH)
        await take_the_lock(thief)
        with capture_logs() as lines:
            site.clock.advance(HEARTBEAT)
            while not any(line["event"] == "lock.lost" for line in lines):
                await SystemClock().sleep(BREATH)
        site.hooks.answers.set()
        with pytest.raises(StoreError, match="lock is gone"):
            await once
        state = await thief.scalar(text("SELECT state FROM deliveries"))
    assert (state, len(site.hooks.taken)) == ("sent", 1)


async def test_a_server_that_comes_and_goes_is_lived_through(site: Site, server: AsyncEngine) -> None:
    async with site.bot() as bot:
        before = await site.brings(bot)
        async with server.connect() as operator:
            for _ in range(5):
                await operator.execute(text(END_ALL_OTHERS))
                await bot.pass_by(MINUTE, step=5 * SECOND)
        title = site.publish()
        await bot.until(lambda: site.posted(title), step=5 * SECOND)
    assert site.posted(title) == site.posted(before) == 1


class Curious(FakeChat):
    """A platform that may be slow to show a message; notes when it is looked for."""

    limits = Limits(value=100, settle=timedelta(seconds=15))
    looked: ClassVar[list[int]] = []

    async def find(self, channel: Channel, **given: Any) -> Posted | None:
        self.looked.append(self.clock.now())
        return await super().find(channel, **given)


async def test_what_a_killed_bot_was_sending_is_looked_into_once_it_must_be_there(
    sqlite_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Curious, "looked", [])
    async with several(sqlite_url, clock, monkeypatch) as bot:
        await bot.type("chat", "subscribe *")
        bot.feed.publish(item(), bot.feed.today)
        await bot.app.poller.poll()
        killed_at = clock.now()
        async with bot.app.database.write() as connection:
            await claim(connection, await channels.with_work(connection), clock.now(), {NAME: Speed()})
        async with (
            app.built(bot.app.settings, clock, kinds={NAME: Curious}) as parts,
            service.connected(parts),
        ):
            for _ in range(4):  # it is not there, and leaves again
                await parts.postman.until_done()
                clock.advance(8 * SECOND)
        assert [shown.titles for shown in bot.posted()] == [("A Sample",)]
    assert Curious.looked == [killed_at + 16 * SECOND]


# Platforms that cannot be reached


class Shy(FakeChat):
    """Cannot be reached the first few times."""

    failures: ClassVar[list[Exception]] = []

    async def __aenter__(self) -> Self:
        if self.failures:
            raise self.failures.pop()
        return await super().__aenter__()


class Deaf(FakeChat):
    """Its connection for commands breaks, in a way that nobody thought of."""

    heard: ClassVar[list[str]] = []

    async def listen(self, commands: Commands) -> None:
        self.heard.append("once more")
        raise ValueError("an event that cannot be parsed")


@asynccontextmanager
async def served(
    url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, chat: type[ChatAdapter], **given: Any
) -> AsyncIterator[tuple[Several, Living]]:
    """A seeded bot that has subscribed each place to everything, then serves with `chat` as its chat."""
    async with several(url, clock, monkeypatch, preview_days=0) as bot:
        await bot.subscribe("*")
        settings = bot.app.settings.model_copy(update=given)
        async with app.built(settings, clock, kinds={**KINDS, NAME: chat}) as parts:
            other = Several(parts, clock, bot.feed, bot.chat, bot.hooks, bot._screen)
            async with living(parts, clock) as alive:
                yield other, alive


async def test_the_others_are_served_while_a_platform_cannot_be_reached(
    sqlite_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Shy, "failures", [Unavailable("no connection") for _ in range(10)])
    async with served(sqlite_url, clock, monkeypatch, Shy) as (bot, alive):
        bot.feed.publish(item(), bot.feed.today)
        await alive.until(lambda: bot.taken("json") and "A Sample" in bot.screen)
        assert bot.posted() == [] and Shy.failures
        await alive.until(bot.posted, step=10 * SECOND)
        assert [shown.titles for shown in bot.posted()] == [("A Sample",)] and Shy.failures == []
        async with bot.app.database.read() as connection:
            tried = (await connection.execute(select(deliveries.c.attempts))).scalars()
            assert set(tried) == {1}  # nothing was tried while there was nobody to take it


async def test_an_adapter_that_is_set_up_wrongly_stops_the_bot(
    sqlite_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Shy, "failures", [SetupFailed("The token is wrong.", "Set FAKECHAT_TOKEN.")])
    with pytest.raises(SetupFailed, match=r"The token is wrong\. Set FAKECHAT_TOKEN\."):
        async with served(sqlite_url, clock, monkeypatch, Shy) as (_, alive):
            await alive.until(lambda: False)


async def test_one_that_is_found_to_be_set_up_wrongly_only_later_does_not_stop_the_others(
    sqlite_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [SetupFailed("The token is wrong.", "Set FAKECHAT_TOKEN."), Unavailable("no connection")]
    monkeypatch.setattr(Shy, "failures", failures)
    async with served(sqlite_url, clock, monkeypatch, Shy) as (bot, alive):
        bot.feed.publish(item(), bot.feed.today)
        await alive.until(lambda: bot.taken("json") and bot.posted(), step=10 * SECOND)
        assert failures == []


async def test_an_adapter_that_goes_deaf_still_posts_and_listens_again(
    sqlite_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Deaf, "heard", [])
    async with served(sqlite_url, clock, monkeypatch, Deaf) as (bot, alive):
        bot.feed.publish(item(), bot.feed.today)
        await alive.until(lambda: bot.posted() and len(Deaf.heard) > 2)


class Fickle(FakeChat):
    """Its connection for commands breaks once an hour."""

    heard: ClassVar[list[int]] = []

    async def listen(self, commands: Commands) -> None:
        self.heard.append(self.clock.now())
        await self.clock.sleep(HOUR)
        raise ValueError("an event that cannot be parsed")


async def test_an_adapter_that_listened_for_long_is_not_made_to_wait_for_what_was_before(
    sqlite_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Fickle, "heard", [])
    async with served(sqlite_url, clock, monkeypatch, Fickle) as (_, alive):
        await alive.until(lambda: len(Fickle.heard) > 10, step=MINUTE)
    before, last = Fickle.heard[-2:]
    assert last - before <= HOUR + 2 * MINUTE


class Counted(FakeChat):
    """Counts its logins."""

    logins: ClassVar[list[str]] = []

    async def __aenter__(self) -> Self:
        self.logins.append("once more")
        return await super().__aenter__()


async def test_a_database_that_is_busy_for_an_hour_only_delays(
    sqlite_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT", 20)
    monkeypatch.setattr(Counted, "logins", [])
    async with served(sqlite_url, clock, monkeypatch, Counted) as (bot, alive):
        await alive.until(bot.app.poller.polled.is_set)
        file = sqlite_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
            await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")  # whoever writes just now may end
            bot.feed.publish(item(), bot.feed.today)
            await alive.pass_by(70 * MINUTE, step=30 * SECOND)
        assert bot.posted() == []
        await alive.until(bot.posted, step=10 * SECOND)
    assert [shown.titles for shown in bot.posted()] == [("A Sample",)]
    assert len(Counted.logins) == 1


# What adapters bring


class Generous(FakeChat):
    """Brings a command and a route."""

    async def _wave(_context: Context, _values: Values) -> Reply:  # type: ignore[misc] # noqa: N805
        return Reply(headline="Somebody waves.")

    commands = (Command(name="wave", summary="Wave to everybody", handler=_wave, listed=False),)

    def routes(self, commands: Commands) -> Iterable[web.RouteDef]:
        async def hello(request: web.Request) -> web.Response:
            return web.Response(text=f"{len(commands.table)} commands")

        return [web.get("/hello", hello)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_the_routes_of_an_adapter_are_served(
    sqlite_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    async with (
        served(sqlite_url, clock, monkeypatch, Generous, port=port) as (bot, alive),
        ClientSession() as client,
    ):
        await alive.until(bot.app.poller.polled.is_set)
        async with client.get(f"http://127.0.0.1:{port}/hello") as answer:
            assert await answer.text() == f"{len(bot.app.commands.table)} commands"


async def test_a_command_of_an_adapter_is_there_on_every_platform(
    sqlite_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with several(sqlite_url, clock, monkeypatch, {**KINDS, NAME: Generous}) as bot:
        for place in PLACES:
            assert plain(await bot.type(place, "wave")) == "Somebody waves."


async def test_two_adapters_may_not_bring_the_same_command(
    sqlite_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Copy(Generous):
        name = "copy"

    with pytest.raises(TableError, match="Two commands are called wave"):
        async with several(sqlite_url, clock, monkeypatch, {**KINDS, NAME: Generous, "copy": Copy}):
            pass
