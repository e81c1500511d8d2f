"""What may leave a channel now, and when the next thing may. Pure: rows and moments give a choice.

The budget is a bucket of 3 messages a channel, one refilled each hour. It is kept as one number, the
moment at which the bucket is full again, so that nothing has to tick.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Literal

from bot.clock import DAY, HOUR, MINUTE, SECOND
from bot.store.deliveries import Delivery

BUDGET = 3  # messages
REFILL = HOUR  # ms a message
GIVE_UP = 7 * DAY  # ms after the later of planned and due
HEADROOM = 0.96  # of a platform's posts a second: its clock and ours count differently


@dataclass(frozen=True, slots=True)
class Leave:
    """These rows leave as one message."""

    rows: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class Settle:
    """These rows left with an unknown outcome: nothing else leaves before that is known."""

    rows: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing may leave before `until` (epoch ms), because of `why`."""

    until: int
    why: Literal["pace", "backoff", "budget", "lease", "due"]


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing waits."""


Choice = Leave | Settle | Wait | Idle


def tokens(full_at: int, now: int) -> int:
    """How many messages the bucket holds at `now`, when it is full again at `full_at` (epoch ms)."""
    return max(0, BUDGET - max(0, -(-(_sane(full_at, now) - now) // REFILL)))


def next_token(full_at: int, now: int) -> int:
    """When (epoch ms) a bucket that is empty at `now` holds a message again."""
    return _sane(full_at, now) - (BUDGET - 1) * REFILL


def spend(full_at: int, now: int) -> int:
    """When the bucket is full again, once one message more has left at `now` (epoch ms)."""
    return max(_sane(full_at, now), now) + REFILL


def _sane(full_at: int, now: int) -> int:
    """No bucket takes longer than to fill wholly: a clock that was fast once holds up nothing for ever."""
    return min(full_at, now + BUDGET * REFILL)


def interval(posts_a_second: float | None) -> int:
    """How long (ms) to leave between two posts."""
    return 0 if posts_a_second is None else -(-SECOND // max(posts_a_second, 0.001)).__trunc__()


def choose(
    rows: Sequence[Delivery],
    now: int,
    *,
    next_post_at: int,
    backs_off: bool,
    budget_full_at: int,
    joined: bool = False,
) -> Choice:
    """What leaves one channel at `now` (epoch ms), of its unsettled `rows` in order.

    It `backs_off` where a failed try of ours holds it until `next_post_at`, rather than a limit of the
    platform's. `joined`: nobody will come back for what the budget holds, so that it leaves as one message.
    """
    sending = tuple(row for row in rows if row.state == "sending")
    if sending:
        return _settle(sending, now, next_post_at, backs_off)
    if _ahead(next_post_at, now) and rows and not (backs_off and joined):
        return _held(next_post_at, backs_off)
    due = [row for row in rows if row.due_at <= now]
    if not due:
        return Wait(min(row.due_at for row in rows), "due") if rows else Idle()
    choice = _first(due, now, budget_full_at, joined)
    if isinstance(choice, Wait):  # for the budget: what costs none may be due before
        return replace(choice, until=min([choice.until, *(row.due_at for row in rows if row.due_at > now)]))
    return choice


def _ahead(moment: int, now: int) -> bool:
    """Whether `moment` is still to come; one over a day ahead was written by a clock that was fast."""
    return now < moment <= now + DAY + MINUTE


def _held(next_post_at: int, backs_off: bool) -> Wait:
    return Wait(next_post_at, "backoff" if backs_off else "pace")


def _settle(sending: tuple[Delivery, ...], now: int, next_post_at: int, backs_off: bool) -> Choice:
    """Another caller's batch until its lease ends; then one whose outcome is unknown."""
    lease = max(row.lease_until or 0 for row in sending)
    if _ahead(lease, now):
        return Wait(lease, "lease")
    if _ahead(next_post_at, now):
        return _held(next_post_at, backs_off)
    batch = sending[0].batch
    return Settle(tuple(row for row in sending if row.batch == batch))


def _first(due: Sequence[Delivery], now: int, budget_full_at: int, joined: bool) -> Choice:
    """Notices at once, then what was asked for, then papers; edits when nothing else is due."""
    for at_once in (_plain, _notice, _asked):
        chosen = at_once(due)
        if chosen:
            return Leave(chosen)
    papers = tuple(row for row in due if row.kind == "paper")
    if papers:
        return _papers(papers, now, budget_full_at, joined)
    return Leave((due[0],))


def _plain(due: Sequence[Delivery]) -> tuple[Delivery, ...]:
    """What was refused as a card leaves as text, one by one."""
    return tuple(row for row in due if row.as_text)[:1]


def _notice(due: Sequence[Delivery]) -> tuple[Delivery, ...]:
    return tuple(row for row in due if row.kind == "notice")[:1]


def _asked(due: Sequence[Delivery]) -> tuple[Delivery, ...]:
    asked = [row for row in due if row.kind == "paper" and row.asked_by is not None]
    return tuple(row for row in asked if row.together == asked[0].together)


def _papers(papers: tuple[Delivery, ...], now: int, budget_full_at: int, joined: bool) -> Choice:
    """Single cards if the bucket holds as many, else one message; an empty bucket waits."""
    held = tokens(budget_full_at, now)
    if held == 0 and not joined:
        return Wait(next_token(budget_full_at, now), "budget")
    first = papers[0]
    if first.together is not None:
        return Leave(tuple(row for row in papers if row.together == first.together))
    loose = tuple(takewhile(lambda row: row.together is None, papers))
    return Leave(loose[:1] if len(loose) <= held else loose)


def given_up(row: Delivery, now: int) -> bool:
    """Whether `row` waited too long to be news."""
    return max(row.planned_at, row.due_at) + GIVE_UP < now
