"""A batch on its way: its rows are being sent, and then something becomes of them."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import DeliveryId
from bot.store.deliveries import OPEN_ROWS, Delivery
from bot.store.schema import deliveries, delivery_matches
from bot.store.sql import slices

_BY_ID = deliveries.c.id == bindparam("row")


async def start(connection: AsyncConnection, rows: Iterable[Delivery], lease_until: int) -> None:
    """`rows` are being sent, as each says of its batch and tries, with the evidence of what brought them."""
    rows = list(rows)
    tries = [
        {
            "row": row.id,
            "key": row.batch,
            "first": row.first_tried_at,
            "tried": row.tried_at,
            "n": row.attempts,
        }
        for row in rows
    ]
    if not tries:
        return
    statement = (
        update(deliveries)
        .where(_BY_ID)
        .values(
            state="sending",
            batch=bindparam("key"),
            first_tried_at=bindparam("first"),
            tried_at=bindparam("tried"),
            attempts=bindparam("n"),
            lease_until=lease_until,
        )
    )
    await connection.execute(statement, tries)
    await _mark_evidence(connection, rows)


async def _mark_evidence(connection: AsyncConnection, rows: Iterable[Delivery]) -> None:
    evidence = [
        {"d": row.id, "s": match.subscription, "words": match.words}
        for row in rows
        for match in row.live_matches
    ]
    if evidence:
        mark = update(delivery_matches).where(
            delivery_matches.c.delivery_id == bindparam("d"),
            delivery_matches.c.subscription_id == bindparam("s"),
        )
        await connection.execute(mark.values(matched=bindparam("words")), evidence)


async def settle_rows(
    connection: AsyncConnection, batch: str, ids: Iterable[DeliveryId], /, **values_: Any
) -> None:
    """Set `values_` on those of `ids` that are still being sent as `batch`: nobody else settled them."""
    for some in slices(sorted(ids)):
        those = update(deliveries).where(deliveries.c.id.in_(some), *_being_sent(batch))
        await connection.execute(those.values(**values_))


def _being_sent(batch: Any) -> tuple[Any, Any]:
    return deliveries.c.batch == batch, deliveries.c.state == "sending"


async def dissolve(
    connection: AsyncConnection,
    batch: str,
    ids: Iterable[DeliveryId],
    /,
    *,
    counts: bool = True,
    **values_: Any,
) -> None:
    """`batch` wrote nothing: its rows are pending, and the next claim looks at them anew.

    `counts`: whether the last try is one.
    """
    ids = list(ids)
    free = {"state": "pending", "batch": None, "lease_until": None, "first_tried_at": None}
    tries = {} if counts else {"attempts": deliveries.c.attempts - 1}
    for some in slices(sorted(ids)):
        unsent = select(deliveries.c.id).where(deliveries.c.id.in_(some), *_being_sent(batch))
        evidence = update(delivery_matches).where(delivery_matches.c.delivery_id.in_(unsent))
        await connection.execute(evidence.values(matched=None))
    await settle_rows(connection, batch, ids, **(free | tries | values_))


async def expire_leases(connection: AsyncConnection, now: int) -> None:
    """Nobody else drains: what was being sent when the process ended has an unknown outcome now."""
    lost = update(deliveries).where(
        OPEN_ROWS, deliveries.c.state == "sending", deliveries.c.lease_until > now
    )
    await connection.execute(lost.values(lease_until=now))


async def finish(connection: AsyncConnection, sent: Sequence[tuple[DeliveryId, str, str, int]]) -> None:
    """Each (row, its batch, message reference, moment in epoch ms) was accepted."""
    rows = [{"row": row, "key": batch, "posted": posted, "moment": at} for row, batch, posted, at in sent]
    if rows:
        statement = (
            update(deliveries)
            .where(_BY_ID, *_being_sent(bindparam("key")))
            .values(
                state="sent",
                message=bindparam("posted"),
                sent_at=bindparam("moment"),
                lease_until=None,
                error=None,
            )
        )
        await connection.execute(statement, rows)
