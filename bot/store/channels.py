"""Channels and the workspaces that they belong to: their settings, and whether they can be reached."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, bindparam, case, delete, exists, not_, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import DAY
from bot.models import Channel, ChannelId, ChannelKey
from bot.store import workspaces as tenants
from bot.store.schema import channels, deliveries, subscriptions, workspaces
from bot.store.sql import slices, upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredChannel:
    """A channel as the core knows it; moments are epoch ms."""

    id: ChannelId
    workspace_id: int
    channel: Channel
    paused_at: int | None = None
    parked_reason: str | None = None  # its own, or else its workspace's
    parked_at: int | None = None
    checked_at: int | None = None  # when it was last tried, while it is parked
    next_post_at: int = 0  # the later of its own and its workspace's
    backs_off: bool = False  # it is held back by a failed try of ours, rather than by the platform's limits
    budget_full_at: int = 0
    gone: bool = False
    freed: int = 0  # raised whenever its platform says that it takes posts, whatever was before


_COLUMNS = (
    channels,
    workspaces.c.platform,
    workspaces.c.key.label("workspace_key"),
    workspaces.c.parked_reason.label("workspace_reason"),
    workspaces.c.parked_at.label("workspace_parked_at"),
    workspaces.c.next_post_at.label("workspace_next_post_at"),
    workspaces.c.gone_at,
)
_FROM = channels.join(workspaces, workspaces.c.id == channels.c.workspace_id)


def _to_channel(row: Row[Any]) -> StoredChannel:
    key = ChannelKey(platform=row.platform, workspace=row.workspace_key, id=row.key)
    return StoredChannel(
        id=ChannelId(row.id),
        workspace_id=row.workspace_id,
        channel=Channel(
            key=key,
            name=row.name,
            zone=row.zone,
            announce=row.announce,
            style=row.style,
            options=row.options,
        ),
        paused_at=row.paused_at,
        parked_reason=row.parked_reason or row.workspace_reason,
        parked_at=row.parked_at or row.workspace_parked_at,
        checked_at=row.checked_at,
        next_post_at=max(row.next_post_at, row.workspace_next_post_at),
        backs_off=row.backs_off and row.next_post_at > row.workspace_next_post_at,
        budget_full_at=row.budget_full_at,
        gone=row.gone_at is not None,
        freed=row.freed,
    )


async def find(connection: AsyncConnection, key: ChannelKey) -> StoredChannel | None:
    """The channel with that key."""
    query = select(*_COLUMNS).select_from(_FROM)
    query = query.where(
        workspaces.c.platform == key.platform, workspaces.c.key == key.workspace, channels.c.key == key.id
    )
    row = (await connection.execute(query)).one_or_none()
    return _to_channel(row) if row else None


async def get(connection: AsyncConnection, ids: Iterable[ChannelId]) -> dict[ChannelId, StoredChannel]:
    """The channels with those ids."""
    found: dict[ChannelId, StoredChannel] = {}
    for some in slices(sorted(set(ids))):
        query = select(*_COLUMNS).select_from(_FROM).where(channels.c.id.in_(some))
        for row in await connection.execute(query):
            found[ChannelId(row.id)] = _to_channel(row)
    return found


async def among(
    connection: AsyncConnection, platform: str, workspace: str, keys: Iterable[str]
) -> list[StoredChannel]:
    """Those of the channels `keys` of a workspace that we know, by name; none where the bot was removed."""
    found: list[StoredChannel] = []
    ours = select(*_COLUMNS).select_from(_FROM)
    ours = ours.where(workspaces.c.platform == platform, workspaces.c.key == workspace)
    ours = ours.where(workspaces.c.gone_at.is_(None))
    for some in slices(sorted(keys)):
        rows = await connection.execute(ours.where(channels.c.key.in_(some)))
        found += [_to_channel(row) for row in rows]
    return sorted(found, key=lambda channel: (channel.channel.name, channel.id))


async def ensure(connection: AsyncConnection, channel: Channel) -> StoredChannel:
    """The channel, stored if it was not; its name follows the platform's, its workspace is back.

    Who knows a channel only by its id gives that as its name, or nothing: it then stays what it was.
    """
    workspace = await tenants.ensure(connection, channel.key.platform, channel.key.workspace)
    insert = upsert(connection, channels).values(
        workspace_id=workspace, key=channel.key.id, name=channel.name, zone=channel.zone, options={}
    )
    untold = insert.excluded.name.in_(("", channels.c.key))
    name = case((untold, channels.c.name), else_=insert.excluded.name)
    renewed = insert.on_conflict_do_update(index_elements=["workspace_id", "key"], set_={"name": name})
    await connection.execute(renewed)
    stored = await find(connection, channel.key)
    assert stored is not None  # noqa: S101 - it was written a moment ago, in this transaction
    return stored


async def rename(connection: AsyncConnection, channel: ChannelId, name: str) -> None:
    """The platform calls it `name` now."""
    await connection.execute(update(channels).where(channels.c.id == channel).values(name=name))


async def move(connection: AsyncConnection, channel: StoredChannel, key: ChannelKey) -> None:
    """Its platform calls it `key` now, in the same workspace.

    What is known under `key` gives way where nobody ever subscribed there; else both stay as they are.
    """
    there = await find(connection, key)
    if there is not None:
        anybody = exists().where(subscriptions.c.channel_id == there.id)
        await connection.execute(delete(channels).where(channels.c.id == there.id, not_(anybody)))
    if there is None or await find(connection, key) is None:
        await connection.execute(update(channels).where(channels.c.id == channel.id).values(key=key.id))


async def configure(connection: AsyncConnection, channel: ChannelId, values: Mapping[str, Any]) -> None:
    """Set its zone, announce, style or options."""
    await connection.execute(update(channels).where(channels.c.id == channel).values(**values))


async def pause(connection: AsyncConnection, channel: ChannelId, at: int | None) -> None:
    """Paused since `at` (epoch ms); None: not any more."""
    await connection.execute(update(channels).where(channels.c.id == channel).values(paused_at=at))


async def park(
    connection: AsyncConnection, channel: ChannelId, reason: str, now: int, *, checked: bool = True
) -> None:
    """It cannot be reached since `now`, for `reason`; what waits is kept.

    Not `checked`: the platform said so by itself, and whoever looks after parked channels has it to do.
    """
    values = {"parked_reason": reason, "parked_at": now, "checked_at": now if checked else None}
    statement = update(channels).where(channels.c.id == channel, channels.c.parked_reason.is_(None))
    await connection.execute(statement.values(**values))


async def park_workspace(connection: AsyncConnection, workspace: int, reason: str, now: int) -> None:
    """None of its channels can be reached since `now`, for `reason`."""
    statement = update(workspaces).where(workspaces.c.id == workspace, workspaces.c.parked_reason.is_(None))
    await connection.execute(statement.values(parked_reason=reason, parked_at=now))
    await connection.execute(
        update(channels).where(channels.c.workspace_id == workspace).values(checked_at=now)
    )


async def unpark(connection: AsyncConnection, channel: StoredChannel) -> bool:
    """It can be reached again: what waited leaves as one message. Whether it was parked.

    With it its workspace can be reached, and the workspace's channels that are not parked themselves.
    """
    await connection.execute(
        update(channels).where(channels.c.id == channel.id).values(freed=channels.c.freed + 1)
    )
    if channel.parked_reason is None:
        return False
    c, w = channels.c, workspaces.c
    of_workspace = select(w.id).where(w.id == channel.workspace_id, w.parked_reason.is_not(None))
    freed = or_(c.id == channel.id, and_(c.workspace_id.in_(of_workspace), c.parked_reason.is_(None)))
    ids = (await connection.execute(select(c.id).where(freed))).scalars().all()
    free = {"parked_reason": None, "parked_at": None}
    await connection.execute(update(channels).where(c.id == channel.id).values(**free))
    await connection.execute(update(workspaces).where(w.id == channel.workspace_id).values(**free))
    await tenants.let_go(connection, channel.workspace_id, set(ids), channel.parked_at or 0)
    return True


async def to_check(connection: AsyncConnection, before: int) -> list[StoredChannel]:
    """Parked channels that were last tried before `before` (epoch ms), or parked and never tried.

    What was stored while its workspace was parked says nothing of that workspace.
    """
    parked = or_(channels.c.parked_reason.is_not(None), workspaces.c.parked_reason.is_not(None))
    untried = and_(channels.c.parked_reason.is_not(None), channels.c.checked_at.is_(None))
    due = or_(untried, channels.c.checked_at <= before)
    query = select(*_COLUMNS).select_from(_FROM).where(parked, due, workspaces.c.gone_at.is_(None))
    return [_to_channel(row) for row in await connection.execute(query.order_by(channels.c.id))]


async def checked(connection: AsyncConnection, ids: Iterable[ChannelId], now: int) -> None:
    """They were tried at `now` (epoch ms)."""
    for some in slices(sorted(ids)):
        await connection.execute(update(channels).where(channels.c.id.in_(some)).values(checked_at=now))


async def with_work(connection: AsyncConnection) -> list[ChannelId]:
    """Channels with something unsettled that could leave, sooner or later, without anybody's help."""
    # In words: SQLite uses the partial index only where the condition stands in the statement's text.
    open_rows = exists().where(
        deliveries.c.channel_id == channels.c.id, text("deliveries.state IN ('pending', 'sending')")
    )
    query = (
        select(channels.c.id)
        .select_from(_FROM)
        .where(
            channels.c.parked_reason.is_(None),
            workspaces.c.parked_reason.is_(None),
            workspaces.c.gone_at.is_(None),
            open_rows,
        )
        .order_by(channels.c.id)
    )
    return [ChannelId(channel) for channel in (await connection.execute(query)).scalars()]


