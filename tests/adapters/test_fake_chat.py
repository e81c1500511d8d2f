"""The test adapter keeps the promises of the port, and its platform does what a test tells it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.chat.adapter import Limits
from bot.chat.command import Command, Commands, Context, Who
from bot.chat.contract import HTTP_FAULTS, AdapterContract, Fault, MemoryHost, Rig
from bot.chat.errors import CannotTell, ChannelUnreachable, MessageRefused, OutcomeUnknown, RateLimited
from bot.chat.line import print_line
from bot.chat.message import Action, Card, Form, Item, Menu, Message, Reply
from bot.clock import SECOND, Clock, SystemClock
from bot.models import Channel, ChannelKey
from tests.fakes.chat import WORKSPACE, ChatServer, Rules
from tests.fakes.chat_adapter import FakeChat, FakeChatSettings
from tests.fakes.clock import FakeClock

PAPERS = Card(title="Flow", url="https://example.org/1", matched=("flow", "diffusion"))
WHY = Action(label="Why", command="why", arguments={"paper": "2501.99001"})


def channel(name: str = "#ml") -> Channel:
    return Channel(key=ChannelKey(platform="fakechat", workspace=WORKSPACE, id=name), name=name)


class Dedupes(FakeChat):
    """Says of itself what the platform's rules say."""

    limits = Limits(value=100, dedupe=timedelta(minutes=2))


class Echo(Commands):
    """Answers with what was asked."""

    table: tuple[Command, ...] = ()

    def __init__(self) -> None:
        self.contexts: list[Context] = []

    async def typed(self, context: Context, line: str) -> Reply:
        return self._reply(context, f"typed {line}")

    async def press(self, context: Context, value: str) -> Reply:
        return self._reply(context, f"pressed {value}")

    async def run(self, context: Context, name: str, values: Mapping[str, str]) -> Reply:
        form = Form(command=name, values=values, errors={"query": "ends after OR"})
        return replace(self._reply(context, "not yet"), form=form, error=True)

    async def suggest(self, context: Context, name: str, param: str, prefix: str) -> Sequence[str]:
        return [f"{name} {param} {prefix}"]

    async def encode(self, message: Message, limit: int) -> Message:
        return replace(message, controls=tuple(_encoded(control) for control in message.controls))

    def _reply(self, context: Context, headline: str) -> Reply:
        self.contexts.append(context)
        return Reply(headline=headline, controls=(WHY,))


def _encoded(control: Any) -> Any:
    return replace(control, value=print_line(control.command, control.arguments))


@asynccontextmanager
async def chatting(
    adapter: type[FakeChat] = FakeChat,
    rules: Rules | None = None,
    clock: Clock | None = None,
    patience: timedelta = timedelta(seconds=10),
) -> AsyncIterator[tuple[ChatServer, FakeChat]]:
    clock = clock or SystemClock()
    async with ChatServer(clock, rules) as server:
        settings = FakeChatSettings(url=server.url, timeout_ms=patience // timedelta(milliseconds=1))
        async with adapter(settings, MemoryHost(), clock) as entered:
            yield server, entered


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[ChatServer, FakeChat, Echo]]:
    echo = Echo()
    async with chatting() as (server, adapter):
        task = asyncio.create_task(adapter.listen(echo))
        yield server, adapter, echo
        task.cancel()
        await asyncio.wait([task])


class ChatRig(Rig):
    """The fake platform."""

    def __init__(self, server: ChatServer, adapter: FakeChat) -> None:
        self.server, self.adapter, self.channel = server, adapter, channel()

    def accepted(self) -> Sequence[object]:
        return self.server.messages

    def tries(self) -> int:
        return self.server.requests

    async def fail(self, fault: Fault) -> None:
        await self.server.fail(fault)

    async def mend(self) -> None:
        await self.server.up()

    async def connections(self) -> int:
        await self.server.closed()
        return len(self.server.connected())


class TestFakeChat(AdapterContract):
    """The platform at its plainest."""

    faults = HTTP_FAULTS

    @asynccontextmanager
    async def rig(self) -> AsyncIterator[Rig]:
        async with chatting(patience=self.patience) as (server, adapter):
            yield ChatRig(server, adapter)


