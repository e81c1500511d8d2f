"""Papers that have not left a channel, when somebody has second thoughts about a subscription."""

from collections.abc import Collection

from sqlalchemy import literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import ChannelId, PaperId, SubscriptionId
from bot.store.deliveries import UNSENT
from bot.store.outbox import wanted_again
from bot.store.schema import Id, deliveries
from bot.store.sql import slices


async def pending_in(connection: AsyncConnection, channel: ChannelId) -> list[PaperId]:
    """The papers that wait to leave for `channel`, in order."""
    query = select(deliveries.c.subject).where(
        deliveries.c.channel_id == channel, deliveries.c.kind == "paper", deliveries.c.state == "pending"
    )
    return [PaperId(paper) for paper in (await connection.execute(query.order_by(deliveries.c.id))).scalars()]


async def skipped_since(connection: AsyncConnection, channel: ChannelId, moment: int) -> list[PaperId]:
    """The papers that were skipped in `channel` at or after `moment` (epoch ms), in order."""
    query = select(deliveries.c.subject).where(
        deliveries.c.channel_id == channel,
        deliveries.c.kind == "paper",
        deliveries.c.state == "skipped",
        deliveries.c.tried_at >= moment,
    )
    return [PaperId(paper) for paper in (await connection.execute(query.order_by(deliveries.c.id))).scalars()]


async def bring(
    connection: AsyncConnection, channel: ChannelId, subscription: SubscriptionId, papers: Collection[PaperId]
) -> None:
    """`subscription` wants those of `papers`, too, that have not left `channel`."""
    for some in slices(sorted(papers)):
        rows = select(deliveries.c.id, literal(subscription, Id)).where(
            deliveries.c.channel_id == channel,
            deliveries.c.kind == "paper",
            deliveries.c.subject.in_(some),
            deliveries.c.state.in_(UNSENT),
        )
        await connection.execute(wanted_again(connection, rows))
