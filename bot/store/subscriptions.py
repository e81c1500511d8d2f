"""Subscriptions: who wants what. None is ever deleted at once, which serves *Undo*, `why` and audit."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chat.message import Ping
from bot.models import ChannelId, QueryId, SubscriptionId
from bot.store.pings import ping_of, with_ping
from bot.store.schema import changes, channels, queries, subscriptions
from bot.store.sql import slices, upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A channel's wish; `number` is what people call it, moments are epoch ms."""

    id: SubscriptionId
    workspace_id: int
    channel_id: ChannelId
    number: int
    query_id: QueryId
    canonical: str
    words: str  # the same query as its people put it: what they are shown
    created_at: int
    created_by: str
    paused_at: int | None = None
    removed_at: int | None = None
    ping: Ping | None = None  # whom its papers notify

    @property
    def live(self) -> bool:
        """Whether it wants papers now."""
        return self.paused_at is None and self.removed_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryChange:
    """A query whose subscriptions changed; `wanted` says whether any is left."""

    id: QueryId
    canonical: str
    wanted: bool


_COLUMNS = (subscriptions, queries.c.canonical)
_FROM = subscriptions.join(queries, queries.c.id == subscriptions.c.query_id)


def _to_subscription(row: Row[Any]) -> Subscription:
    return Subscription(
        id=SubscriptionId(row.id),
        workspace_id=row.workspace_id,
        channel_id=ChannelId(row.channel_id),
        number=row.number,
        query_id=QueryId(row.query_id),
        canonical=row.canonical,
        words=row.words,
        created_at=row.created_at,
        created_by=row.created_by,
        paused_at=row.paused_at,
        removed_at=row.removed_at,
        ping=ping_of(row.options),
    )


async def of_channel(
    connection: AsyncConnection, channel: ChannelId, *, removed: bool = False
) -> list[Subscription]:
    """The channel's subscriptions by number; with `removed`, those too that were taken away."""
    query = select(*_COLUMNS).select_from(_FROM).where(subscriptions.c.channel_id == channel)
    if not removed:
        query = query.where(subscriptions.c.removed_at.is_(None))
    rows = await connection.execute(query.order_by(subscriptions.c.number))
    return [_to_subscription(row) for row in rows]


async def of_channels(
    connection: AsyncConnection, ids: Iterable[ChannelId]
) -> dict[ChannelId, list[Subscription]]:
    """The subscriptions of each of `ids` that has any, by number."""
    found: dict[ChannelId, list[Subscription]] = {}
    for some in slices(sorted(ids)):
        query = select(*_COLUMNS).select_from(_FROM).where(subscriptions.c.channel_id.in_(some))
        query = query.where(subscriptions.c.removed_at.is_(None)).order_by(subscriptions.c.number)
        for row in await connection.execute(query):
            found.setdefault(ChannelId(row.channel_id), []).append(_to_subscription(row))
    return found


async def in_workspace(connection: AsyncConnection, workspace: int) -> int:
    """How many subscriptions a workspace has."""
    query = select(func.count()).select_from(subscriptions)
    query = query.where(subscriptions.c.workspace_id == workspace, subscriptions.c.removed_at.is_(None))
    return (await connection.execute(query)).scalar_one()


async def add(
    connection: AsyncConnection,
    workspace: int,
    channel: ChannelId,
    canonical: str,
    by: str,
    now: int,
    *,
    words: str | None = None,
) -> Subscription:
    """A new subscription, with the channel's next number; it is shown as `words`."""
    query = await _query(connection, canonical)
    numbered = update(channels).where(channels.c.id == channel)
    numbered_row = numbered.values(last_number=channels.c.last_number + 1).returning(channels.c.last_number)
    number = (await connection.execute(numbered_row)).scalar_one()
    values = {
        "workspace_id": workspace,
        "channel_id": channel,
        "number": number,
        "query_id": query,
        "words": words or canonical,
        "options": {},
        "created_at": now,
        "created_by": by,
    }
    added = await connection.execute(
        upsert(connection, subscriptions).values(**values).returning(subscriptions.c.id)
    )
    await _touch(connection, [query])
    return await get(connection, SubscriptionId(added.scalar_one()))


