"""The suite that every adapter passes, ours and others'. Needs pytest and pytest-asyncio.

Write a `Rig` around a fake of your platform that speaks its protocol on loopback, then:

    class TestMatrix(AdapterContract):
        faults = HTTP_FAULTS

        def rig(self) -> AbstractAsyncContextManager[Rig]:
            return matrix_rig()
"""

import re
import traceback
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from enum import Enum
from typing import ClassVar

import pytest

from bot.chat.adapter import KEY, ChatAdapter, Host
from bot.chat.errors import (
    CannotTell,
    ChannelUnreachable,
    MessageRefused,
    OutcomeUnknown,
    PostFailed,
    RateLimited,
    Unavailable,
    WorkspaceUnreachable,
)
from bot.chat.message import Item, Message, Span
from bot.chat.samples import HOSTILE, messages
from bot.models import Channel, ChannelKey

__all__ = [
    "EXPECTED",
    "HOSTILE",
    "HTTP_FAULTS",
    "WAIT",
    "AdapterContract",
    "Fault",
    "MemoryHost",
    "Rig",
    "messages",
]


class Fault(Enum):
    """What a fake platform does to the next post."""

    REFUSED = "nobody listens"
    RESET = "the connection is reset before the message is read"
    LOST = "the message is accepted and its answer never sent"
    SILENT = "nothing is answered for longer than the adapter waits"
    GARBLED = "the answer breaks off or cannot be read"
    LIMITED = "429, ask again in 7 seconds"
    BROKEN = "503"
    FORBIDDEN = "403: the bot may not post there"
    MISSING = "404: there is no such place"
    INVALID = "400: the message is not taken"


WAIT = 7.0  # seconds, what a fake answers on Fault.LIMITED
HTTP_FAULTS = frozenset(Fault)
EXPECTED: Mapping[Fault, tuple[type[PostFailed], ...]] = {
    Fault.REFUSED: (Unavailable,),
    Fault.RESET: (OutcomeUnknown, Unavailable),
    Fault.LOST: (OutcomeUnknown,),
    Fault.SILENT: (OutcomeUnknown,),
    Fault.GARBLED: (OutcomeUnknown,),
    Fault.LIMITED: (RateLimited,),
    Fault.BROKEN: (OutcomeUnknown,),
    Fault.FORBIDDEN: (ChannelUnreachable, WorkspaceUnreachable),
    Fault.MISSING: (ChannelUnreachable, WorkspaceUnreachable),
    Fault.INVALID: (MessageRefused,),
}
_MAY_BE_TAKEN = {Fault.LOST, Fault.SILENT, Fault.GARBLED}


