"""Writing down what became of batches: the transaction after a post."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import pace, threads
from bot.delivery.claims import LEASE, Batch, Dissolve, Outcome, Repeat, Sent, Speed
from bot.delivery.policy import Bury, FindFirst, LeaveThread, Park, RetryAsText, RetryAt, backoff
from bot.store import channels, sending
from bot.store.channels import StoredChannel
from bot.store.deliveries import UNKNOWN, Delivery


async def settle(
    connection: AsyncConnection,
    settled: Sequence[tuple[Batch, Outcome]],
    now: int,
    speeds: Mapping[str, Speed],
) -> list[Outcome]:
    """Write down what became of each batch; that, as what was heard since the claims has it."""
    settled = [(batch, await _as_of_now(connection, batch, outcome, now)) for batch, outcome in settled]
    for batch, outcome in settled:
        if not isinstance(outcome, Sent):
            await _failed(connection, batch, outcome, now)
    sent = [(batch, outcome) for batch, outcome in settled if isinstance(outcome, Sent)]
    await sending.finish(
        connection,
        [(row.id, batch.key, outcome.posted.id, outcome.at) for batch, outcome in sent for row in batch.rows],
    )
    speed = {batch.channel.id: speeds[batch.channel.channel.key.platform].channel for batch, _ in sent}
    await channels.hold(
        connection,
        {
            batch.channel.id: outcome.at + speed[batch.channel.id]
            for batch, outcome in sent
            if speed[batch.channel.id]
        },
    )
    await channels.spend(
        connection,
        {
            batch.channel.id: pace.spend(batch.channel.budget_full_at, outcome.at)
            for batch, outcome in sent
            if batch.costs
        },
    )
    return [outcome for _, outcome in settled]


async def _as_of_now(connection: AsyncConnection, batch: Batch, outcome: Outcome, now: int) -> Outcome:
    """`outcome`, or another try soon where it would park what was found reachable since the claim.

    The platform may have answered before it was unarchived, moved or installed anew. If nothing is
    better by then, the next try parks it.
    """
    if not isinstance(outcome, Park):
        return outcome
    claimed = batch.channel
    found = (await channels.get(connection, [claimed.id])).get(claimed.id)
    if found is None or found.freed == claimed.freed:
        return outcome
    return RetryAt(now + backoff(batch.attempts), reason=outcome.reason)


async def _failed(connection: AsyncConnection, batch: Batch, outcome: Outcome, now: int) -> None:
    ids = [row.id for row in batch.rows]
    match outcome:
        case RetryAt(at=at, scope=scope, counts=counts, reason=reason):
            await _not_written(connection, batch, at, counts=counts, error=reason)
            await _hold(connection, batch.channel, scope, at, backs_off=counts)
        case FindFirst(at=at, reason=reason):
            said = {"error": reason} if reason else {}  # what went wrong at first stays
            await sending.settle_rows(connection, batch.key, ids, lease_until=at, **said)
        case Dissolve():
            await sending.dissolve(connection, batch.key, ids)
            again = {batch.channel.id: now + backoff(batch.attempts)}
            await channels.hold(connection, again, backs_off=True)
        case Park(scope=scope, reason=reason):
            await _not_written(connection, batch, now, error=reason)
            await _park(connection, batch.channel, scope, reason, now)
        case LeaveThread(reason=reason):
            await _out_of_thread(connection, batch, reason)
        case RetryAsText(reason=reason):
            await sending.dissolve(connection, batch.key, ids, as_text=True, error=reason)
        case Bury(reason=reason):
            dead = {"state": "dead", "lease_until": None, "error": reason}
            await sending.settle_rows(connection, batch.key, ids, **dead)
        case Repeat(rows=rows):
            await _repeat(connection, batch, rows, now)


async def _out_of_thread(connection: AsyncConnection, batch: Batch, reason: str) -> None:
    """The rows leave anew, and like all of their day outside of the thread."""
    await sending.dissolve(connection, batch.key, [row.id for row in batch.rows], error=reason)
    if batch.thread:
        await threads.leave(connection, batch.thread, reason)


async def _not_written(
    connection: AsyncConnection, batch: Batch, at: int, *, error: str, counts: bool = True
) -> None:
    """This try wrote nothing: the batch is dissolved, unless an earlier try may have arrived."""
    ids = [row.id for row in batch.rows]
    if batch.repeated or batch.unsettled:
        await sending.settle_rows(connection, batch.key, ids, lease_until=at, error=error)
    else:
        await sending.dissolve(connection, batch.key, ids, counts=counts, error=error)


async def _hold(
    connection: AsyncConnection, channel: StoredChannel, scope: str, at: int, *, backs_off: bool
) -> None:
    if scope == "channel":
        await channels.hold(connection, {channel.id: at}, backs_off=backs_off)
    elif scope == "workspace":
        await channels.hold_workspace(connection, channel.workspace_id, at)


async def _park(
    connection: AsyncConnection, channel: StoredChannel, scope: str, reason: str, now: int
) -> None:
    if scope == "channel":
        await channels.park(connection, channel.id, reason, now)
    else:
        await channels.park_workspace(connection, channel.workspace_id, reason, now)


async def _repeat(connection: AsyncConnection, batch: Batch, rows: Sequence[Delivery], now: int) -> None:
    kept = {row.id for row in rows}
    closed = [row.id for row in batch.rows if row.id not in kept]
    unknown = {"state": "dead", "lease_until": None, "error": UNKNOWN}
    await sending.settle_rows(connection, batch.key, closed, **unknown)
    await sending.start(connection, rows, now + LEASE)
