"""A thread a day: where a channel wants that, its papers leave as replies to one message of their day.

That message, the parent, is a notice like any other: planned in the transaction that first needs it, so
that a crash makes no second one, and posted before the papers. One that cannot be posted holds up
nothing: the papers of that day then leave without a thread.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import local_day
from bot.delivery.pace import Choice, Leave, Settle
from bot.models import Channel, ChannelId, DeliveryId
from bot.store import deliveries
from bot.store.channels import StoredChannel
from bot.store.deliveries import Delivery

OPTION, ON = "thread", "on"  # of a channel, where its adapter has threads
CAUSE = "thread"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """Where papers leave as replies: the parent's row, and the adapter's reference to the message."""

    parent: DeliveryId
    message: str


def wants(channel: Channel) -> bool:
    """Whether `channel`, on a platform that has threads, gets its papers in them."""
    return channel.options.get(OPTION) == ON


def subject(day: date) -> str:
    """The subject of the notice whose thread holds the papers of `day`, a date in the channel's zone."""
    return f"{CAUSE}:{day}"


def waits(row: Delivery) -> bool:
    """Whether `row` is a parent that is not on its way: it goes when papers do."""
    parent = row.kind == "notice" and row.subject.startswith(f"{CAUSE}:")
    return parent and row.state == "pending"


def idle_parents(rows: Sequence[Delivery], today: str | None) -> list[Delivery]:
    """The parents in `rows` that wait without any use: for no paper, or not with the subject `today`."""
    needed = today if any(row.kind == "paper" for row in rows) else None
    return [row for row in rows if waits(row) and row.subject != needed]


async def place(
    connection: AsyncConnection,
    stored: Mapping[ChannelId, StoredChannel],
    choices: Mapping[ChannelId, Choice],
    now: int,
) -> tuple[dict[ChannelId, Choice], dict[ChannelId, Thread]]:
    """`choices`, in which a parent goes before its papers; and the threads of those that have one.

    `stored` are the channels that can have threads. What was tried before may be in the thread of that day,
    whatever the channel wants now.
    """
    days = {id_: day for id_, channel in stored.items() if (day := _day(channel, choices[id_], now))}
    subjects = {id_: subject(day) for id_, day in days.items()}
    found = await deliveries.notices(connection, subjects)
    leaving = {id_ for id_ in days if isinstance(choices[id_], Leave)}
    absent = [id_ for id_ in leaving if _absent(found.get(id_))]
    for id_ in absent:
        await _plan(connection, stored[id_], days[id_], found.get(id_), now)
    found |= await deliveries.notices(connection, {id_: subjects[id_] for id_ in absent})
    ahead = {id_: Leave((row,)) for id_, row in found.items() if id_ in leaving and waits(row)}
    threads = {
        id_: Thread(parent=row.id, message=row.message)
        for id_, row in found.items()
        if row.state == "sent" and row.message
    }
    return {**choices, **ahead}, threads


def _day(channel: StoredChannel, choice: Choice, now: int) -> date | None:
    """Of which day's thread the papers of `choice` are, or may be; None where it has none for any."""
    if not isinstance(choice, Leave | Settle) or choice.rows[0].kind != "paper":
        return None
    if isinstance(choice, Leave) and not wants(channel.channel):
        return None
    first = min(row.first_tried_at or now for row in choice.rows) if isinstance(choice, Settle) else now
    return local_day(first, channel.channel.zone)


def _absent(row: Delivery | None) -> bool:
    """Whether the parent was never planned, or skipped, which is no memory of a post."""
    return row is None or row.state == "skipped"


async def _plan(
    connection: AsyncConnection, channel: StoredChannel, day: date, skipped: Delivery | None, now: int
) -> None:
    if skipped is not None:
        again = {"state": "pending", "error": None, "attempts": 0, "planned_at": now}
        await deliveries.set_rows(connection, [skipped.id], **again)
        return
    payload = {"cause": CAUSE, "day": str(day)}
    await deliveries.notice(
        connection, channel.workspace_id, channel.id, subject(day), payload, due_at=0, now=now
    )


async def leave(connection: AsyncConnection, thread: Thread, reason: str) -> None:
    """Nothing goes to `thread` any more, for `reason`: its parent may have been taken away."""
    await deliveries.set_rows(connection, [thread.parent], message=None, error=reason)
