"""Deliveries: what leaves for a channel. First the outbox, afterwards the record of what was posted.

pending ──claim──▶ sending ──▶ sent
   ▲  ╲               │  ╲
   │   ▼              │   ▼
skipped           dissolve  dead
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    Row,
    Select,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chat.message import Ping
from bot.models import ChannelId, DeliveryId, PaperId, SubscriptionId
from bot.store.pings import ping_of
from bot.store.schema import channels, deliveries, delivery_matches, subscriptions
from bot.store.sql import slices, upsert

Kind = Literal["paper", "digest", "notice", "edit"]
State = Literal["pending", "sending", "sent", "dead", "skipped"]
OPEN = ("pending", "sending")
UNSENT = (*OPEN, "skipped")
GREETING = "greeting"  # the subject of a channel's one introduction
UNKNOWN = "sent, and nobody knows whether it arrived"
# SQLite uses the partial index only where the condition stands in the statement's text.
OPEN_ROWS = text("deliveries.state IN ('pending', 'sending')")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A subscription that brought a delivery. `live` says whether it wants papers now."""

    subscription: SubscriptionId
    number: int
    words: str  # the query as its people put it, when the delivery left or else now
    live: bool
    ping: Ping | None = None  # whom the subscription notifies


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One row of the outbox; moments are epoch ms."""

    id: DeliveryId
    channel_id: ChannelId
    kind: Kind
    subject: str
    state: State = "pending"
    batch: str | None = None
    together: str | None = None
    attempts: int = 0
    due_at: int = 0
    first_tried_at: int | None = None
    tried_at: int | None = None
    lease_until: int | None = None
    as_text: bool = False
    asked_by: str | None = None
    planned_at: int = 0
    sent_at: int | None = None
    payload: Mapping[str, Any] | None = None
    message: str | None = None  # the adapter's reference to what it posted
    error: str | None = None
    matches: tuple[Match, ...] = ()

    @property
    def live_matches(self) -> tuple[Match, ...]:
        """Those of its matches that want papers now."""
        return tuple(match for match in self.matches if match.live)


_COLUMNS = tuple(c for c in deliveries.c if c.name != "workspace_id")


def _to_delivery(row: Row[Any], matches: Iterable[Match] = ()) -> Delivery:
    return Delivery(**row._mapping, matches=tuple(matches))


def due_order() -> tuple[Any, Any]:
    """The order in which a channel's papers leave."""
    return deliveries.c.due_at, deliveries.c.id


async def by_subject(
    connection: AsyncConnection, channel: ChannelId, subjects: Sequence[PaperId]
) -> dict[PaperId, Delivery]:
    """The deliveries of the papers `subjects` in `channel`, without what brought them."""
    found: dict[PaperId, Delivery] = {}
    for some in slices(subjects):
        query = select(*_COLUMNS).where(
            deliveries.c.channel_id == channel, deliveries.c.kind == "paper", deliveries.c.subject.in_(some)
        )
        for row in await connection.execute(query):
            found[PaperId(row.subject)] = _to_delivery(row)
    return found


async def settled_here(
    connection: AsyncConnection, channel: ChannelId, papers: Sequence[PaperId]
) -> set[PaperId]:
    """Those of `papers` that were posted in `channel`, or are being posted."""
    found = await by_subject(connection, channel, papers)
    return {paper for paper, row in found.items() if row.state in {"sent", "sending"}}


async def notice(
    connection: AsyncConnection,
    workspace: int,
    channel: ChannelId,
    subject: str,
    payload: Mapping[str, Any],
    *,
    due_at: int,
    now: int,
) -> None:
    """Tell `channel` something once for each `subject`, not before `due_at` (epoch ms)."""
    row = {
        "workspace_id": workspace,
        "channel_id": channel,
        "kind": "notice",
        "subject": subject,
        "payload": payload,
        "due_at": due_at,
        "planned_at": now,
    }
    await connection.execute(upsert(connection, deliveries).values(**row).on_conflict_do_nothing())


async def notices(
    connection: AsyncConnection, subjects: Mapping[ChannelId, str]
) -> dict[ChannelId, Delivery]:
    """Of each channel the notice with its subject, whatever became of it."""
    found: dict[ChannelId, Delivery] = {}
    for some in slices(sorted(subjects)):
        query = select(*_COLUMNS).where(
            deliveries.c.channel_id.in_(some),
            deliveries.c.kind == "notice",
            deliveries.c.subject.in_({subjects[channel] for channel in some}),
        )
        for row in await connection.execute(query):
            if row.subject == subjects[ChannelId(row.channel_id)]:
                found[ChannelId(row.channel_id)] = _to_delivery(row)
    return found