async def hold(
    connection: AsyncConnection, until: Mapping[ChannelId, int], *, backs_off: bool = False
) -> None:
    """Nothing leaves a channel before its moment (epoch ms), which is ours where it `backs_off`."""
    rows = [{"channel": channel, "moment": moment} for channel, moment in sorted(until.items())]
    if rows:
        statement = update(channels).where(channels.c.id == bindparam("channel"))
        values = {"next_post_at": bindparam("moment"), "backs_off": backs_off}
        await connection.execute(statement.values(values), rows)


async def spend(connection: AsyncConnection, full_at: Mapping[ChannelId, int]) -> None:
    """A channel's budget is full again at its moment (epoch ms)."""
    rows = [{"channel": channel, "moment": moment} for channel, moment in sorted(full_at.items())]
    if rows:
        statement = update(channels).where(channels.c.id == bindparam("channel"))
        await connection.execute(statement.values(budget_full_at=bindparam("moment")), rows)


async def hold_workspace(connection: AsyncConnection, workspace: int, until: int) -> None:
    """Nothing leaves for `workspace` before `until` (epoch ms); a later moment stays.

    One that is over a day later was written by a clock that was fast, and does not.
    """
    held = workspaces.c.next_post_at.between(until, until + DAY)
    statement = update(workspaces).where(workspaces.c.id == workspace, not_(held))
    await connection.execute(statement.values(next_post_at=until))


async def of_platform(connection: AsyncConnection, platform: str) -> list[StoredChannel]:
    """All channels of a platform that the bot has not been removed from."""
    query = select(*_COLUMNS).select_from(_FROM)
    query = query.where(workspaces.c.platform == platform, workspaces.c.gone_at.is_(None))
    return [_to_channel(row) for row in await connection.execute(query.order_by(channels.c.id))]


async def names(connection: AsyncConnection, platform: str, workspace: str) -> list[str]:
    """The names of the channels known in a workspace."""
    query = select(channels.c.name).select_from(_FROM)
    query = query.where(workspaces.c.platform == platform, workspaces.c.key == workspace)
    return list((await connection.execute(query.order_by(channels.c.name))).scalars())


async def workspaces_with(connection: AsyncConnection, platform: str, key: str) -> list[str]:
    """The workspaces that know a channel called `key`, without those that the bot was removed from."""
    query = select(workspaces.c.key).select_from(_FROM)
    query = query.where(workspaces.c.platform == platform, channels.c.key == key)
    query = query.where(workspaces.c.gone_at.is_(None)).order_by(workspaces.c.key)
    return list((await connection.execute(query)).scalars())