class MemoryHost(Host):
    """A host that keeps everything in memory, for tests of adapters."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}
        self.seen: set[str] = set()
        self.channels: dict[ChannelKey, str] = {}  # joined and not left, by name
        self.invited: list[tuple[ChannelKey, str | None]] = []
        self.lost: list[tuple[ChannelKey, str]] = []
        self.came_to: list[str] = []
        self.gone_from: list[str] = []

    @asynccontextmanager
    async def once(self, key: str, keep: timedelta) -> AsyncIterator[bool]:  # noqa: ARG002 - never forgets
        """True for the first block that ends well, and for no other meanwhile."""
        if key in self.seen:
            yield False
            return
        self.seen.add(key)
        try:
            yield True
        except BaseException:
            self.seen.discard(key)
            raise

    async def get(self, key: str, *, workspace: str = "", sealed: bool = False) -> bytes | None:  # noqa: ARG002
        """What was put under `key`."""
        return self.kept.get((workspace, key))

    async def put(
        self,
        key: str,
        value: bytes,
        *,
        workspace: str = "",
        sealed: bool = False,  # noqa: ARG002
        keep: timedelta | None = None,  # noqa: ARG002
    ) -> None:
        """Keep `value`, unencrypted."""
        self.kept[workspace, key] = value

    async def delete(self, key: str, *, workspace: str = "") -> bool:
        """Forget `key`; whether it was there."""
        return self.kept.pop((workspace, key), None) is not None

    async def keeping(self, key: str) -> list[str]:
        """The workspaces for which something is kept under `key`."""
        return sorted(workspace for workspace, name in self.kept if workspace and name == key)

    async def knowing(self, channel: str) -> list[str]:
        """The workspaces that know a channel with the id `channel`."""
        return sorted(known.workspace for known in self.channels if known.id == channel)

    async def joined(self, channel: Channel, by: str | None = None) -> None:
        """Note that the bot can post in `channel`."""
        self.channels[channel.key] = channel.name
        self.invited.append((channel.key, by))

    async def left(self, channel: ChannelKey, reason: str) -> None:
        """Note that the bot cannot post in `channel`."""
        self.channels.pop(channel, None)
        self.lost.append((channel, reason))

    async def renamed(self, channel: ChannelKey, name: str) -> None:
        """Note the new name of `channel`."""
        self.channels[channel] = name

    async def moved(self, old: ChannelKey, new: ChannelKey) -> None:
        """Note that `old` is called `new`."""
        self.channels[new] = self.channels.pop(old, new.id)

    async def came(self, workspace: str) -> None:
        """Note that the bot was installed in `workspace`."""
        self.came_to.append(workspace)

    async def gone(self, workspace: str) -> None:
        """Note that the bot was removed from `workspace`, and forget what was kept for it."""
        self.gone_from.append(workspace)
        self.kept = {place: value for place, value in self.kept.items() if place[0] != workspace}


class Rig(ABC):
    """An adapter, entered, with a fake of its platform behind it and a channel that takes posts."""

    adapter: ChatAdapter
    channel: Channel
    secrets: tuple[str, ...] = ()  # tokens and addresses that no error may hold

    @abstractmethod
    def accepted(self) -> Sequence[object]:
        """The messages that the platform took, oldest first, one entry each."""

    def shown(self) -> str:
        """All that can be read of the messages that the platform took, in whatever form."""
        return repr(self.accepted())

    def tries(self) -> int:
        """How many posts reached the platform, taken or not."""
        return len(self.accepted())

    async def fail(self, fault: Fault) -> None:
        """Let `fault` happen to the next post; for the faults that the suite names."""
        pytest.fail(f"This rig does not know how to let it happen: {fault.value}.")

    async def mend(self) -> None:  # noqa: B027 - most faults end by themselves
        """End what `fail` began, where it does not end by itself."""

    async def connections(self) -> int:
        """How many connections of the adapter the platform holds open, once it has noticed what closed."""
        return 0


class AdapterContract(ABC):
    """What the core relies on. Every method is a promise of `ChatAdapter`."""

    pytestmark = pytest.mark.asyncio
    faults: ClassVar[frozenset[Fault]] = frozenset()  # those that can happen to this adapter
    patience: timedelta = timedelta(seconds=10)  # how long the rig's adapter is to wait for an answer

    @abstractmethod
    def rig(self) -> AbstractAsyncContextManager[Rig]:
        """A fresh platform with an entered adapter."""

    @pytest.mark.parametrize("kind", messages(""))
    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    async def test_any_message_arrives_once(self, text: str, kind: str) -> None:
        """Rendering never raises and stays within the limits that the platform checks."""
        async with self.rig() as rig:
            posted = await rig.adapter.post(rig.channel, messages(text)[kind], idempotency_key="k" * KEY)
            _promise(len(rig.accepted()) == rig.tries() == 1, f"posts it {len(rig.accepted())} times")
            _promise(posted.channel == rig.channel.key, "names another channel than the one it posted to")
            _promise(bool(posted.id), "gives no reference to the message")

    async def test_of_a_long_list_every_item_is_shown_or_counted(self) -> None:
        """What has no room is counted ("and 49 more"; `bot.chat.fitting` does that), and no title is torn."""
        titles = [f"n{number}n {'a long title ' * 20}n{number}n" for number in range(150)]
        items = tuple(Item(text=(Span(text=title, url="https://example.org/"),)) for title in titles)
        async with self.rig() as rig:
            message = Message(headline="150 papers", body=items)
            await rig.adapter.post(rig.channel, message, idempotency_key="k")
            shown = rig.shown()
        begun, whole = (sum(shown.count(f"n{number}n") >= times for number in range(150)) for times in (1, 2))
        more = re.search(r"and (\d+) more", shown)
        counted = int(more[1]) if more else 0
        _promise(begun == whole, f"tears {begun - whole} titles")
        _promise(150 in {whole, whole + counted}, f"shows {whole} of 150 items and counts {counted}")

    async def test_messages_arrive_in_order(self) -> None:
        """One after another, each once."""
        async with self.rig() as rig:
            ids = [await _post(rig, key) for key in ("first", "second", "third")]
            _promise(
                len(rig.accepted()) == len(ids) == len(set(ids)),
                "gives two messages the same reference, or loses one",
            )

    async def test_a_repeat_under_the_same_key_is_no_second_message_where_the_platform_dedupes(self) -> None:
        """`limits.dedupe` says for how long."""
        async with self.rig() as rig:
            if not rig.adapter.limits.dedupe:
                pytest.skip("this platform does not dedupe")
            first, second = await _post(rig, "same"), await _post(rig, "same")
            _promise(first == second and len(rig.accepted()) == 1, "makes a second message of a repeat")

    @pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name.lower())
    async def test_each_fault_is_told_as_what_it_is_after_one_try(self, fault: Fault) -> None:
        """The next post goes through: nothing of the fault stays."""
        self._needs(fault)
        async with self.rig() as rig:
            error = await _failure(rig, fault)
            _promise(isinstance(error, EXPECTED[fault]), f"raises {error!r} where {fault.value}")
            _promise(rig.tries() <= 1, f"tries {rig.tries()} times where {fault.value}")
            _promise(
                fault in _MAY_BE_TAKEN or not rig.accepted(), f"lets the fake take it where {fault.value}"
            )
            _promise(
                not isinstance(error, RateLimited) or error.after == WAIT,
                f"was told to wait {WAIT} s and says: {error}",
            )
            await rig.mend()
            await _post(rig, "after")

    @pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name.lower())
    async def test_no_error_holds_a_secret(self, fault: Fault) -> None:
        """Errors are logged, stored and shown."""
        self._needs(fault)
        async with self.rig() as rig:
            error = await _failure(rig, fault)
            told = f"{error!r} {error} {error.args} {''.join(traceback.format_exception(error))}"
            _promise(not any(secret in told for secret in rig.secrets), f"shows a secret where {fault.value}")
            _promise(bool(str(error)), f"says nothing where {fault.value}")

    async def test_a_message_can_be_found_or_the_adapter_says_that_it_cannot_tell(self) -> None:
        """What was posted is found under its key; another key is not."""
        async with self.rig() as rig:
            posted = await _post(rig, "there")
            try:
                found = await rig.adapter.find(rig.channel, idempotency_key="there")
                missing = await rig.adapter.find(rig.channel, idempotency_key="elsewhere")
            except CannotTell:
                return
            _promise(found is not None and found.id == posted, f"finds {found}")
            _promise(missing is None, f"finds what was not posted: {missing}")

    async def test_a_post_can_be_edited_where_the_platform_can(self) -> None:
        """Others do nothing; nobody raises."""
        async with self.rig() as rig:
            posted = await rig.adapter.post(rig.channel, _hello(), idempotency_key="edited")
            await rig.adapter.edit(posted, Message(headline="Changed"))
            _promise(len(rig.accepted()) == 1, "makes a second message of an edit")

    async def test_nothing_stands_in_the_way_of_a_channel_that_takes_posts(self) -> None:
        """`check` is asked before somebody subscribes."""
        async with self.rig() as rig:
            _promise(await rig.adapter.check(rig.channel) == [], "sees a problem")

    async def test_connections_end_with_the_adapter(self) -> None:
        """Whoever opens one closes it."""
        async with self.rig() as rig:
            await _post(rig, "once")
            await rig.adapter.__aexit__(None, None, None)
            left = await rig.connections()
            _promise(left == 0, f"leaves {left} connections open")

    def _needs(self, fault: Fault) -> None:
        if fault not in self.faults:
            pytest.skip(f"{fault.value}: cannot happen to this adapter")
        if fault is Fault.SILENT:
            self.patience = timedelta(seconds=1)


def _hello() -> Message:
    return Message(headline="Hello")


async def _post(rig: Rig, key: str) -> str:
    return (await rig.adapter.post(rig.channel, _hello(), idempotency_key=key)).id


async def _failure(rig: Rig, fault: Fault) -> PostFailed:
    await rig.fail(fault)
    try:
        await _post(rig, "fails")
    except PostFailed as error:
        return error
    return pytest.fail(f"The adapter raises no error where {fault.value}.")


def _promise(kept: bool, otherwise: str) -> None:
    """Fail the test with what the adapter does `otherwise`; plain, since asserts are not rewritten here."""
    if not kept:
        pytest.fail(f"The adapter {otherwise}.")
