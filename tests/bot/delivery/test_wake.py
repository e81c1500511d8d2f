"""Who is drained when."""

import asyncio

from bot.clock import SECOND
from bot.delivery.wake import Wakes
from bot.models import ChannelId
from tests.fakes.clock import FakeClock

ONE, TWO, THREE = ChannelId(1), ChannelId(2), ChannelId(3)


def test_each_channel_is_given_once_at_the_earliest_of_its_moments(clock: FakeClock) -> None:
    wakes = Wakes(clock)
    wakes.wake([ONE], clock.now() + 5 * SECOND)
    wakes.wake([ONE, TWO], clock.now() + SECOND)
    wakes.wake([ONE], clock.now() + 9 * SECOND)
    assert wakes.ready() == []
    clock.advance(SECOND)
    assert wakes.ready() == [ONE, TWO]
    clock.advance(9 * SECOND)
    assert wakes.ready() == []


def test_of_those_with_one_moment_who_asked_first_is_first(clock: FakeClock) -> None:
    wakes = Wakes(clock)
    for channel in (TWO, THREE, ONE):
        wakes.wake([channel], clock.now())
    assert wakes.ready() == [TWO, THREE, ONE]


async def test_a_wait_ends_at_the_next_moment_or_at_a_wake(clock: FakeClock) -> None:
    wakes = Wakes(clock)
    wakes.wake([ONE], clock.now() + SECOND)
    waiting = asyncio.create_task(wakes.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    wakes.wake([TWO])
    await waiting
    assert wakes.ready() == [TWO]
    waiting = asyncio.create_task(wakes.wait())
    for _ in range(3):
        await asyncio.sleep(0)
    clock.advance(SECOND)
    await waiting
    assert wakes.ready() == [ONE]


def test_moments_that_move_again_and_again_take_no_memory(clock: FakeClock) -> None:
    wakes = Wakes(clock)
    for ago in range(50_000):
        wakes.wake([ONE], clock.now() + 100_000 - ago)
    assert len(wakes._heap) < 2_000
