"""What follows from each error, a row each."""

from dataclasses import replace

import pytest

from bot.chat.errors import (
    ChannelUnreachable,
    MessageRefused,
    OutcomeUnknown,
    PostError,
    RateLimited,
    Unavailable,
    WorkspaceUnreachable,
)
from bot.clock import DAY, HOUR, MINUTE
from bot.delivery.policy import Bury, Decision, FindFirst, Park, RetryAsText, RetryAt, decide, unknown_wait

NOW = 1_000_000
SETTLE = 15_000


@pytest.mark.parametrize(
    ("error", "attempts", "as_text", "decision"),
    [
        (RateLimited(2.5), 1, False, RetryAt(NOW + 2_500, "channel", counts=False)),
        (RateLimited(1163.097, "workspace"), 9, False, RetryAt(NOW + 1_163_097, "workspace", counts=False)),
        (RateLimited(0.0, "bot"), 1, False, RetryAt(NOW + 100, "bot", counts=False)),
        (RateLimited(float("inf")), 1, False, RetryAt(NOW + 5 * MINUTE, counts=False)),
        (RateLimited(1e9), 1, False, RetryAt(NOW + 24 * HOUR, counts=False)),
        (Unavailable("refused"), 1, False, RetryAt(NOW + 2_000)),
        (Unavailable("refused"), 5, False, RetryAt(NOW + 32_000)),
        (Unavailable("refused"), 99, False, RetryAt(NOW + 5 * MINUTE)),
        (OutcomeUnknown("silence"), 3, False, FindFirst(NOW + SETTLE)),
        (ChannelUnreachable("not in channel"), 1, False, Park("channel", "not in channel")),
        (WorkspaceUnreachable("revoked"), 1, True, Park("workspace", "revoked")),
        (MessageRefused("too long"), 1, False, RetryAsText()),
        (MessageRefused("too long"), 1, True, Bury("too long")),
    ],
)
def test_what_follows_from_an_error(
    error: PostError, attempts: int, as_text: bool, decision: Decision
) -> None:
    found = decide(error, attempts, as_text, NOW, SETTLE)
    assert found.reason in str(error)  # what went wrong is kept with it
    assert replace(found, reason="") == replace(decision, reason="")


def test_what_cannot_be_looked_for_waits_a_minute_then_twice_as_long_up_to_an_hour() -> None:
    tried_for, waits = 0, []
    for _ in range(8):
        waits.append(unknown_wait(tried_for) // MINUTE)
        tried_for += waits[-1] * MINUTE
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert unknown_wait(-DAY) == MINUTE  # a clock was put back
