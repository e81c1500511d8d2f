"""What Slack told is remembered for a while, and no longer than that."""

from datetime import timedelta
from weakref import WeakSet

from adapters.slack.directory import Memory
from adapters.slack.limits import REMEMBERED
from bot.clock import MINUTE
from tests.fakes.clock import FakeClock


class Told:
    """What Slack told once."""


class Slack:
    """Tells something new each time; `held` is what somebody still has of it."""

    def __init__(self) -> None:
        self.held: WeakSet[Told] = WeakSet()
        self.asked = 0

    async def tell(self) -> Told:
        self.asked += 1
        told = Told()
        self.held.add(told)
        return told


async def test_it_is_asked_again_once_it_is_old(clock: FakeClock) -> None:
    slack, memory = Slack(), Memory[Told](clock, timedelta(minutes=1))
    for _ in range(2):
        await memory.get(("T1", "U1"), slack.tell)
    assert slack.asked == 1
    clock.advance(MINUTE)
    await memory.get(("T1", "U1"), slack.tell)
    assert slack.asked == 2


async def test_what_is_old_is_not_held_for_whoever_does_not_come_back(clock: FakeClock) -> None:
    slack, memory = Slack(), Memory[Told](clock, timedelta(minutes=1))
    for number in range(10):
        await memory.get(("T1", f"U{number}"), slack.tell)
    assert len(slack.held) == 10
    clock.advance(MINUTE)
    await memory.get(("T2", "U1"), slack.tell)
    assert len(slack.held) == 1


async def test_the_oldest_goes_where_there_are_too_many(clock: FakeClock) -> None:
    slack, memory = Slack(), Memory[Told](clock, timedelta(hours=1))
    for number in range(REMEMBERED + 5):
        await memory.get(("T1", f"U{number}"), slack.tell)
    assert len(slack.held) == REMEMBERED
    await memory.get(("T1", "U5"), slack.tell)
    assert slack.asked == REMEMBERED + 5
    await memory.get(("T1", "U4"), slack.tell)
    assert slack.asked == REMEMBERED + 6


async def test_what_changed_while_it_was_told_is_not_remembered(clock: FakeClock) -> None:
    slack, memory = Slack(), Memory[Told](clock, timedelta(minutes=1))

    async def meanwhile() -> Told:
        memory.forget(("T1", "U1"))
        return await slack.tell()

    await memory.get(("T1", "U1"), meanwhile)
    await memory.get(("T1", "U1"), slack.tell)
    assert slack.asked == 2
