"""Thirty commands a minute are enough for anybody."""

from bot.clock import MINUTE, SECOND
from bot.commands.allowance import COMMANDS, Allowance
from tests.fakes.clock import FakeClock


def test_the_thirty_first_command_in_a_minute_has_to_wait_for_the_first_to_be_a_minute_old() -> None:
    clock = FakeClock()
    allowance = Allowance(clock)
    assert allowance.wait("ada") == 0
    clock.advance(10 * SECOND)
    assert [allowance.wait("ada") for _ in range(COMMANDS - 1)] == [0] * (COMMANDS - 1)
    assert allowance.wait("ada") == 50 * SECOND
    clock.advance(50 * SECOND)
    assert allowance.wait("ada") == 0


def test_what_was_refused_is_not_held_against_anybody() -> None:
    clock = FakeClock()
    allowance = Allowance(clock)
    for _ in range(3 * COMMANDS):
        allowance.wait("ada")
    clock.advance(MINUTE)
    assert allowance.wait("ada") == 0


def test_one_person_does_not_use_up_what_another_may() -> None:
    allowance = Allowance(FakeClock())
    for _ in range(2 * COMMANDS):
        allowance.wait("chat", "ada")
    assert allowance.wait("chat", "bob") == 0


def test_nobody_is_remembered_for_longer_than_a_minute() -> None:
    clock = FakeClock()
    allowance = Allowance(clock)
    for person in range(5_000):
        allowance.wait(str(person))
        clock.advance(SECOND)
    assert len(allowance) <= 60


def test_a_clock_that_was_set_back_locks_nobody_out() -> None:
    clock = FakeClock()
    allowance = Allowance(clock)
    for _ in range(COMMANDS):
        allowance.wait("ada")
    clock.advance(-60 * MINUTE)
    assert allowance.wait("ada") == 0
