"""A fake platform whose messages have threads."""

from typing import Any, ClassVar

from bot.chat.adapter import Limits, Posted
from bot.chat.command import Param
from bot.chat.errors import MessageRefused
from bot.chat.message import Message
from bot.models import Channel
from tests.fakes.chat_adapter import FakeChat


class Threaded(FakeChat):
    """Refuses replies to a message that was `taken_away`; `looked` notes in which threads it looked."""

    threads: ClassVar[bool] = True
    options: ClassVar[tuple[Param, ...]] = ()
    limits: ClassVar[Limits] = FakeChat.limits
    taken_away: ClassVar[set[str]] = set()
    looked: ClassVar[list[str | None]] = []

    async def post(self, channel: Channel, message: Message, **given: Any) -> Posted:
        if message.parent in self.taken_away:
            raise MessageRefused("The thread is gone.")
        return await super().post(channel, message, **given)

    async def find(self, channel: Channel, *, parent: str | None = None, **given: Any) -> Posted | None:
        self.looked.append(parent)
        return await super().find(channel, parent=parent, **given)
