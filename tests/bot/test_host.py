"""What an adapter gets from us: state that outlives the process, and ears."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from bot import cards
from bot.chat.errors import SetupFailed
from bot.chat.plain import plain
from bot.clock import HOUR
from bot.host import PlatformHost
from bot.models import Channel, ChannelId, PaperId
from bot.settings import Settings, load
from bot.store import adapter_state, channels, outbox
from bot.store.deliveries import Delivery
from bot.store.engine import Database
from tests.bot.store.rows import again, channel, key, outbox_of, subscribe
from tests.bot.store.test_engine import child
from tests.fakes.clock import FakeClock

DAY = timedelta(days=1)
ML = Channel(key=key(), name="#ml")
OLD, NEW = (Fernet.generate_key().decode() for _ in "ab")


class Stage:
    """A bot that can be started anew on the same database."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.database, self.clock = database, clock
        self.woken: list[ChannelId] = []

    def host(self, platform: str = "chat", *, keys: str = "", greets: bool = False) -> PlatformHost:
        """The host that a fresh process gives its adapter."""
        settings = load(Settings, _env_file=None, paperboy_secret_key=keys, paperboy_command="post")
        return PlatformHost(
            platform,
            self.database,
            self.clock,
            settings,
            self.woken.extend,
            greets=greets,
            managers="its members.",
        )

    async def seen(self, host: PlatformHost, event: str = "Ev1", keep: timedelta = DAY) -> bool:
        async with host.once(event, keep) as first:
            return not first

    async def outbox(self, at: Channel = ML) -> list[Delivery]:
        async with self.database.write() as connection:
            return await outbox_of(connection, await channels.ensure(connection, at))


@pytest.fixture
async def stage(database: Database, clock: FakeClock) -> AsyncIterator[Stage]:
    yield Stage(database, clock)


class TestOnce:
    """An event acts once, however often the platform sends it."""

    async def test_the_first_acts_and_no_other_also_after_a_restart(self, stage: Stage) -> None:
        host = stage.host()
        assert [await stage.seen(host) for _ in range(3)] == [False, True, True]
        assert await stage.seen(stage.host())
        assert not await stage.seen(host, "Ev2")
        assert not await stage.seen(stage.host("other"))

    async def test_while_one_is_at_work_the_others_are_told_no(self, stage: Stage) -> None:
        host = stage.host()

        async def act() -> bool:
            async with host.once("Ev1", DAY) as first:
                await asyncio.sleep(0)
                return first

        assert sorted(await asyncio.gather(*(act() for _ in range(5)))) == [False] * 4 + [True]

    async def test_who_crashed_inside_lets_the_redelivery_act(self, stage: Stage) -> None:
        host = stage.host()
        with pytest.raises(ZeroDivisionError):
            async with host.once("Ev1", DAY):
                _ = 1 / 0
        assert not await stage.seen(host)

    async def test_who_was_cancelled_inside_lets_the_redelivery_act(self, stage: Stage) -> None:
        host, inside = stage.host(), asyncio.Event()

        async def hang() -> None:
            async with host.once("Ev1", DAY):
                inside.set()
                await asyncio.Event().wait()

        hanging = asyncio.create_task(hang())
        await inside.wait()
        hanging.cancel()
        await asyncio.wait({hanging})
        assert not await stage.seen(host)

    async def test_it_is_forgotten_when_its_time_is_over(self, stage: Stage) -> None:
        host = stage.host()
        await stage.seen(host, keep=timedelta(hours=1))
        stage.clock.advance(HOUR - 1)
        assert await stage.seen(host)
        stage.clock.advance(1)
        assert not await stage.seen(host)


class TestState:
    """Bytes that an adapter keeps."""

    async def test_it_is_an_adapters_own_by_workspace(self, stage: Stage) -> None:
        host = stage.host()
        await host.put("token", b"\0one", workspace="a")
        await host.put("token", b"two", workspace="b")
        await host.put("token", b"three")
        restarted = stage.host()
        assert [await restarted.get("token", workspace=w) for w in ("a", "b", "")] == [
            b"\0one",
            b"two",
            b"three",
        ]
        assert await stage.host("other").get("token") is None

    async def test_what_is_kept_for_a_while_is_gone_afterwards(self, stage: Stage) -> None:
        host = stage.host()
        await host.put("code", b"x", keep=timedelta(seconds=1))
        stage.clock.advance(999)
        assert await host.get("code") == b"x"
        stage.clock.advance(1)
        assert await host.get("code") is None

    async def test_of_two_who_take_it_away_one_had_it(self, stage: Stage) -> None:
        host, other = stage.host(), stage.host()
        await host.put("state", b"x", workspace="a")
        assert not await host.delete("state")
        taken = await asyncio.gather(*(one.delete("state", workspace="a") for one in (host, other, host)))
        assert sorted(taken) == [False, False, True]

    async def test_where_something_is_kept_is_told_for_workspaces_that_have_the_bot(
        self, stage: Stage
    ) -> None:
        host = stage.host()
        for workspace in ("b", "a", "gone", "strange"):
            await host.put("bot:U1", b"", workspace=workspace)
        for workspace in ("b", "a", "gone", "empty"):
            await host.came(workspace)
        await host.gone("gone")
        await host.put("bot:U1", b"", workspace="gone")  # too late
        await host.put("bot:U2", b"", workspace="a", keep=timedelta(seconds=1))
        stage.clock.advance(1_000)
        assert await stage.host().keeping("bot:U1") == ["a", "b"]
        assert await host.keeping("bot:U2") == []
        assert await stage.host("other").keeping("bot:U1") == []


