"""Taking what may leave: the transaction before a post.

It works on many channels at once, like the one after it (`settling.py`): a transaction costs more than
the rows in it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from secrets import token_hex

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chat.adapter import Posted
from bot.clock import MINUTE, local_day
from bot.delivery import pace, threads
from bot.delivery.pace import Choice, Idle, Settle, Wait
from bot.delivery.policy import Decision
from bot.delivery.threads import Thread
from bot.models import ChannelId, Paper, PaperId
from bot.store import channels, deliveries, papers, sending
from bot.store.channels import StoredChannel
from bot.store.deliveries import Delivery

LEASE = MINUTE  # ms
UNWANTED = "nobody wants it any more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Rows that leave as one message under `key`.

    `unsettled`: they were tried, and nobody knows whether they arrived. `repeated`: so it was before this
    try, and whatever this one ends in, the earlier one may have arrived.
    """

    channel: StoredChannel
    key: str
    rows: tuple[Delivery, ...]
    papers: Mapping[PaperId, Paper]
    unsettled: bool = False
    repeated: bool = False
    thread: Thread | None = None

    @property
    def attempts(self) -> int:
        """The number of the last try, from 1."""
        return max(row.attempts for row in self.rows)

    @property
    def costs(self) -> bool:
        """Whether the budget pays for it."""
        return any(row.kind == "paper" and row.asked_by is None and not row.as_text for row in self.rows)


@dataclass(frozen=True, slots=True)
class Sent:
    """Accepted at `at` (epoch ms)."""

    posted: Posted
    at: int


@dataclass(frozen=True, slots=True)
class Dissolve:
    """It is not there: the rows wait, and are looked at anew."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """`rows` leave again under the same key; the batch's others, which nobody wants, are given up."""

    rows: tuple[Delivery, ...]


Claim = Batch | Wait | Idle
Outcome = Sent | Dissolve | Repeat | Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """The least time (ms) between two posts to a channel, and to a workspace."""

    channel: int = 0
    workspace: int = 0


def wanted(row: Delivery) -> bool:
    """Whether somebody wants `row` now: what was asked for and notices always are."""
    return row.kind != "paper" or row.asked_by is not None or bool(row.live_matches)


async def claim(
    connection: AsyncConnection,
    ids: Sequence[ChannelId],
    now: int,
    speeds: Mapping[str, Speed],
    *,
    threaded: Collection[str] = (),
    joined: bool = False,
) -> dict[ChannelId, Claim]:
    """What each of `ids` may send at `now` (epoch ms), marked as being sent for a minute.

    A second look at what everybody wants comes first: what no live subscription wants is skipped, what
    is older than 7 days is dead. `speeds` is by platform; channels of others stay as they are. Platforms
    that have threads are `threaded`.
    """
    stored = await channels.get(connection, ids)
    able = {id_: stored[id_] for id_ in ids if id_ in stored and _able(stored[id_], speeds)}
    waiting = await deliveries.open_in(connection, able)
    left = await _second_look(connection, waiting, now)
    threadable = {id_: channel for id_, channel in able.items() if channel.channel.key.platform in threaded}
    left = await _without_idle_parents(connection, left, threadable, now)
    choices: dict[ChannelId, Choice] = {}
    workspaces: dict[int, int] = {}
    for id_, channel in able.items():
        choices[id_] = _choose(channel, left.get(id_, []), now, speeds, workspaces, joined)
    choices, places = await threads.place(connection, threadable, choices, now)
    claims = {id_: _claimed(able[id_], choice, places.get(id_), now) for id_, choice in choices.items()}
    await _start(connection, claims.values(), now)
    for workspace, moment in workspaces.items():
        await channels.hold_workspace(connection, workspace, moment)
    return {id_: claims.get(id_, Idle()) for id_ in ids} | await _with_papers(connection, claims)


def _able(channel: StoredChannel, speeds: Mapping[str, Speed]) -> bool:
    return channel.parked_reason is None and not channel.gone and channel.channel.key.platform in speeds


