"""One transaction for all channels that are ready: what comes in while one runs goes into the next.

Two transactions a post would cap the drain at a few hundred posts a second.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from bot.clock import SECOND, Clock
from bot.delivery.claims import Batch, Claim, Outcome, Speed, claim
from bot.delivery.settling import settle
from bot.logs import get_logger
from bot.models import ChannelId
from bot.store.engine import Database, is_busy

log = get_logger(__name__)


@dataclass(slots=True)
class _Asked:
    """What came in since the last transaction."""

    claims: dict[ChannelId, asyncio.Future[Claim]] = field(default_factory=dict)
    settled: list[tuple[Batch, Outcome, asyncio.Future[Outcome]]] = field(default_factory=list)


class Desk:
    """Claims and settles batches for drains; `run` does the work."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        speeds: Mapping[str, Speed],
        *,
        away: Collection[str] = (),
        threaded: Collection[str] = (),
        joined: bool = False,
    ) -> None:
        """`away`: platforms that cannot be reached, as of each claim. `threaded`: those with threads.

        `joined`: nobody will come back for what the budget holds (see `pace.choose`).
        """
        self._database, self._clock, self._speeds, self._joined = database, clock, speeds, joined
        self._away, self._threaded = away, threaded
        self._asked = _Asked()
        self._rang = asyncio.Event()

    async def claim(self, channel: ChannelId) -> Claim:
        """What `channel` may send now."""
        future: asyncio.Future[Claim] = asyncio.get_running_loop().create_future()
        self._asked.claims[channel] = future
        self._rang.set()
        return await future

    async def settle(self, batch: Batch, outcome: Outcome) -> Outcome:
        """Write down what became of `batch`; returns what was written, once that is committed."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._asked.settled.append((batch, outcome, future))
        self._rang.set()
        return await future

    async def run(self) -> None:
        """Serve until cancelled.

        Claims that an earlier run left behind are nobody's any more; what was posted then is still
        written down, since it is true whoever posts now.
        """
        self._asked.claims.clear()
        while True:
            if not self._asked.settled:
                await self._rang.wait()
            self._rang.clear()
            asked, self._asked = self._asked, _Asked()
            try:
                await self._serve(asked)
            except BaseException:
                self._asked.settled[:0] = asked.settled
                raise

    async def _serve(self, asked: _Asked) -> None:
        """One transaction; a busy database is asked again, since what was posted must be written down."""
        while True:
            try:
                claims, outcomes = await self._commit(asked)
                break
            except SQLAlchemyError as error:
                if not is_busy(error):
                    raise
                log.warning("store.busy", claims=len(asked.claims), settled=len(asked.settled))
                await self._clock.sleep(SECOND)
        for channel, future in asked.claims.items():
            if not future.done():
                future.set_result(claims[channel])
        for (_, _, done), outcome in zip(asked.settled, outcomes, strict=True):
            if not done.done():
                done.set_result(outcome)

    async def _commit(self, asked: _Asked) -> tuple[dict[ChannelId, Claim], list[Outcome]]:
        now = self._clock.now()
        async with self._database.write() as connection:
            outcomes = [(batch, outcome) for batch, outcome, _ in asked.settled]
            written = await settle(connection, outcomes, now, self._speeds)
            ids = [channel for channel, future in asked.claims.items() if not future.done()]
            reached = {name: speed for name, speed in self._speeds.items() if name not in self._away}
            claims = await claim(connection, ids, now, reached, threaded=self._threaded, joined=self._joined)
        return claims, written