class TestFakeChatThatDedupes(AdapterContract):
    """The platform when it knows a repeat by its key."""

    faults = HTTP_FAULTS

    @asynccontextmanager
    async def rig(self) -> AsyncIterator[Rig]:
        async with chatting(Dedupes, Rules(dedupe=120 * SECOND), patience=self.patience) as (server, adapter):
            yield ChatRig(server, adapter)


# Posts


async def post(adapter: FakeChat, *, key: str = "k", to: str = "#ml", message: Message | None = None) -> str:
    shown = message or Message(headline="Hello")
    return (await adapter.post(channel(to), shown, idempotency_key=key)).id


async def test_a_post_is_seen_with_its_cards_and_buttons() -> None:
    async with chatting() as (server, adapter):
        menu = Menu(placeholder="more", options=(replace(WHY, label="In menu", value="v3"),))
        card = replace(PAPERS, controls=(replace(WHY, value="v1"),))
        item = Item(text=("x",), actions=(replace(WHY, label="In item", value="v2"),))
        await post(adapter, message=Message(headline="Flow", body=(card, item), controls=(menu,)))
        [shown] = server.posted("#ml")
    assert (shown.headline, shown.titles, shown.matched) == ("Flow", ("Flow",), (("flow", "diffusion"),))
    assert shown.actions == {"Why": "v1", "In item": "v2", "In menu": "v3"}
    assert "https://example.org/1" in shown.text


async def test_an_edit_changes_what_is_seen() -> None:
    async with chatting() as (server, adapter):
        posted = await adapter.post(channel(), Message(headline="old"), idempotency_key="k")
        await adapter.edit(posted, Message(headline="new"))
        assert [(shown.headline, shown.edits) for shown in server.posted("#ml")] == [("new", 1)]


async def test_a_repeat_is_known_for_as_long_as_the_rules_say() -> None:
    clock = FakeClock()
    async with chatting(rules=Rules(dedupe=60 * SECOND), clock=clock) as (server, adapter):
        first = await post(adapter)
        clock.advance(59 * SECOND)
        assert await post(adapter) == first
        clock.advance(2 * SECOND)
        assert await post(adapter) != first
    assert len(server.messages) == 2


async def test_too_fast_in_one_channel_waits_and_not_in_another() -> None:
    clock = FakeClock()
    async with chatting(rules=Rules(channel=1), clock=clock) as (server, adapter):
        await post(adapter, key="1")
        clock.advance(400)
        await post(adapter, key="2", to="#cv")
        with pytest.raises(RateLimited) as caught:
            await post(adapter, key="3")
        assert caught.value.after == 0.6
        clock.advance(600)
        await post(adapter, key="3")
    assert (len(server.posted("#ml")), server.limited) == (2, 1)


async def test_too_fast_for_the_whole_bot_waits_everywhere() -> None:
    clock = FakeClock()
    async with chatting(rules=Rules(bot=2), clock=clock) as (_, adapter):
        await post(adapter, key="1", to="#a")
        await post(adapter, key="2", to="#b")
        with pytest.raises(RateLimited):
            await post(adapter, key="3", to="#c")


async def test_a_message_that_is_too_long_is_refused() -> None:
    async with chatting(rules=Rules(text=10)) as (server, adapter):
        with pytest.raises(MessageRefused):
            await post(adapter, message=Message(headline="x" * 11))
        await post(adapter, message=Message(headline="short"))
    assert [shown.headline for shown in server.messages] == ["short"]


async def test_a_fault_in_one_channel_leaves_the_others_alone() -> None:
    async with chatting() as (server, adapter):
        await server.fail(Fault.LOST, Fault.MISSING, place="#ml")
        await post(adapter, to="#cv")
        with pytest.raises(OutcomeUnknown):
            await post(adapter)
        with pytest.raises(ChannelUnreachable):
            await post(adapter)
        await post(adapter, key="last")
    assert [shown.key for shown in server.posted("#ml")] == ["k", "last"]


async def test_a_message_whose_answer_was_lost_is_found_by_its_key() -> None:
    async with chatting() as (server, adapter):
        await server.fail(Fault.LOST, Fault.RESET)
        for key in ("arrived", "not"):
            with pytest.raises(OutcomeUnknown):
                await post(adapter, key=key)
        assert await adapter.find(channel(), idempotency_key="arrived")
        assert await adapter.find(channel(), idempotency_key="not") is None


