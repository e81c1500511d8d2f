"""What comes into the outbox: papers that somebody wants now, and papers that somebody asked for."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Integer, Text, and_, bindparam, column, func, or_, select, true, values
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import ChannelId, PaperId, QueryId, SubscriptionId
from bot.store.deliveries import OPEN, by_subject
from bot.store.schema import Id, channels, deliveries, delivery_matches, subscriptions, workspaces
from bot.store.sql import slices, upsert

PAIRS = 1_000  # (paper, query) pairs a statement; each binds three values


async def plan(
    connection: AsyncConnection,
    pairs: Sequence[tuple[PaperId, QueryId]],
    now: int,
    *,
    together: str | None = None,
) -> set[ChannelId]:
    """One delivery for each channel that wants a paper of `pairs` now; the channels that have work.

    Papers leave in the order in which `pairs` names them. Whoever is paused, removed or gone at this
    moment gets none. A skipped row is no memory of a post: it becomes pending again.
    """
    woken: set[ChannelId] = set()
    for some in slices(pairs, PAIRS):
        wanted = _wanted([(place, *pair) for place, pair in enumerate(some)])
        await connection.execute(_insert(connection, wanted, now, together))
        await connection.execute(_insert_matches(connection, wanted))
        query = select(wanted.c.channel_id).distinct()
        woken.update(ChannelId(channel) for channel in (await connection.execute(query)).scalars())
    return woken


def _wanted(pairs: Sequence[tuple[int, PaperId, QueryId]]) -> Any:
    """Who wants what: the pairs joined with the subscriptions that are live."""
    given = (
        values(column("place", Integer), column("paper", Text), column("query", Id), name="pairs")
        .data(pairs)
        .cte("pairs")
    )
    return (
        select(
            given.c.place,
            given.c.paper,
            subscriptions.c.id.label("subscription_id"),
            subscriptions.c.channel_id,
            subscriptions.c.workspace_id,
        )
        .join(subscriptions, subscriptions.c.query_id == given.c.query)
        .join(channels, channels.c.id == subscriptions.c.channel_id)
        .join(workspaces, workspaces.c.id == subscriptions.c.workspace_id)
        .where(
            subscriptions.c.removed_at.is_(None),
            subscriptions.c.paused_at.is_(None),
            channels.c.paused_at.is_(None),
            workspaces.c.gone_at.is_(None),
        )
        .cte("wanted")
    )


def _insert(connection: AsyncConnection, wanted: Any, now: int, together: str | None) -> Any:
    rows = (
        select(
            wanted.c.workspace_id,
            wanted.c.channel_id,
            bindparam("kind", "paper"),
            wanted.c.paper,
            bindparam("planned_at", now, type_=deliveries.c.planned_at.type),
            bindparam("together", together, type_=Text),
        )
        .where(true())
        .group_by(wanted.c.workspace_id, wanted.c.channel_id, wanted.c.paper)
        .order_by(func.min(wanted.c.place), wanted.c.channel_id)
    )
    insert = upsert(connection, deliveries).from_select(
        ["workspace_id", "channel_id", "kind", "subject", "planned_at", "together"], rows
    )
    again = {
        "state": "pending",
        "error": None,
        "attempts": 0,
        "planned_at": insert.excluded.planned_at,
        "together": insert.excluded.together,
    }
    return insert.on_conflict_do_update(
        index_elements=["channel_id", "kind", "subject"], set_=again, where=deliveries.c.state == "skipped"
    )


def _insert_matches(connection: AsyncConnection, wanted: Any) -> Any:
    rows = (
        select(deliveries.c.id, wanted.c.subscription_id)
        .join(
            deliveries,
            and_(
                deliveries.c.channel_id == wanted.c.channel_id,
                deliveries.c.kind == "paper",
                deliveries.c.subject == wanted.c.paper,
            ),
        )
        .where(deliveries.c.state.in_(OPEN))
    )
    return wanted_again(connection, rows)


def wanted_again(connection: AsyncConnection, rows: Any) -> Any:
    """INSERT of matches, `rows` of (delivery, subscription); one that an edit dropped is wanted again."""
    insert = upsert(connection, delivery_matches).from_select(["delivery_id", "subscription_id"], rows)
    return insert.on_conflict_do_update(
        index_elements=["delivery_id", "subscription_id"], set_={"wanted": True}
    )


async def ask(
    connection: AsyncConnection,
    workspace: int,
    channel: ChannelId,
    wanted: Sequence[tuple[PaperId, Sequence[SubscriptionId]]],
    *,
    by: str,
    together: str,
    now: int,
) -> list[PaperId]:
    """Papers that somebody asked to see here, as one message at once; those of them that were left alone.

    A row that waits, or was skipped, becomes the asked one; what is being sent, was sent or is dead stays.
    """
    if not wanted:
        return []
    insert = upsert(connection, deliveries)
    again = {
        "state": "pending",
        "asked_by": by,
        "together": together,
        "error": None,
        "attempts": 0,
        "planned_at": now,
        "due_at": 0,
    }
    statement = insert.on_conflict_do_update(
        index_elements=["channel_id", "kind", "subject"],
        set_=again,
        where=or_(deliveries.c.state == "skipped", deliveries.c.state == "pending"),  # executemany: no IN
    )
    common = {"workspace_id": workspace, "channel_id": channel, "kind": "paper", "planned_at": now}
    rows = [common | {"subject": paper, "asked_by": by, "together": together} for paper, _ in wanted]
    await connection.execute(statement, rows)
    found = await by_subject(connection, channel, [paper for paper, _ in wanted])
    pairs = [
        {"delivery_id": found[paper].id, "subscription_id": subscription}
        for paper, subscriptions_ in wanted
        for subscription in subscriptions_
        if found[paper].together == together
    ]
    if pairs:
        await connection.execute(upsert(connection, delivery_matches).on_conflict_do_nothing(), pairs)
    return [paper for paper, _ in wanted if found[paper].together != together]
