"""What every command works with."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chat.adapter import ChatAdapter
from bot.chat.command import Context, Refused
from bot.chat.message import Reply
from bot.clock import Clock
from bot.models import Channel, ChannelId
from bot.settings import Settings
from bot.store import channels
from bot.store.channels import StoredChannel
from bot.store.engine import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """The running installation, as the commands see it.

    `switches` gives the variables that switch on each adapter that is installed, whether it is on or not;
    `wake` tells the drain of channels with work.
    """

    database: Database
    clock: Clock
    settings: Settings
    adapters: Mapping[str, ChatAdapter]
    switches: Callable[[], Mapping[str, Collection[str]]]
    wake: Callable[[Iterable[ChannelId]], None]

    def adapter(self, platform: str) -> ChatAdapter | None:
        """The adapter of `platform`, where it is switched on."""
        return self.adapters.get(platform)

    def managers(self, platform: str) -> str:
        """Who may change what a channel of `platform` gets, as its adapter says it; empty without one."""
        adapter = self.adapter(platform)
        return adapter.managers(adapter.configuration) if adapter else ""


class Asks(Exception):
    """Raised by a parser or a handler where only the person can choose: `reply` asks them.

    A button of it without a command stands for the command that was given, its arguments over those.
    """

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.headline)
        self.reply = reply


def here(context: Context) -> Channel:
    """The channel that a command speaks of. Raises Refused where there is none."""
    if context.channel is None:
        raise Refused("This works only in a channel.", fix="Go to one, or name it with channel:")
    return context.channel


async def stored(connection: AsyncConnection, context: Context) -> StoredChannel:
    """The context's channel, stored if it was not. Needs a writing transaction. Raises Refused."""
    return await channels.ensure(connection, here(context))


async def known(connection: AsyncConnection, context: Context) -> StoredChannel | None:
    """The context's channel as it is called now, where we know it already. Raises Refused."""
    channel = here(context)
    found = await channels.find(connection, channel.key)
    if found is None or channel.name in {"", channel.key.id}:
        return found
    return replace(found, channel=replace(found.channel, name=channel.name))