async def get(connection: AsyncConnection, subscription: SubscriptionId) -> Subscription:
    """The subscription with that id."""
    query = select(*_COLUMNS).select_from(_FROM).where(subscriptions.c.id == subscription)
    return _to_subscription((await connection.execute(query)).one())


async def many(
    connection: AsyncConnection, ids: Iterable[SubscriptionId]
) -> dict[SubscriptionId, Subscription]:
    """The subscriptions with those ids."""
    found: dict[SubscriptionId, Subscription] = {}
    for some in slices(sorted(set(ids))):
        query = select(*_COLUMNS).select_from(_FROM).where(subscriptions.c.id.in_(some))
        for row in await connection.execute(query):
            found[SubscriptionId(row.id)] = _to_subscription(row)
    return found


async def edit(
    connection: AsyncConnection, old: Subscription, canonical: str, *, words: str | None = None
) -> Subscription:
    """The same subscription with another query, shown as `words`."""
    query = await _query(connection, canonical)
    await _set(connection, [old], query_id=query, words=words or canonical)
    await _touch(connection, [query])
    return await get(connection, old.id)


async def notify(connection: AsyncConnection, one: Subscription, ping: Ping | None) -> None:
    """From now on the papers of `one` notify `ping`; None: nobody."""
    this = subscriptions.c.id == one.id
    options = (await connection.execute(select(subscriptions.c.options).where(this))).scalar_one()
    await connection.execute(update(subscriptions).where(this).values(options=with_ping(options, ping)))


async def pause(connection: AsyncConnection, those: Iterable[Subscription], at: int | None) -> None:
    """Paused since `at` (epoch ms); None: not any more."""
    await _set(connection, list(those), paused_at=at)


async def remove(connection: AsyncConnection, those: Iterable[Subscription], at: int | None) -> None:
    """Taken away at `at` (epoch ms); None: back again."""
    await _set(connection, list(those), removed_at=at)


async def _set(connection: AsyncConnection, those: list[Subscription], **values: Any) -> None:
    ids = [subscription.id for subscription in those]
    await connection.execute(update(subscriptions).where(subscriptions.c.id.in_(ids)).values(**values))
    await _touch(connection, [subscription.query_id for subscription in those])


async def touch_those(connection: AsyncConnection, some: Select[Any]) -> None:
    """Mark the queries of `some` subscriptions, a query for ids, as changed: those are about to go."""
    asked = select(subscriptions.c.query_id).where(subscriptions.c.id.in_(some)).distinct()
    await _touch(connection, (await connection.execute(asked)).scalars())


async def _query(connection: AsyncConnection, canonical: str) -> QueryId:
    """The id of the query that all who ask `canonical` share."""
    insert = upsert(connection, queries).values(canonical=canonical, sequence=0)
    await connection.execute(insert.on_conflict_do_nothing())
    query = select(queries.c.id).where(queries.c.canonical == canonical)
    return QueryId((await connection.execute(query)).scalar_one())


async def _touch(connection: AsyncConnection, touched: Iterable[QueryId]) -> None:
    """Raise the counter of changes and mark `touched` with it."""
    insert = upsert(connection, changes).values(id=1, sequence=1)
    raised = insert.on_conflict_do_update(
        index_elements=["id"], set_={"sequence": changes.c.sequence + 1}
    ).returning(changes.c.sequence)
    sequence = (await connection.execute(raised)).scalar_one()
    marked = update(queries).where(queries.c.id.in_(set(touched))).values(sequence=sequence)
    await connection.execute(marked)


async def changes_since(connection: AsyncConnection, sequence: int) -> tuple[int, list[QueryChange]]:
    """What changed after `sequence`, and the newest sequence: what an index pulls before it matches."""
    newest = (await connection.execute(select(changes.c.sequence))).scalar_one_or_none() or 0
    if newest == sequence:
        return newest, []
    wanted = exists().where(subscriptions.c.query_id == queries.c.id, subscriptions.c.removed_at.is_(None))
    query = select(queries.c.id, queries.c.canonical, wanted.label("wanted"))
    rows = await connection.execute(query.where(queries.c.sequence > sequence).order_by(queries.c.id))
    return newest, [
        QueryChange(id=QueryId(row.id), canonical=row.canonical, wanted=bool(row.wanted)) for row in rows
    ]
