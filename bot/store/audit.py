"""Who changed which subscription, and how."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chat.message import Person
from bot.models import ChannelId, SubscriptionId
from bot.store.channels import StoredChannel
from bot.store.schema import audit


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change, at `at` (epoch ms)."""

    at: int
    what: str
    who: str
    who_name: str
    subscription: SubscriptionId | None = None
    before: str | None = None
    after: str | None = None


async def note(
    connection: AsyncConnection,
    channel: StoredChannel,
    who: Person,
    what: str,
    now: int,
    *,
    subscription: SubscriptionId | None = None,
    before: str | None = None,
    after: str | None = None,
) -> None:
    """Write down that `who` did `what` at `now` (epoch ms), in the transaction that did it."""
    row = {
        "at": now,
        "workspace_id": channel.workspace_id,
        "channel_id": channel.id,
        "subscription_id": subscription,
        "who": who.id,
        "who_name": who.name,
        "what": what,
        "before": before,
        "after": after,
    }
    await connection.execute(insert(audit).values(**row))


async def of_channel(connection: AsyncConnection, channel: ChannelId) -> list[Entry]:
    """All that was changed in `channel`, oldest first."""
    query = select(audit).where(audit.c.channel_id == channel).order_by(audit.c.id)
    return [_to_entry(row) for row in await connection.execute(query)]


async def at(connection: AsyncConnection, channel: ChannelId, moment: int) -> list[Entry]:
    """What was changed in `channel` at `moment` (epoch ms), as one command does it."""
    query = select(audit).where(audit.c.channel_id == channel, audit.c.at == moment).order_by(audit.c.id)
    return [_to_entry(row) for row in await connection.execute(query)]


def _to_entry(row: Row[Any]) -> Entry:
    return Entry(
        at=row.at,
        what=row.what,
        who=row.who,
        who_name=row.who_name,
        subscription=row.subscription_id,
        before=row.before,
        after=row.after,
    )