class TestSealed:
    """Tokens are encrypted with the operator's key."""

    async def test_nothing_that_could_be_read_is_stored(self, stage: Stage) -> None:
        host = stage.host(keys=NEW)
        await host.put("token", b"xoxb-secret", workspace="a", sealed=True)
        async with stage.database.read() as connection:
            raw = await adapter_state.get(connection, "chat", "a", "token", 0)
        assert raw is not None and b"secret" not in raw
        assert await host.get("token", workspace="a", sealed=True) == b"xoxb-secret"

    async def test_keys_are_rotated_by_putting_the_new_one_first(self, stage: Stage) -> None:
        await stage.host(keys=OLD).put("token", b"x", sealed=True)
        both = stage.host(keys=f"{NEW},{OLD}")
        assert await both.get("token", sealed=True) == b"x"
        await both.put("token", b"y", sealed=True)
        assert await stage.host(keys=NEW).get("token", sealed=True) == b"y"

    async def test_what_no_key_opens_says_which_key_is_missing(self, stage: Stage) -> None:
        await stage.host(keys=OLD).put("token", b"x", sealed=True)
        await stage.host().put("plain", b"never sealed")
        for name in ("token", "plain"):
            with pytest.raises(SetupFailed, match="Add the key that sealed it behind the new one"):
                await stage.host(keys=NEW).get(name, sealed=True)

    async def test_without_a_key_nothing_is_sealed_or_asked(self, stage: Stage) -> None:
        host = stage.host(keys="")
        for act in (host.put("token", b"x", sealed=True), host.get("token", sealed=True)):
            with pytest.raises(SetupFailed, match="PAPERBOY_SECRET_KEY is not set"):
                await act
        assert await host.get("token") is None

    def test_a_missing_library_says_what_to_install(self) -> None:
        code = (
            "import sys, asyncio; sys.modules['cryptography'] = None\n"
            "from bot.host import PlatformHost; from bot.settings import Settings, load\n"
            "from bot.clock import SystemClock\n"
            "from bot.store.engine import Database; from bot.chat.errors import SetupFailed\n"
            f"settings = load(Settings, _env_file=None, paperboy_secret_key={NEW!r})\n"
            "host = PlatformHost('chat', Database('sqlite:///x.db'), SystemClock(), settings, print)\n"
            "try: asyncio.run(host.get('x', sealed=True))\n"
            "except SetupFailed as error: print(error)"
        )
        assert "pip install 'paperboy-bot[sealed]'" in child(code).stdout


