"""What follows from a post that did not end well. Pure: an error and a moment give a decision."""

from dataclasses import dataclass
from math import ceil, isfinite
from typing import assert_never

from bot.chat.errors import (
    ChannelUnreachable,
    MessageRefused,
    OutcomeUnknown,
    PostError,
    RateLimited,
    Scope,
    Unavailable,
    WorkspaceUnreachable,
)
from bot.clock import HOUR, MINUTE, SECOND

LONGEST_BACKOFF = 5 * MINUTE
SHORTEST_WAIT = 0.1  # s; "at once" would ask again and again
LONGEST_WAIT = 86_400  # s; whatever a platform asks for, we come back


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Nothing was written, for `reason`; nothing leaves in `scope` before `at` (epoch ms)."""

    at: int
    scope: Scope = "channel"
    counts: bool = True  # as an attempt
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FindFirst:
    """Nobody knows whether it arrived: from `at` (epoch ms) on, look for it. `reason` is news, if any."""

    at: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Park:
    """Nothing can leave in `scope` until a person mends it, for `reason`; what waits is kept."""

    scope: Scope
    reason: str


@dataclass(frozen=True, slots=True)
class RetryAsText:
    """Each row is sent again by itself, as plain text: as a card it was refused, for `reason`."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class LeaveThread:
    """The rows leave anew, and outside of the thread that took nothing, for `reason`."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Bury:
    """It will never be sent, for `reason`."""

    reason: str


Decision = RetryAt | FindFirst | Park | LeaveThread | RetryAsText | Bury


def _sane(seconds: float) -> float:
    """What a platform may ask us to wait: a number, and a day at most."""
    return min(max(seconds, SHORTEST_WAIT), LONGEST_WAIT) if isfinite(seconds) else LONGEST_BACKOFF / SECOND


def backoff(attempts: int) -> int:
    """How long to wait (ms) after try number `attempts`: 2^n s, to 5 minutes."""
    return min(SECOND << min(attempts, 20), LONGEST_BACKOFF)


def unknown_wait(tried_for: int) -> int:
    """How long to wait (ms) before what cannot be looked for is repeated: a minute, doubling to an hour.

    `tried_for` is how long (ms) the last try was after the first one.
    """
    return min(max(tried_for, 0) + MINUTE, HOUR)


def decide(
    error: PostError, attempts: int, as_text: bool, now: int, settle: int, *, in_thread: bool = False
) -> Decision:
    """What follows from a post that failed at `now` (epoch ms) on try number `attempts`.

    `settle` is how long (ms) the platform may still be writing what we got no answer for. What is refused
    `in_thread` may be refused because somebody took the thread's first message away.
    """
    match error:  # PostError is the union of its classes, so mypy knows when one is forgotten
        case RateLimited(after=seconds, scope=scope):
            return RetryAt(now + ceil(_sane(seconds) * SECOND), scope, counts=False, reason=str(error))
        case Unavailable():
            return RetryAt(now + backoff(attempts), reason=str(error))
        case OutcomeUnknown():
            return FindFirst(now + settle, str(error))
        case ChannelUnreachable(reason=reason):
            return Park("channel", reason)
        case WorkspaceUnreachable(reason=reason):
            return Park("workspace", reason)
        case MessageRefused() if in_thread:
            return LeaveThread(str(error))
        case MessageRefused():
            return Bury(str(error)) if as_text else RetryAsText(str(error))
        case _:
            assert_never(error)
