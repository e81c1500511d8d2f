"""Workspaces: whether the bot is in them, and what leaves once it is back."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import ChannelId
from bot.store.schema import channels, deliveries, workspaces
from bot.store.sql import slices, upsert

_WAITING = (
    deliveries.c.kind == "paper",
    deliveries.c.state == "pending",
    deliveries.c.asked_by.is_(None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A workspace as the core knows it; moments are epoch ms."""

    id: int
    platform: str
    key: str
    gone_at: int | None = None  # when the bot was removed from it
    parked_at: int | None = None

    @property
    def away_since(self) -> int | None:
        """Since when nothing leaves for it."""
        return min(filter(None, (self.gone_at, self.parked_at)), default=None)


COLUMNS = tuple(workspaces.c[name] for name in ("id", "platform", "key", "gone_at", "parked_at"))


async def find(connection: AsyncConnection, platform: str, key: str) -> Workspace | None:
    """The workspace that `platform` names `key`."""
    query = select(*COLUMNS).where(workspaces.c.platform == platform, workspaces.c.key == key)
    row = (await connection.execute(query)).one_or_none()
    return Workspace(**row._mapping) if row else None


async def ensure(connection: AsyncConnection, platform: str, key: str) -> int:
    """The id of the workspace, stored if it was not; the bot is in it again, where it was removed."""
    found = await find(connection, platform, key)
    if found is None:
        insert = upsert(connection, workspaces).values(platform=platform, key=key)
        return int((await connection.execute(insert.returning(workspaces.c.id))).scalar_one())
    if found.gone_at is not None:
        await _free(connection, found)
    return found.id


async def gone(connection: AsyncConnection, platform: str, key: str, now: int) -> None:
    """The bot was removed from the workspace at `now` (epoch ms), or before where that is known."""
    where = and_(workspaces.c.platform == platform, workspaces.c.key == key, workspaces.c.gone_at.is_(None))
    await connection.execute(update(workspaces).where(where).values(gone_at=now))


async def back(connection: AsyncConnection, platform: str, key: str) -> None:
    """The bot is in the workspace, whatever became of it before: what waited leaves as one message."""
    if found := await find(connection, platform, key):
        freed = update(channels).where(channels.c.workspace_id == found.id)
        await connection.execute(freed.values(freed=channels.c.freed + 1))
        await _free(connection, found)
    else:
        await ensure(connection, platform, key)


async def _free(connection: AsyncConnection, workspace: Workspace) -> None:
    if workspace.away_since is None:
        return
    free = {"gone_at": None, "parked_reason": None, "parked_at": None}
    await connection.execute(update(workspaces).where(workspaces.c.id == workspace.id).values(**free))
    reached = channels.c.workspace_id == workspace.id, channels.c.parked_reason.is_(None)
    ids = (await connection.execute(select(channels.c.id).where(*reached))).scalars()
    await let_go(connection, workspace.id, set(map(ChannelId, ids)), workspace.away_since)


async def let_go(
    connection: AsyncConnection, workspace: int, those: Collection[ChannelId], since: int
) -> None:
    """`those` of its channels can be reached again: what waited since `since` leaves each as one message."""
    for some in slices(sorted(those)):
        waiting = update(deliveries).where(deliveries.c.channel_id.in_(some), *_WAITING)
        await connection.execute(waiting.values(together=f"parked:{since}"))
    await _take_back(connection, workspace, those)


async def _take_back(connection: AsyncConnection, workspace: int, those: Collection[ChannelId]) -> None:
    """Whoever has not been told yet that one of `those` cannot be reached need not be told any more."""
    told = select(deliveries.c.id, deliveries.c.subject).where(
        deliveries.c.channel_id.in_(select(channels.c.id).where(channels.c.workspace_id == workspace)),
        deliveries.c.kind == "notice",
        deliveries.c.state == "pending",
        deliveries.c.subject.startswith("parked:"),
    )
    rows = (await connection.execute(told)).all()
    named = tuple(f"parked:{channel}:" for channel in those)
    stale = [row.id for row in rows if row.subject.startswith(named)]
    for some in slices(stale):
        skipped = {"state": "skipped", "error": "it can be reached again"}
        await connection.execute(update(deliveries).where(deliveries.c.id.in_(some)).values(**skipped))
