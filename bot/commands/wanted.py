"""What a channel's subscriptions match, asked now of papers that are shown."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chat.command import Context
from bot.commands.core import known
from bot.matching.evaluate import matches
from bot.matching.parser import parse
from bot.matching.query import Query
from bot.matching.views import PaperText
from bot.store import subscriptions
from bot.store.subscriptions import Subscription


@dataclass(frozen=True, slots=True)
class Wanted:
    """A channel's subscriptions, paused ones too, with their queries."""

    all: tuple[tuple[Subscription, Query], ...] = ()

    def by(self, text: PaperText) -> list[Subscription]:
        """Those that match the paper `text`, by number."""
        return [one for one, query in self.all if matches(query, text)]


async def wanted_in(connection: AsyncConnection, context: Context) -> Wanted:
    """What the context's channel is subscribed to; nothing outside of channels."""
    channel = await known(connection, context) if context.channel else None
    if channel is None:
        return Wanted()
    every = await subscriptions.of_channel(connection, channel.id)
    return Wanted(tuple((one, parse(one.canonical)) for one in every))
