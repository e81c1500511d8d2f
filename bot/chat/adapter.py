"""What speaks to one chat platform, and what it gets from us.

`ChatAdapter` is a base class with true defaults, so that a new method never breaks an adapter that
somebody else wrote. `docs/adapters.md` walks through one.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any, ClassVar, Self

from aiohttp.web import RouteDef

from bot.chat.command import Command, Commands, Context, Param
from bot.chat.errors import CannotTell
from bot.chat.message import Message, Ping
from bot.clock import Clock
from bot.models import Channel, ChannelKey
from bot.settings import AdapterSettings

KEY = 25  # characters of an idempotency key: Discord's nonce takes no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How fast a platform takes posts, and what it remembers. None: no limit."""

    channel: float | None = None  # posts a second
    workspace: float | None = None
    bot: float | None = None
    value: int = 2_000  # characters that a button can carry
    dedupe: timedelta = timedelta()  # how long a repeat under the same key makes no second message
    settle: timedelta = timedelta(seconds=15)  # after an unknown outcome, the earliest that `find` is right


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A message that the platform accepted; `id` is the adapter's own reference to it."""

    channel: ChannelKey
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What would stop a post, or what an installation lacks, and what who can mend it does."""

    what: str
    fix: str
    stops: bool = False  # of what `examine` finds: the bot cannot do its work like that


class Host(ABC):
    """What an adapter gets from us. State is kept for each adapter, and across restarts."""

    @abstractmethod
    def once(self, key: str, keep: timedelta) -> AbstractAsyncContextManager[bool]:
        """True the first time that `key` is seen within `keep`, also across a restart.

        Marked when the block ends well, so that a crash inside lets a redelivery act; while a block
        is still inside, and after it, others get False.
        """

    @abstractmethod
    async def get(self, key: str, *, workspace: str = "", sealed: bool = False) -> bytes | None:
        """What was put under `key`. Raises SetupFailed where `sealed` is asked and no key is set."""

    @abstractmethod
    async def put(
        self,
        key: str,
        value: bytes,
        *,
        workspace: str = "",
        sealed: bool = False,
        keep: timedelta | None = None,
    ) -> None:
        """Keep `value` (encrypted when `sealed`), for ever or for `keep`."""

    @abstractmethod
    async def delete(self, key: str, *, workspace: str = "") -> bool:
        """Forget `key`; whether it was there, so that of two callers one gets True."""

    @abstractmethod
    async def keeping(self, key: str) -> list[str]:
        """The workspaces with the bot for which something is kept under `key`, in order."""

    @abstractmethod
    async def knowing(self, channel: str) -> list[str]:
        """The workspaces with the bot that know a channel with the id `channel`, in order.

        Several where they share it; for each it is a channel of its own.
        """

    @abstractmethod
    async def joined(self, channel: Channel, by: str | None = None) -> None:
        """The bot can post in `channel` (invited `by` that person): what waited may leave."""

    @abstractmethod
    async def left(self, channel: ChannelKey, reason: str) -> None:
        """The bot cannot post in `channel` any more."""

    @abstractmethod
    async def renamed(self, channel: ChannelKey, name: str) -> None:
        """`channel` has another name now."""

    @abstractmethod
    async def moved(self, old: ChannelKey, new: ChannelKey) -> None:
        """The platform calls the channel `old` by another id, `new`; all that it had stays."""

    @abstractmethod
    async def came(self, workspace: str) -> None:
        """The bot was installed in `workspace`, for the first time or again."""

    @abstractmethod
    async def gone(self, workspace: str) -> None:
        """The bot was removed from `workspace`: stop at once, forget its secrets."""


class ChatAdapter(ABC):
    """One platform. Built with its settings, the host and the clock; used as a context manager."""

    name: ClassVar[str]
    settings: ClassVar[type[AdapterSettings]]
    limits: ClassVar[Limits] = Limits()
    options: ClassVar[tuple[Param, ...]] = ()  # of a channel here; shown in `settings`
    commands: ClassVar[tuple[Command, ...]] = ()  # brought for every platform where this is switched on
    takes_commands: ClassVar[bool] = True
    greets: ClassVar[bool] = False  # introduces itself once where it is invited
    announces: ClassVar[bool] = True  # tells a channel, in one quiet line, when its subscriptions change
    threads: ClassVar[bool] = False  # a message can belong in another one's thread: `Message.parent`
    pings: ClassVar[bool] = False  # a message can notify people: `Message.pings`

    left = False  # the person whose bot this is has said good-bye: the bot stops
    deaf = ""  # why what people say does not arrive just now; empty where it does

    @classmethod
    def managers(cls, settings: Any) -> str:
        """Who may change what a channel gets, by the adapter's `settings`: the end of a sentence."""
        return "everybody in it."

    def __init__(self, settings: Any, host: Host, clock: Clock) -> None:
        self.configuration, self.host, self.clock = settings, host, clock

    async def __aenter__(self) -> Self:
        """Log in and prove the credentials. Raises SetupFailed, or Unavailable."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of connections."""

    @abstractmethod
    async def post(self, channel: Channel, message: Message, *, idempotency_key: str) -> Posted:
        """Post once, without retrying; the key has at most 25 characters. Raises a PostFailed."""

    async def edit(self, posted: Posted, message: Message) -> None:
        """Change what was posted. Raises a PostFailed. Platforms that cannot do nothing."""

    async def find(
        self, channel: Channel, *, idempotency_key: str, parent: str | None = None
    ) -> Posted | None:
        """The message posted under that key, if it is there. Raises CannotTell or a PostFailed.

        `parent`: it was posted to that message's thread, with `threads` alone.
        """
        raise CannotTell

    async def check(self, channel: Channel) -> list[Problem]:
        """What would stop a post there. Raises a PostFailed where that cannot be learned now."""
        return []

    async def try_out(self, channel: Channel, sample: Message) -> list[Problem]:
        """Like `check`, but by really posting `sample` and taking it away again, where that can be done."""
        return await self.check(channel)

    async def examine(self) -> list[Problem]:
        """What the installation lacks, for `doctor`: a fault where it `stops`, else a warning."""
        return []

    async def named(self, context: Context, text: str) -> Ping | None:
        """Whom `text` names, such as a group that the person of `context` may notify; None for nobody.

        Raises WorkspaceUnreachable where that cannot be learned until a person acts, or another PostFailed.
        """
        return None

    async def direct(self, workspace: str, user: str) -> Channel | None:
        """Where that person alone can be told something, where the platform has such a place."""
        return None

    def personal(self, channel: ChannelKey) -> bool:
        """Whether one person alone reads there, who need not be told what they did themselves."""
        return False

    async def listen(self, commands: Commands) -> None:
        """Take commands until cancelled, or until there will be no more."""

    def routes(self, commands: Commands) -> Iterable[RouteDef]:
        """What the platform calls over HTTP.

        Asked once, before the adapter logs in; handlers are called only while it is logged in.
        """
        return ()