class TestEars:
    """What happens to channels."""

    async def test_an_invited_bot_greets_once(self, stage: Stage) -> None:
        host = stage.host(greets=True)
        for _ in range(2):
            await host.joined(ML, by="U1")
        [row] = await stage.outbox()
        assert (row.kind, row.due_at) == ("notice", 0) and len(set(stage.woken)) == 1
        said = plain(cards.notice(ML, row.payload or {}, {}))
        assert '/post subscribe "diffusion model"' in said and "its members." in said

    @pytest.mark.parametrize(
        ("wanted", "named"),
        [(("agents",), "agents."), (("a", "b", "c", "d", "e"), "a, b, c and 2 more.")],
    )
    async def test_a_channel_that_is_subscribed_already_is_told_to_what(
        self, stage: Stage, wanted: tuple[str, ...], named: str
    ) -> None:
        async with stage.database.write() as connection:
            stored = await channel(connection)
            for words in wanted:
                await subscribe(connection, stored, words)
        await stage.host(greets=True).joined(ML, by="U1")
        [row] = await stage.outbox()
        said = plain(cards.notice(ML, row.payload or {}, {}))
        assert f"This channel gets papers from Hugging Face's Daily Papers matching {named}" in said
        assert "/post list" in said and "once someone subscribes" not in said

    async def test_it_greets_nobody_unasked(self, stage: Stage) -> None:
        await stage.host(greets=True).joined(ML)
        await stage.host().joined(ML, by="U1")
        assert await stage.outbox() == []

    async def test_what_waited_leaves_together_once_it_is_back(self, stage: Stage) -> None:
        host = stage.host()
        async with stage.database.write() as connection:
            stored = await channel(connection)
            query = (await subscribe(connection, stored)).query_id
        await host.left(ML.key, "kicked")
        left_at = stage.clock.now()
        async with stage.database.write() as connection:
            assert (await again(connection, stored)).parked_reason == "kicked"
            await outbox.plan(connection, [(PaperId(str(n)), query) for n in range(3)], 1)
        stage.clock.advance(HOUR)
        await host.joined(Channel(key=ML.key, name="#renamed"))
        async with stage.database.read() as connection:
            back = await again(connection, stored)
        assert (back.parked_reason, back.channel.name) == (None, "#renamed")
        assert [row.together for row in await stage.outbox()] == [f"parked:{left_at}"] * 3
        assert stage.woken == [stored.id]

    async def test_a_renamed_channel_is_called_by_its_new_name(self, stage: Stage) -> None:
        host = stage.host()
        await host.joined(ML)
        await host.renamed(ML.key, "#ai")
        async with stage.database.read() as connection:
            stored = await channels.find(connection, ML.key)
        assert stored is not None and stored.channel.name == "#ai"

    async def test_a_channel_with_another_id_keeps_all_that_it_had_and_can_be_reached(
        self, stage: Stage
    ) -> None:
        host = stage.host()
        await host.joined(ML)
        async with stage.database.write() as connection:
            before = await channels.find(connection, ML.key)
            assert before is not None
            await subscribe(connection, before)
        await host.left(ML.key, "nowhere to be found")
        await host.joined(Channel(key=key("new"), name="#ml"))  # it was heard of under its new id
        await host.moved(ML.key, key("new"))
        async with stage.database.read() as connection:
            assert await channels.find(connection, ML.key) is None
            after = await channels.find(connection, key("new"))
        assert after is not None
        assert (after.id, after.parked_reason) == (before.id, None)

    async def test_a_new_id_under_which_somebody_subscribed_is_left_alone(self, stage: Stage) -> None:
        host = stage.host()
        for place in (ML, Channel(key=key("new"), name="#new")):
            await host.joined(place)
            async with stage.database.write() as connection:
                stored = await channels.find(connection, place.key)
                assert stored is not None
                await subscribe(connection, stored)
        await host.moved(ML.key, key("new"))
        async with stage.database.read() as connection:
            found = [await channels.find(connection, known) for known in (ML.key, key("new"))]
        assert [one.channel.name for one in found if one] == ["#ml", "#new"]

    async def test_who_knows_a_channel_by_its_id_are_those_that_have_the_bot(self, stage: Stage) -> None:
        host = stage.host()
        for workspace in ("v", "w", "gone"):
            await host.joined(Channel(key=replace(key(), workspace=workspace), name="#ml"))
        await host.gone("gone")
        assert await host.knowing(key().id) == ["v", "w"]
        assert await host.knowing("another") == await stage.host("other").knowing(key().id) == []

    async def test_what_is_said_of_an_unknown_channel_is_no_trouble(self, stage: Stage) -> None:
        host = stage.host()
        await host.left(key("unknown"), "kicked")
        await host.renamed(key("unknown"), "#x")
        await host.moved(key("unknown"), key("x"))
        await host.gone("unknown")
        async with stage.database.read() as connection:
            assert await channels.of_platform(connection, "chat") == []

    async def test_a_removed_bot_stops_and_forgets_that_workspaces_secrets(self, stage: Stage) -> None:
        host = stage.host()
        await host.joined(ML)
        for workspace in ("w", "v"):
            await host.put("token", b"x", workspace=workspace)
        await host.gone("w")
        async with stage.database.write() as connection:
            stored = await channels.find(connection, ML.key)
            assert stored is not None and stored.gone
            query = (await subscribe(connection, stored)).query_id
            assert await outbox.plan(connection, [(PaperId("1"), query)], 1) == set()
        assert [await host.get("token", workspace=workspace) for workspace in ("w", "v")] == [None, b"x"]
        await host.joined(ML)  # invited again
        async with stage.database.read() as connection:
            assert not (await again(connection, stored)).gone

    async def test_what_waits_where_the_bot_is_installed_anew_leaves_together(self, stage: Stage) -> None:
        host = stage.host()
        await host.joined(ML)
        async with stage.database.write() as connection:
            stored = await channels.find(connection, ML.key)
            assert stored is not None
            query = (await subscribe(connection, stored)).query_id
            await outbox.plan(connection, [(PaperId(str(n)), query) for n in range(2)], 1)
        gone_at = stage.clock.now()
        for _ in range(2):
            await host.put("token", b"x", workspace="w")
            await host.gone("w")
            assert await host.get("token", workspace="w") is None
            stage.clock.advance(HOUR)
        stage.woken.clear()
        await host.came("w")
        assert [row.together for row in await stage.outbox()] == [f"parked:{gone_at}"] * 2
        assert stage.woken == [stored.id]
