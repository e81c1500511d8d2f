"""A chat platform in memory, for tests that make thousands of posts: it takes and fails as told."""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any, ClassVar

from bot.chat.adapter import ChatAdapter, Limits, Posted, Problem
from bot.chat.errors import (
    CannotTell,
    ChannelUnreachable,
    MessageRefused,
    OutcomeUnknown,
    RateLimited,
    Unavailable,
)
from bot.chat.message import Message
from bot.models import Channel
from bot.settings import AdapterSettings

_PAPER = re.compile(r"huggingface\.co/papers/([0-9.]+)")


class Crash(BaseException):
    """The process ends here."""


class Trouble(Enum):
    """What becomes of a post."""

    REFUSED = "no connection"
    LIMITED = "asked to wait"
    LOST = "accepted, and the answer is lost"
    RESET = "not accepted, and nobody knows"
    INVALID = "the message is refused"
    CLOSED = "the channel is closed until it is opened"
    CRASH_BEFORE = "the process ends before the post"
    CRASH_AFTER = "the process ends after the post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A message that the platform took, and the papers that it names."""

    channel: str
    key: str
    headline: str
    papers: tuple[str, ...]
    parent: str | None = None


class Memory(ChatAdapter):
    """The platform and its adapter in one. `on_accept` hears of each message at the moment it is taken."""

    name: ClassVar[str] = "memory"
    settings: ClassVar[type[AdapterSettings]] = AdapterSettings
    limits: ClassVar[Limits] = Limits(settle=timedelta(), value=100)
    announces: ClassVar[bool] = False

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.accepted: list[Accepted] = []
        self.trouble: deque[Trouble] = deque()
        self.closed: set[str] = set()
        self.finds = True
        self.on_accept: Callable[[Accepted], None] = lambda accepted: None

    async def post(self, channel: Channel, message: Message, *, idempotency_key: str) -> Posted:
        trouble = self.trouble.popleft() if self.trouble else None
        if trouble is Trouble.CLOSED:
            self.closed.add(channel.key.id)
        if channel.key.id in self.closed:
            raise ChannelUnreachable("It is closed.")
        self._before(trouble)
        posted = self._accept(channel, message, idempotency_key)
        if trouble is Trouble.LOST:
            raise OutcomeUnknown("lost")
        if trouble is Trouble.CRASH_AFTER:
            raise Crash
        return posted

    async def find(
        self, channel: Channel, *, idempotency_key: str, parent: str | None = None
    ) -> Posted | None:
        if not self.finds:
            raise CannotTell
        return self._known(channel, idempotency_key)

    async def check(self, channel: Channel) -> list[Problem]:
        return [Problem(what="It is closed.", fix="Open it.")] if channel.key.id in self.closed else []

    @staticmethod
    def _before(trouble: Trouble | None) -> None:
        """What goes wrong before the platform takes anything."""
        match trouble:
            case Trouble.REFUSED:
                raise Unavailable("refused")
            case Trouble.LIMITED:
                raise RateLimited(5)
            case Trouble.RESET:
                raise OutcomeUnknown("reset")
            case Trouble.INVALID:
                raise MessageRefused("invalid")
            case Trouble.CRASH_BEFORE:
                raise Crash

    def _accept(self, channel: Channel, message: Message, key: str) -> Posted:
        repeated = self._known(channel, key) if self.limits.dedupe else None
        if repeated:
            return repeated
        papers = tuple(dict.fromkeys(_PAPER.findall(repr(message.body))))
        taken = Accepted(
            channel=channel.key.id,
            key=key,
            headline=message.headline,
            papers=papers,
            parent=message.parent,
        )
        self.accepted.append(taken)
        self.on_accept(taken)
        return Posted(channel=channel.key, id=str(len(self.accepted)))

    def _known(self, channel: Channel, key: str) -> Posted | None:
        for place, taken in enumerate(self.accepted, 1):
            if (taken.channel, taken.key) == (channel.key.id, key):
                return Posted(channel=channel.key, id=str(place))
        return None