async def test_where_the_bot_may_not_read_nobody_can_tell() -> None:
    async with chatting(rules=Rules(lists=False)) as (_, adapter):
        with pytest.raises(CannotTell):
            await adapter.find(channel(), idempotency_key="k")


async def test_a_closed_channel_takes_nothing_and_check_says_so() -> None:
    async with chatting() as (server, adapter):
        server.closed_channels["#ml"] = 403
        with pytest.raises(ChannelUnreachable):
            await post(adapter)
        assert [problem.fix for problem in await adapter.check(channel())] == ["Invite the bot again."]
        del server.closed_channels["#ml"]
        assert await adapter.check(channel()) == []


async def test_one_person_alone_can_be_told_something() -> None:
    async with chatting() as (server, adapter):
        direct = await adapter.direct(WORKSPACE, "ada")
        assert direct
        await adapter.post(direct, Message(headline="only you"), idempotency_key="k")
        assert [shown.headline for shown in server.posted("@ada")] == ["only you"]


# People


async def test_what_people_do_reaches_the_commands_and_is_answered_privately() -> None:
    async with listening() as (server, _, echo):
        typed = await server.type("ada", "#ml", "list")
        pressed = await server.press("ada", "#ml", typed.actions["Why"])
        submitted = await server.submit("ada", "#ml", "subscribe", {"query": "a OR"})
        suggested = await server.suggest("ada", "#ml", "subscribe", "query", "dif")
    assert (typed.headline, pressed.headline) == ("typed list", "pressed why paper:2501.99001")
    assert submitted.body["form"]["errors"] == {"query": "ends after OR"}
    assert submitted.body["error"] is True
    assert suggested == ["subscribe query dif"]
    assert server.messages == []
    assert echo.contexts[0].user.name == "ada"
    assert echo.contexts[0].channel == channel()


async def test_rights_are_those_of_who_asks_and_where() -> None:
    async with listening() as (server, _, echo):
        server.people.rights["bob", "#ml"] = Who.ANYONE
        server.people.rights["bob", "#cv"] = Who.MANAGER
        server.people.hidden.add(("bob", "#secret"))
        await server.type("bob", "#ml", "list")
        here = echo.contexts[0]
        there = await here.elsewhere("#cv")
        assert there
        assert (here.rights, there.rights, there.channel) == (Who.ANYONE, Who.MANAGER, channel("#cv"))
        assert await here.elsewhere("#secret") is None


async def test_a_redelivered_event_is_acted_on_once() -> None:
    async with listening() as (server, _, echo):
        await server.type("ada", "#ml", "list", event="E1")
        event = {"type": "typed", "line": "list", "user": "ada", "channel": "#ml", "workspace": WORKSPACE}
        again = await server.redeliver({**event, "rights": 1, "locale": "en", "tz": None, "event": "E1"})
    assert again is None
    assert len(echo.contexts) == 1


async def test_the_host_hears_where_the_bot_may_post() -> None:
    async with listening() as (server, adapter, _):
        host = adapter.host
        assert isinstance(host, MemoryHost)
        await server.invite("#ml", by="ada")
        await server.rename("#ml", "#machine-learning")
        assert (host.channels, host.invited) == (
            {channel().key: "#machine-learning"},
            [(channel().key, "ada")],
        )
        await server.remove("#ml", "kicked")
        await server.uninstall()
        assert (host.channels, host.lost, host.gone_from) == ({}, [(channel().key, "kicked")], [WORKSPACE])


async def test_people_are_heard_while_an_answer_takes_long() -> None:
    async with listening() as (server, _, echo):
        slow = asyncio.Event()

        async def wait(context: Context, line: str) -> Reply:
            if line == "slow":
                await slow.wait()
            return Reply(headline=line)

        echo.typed = wait  # type: ignore[method-assign]
        first = asyncio.create_task(server.type("ada", "#ml", "slow"))
        assert (await server.type("bob", "#ml", "quick")).headline == "quick"
        slow.set()
        assert (await first).headline == "slow"
