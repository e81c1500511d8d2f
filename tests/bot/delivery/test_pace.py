"""What may leave a channel, as tables of rows and moments."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import DAY, HOUR, MINUTE
from bot.delivery.pace import (
    BUDGET,
    Choice,
    Idle,
    Leave,
    Settle,
    Wait,
    choose,
    given_up,
    interval,
    next_token,
    spend,
    tokens,
)
from bot.models import ChannelId, DeliveryId
from bot.store.deliveries import Delivery

NOW = 100 * HOUR
FULL = 0  # a bucket that has been full for long
EMPTY = NOW + BUDGET * HOUR


def row(number: int, **values: object) -> Delivery:
    base = Delivery(
        id=DeliveryId(number), channel_id=ChannelId(1), kind="paper", subject=str(number), planned_at=NOW
    )
    return replace(base, **values)  # type: ignore[arg-type]


PAPERS = tuple(row(number) for number in range(1, 6))
NOTICE = row(9, kind="notice")
ASKED = row(8, asked_by="Ann", together="asked:1")


def chosen(
    *rows: Delivery,
    full_at: int = FULL,
    next_post_at: int = 0,
    backs_off: bool = False,
    joined: bool = False,
    now: int = NOW,
) -> Choice:
    return choose(
        rows, now, next_post_at=next_post_at, backs_off=backs_off, budget_full_at=full_at, joined=joined
    )


@pytest.mark.parametrize(
    ("rows", "full_at", "expected"),
    [
        ((), FULL, Idle()),
        (PAPERS[:1], FULL, Leave(PAPERS[:1])),
        (PAPERS[:3], FULL, Leave(PAPERS[:1])),  # the bucket holds all three
        (PAPERS[:4], FULL, Leave(PAPERS[:4])),  # it does not: one message
        (PAPERS[:2], NOW + 2 * HOUR, Leave(PAPERS[:2])),
        (PAPERS[:1], NOW + 2 * HOUR, Leave(PAPERS[:1])),
        (PAPERS[:1], EMPTY, Wait(NOW + HOUR, "budget")),
        ((*PAPERS[:1], NOTICE), EMPTY, Leave((NOTICE,))),  # notices cost nothing
        ((*PAPERS[:4], ASKED), EMPTY, Leave((ASKED,))),  # nor does what somebody asked for
        ((row(1, due_at=NOW + 5),), FULL, Wait(NOW + 5, "due")),
    ],
)
def test_what_leaves_with_a_bucket(rows: tuple[Delivery, ...], full_at: int, expected: Choice) -> None:
    assert chosen(*rows, full_at=full_at) == expected


def test_nothing_leaves_before_the_channels_moment() -> None:
    assert chosen(NOTICE, next_post_at=NOW + 7) == Wait(NOW + 7, "pace")


def test_when_nobody_comes_back_what_the_budget_holds_leaves_as_one_message() -> None:
    assert chosen(*PAPERS, full_at=EMPTY, joined=True) == Leave(PAPERS)


def test_papers_that_came_after_an_outage_leave_together() -> None:
    away = tuple(row(number, together="away:1") for number in (1, 2))
    assert chosen(*away, PAPERS[2]) == Leave(away)


def test_what_was_refused_as_a_card_leaves_as_text_one_by_one_outside_the_budget() -> None:
    plain = tuple(row(number, as_text=True) for number in (1, 2))
    assert chosen(*plain, full_at=EMPTY) == Leave(plain[:1])


def test_all_that_one_person_asked_for_leaves_as_one_message() -> None:
    other = replace(ASKED, id=DeliveryId(7), together="asked:2")
    more = replace(ASKED, id=DeliveryId(6))
    assert chosen(ASKED, other, more) == Leave((ASKED, more))


def test_nothing_else_leaves_before_an_unknown_outcome_is_settled() -> None:
    lost = row(1, state="sending", batch="b", lease_until=NOW)
    assert chosen(lost, NOTICE) == Settle((lost,))


def test_a_batch_that_another_caller_sends_is_left_alone_until_its_lease_ends() -> None:
    sending = row(1, state="sending", batch="b", lease_until=NOW + MINUTE)
    assert chosen(sending, NOTICE) == Wait(NOW + MINUTE, "lease")


def test_a_row_is_given_up_seven_days_after_the_later_of_planned_and_due() -> None:
    assert not given_up(row(1, due_at=NOW + DAY), NOW + 8 * DAY)
    assert given_up(row(1), NOW + 7 * DAY + 1)


@pytest.mark.parametrize(("rate", "ms"), [(None, 0), (1, 1_000), (50, 20), (3, 334), (0.5, 2_000)])
def test_an_interval_never_lets_more_through_than_the_rate(rate: float | None, ms: int) -> None:
    assert interval(rate) == ms


@given(st.lists(st.integers(0, 5 * HOUR), max_size=60))
def test_the_bucket_never_gives_more_than_three_and_one_an_hour(waits: list[int]) -> None:
    now, full_at, spent = NOW, FULL, []
    for wait in waits:
        now += wait
        if tokens(full_at, now):
            full_at = spend(full_at, now)
            spent.append(now)
        else:
            assert now < next_token(full_at, now)
    for first in range(len(spent) - BUDGET):
        assert spent[first + BUDGET] - spent[first] >= HOUR


def test_a_clock_that_was_fast_once_holds_up_nothing_for_ever() -> None:
    year = NOW + 365 * DAY
    assert chosen(*PAPERS[:1], next_post_at=year) == Leave(PAPERS[:1])
    assert chosen(*PAPERS[:1], full_at=year) == Wait(NOW + HOUR, "budget")
    lost = row(1, state="sending", batch="b", lease_until=year)
    assert chosen(lost) == Settle((lost,))


def test_while_the_budget_is_empty_a_notice_still_leaves_when_it_is_due() -> None:
    later = row(9, kind="notice", due_at=NOW + 2 * MINUTE)
    assert chosen(*PAPERS[:1], later, full_at=EMPTY) == Wait(NOW + 2 * MINUTE, "budget")


def test_later_papers_do_not_overtake_those_that_come_together() -> None:
    away = tuple(row(number, together="away:1") for number in (2, 3))
    assert chosen(PAPERS[0], *away, *PAPERS[3:], full_at=NOW + 2 * HOUR) == Leave(PAPERS[:1])


def test_when_nobody_comes_back_a_backoff_of_ours_is_not_waited_for() -> None:
    failed = row(1, attempts=3)
    assert chosen(failed, next_post_at=NOW + MINUTE, backs_off=True) == Wait(NOW + MINUTE, "backoff")
    assert chosen(failed, next_post_at=NOW + MINUTE, backs_off=True, joined=True) == Leave((failed,))


def test_a_limit_of_the_platform_is_waited_for_whatever_was_tried_before() -> None:
    failed = row(1, attempts=3)
    lost = row(2, attempts=1, state="sending", batch="b", lease_until=0)
    for waiting in (failed, lost):
        assert chosen(waiting, next_post_at=NOW + MINUTE, joined=True) == Wait(NOW + MINUTE, "pace")