async def waiting_notice(connection: AsyncConnection, channel: ChannelId, cause: str) -> Delivery | None:
    """The channel's pending notice whose subject begins with `cause`: later news joins it."""
    return await _newest(connection, _notices(channel, cause).where(deliveries.c.state == "pending"))


async def last_notice(connection: AsyncConnection, channel: ChannelId, cause: str) -> Delivery | None:
    """The channel's newest notice whose subject begins with `cause`, whatever became of it."""
    return await _newest(connection, _notices(channel, cause))


def _notices(channel: ChannelId, cause: str) -> Select[Any]:
    return select(*_COLUMNS).where(
        deliveries.c.channel_id == channel,
        deliveries.c.kind == "notice",
        deliveries.c.subject.startswith(cause + ":", autoescape=True),
    )


async def _newest(connection: AsyncConnection, query: Select[Any]) -> Delivery | None:
    row = (await connection.execute(query.order_by(deliveries.c.id.desc()).limit(1))).one_or_none()
    return _to_delivery(row) if row else None


async def set_payload(connection: AsyncConnection, delivery: DeliveryId, payload: Mapping[str, Any]) -> None:
    """Change what a pending notice tells."""
    await connection.execute(update(deliveries).where(deliveries.c.id == delivery).values(payload=payload))


async def open_in(connection: AsyncConnection, ids: Collection[ChannelId]) -> dict[ChannelId, list[Delivery]]:
    """What is unsettled in each of `ids`, in the order in which it must leave."""
    found: dict[ChannelId, list[Delivery]] = {}
    for some in slices(sorted(ids)):
        query = select(*_COLUMNS).where(deliveries.c.channel_id.in_(some), OPEN_ROWS)
        rows = (await connection.execute(query.order_by(*due_order()))).all()
        matches = await matches_of(connection, [row.id for row in rows if row.kind == "paper"])
        for row in rows:
            delivery = _to_delivery(row, matches.get(row.id, ()))
            found.setdefault(delivery.channel_id, []).append(delivery)
    return found


async def matches_of(connection: AsyncConnection, ids: Sequence[DeliveryId]) -> dict[DeliveryId, list[Match]]:
    """Which subscriptions brought each of `ids`, by their number."""
    found: dict[DeliveryId, list[Match]] = {}
    for some in slices(ids):
        for row in await connection.execute(_matches(some)):
            found.setdefault(DeliveryId(row.delivery_id), []).append(_to_match(row))
    return found


def _to_match(row: Row[Any]) -> Match:
    asleep = row.removed_at is not None or row.paused_at is not None
    return Match(
        subscription=SubscriptionId(row.id),
        number=row.number,
        words=row.words,
        live=row.wanted and not asleep and row.channel_paused_at is None,
        ping=ping_of(row.options),
    )


def _matches(ids: Sequence[DeliveryId]) -> Select[Any]:
    s = subscriptions.c
    return (
        select(
            delivery_matches.c.delivery_id,
            delivery_matches.c.wanted,
            s.id,
            s.number,
            s.paused_at,
            s.removed_at,
            s.options,
            channels.c.paused_at.label("channel_paused_at"),
            func.coalesce(delivery_matches.c.matched, s.words).label("words"),
        )
        .select_from(delivery_matches)
        .join(subscriptions, s.id == delivery_matches.c.subscription_id)
        .join(channels, channels.c.id == s.channel_id)
        .where(delivery_matches.c.delivery_id.in_(ids))
        .order_by(delivery_matches.c.delivery_id, s.number)
    )


async def set_rows(connection: AsyncConnection, ids: Iterable[DeliveryId], **values_: Any) -> None:
    """Set `values_` on the rows `ids`."""
    for some in slices(sorted(ids)):
        await connection.execute(update(deliveries).where(deliveries.c.id.in_(some)).values(**values_))


async def take_away(
    connection: AsyncConnection, subscription: SubscriptionId, papers: Collection[PaperId]
) -> None:
    """An edited query matches `papers` no longer: what waits forgets that this one brought it.

    What is being sent only remembers it as not wanted: its message may name the query.
    """
    m, d = delivery_matches.c, deliveries.c
    for some in slices(sorted(papers)):
        those = select(d.id).where(d.kind == "paper", d.subject.in_(some))
        waiting, leaving = those.where(d.state.in_(("pending", "skipped"))), those.where(d.state == "sending")
        ours = m.subscription_id == subscription
        await connection.execute(delete(delivery_matches).where(ours, m.delivery_id.in_(waiting)))
        dropped = update(delivery_matches).where(ours, m.delivery_id.in_(leaving))
        await connection.execute(dropped.values(wanted=False))


