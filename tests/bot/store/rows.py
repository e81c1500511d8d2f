"""Short words for the rows that the tests of the store begin with."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import Channel, ChannelKey, Listed, Paper, PaperId
from bot.store import channels, deliveries, papers, subscriptions
from bot.store.channels import StoredChannel
from bot.store.deliveries import Delivery
from bot.store.schema import deliveries as table
from bot.store.subscriptions import Subscription

DAY = date(2025, 12, 1)


def key(name: str = "ml", workspace: str = "w", platform: str = "chat") -> ChannelKey:
    return ChannelKey(platform=platform, workspace=workspace, id=name)


async def channel(connection: AsyncConnection, name: str = "ml", workspace: str = "w") -> StoredChannel:
    return await channels.ensure(connection, Channel(key=key(name, workspace), name="#" + name))


async def again(connection: AsyncConnection, stored: StoredChannel) -> StoredChannel:
    """The same channel as it is stored now."""
    return (await channels.get(connection, [stored.id]))[stored.id]


async def subscribe(
    connection: AsyncConnection, to: StoredChannel, canonical: str = "diffusion", now: int = 1
) -> Subscription:
    return await subscriptions.add(connection, to.workspace_id, to.id, canonical, "ann", now)


def paper(number: int = 1, title: str = "A paper") -> Paper:
    return Paper(id=PaperId(f"2512.{number:05}"), title=title)


def listed(number: int = 1, day: date = DAY) -> Listed:
    return Listed(paper=paper(number), day=day)


async def store(connection: AsyncConnection, *given: Paper, now: int = 1) -> None:
    await papers.put(connection, given, now)


async def outbox_of(connection: AsyncConnection, stored: StoredChannel) -> list[Delivery]:
    """What waits in `stored`, in its order."""
    return (await deliveries.open_in(connection, [stored.id])).get(stored.id, [])


async def count(connection: AsyncConnection) -> int:
    """How many deliveries there are, in whatever state."""
    return (await connection.execute(select(func.count()).select_from(table))).scalar_one()
