"""The one place that reads the time or sleeps; tests and the demo pass their own clock."""

import asyncio
import time
from collections.abc import Coroutine
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SECOND = 1_000  # ms
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Clock(Protocol):
    """What tells the time and waits."""

    def now(self) -> int:
        """UTC epoch milliseconds."""
        ...

    async def sleep(self, ms: int) -> None:
        """Wait `ms` milliseconds; not at all when that is zero or less."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> int:
        """UTC epoch milliseconds."""
        return time.time_ns() // 1_000_000

    async def sleep(self, ms: int) -> None:
        """Wait `ms` milliseconds; not at all when that is zero or less."""
        await asyncio.sleep(max(ms, 0) / SECOND)


def utc_day(at: int) -> date:
    """The UTC calendar day of `at` (epoch ms): the feed's own day."""
    return datetime.fromtimestamp(at / SECOND, UTC).date()


def zone_named(name: str) -> tzinfo:
    """The zone with the IANA name `name`; UTC where this machine knows none that is called so."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def local_day(at: int, zone: str) -> date:
    """The calendar day of `at` (epoch ms) in `zone`, an IANA name."""
    return datetime.fromtimestamp(at / SECOND, zone_named(zone)).date()


def epoch_ms(moment: datetime) -> int:
    """UTC epoch milliseconds of an aware `moment`."""
    return round((moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))


async def first(*waits: Coroutine[Any, Any, object]) -> None:
    """Until one of `waits` is over; the others are cancelled."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
