from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import DAY, HOUR, MINUTE, SECOND, utc_day
from bot.feeds.schedule import backoff, days_to_read, history_days, next_poll_at

NOON = 1_764_590_400_000  # 2025-12-01 12:00 UTC
TODAY = date(2025, 12, 1)
INTERVAL = 5 * MINUTE


@pytest.mark.parametrize(
    ("last_complete_at", "first", "count"),
    [
        (None, date(2025, 11, 29), 3),  # nothing read yet: today and the two days before
        (NOON - 5 * MINUTE, date(2025, 11, 29), 3),
        (NOON - 12 * HOUR, date(2025, 11, 29), 3),  # at midnight, which is today
        (NOON - 12 * HOUR - 1, date(2025, 11, 28), 4),  # just before it
        (NOON - 5 * DAY, date(2025, 11, 24), 8),  # an outage of five days
        (NOON - 11 * DAY, date(2025, 11, 18), 14),
        (NOON - 90 * DAY, date(2025, 11, 18), 14),  # at most 14, the newest
        (NOON + 400 * DAY, date(2025, 11, 29), 3),  # the clock was fast then
        (0, date(2025, 11, 18), 14),
    ],
)
def test_a_poll_reads_from_two_days_before_the_last_complete_one(
    last_complete_at: int | None, first: date, count: int
) -> None:
    days = days_to_read(last_complete_at, NOON)
    assert days[0] == first
    assert days == tuple(first + timedelta(days=ago) for ago in range(count))
    assert days[-1] == TODAY


@given(st.none() | st.integers(0, 4 * 10**12), st.integers(0, 4 * 10**12))
def test_whatever_the_clocks_say_today_is_read_last_and_no_day_twice(last: int | None, now: int) -> None:
    days = days_to_read(last, now)
    assert days[-1] == utc_day(now)
    assert 3 <= len(days) == len(set(days)) <= 14
    assert list(days) == sorted(days)


def test_history_is_the_27_days_that_the_first_poll_left_newest_first() -> None:
    history = history_days(TODAY, 30)
    assert history[0] == date(2025, 11, 28)
    assert len(history) == 27
    assert sorted([*history, *days_to_read(None, NOON)]) == [
        TODAY - timedelta(days=ago) for ago in reversed(range(30))
    ]


@pytest.mark.parametrize("span", [0, 1, 3])
def test_a_span_that_the_first_poll_covers_leaves_no_history(span: int) -> None:
    assert history_days(TODAY, span) == ()


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (1, 2), (2, 4), (3, 8), (8, 256), (11, 2_048), (12, 3_600), (13, 3_600), (10**9, 3_600)],
)
def test_backoff_doubles_up_to_an_hour(failures: int, seconds: int) -> None:
    assert backoff(failures) == seconds * SECOND


@pytest.mark.parametrize(
    ("failures", "retry_after", "jitter", "seconds"),
    [
        (0, None, 0.0, 300),
        (0, None, 1.0, 330),
        (0, None, -1.0, 270),
        (0, 900.0, 0.0, 900),  # a pause that came with a good answer
        (3, None, 0.0, 8),
        (3, 120.0, -1.0, 120),  # never earlier than asked
        (9, 1.0, 0.0, 512),  # nor earlier than the backoff
        (40, None, 1.0, 3_600),  # an hour, not an hour and a tenth
        (40, 7_200.0, 0.0, 7_200),  # unless the server asks for more
    ],
)
def test_the_next_poll_waits_for_the_longest_of_interval_backoff_and_the_servers_wish(
    failures: int, retry_after: float | None, jitter: float, seconds: int
) -> None:
    assert next_poll_at(NOON, INTERVAL, failures, retry_after, jitter) == NOON + seconds * SECOND


def test_each_failure_lengthens_the_wait_and_none_ends_it() -> None:
    waits = [next_poll_at(NOON, INTERVAL, failures, None, 0.0) - NOON for failures in range(1, 40)]
    assert waits == sorted(waits)
    assert waits[-1] == HOUR