async def waiting_papers(connection: AsyncConnection, subscription: SubscriptionId) -> list[PaperId]:
    """The papers that `subscription` brought and that have not left for sure."""
    query = (
        select(deliveries.c.subject)
        .join(delivery_matches, delivery_matches.c.delivery_id == deliveries.c.id)
        .where(
            delivery_matches.c.subscription_id == subscription,
            deliveries.c.kind == "paper",
            deliveries.c.state.in_(UNSENT),
        )
    )
    return [PaperId(paper) for paper in (await connection.execute(query)).scalars()]


async def revive(connection: AsyncConnection, those: Iterable[SubscriptionId], since: int) -> None:
    """*Undo*: what was skipped since `since` (epoch ms) and one of `those` had brought waits again."""
    brought = exists().where(
        delivery_matches.c.delivery_id == deliveries.c.id,
        delivery_matches.c.subscription_id.in_(list(those)),
    )
    skipped = update(deliveries).where(
        deliveries.c.state == "skipped", deliveries.c.tried_at >= since, brought
    )
    await connection.execute(skipped.values(state="pending", error=None))


async def bury_old(connection: AsyncConnection, before: int) -> None:
    """Give up what was due and planned before `before` (epoch ms), and what was in doubt all that time."""
    old = and_(deliveries.c.planned_at < before, deliveries.c.due_at < before)
    waiting = update(deliveries).where(OPEN_ROWS, deliveries.c.state == "pending", old)
    await connection.execute(waiting.values(state="dead", error="not sent within 7 days"))
    doubt = update(deliveries).where(
        OPEN_ROWS, deliveries.c.state == "sending", old, deliveries.c.lease_until < before
    )
    await connection.execute(doubt.values(state="dead", error=UNKNOWN, lease_until=None))


async def prune(connection: AsyncConnection, before: int, papers_before: int) -> None:
    """Drop settled rows older than `before`; papers only when older than `papers_before` too (epoch ms)."""
    age = func.coalesce(deliveries.c.sent_at, deliveries.c.planned_at)
    old = delete(deliveries).where(
        deliveries.c.state.not_in(OPEN),
        age < before,
        or_(deliveries.c.kind != "paper", age < papers_before),
        deliveries.c.subject != GREETING,  # said once, however long ago
    )
    await connection.execute(old)


async def of_batch(connection: AsyncConnection, channel: ChannelId, batch: str) -> list[Delivery]:
    """The rows that left as one message, in its order."""
    query = select(*_COLUMNS).where(deliveries.c.channel_id == channel, deliveries.c.batch == batch)
    rows = (await connection.execute(query.order_by(*due_order()))).all()
    matches = await matches_of(connection, [row.id for row in rows])
    return [_to_delivery(row, matches.get(row.id, ())) for row in rows]


async def of_paper(connection: AsyncConnection, channel: ChannelId, paper: PaperId) -> Delivery | None:
    """The delivery of `paper` in `channel`, with what brought it."""
    query = select(*_COLUMNS).where(
        deliveries.c.channel_id == channel, deliveries.c.kind == "paper", deliveries.c.subject == paper
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    matches = await matches_of(connection, [DeliveryId(row.id)])
    return _to_delivery(row, matches.get(row.id, ()))


async def sent_lately(
    connection: AsyncConnection, ids: Collection[ChannelId], since: int, limit: int
) -> list[Delivery]:
    """The newest `limit` papers that left for `ids` since `since` (epoch ms), without what brought them."""
    found: list[Delivery] = []
    query = select(*_COLUMNS).where(deliveries.c.kind == "paper", deliveries.c.sent_at >= since)
    query = query.order_by(deliveries.c.sent_at.desc(), deliveries.c.id.desc()).limit(limit)
    for some in slices(sorted(ids)):
        rows = await connection.execute(query.where(deliveries.c.channel_id.in_(some)))
        found += [_to_delivery(row) for row in rows]
    return sorted(found, key=lambda row: (row.sent_at or 0, row.id), reverse=True)[:limit]


async def last_sent(connection: AsyncConnection, channel: ChannelId) -> int | None:
    """When the channel's last card left (epoch ms)."""
    query = select(func.max(deliveries.c.sent_at)).where(
        deliveries.c.channel_id == channel, deliveries.c.kind == "paper"
    )
    sent: int | None = (await connection.execute(query)).scalar()
    return sent
