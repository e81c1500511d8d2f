"""Channels that cannot be reached: tell who asked for the papers, and try again each hour."""

import asyncio
from collections.abc import Awaitable, Collection, Mapping
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chat.adapter import ChatAdapter
from bot.chat.errors import PostFailed
from bot.clock import DAY, HOUR, Clock
from bot.logs import get_logger
from bot.models import ChannelId
from bot.store import channels, deliveries, subscriptions
from bot.store.channels import StoredChannel
from bot.store.engine import Database

T = TypeVar("T")
log = get_logger(__name__)
AT_ONCE = 20  # questions to platforms
PATIENCE = 10  # seconds for an answer
TOLD = 7 * DAY  # ms before the same is said again


class Parked:
    """What is done about parked channels."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        adapters: Mapping[str, ChatAdapter],
        away: Collection[str],
        command: str,
    ) -> None:
        """`away`: platforms that cannot be reached, as of each look."""
        self._database, self._clock, self._adapters, self._command = database, clock, adapters, command
        self._away = away

    async def tell(self, channel: ChannelId) -> list[ChannelId]:
        """Tell, once for each parking, whoever subscribed last; the channels where that is said."""
        async with self._database.read() as connection:
            parked = (await channels.get(connection, [channel])).get(channel)
            asked = await subscriptions.of_channel(connection, channel)
        if parked is None or parked.gone or parked.parked_reason is None or not asked:
            return []
        newest = max(asked, key=lambda subscription: subscription.created_at)
        return await self._notify(parked, newest.created_by)

    async def _notify(self, parked: StoredChannel, user: str) -> list[ChannelId]:
        key = parked.channel.key
        direct = await self._asked(self._adapters[key.platform].direct(key.workspace, user), None)
        if direct is None or direct.key == key:
            return []
        payload = {
            "cause": "parked",
            "channel": parked.channel.name,
            "id": key.id,
            "reason": parked.parked_reason,
            "command": self._command,
        }
        now = self._clock.now()
        async with self._database.write() as connection:
            if not await self._still(connection, parked):
                return []
            told = await channels.ensure(connection, direct)
            last = await deliveries.last_notice(connection, told.id, f"parked:{parked.id}")
            if last is not None and last.state != "skipped" and last.planned_at > now - TOLD:
                return []
            subject = f"parked:{parked.id}:{parked.parked_at}"
            await deliveries.notice(
                connection, told.workspace_id, told.id, subject, payload, due_at=0, now=now
            )
        return [told.id]

    async def _still(self, connection: AsyncConnection, parked: StoredChannel) -> bool:
        """Whether the parking that is to be told of has not ended meanwhile, by the bot's removal either."""
        now = (await channels.get(connection, [parked.id])).get(parked.id)
        return now is not None and not now.gone and now.parked_at == parked.parked_at

    async def try_again(self) -> list[ChannelId]:
        """Check what was last tried an hour ago, or never; the channels that have work now.

        These can be reached again, or are where it is told that another one cannot.
        """
        now = self._clock.now()
        async with self._database.read() as connection:
            due = list(filter(self._answers, await channels.to_check(connection, now - HOUR)))
        room = asyncio.Semaphore(AT_ONCE)
        answers = await asyncio.gather(*(self._reachable(channel, room) for channel in due))
        reachable = [channel for channel, free in zip(due, answers, strict=True) if free]
        news = [one for one in due if one not in reachable and one.checked_at is None]
        told = [place for one in news for place in await self.tell(one.id)]
        if due:
            async with self._database.write() as connection:
                await channels.checked(connection, [channel.id for channel in due], now)
                for channel in reachable:
                    await channels.unpark(connection, channel)
        return [*told, *(channel.id for channel in reachable)]

    def _answers(self, channel: StoredChannel) -> bool:
        """Whether its platform can be asked at all."""
        platform = channel.channel.key.platform
        return platform in self._adapters and platform not in self._away

    async def _reachable(self, channel: StoredChannel, room: asyncio.Semaphore) -> bool:
        adapter = self._adapters[channel.channel.key.platform]
        async with room:
            return await self._asked(adapter.check(channel.channel), None) == []

    async def _asked(self, question: Awaitable[T], otherwise: T) -> T:
        """What an adapter answers, or `otherwise` where it does not."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await question
        except (PostFailed, TimeoutError):
            return otherwise
        except Exception:  # a bug of the adapter's must not stop the others
            log.exception("parked.bug")
            return otherwise
