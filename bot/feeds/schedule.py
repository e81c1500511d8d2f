"""When a feed is read, and which days; all pure. Times are UTC epoch ms."""

from datetime import date, timedelta

from bot.clock import HOUR, SECOND, utc_day

POLL_JITTER = 0.1  # of the wait, either way: many bots must not ask in the same second
LONGEST_BACKOFF = HOUR
DAYS_BEFORE = 2  # read again before the last complete poll: a day's page fills up late
DAYS_AT_MOST = 14
HISTORY_PACE = SECOND  # between two requests for history


def _days_back(day: date, count: int) -> date:
    return day - timedelta(days=count)


def days_to_read(last_complete_at: int | None, now: int) -> tuple[date, ...]:
    """The days of a poll at `now`, oldest first: from two before the last complete poll to today.

    At most 14, of which the newest are kept. A last poll in the future (the clock was fast) counts
    as now, and so does none.
    """
    today = utc_day(now)
    last = utc_day(now if last_complete_at is None else min(last_complete_at, now))
    count = min((today - last).days + DAYS_BEFORE + 1, DAYS_AT_MOST)
    return tuple(_days_back(today, ago) for ago in reversed(range(count)))


def history_days(today: date, span: int) -> tuple[date, ...]:
    """The days of the last `span` that the first poll did not read, newest first."""
    return tuple(_days_back(today, ago) for ago in range(DAYS_BEFORE + 1, span))


def backoff(failures: int) -> int:
    """Ms to wait after so many failed polls in a row: 2ⁿ s, at most an hour; 0 after none."""
    return min(2 ** min(failures, 12) * SECOND, LONGEST_BACKOFF) if failures > 0 else 0


def next_poll_at(
    now: int,
    interval_ms: int,
    failures: int,
    retry_after_s: float | None,
    jitter: float,
) -> int:
    """When to poll next after a poll that ended at `now`; `jitter` is between -1 and 1.

    After `failures` in a row the backoff takes the place of the interval. What the server asked for
    is never cut short.
    """
    wait = (backoff(failures) or interval_ms) * (1 + POLL_JITTER * jitter)
    if failures:
        wait = min(wait, LONGEST_BACKOFF)
    return now + max(round(wait), round((retry_after_s or 0) * SECOND))