async def _second_look(
    connection: AsyncConnection, waiting: Mapping[ChannelId, list[Delivery]], now: int
) -> dict[ChannelId, list[Delivery]]:
    """`waiting` less what nobody wants and what is too old, which is written down."""
    pending = [row for rows in waiting.values() for row in rows if row.state == "pending"]
    old = {row.id for row in pending if pace.given_up(row, now)}
    unwanted = {row.id for row in pending if row.id not in old and row.due_at <= now and not wanted(row)}
    await deliveries.set_rows(connection, old, state="dead", error="not sent within 7 days")
    await deliveries.set_rows(connection, unwanted, state="skipped", error=UNWANTED, tried_at=now)
    out = old | unwanted
    return {id_: [row for row in rows if row.id not in out] for id_, rows in waiting.items()}


async def _without_idle_parents(
    connection: AsyncConnection,
    left: Mapping[ChannelId, list[Delivery]],
    threadable: Mapping[ChannelId, StoredChannel],
    now: int,
) -> dict[ChannelId, list[Delivery]]:
    """`left` less the parents that wait: those without any use are skipped, the others go with papers."""
    daily = {id_: stored.channel for id_, stored in threadable.items() if threads.wants(stored.channel)}
    today = {id_: threads.subject(local_day(now, channel.zone)) for id_, channel in daily.items()}
    idle = {row.id for id_, rows in left.items() for row in threads.idle_parents(rows, today.get(id_))}
    await deliveries.set_rows(connection, idle, state="skipped", error=UNWANTED, tried_at=now)
    return {id_: [row for row in rows if not threads.waits(row)] for id_, rows in left.items()}


def _choose(
    channel: StoredChannel,
    rows: Sequence[Delivery],
    now: int,
    speeds: Mapping[str, Speed],
    workspaces: dict[int, int],
    joined: bool,
) -> Choice:
    """What `channel` sends; a post to a paced workspace holds back its other channels in `workspaces`."""
    held = max(channel.next_post_at, workspaces.get(channel.workspace_id, 0))
    choice = pace.choose(
        rows,
        now,
        next_post_at=held,
        backs_off=channel.backs_off and held == channel.next_post_at,
        budget_full_at=channel.budget_full_at,
        joined=joined,
    )
    if isinstance(choice, Wait | Idle):
        return choice
    speed = speeds[channel.channel.key.platform]
    if speed.workspace:
        workspaces[channel.workspace_id] = now + speed.workspace
    return choice


def _claimed(channel: StoredChannel, choice: Choice, thread: Thread | None, now: int) -> Claim:
    """The batch that `choice` makes, where it makes one."""
    if isinstance(choice, Wait | Idle):
        return choice
    if isinstance(choice, Settle):
        key, rows = choice.rows[0].batch or "", choice.rows
        return Batch(channel=channel, key=key, rows=rows, papers={}, unsettled=True, thread=thread)
    key = token_hex(8)
    rows = tuple(replace(tried(row, now), batch=key, first_tried_at=now) for row in choice.rows)
    return Batch(channel=channel, key=key, rows=rows, papers={}, thread=thread)


def tried(row: Delivery, now: int) -> Delivery:
    """`row` tried once more at `now` (epoch ms)."""
    return replace(row, attempts=row.attempts + 1, tried_at=now)


async def _start(connection: AsyncConnection, claims: Iterable[Claim], now: int) -> None:
    batches = [claim for claim in claims if isinstance(claim, Batch)]
    fresh = [row for batch in batches if not batch.unsettled for row in batch.rows]
    await sending.start(connection, fresh, now + LEASE)
    again = [row.id for batch in batches if batch.unsettled for row in batch.rows]
    await deliveries.set_rows(connection, again, lease_until=now + LEASE)


async def _with_papers(
    connection: AsyncConnection, claims: Mapping[ChannelId, Claim]
) -> dict[ChannelId, Claim]:
    """The batches of `claims` with the papers that they show."""
    batches = {id_: claim for id_, claim in claims.items() if isinstance(claim, Batch)}
    wanted_papers = {paper for batch in batches.values() for row in batch.rows for paper in _papers_of(row)}
    found = await papers.get(connection, wanted_papers)
    return {id_: replace(batch, papers=found) for id_, batch in batches.items()}


def _papers_of(row: Delivery) -> list[PaperId]:
    if row.kind == "paper":
        return [PaperId(row.subject)]
    shared = (row.payload or {}).get("paper")
    return [PaperId(shared)] if shared else []
