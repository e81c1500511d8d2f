"""Channels that cannot be reached: tell who asked for the papers, and try again each hour."""

from collections.abc import Collection, Mapping

from bot.chat.adapter import ChatAdapter
from bot.chat.errors import PostFailed
from bot.clock import HOUR, Clock
from bot.models import ChannelId
from bot.store import channels, deliveries, subscriptions
from bot.store.channels import StoredChannel
from bot.store.engine import Database


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
        if parked is None or parked.parked_reason is None or not asked:
            return []
        newest = max(asked, key=lambda subscription: subscription.created_at)
        return await self._notify(parked, newest.created_by)

    async def _notify(self, parked: StoredChannel, user: str) -> list[ChannelId]:
        key = parked.channel.key
        adapter = self._adapters[key.platform]
        try:
            direct = await adapter.direct(key.workspace, user)
        except PostFailed:
            return []  # it stands in the channel's list all the same
        if direct is None or direct.key == key:
            return []
        payload = {
            "cause": "parked",
            "channel": parked.channel.name,
            "reason": parked.parked_reason,
            "command": self._command,
        }
        now = self._clock.now()
        async with self._database.write() as connection:
            told = await channels.ensure(connection, direct)
            subject = f"parked:{parked.id}:{parked.parked_at}"
            await deliveries.notice(
                connection, told.workspace_id, told.id, subject, payload, due_at=0, now=now
            )
        return [told.id]

    async def try_again(self) -> list[ChannelId]:
        """Check what was last tried an hour ago; the channels that can be reached again."""
        now = self._clock.now()
        async with self._database.read() as connection:
            due = await channels.to_check(connection, now - HOUR)
        reachable = [channel for channel in due if await self._reachable(channel)]
        if due:
            async with self._database.write() as connection:
                await channels.checked(connection, [channel.id for channel in due], now)
                for channel in reachable:
                    await channels.unpark(connection, channel)
        return [channel.id for channel in reachable]

    async def _reachable(self, channel: StoredChannel) -> bool:
        platform = channel.channel.key.platform
        adapter = self._adapters.get(platform)
        if adapter is None or platform in self._away:
            return False
        try:
            return not await adapter.check(channel.channel)
        except PostFailed:
            return False
