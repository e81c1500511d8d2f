"""What the bot's pages say, and what they answer while it stands by."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, ClassVar, Self

import pytest
from aiohttp import ClientResponse, ClientSession, web

from bot import app
from bot.chat.adapter import ChatAdapter
from bot.chat.command import Commands
from bot.chat.errors import Unavailable
from bot.clock import SECOND, SystemClock
from bot.duty import STANDING_BY
from bot.settings import Settings, SettingsError, load
from bot.store import lock
from bot.store.engine import Database
from bot.store.migrate import migrate
from bot.web import LARGEST, pages, serving
from tests.fakes.chat import ChatServer
from tests.fakes.chat_adapter import NAME, FakeChat
from tests.fakes.clock import FakeClock
from tests.fakes.feed import FakeFeed
from tests.fakes.living import Living, living


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Called(FakeChat):
    """Is called over HTTP, may be away or deaf."""

    failures: ClassVar[list[Exception]] = []
    hangs: ClassVar[bool] = False

    async def __aenter__(self) -> Self:
        if self.failures:
            raise self.failures.pop()
        return await super().__aenter__()

    def routes(self, commands: Commands) -> Iterable[web.RouteDef]:
        async def hello(request: web.Request) -> web.Response:
            if self.hangs:
                await asyncio.Event().wait()
            return web.Response(text=f"hello {request.match_info['name']} {len(await request.read())}")

        class View(web.View):
            async def get(self) -> web.Response:
                return web.Response(text="a view")

        return [web.post("/chat/{name}", hello), web.view("/view", View)]


class Site:
    """One bot that serves, and who looks at its pages."""

    def __init__(self, port: int, client: ClientSession, parts: app.App, alive: Living) -> None:
        self.port, self.app, self.alive = port, parts, alive
        self._client = client

    async def get(self, path: str, method: str = "GET", **given: Any) -> tuple[int, str]:
        async with self._client.request(method, f"http://127.0.0.1:{self.port}{path}", **given) as answer:
            self.last: ClientResponse = answer
            return answer.status, await answer.text()

    async def ready(self, says: str = "ready\n") -> None:
        """Let time pass until that is what /readyz says."""
        async with asyncio.timeout(20):
            while (await self.get("/readyz"))[1] != says:
                await self.alive.pass_by(SECOND)


@asynccontextmanager
async def serving_bot(
    url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, kind: type[ChatAdapter] = Called
) -> AsyncIterator[Site]:
    port = free_port()
    async with Database(url) as database:
        await migrate(database)
    async with FakeFeed(clock) as feed, ChatServer(clock) as chat, ClientSession() as client:
        monkeypatch.setenv("FAKECHAT_URL", chat.url)
        settings = load(
            Settings, _env_file=None, database_url=url, hf_endpoint=feed.url, preview_days=0, port=port
        )
        async with (
            app.built(settings, clock, kinds={NAME: kind}) as parts,
            living(parts, clock) as alive,
        ):
            await alive.pass_by(5 * SECOND)
            yield Site(port, client, parts, alive)


async def test_a_bot_at_work_is_healthy_and_ready_and_its_adapters_are_called(
    url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving_bot(url, clock, monkeypatch) as site:
        await site.ready()
        assert await site.get("/healthz") == (200, "ok\n")
        assert await site.get("/readyz") == (200, "ready\n")
        assert await site.get("/chat/ann", "POST", data=b"xyz") == (200, "hello ann 3")
        assert await site.get("/view") == (200, "a view")
        assert "Server" not in site.last.headers
        assert (await site.get("/nothing"))[0] == 404 and "Server" not in site.last.headers
        assert (await site.get("/chat/ann", "POST", data=b"x" * (LARGEST + 1)))[0] == 413


async def test_a_stand_by_is_healthy_and_takes_nothing(
    postgres_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        Database(postgres_url) as other,
        lock.held(other, clock),
        serving_bot(postgres_url, clock, monkeypatch) as site,
    ):
        assert await site.get("/healthz") == (200, "ok\n")
        assert await site.get("/readyz") == (503, STANDING_BY + "\n")
        assert (await site.get("/chat/ann", "POST"))[0] == 503
        assert site.last.headers["Retry-After"] == "5"
        assert (await site.get("/view"))[0] == 503


async def test_a_stand_by_takes_over_and_says_so(
    postgres_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Database(postgres_url) as other:
        held = lock.held(other, clock)
        await held.__aenter__()
        async with serving_bot(postgres_url, clock, monkeypatch) as site:
            assert (await site.get("/readyz"))[0] == 503
            await held.__aexit__(None, None, None)
            await site.ready()
            assert (await site.get("/chat/ann", "POST"))[0] == 200


async def test_each_reason_is_a_line(
    sqlite_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Called, "failures", [Unavailable("no connection") for _ in range(9)])
    async with serving_bot(sqlite_url, clock, monkeypatch) as site:
        await site.ready(f"{NAME} cannot be reached.\n")
        assert (await site.get("/readyz"))[0] == 503
        assert (await site.get("/chat/ann", "POST"))[0] == 503
        Called.failures.clear()
        await site.ready()
        site.app.adapters[NAME].deaf = "the socket was closed\nby the platform"
        assert await site.get("/readyz") == (
            503,
            f"{NAME} does not hear: the socket was closed by the platform\n",
        )


async def test_a_database_that_does_not_answer_within_a_second_is_said(
    sqlite_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving_bot(sqlite_url, clock, monkeypatch) as site:
        await site.ready()
        pool = [site.app.database.engine.connect() for _ in range(15)]
        connections = [await one for one in pool]  # nobody else gets any
        assert await site.get("/readyz") == (503, "The database does not answer.\n")
        assert await site.get("/healthz") == (200, "ok\n")
        for connection in connections:
            await connection.close()
        await site.ready()


async def test_a_request_that_hangs_does_not_hold_up_the_end(
    sqlite_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Called, "hangs", True)
    async with serving_bot(sqlite_url, clock, monkeypatch) as site:
        await site.ready()
        hanging = asyncio.create_task(site.get("/chat/ann", "POST"))
        await SystemClock().sleep(50)
        began = asyncio.get_running_loop().time()
        await site.alive.stop()
        assert asyncio.get_running_loop().time() - began < 3
        hanging.cancel()
        await asyncio.gather(hanging, return_exceptions=True)


async def test_nobody_opens_a_port_unasked(
    sqlite_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = free_port()
    monkeypatch.setattr(Settings.model_fields["port"], "default", taken)
    monkeypatch.delenv("PORT", raising=False)
    async with Database(sqlite_url) as database:
        await migrate(database)
    async with FakeFeed(clock) as feed, ChatServer(clock) as chat:
        monkeypatch.setenv("FAKECHAT_URL", chat.url)
        settings = load(
            Settings, _env_file=None, database_url=sqlite_url, hf_endpoint=feed.url, preview_days=0
        )
        async with app.built(settings, clock, kinds={NAME: FakeChat}) as parts, living(parts, clock) as alive:
            await alive.until(parts.poller.polled.is_set)
            with pytest.raises(OSError):
                await asyncio.open_connection("127.0.0.1", settings.port)


async def test_a_port_in_use_is_said_in_one_line() -> None:
    async def nothing() -> list[str]:
        return []

    async with serving(pages([], nothing), 0, "127.0.0.1") as port:
        with pytest.raises(SettingsError, match=f"PORT: {port} is in use"):
            async with serving(pages([], nothing), port, "127.0.0.1"):
                pass
