"""Keeps every channel with work drained: at once when woken, at its moment, and by a sweep all the same."""

import asyncio
from collections.abc import Iterable, Mapping

from bot.chat.adapter import ChatAdapter
from bot.chat.command import Commands
from bot.clock import HOUR, SECOND, Clock, first
from bot.delivery.desk import Desk
from bot.delivery.drain import Drain, Ended
from bot.delivery.lanes import Lane
from bot.delivery.pace import Idle, Wait
from bot.delivery.parked import Parked
from bot.delivery.policy import Park, RetryAt
from bot.delivery.tidy import tidy
from bot.delivery.wake import Wakes
from bot.models import ChannelId
from bot.settings import Settings
from bot.store import channels
from bot.store.engine import Database, unless_busy

SWEEP = 30 * SECOND


class Postman:
    """Delivers for the whole installation."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        adapters: Mapping[str, ChatAdapter],
        commands: Commands,
        wakes: Wakes,
        *,
        settings: Settings,
        joined: bool = False,
    ) -> None:
        """`joined`: see `pace.choose`."""
        self._lanes = {name: Lane(adapter) for name, adapter in adapters.items()}
        speeds = {name: lane.speed for name, lane in self._lanes.items()}
        self._away: set[str] = set()  # platforms that cannot be reached as yet
        threaded = {name for name, adapter in adapters.items() if adapter.threads}
        self._desk = Desk(database, clock, speeds, away=self._away, threaded=threaded, joined=joined)
        self._stopping = asyncio.Event()
        self._drain = Drain(self._desk, self._lanes, commands, clock, self._stopping)
        self._parked = Parked(database, clock, adapters, self._away, settings.paperboy_command)
        self._database, self._clock, self._wakes = database, clock, wakes
        self._settings = settings
        self._platforms: dict[ChannelId, str] = {}
        self._busy: set[ChannelId] = set()
        self._again: set[ChannelId] = set()  # woken while being drained

    def stop(self) -> None:
        """Begin nothing new; `run` ends when what is being sent is done and written down."""
        self._stopping.set()

    def serves(self, platform: str, reached: bool) -> None:
        """Whether `platform` is `reached`: what waits for one that is not stays as it is."""
        (self._away.discard if reached else self._away.add)(platform)

    async def run(self) -> None:
        """Deliver until `stop`; then it may run again."""
        self._busy.clear()
        self._again.clear()
        try:
            await self._run()
        finally:
            self._stopping.clear()

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as services:
            desk = services.create_task(self._desk.run())
            works = (self._sweep(), self._keep_tidy(), self._look_after_parked())
            others = [services.create_task(work) for work in works]
            async with asyncio.TaskGroup() as drains:
                watch = drains.create_task(self._watch(drains))
                await self._stopping.wait()
                watch.cancel()
            for task in (desk, *others):
                task.cancel()

    async def until_done(self) -> None:
        """Deliver what is due, waiting for nothing but a pace or a limit still running; then return."""
        await self._parked.try_again()
        done: set[ChannelId] = set()
        async with asyncio.TaskGroup() as services:
            desk = services.create_task(self._desk.run())
            while work := await self._work() - done:
                await self._learn(work)
                async with asyncio.TaskGroup() as drains:
                    for channel in sorted(work):
                        drains.create_task(self._to_the_end(channel))
                done |= work  # what a parked channel's people are told is work of the next round
            desk.cancel()
        await tidy(self._database, self._clock, self._settings)

    async def _work(self) -> set[ChannelId]:
        async with self._database.read() as connection:
            return set(await channels.with_work(connection))

    async def _to_the_end(self, channel: ChannelId) -> None:
        while not self._stopping.is_set():
            ended = await self._in_its_lane(channel)
            match ended:
                case Wait(why="pace", until=moment) | RetryAt(counts=False, at=moment):
                    await first(self._clock.sleep(moment - self._clock.now()), self._stopping.wait())
                case Park():
                    await self._parked.tell(channel)
                    return
                case _:
                    return

    async def _watch(self, drains: asyncio.TaskGroup) -> None:
        """Start a drain for each channel whose moment has come, one at a time a channel."""
        while True:
            await self._wakes.wait()
            ready = self._wakes.ready()
            async with unless_busy("wake"):  # the sweep finds those that stay unknown
                await self._learn(ready)
            for channel in ready:
                if channel in self._busy:
                    self._again.add(channel)
                else:
                    self._busy.add(channel)
                    drains.create_task(self._tend(channel))

    async def _tend(self, channel: ChannelId) -> None:
        """Drain `channel` and say when to come again."""
        try:
            ended = await self._in_its_lane(channel)
            if isinstance(ended, Park):
                async with unless_busy("parked"):
                    self._wakes.wake(await self._parked.tell(channel))
        finally:
            self._busy.discard(channel)
        if channel in self._again:
            self._again.discard(channel)
            self._wakes.wake([channel])
        if isinstance(ended, Wait):
            self._wakes.wake([channel], ended.until)
        elif isinstance(ended, RetryAt):
            self._wakes.wake([channel], ended.at)

    async def _in_its_lane(self, channel: ChannelId) -> Ended:
        """Drain `channel` once its platform's lane has room; what ended that."""
        lane = self._lanes.get(self._platforms.get(channel, ""))
        if lane is None:
            return Idle()  # its adapter is not switched on any more: what waits is kept
        async with lane.room():
            return await self._drain.channel(channel)

    async def _learn(self, those: Iterable[ChannelId]) -> None:
        """On which platforms `those` are, which never changes."""
        if unknown := [channel for channel in those if channel not in self._platforms]:
            async with self._database.read() as connection:
                found = await channels.get(connection, unknown)
            self._platforms |= {id_: stored.channel.key.platform for id_, stored in found.items()}

    async def _sweep(self) -> None:
        """Find what no wake told of."""
        while True:
            async with unless_busy("sweep"):
                self._wakes.wake(await self._work())
            await self._clock.sleep(SWEEP)

    async def _keep_tidy(self) -> None:
        """Drop what is old once an hour, beside everything else."""
        tidied = 0
        while True:
            async with unless_busy("tidy"):
                if self._clock.now() - tidied >= HOUR:
                    await tidy(self._database, self._clock, self._settings)
                    tidied = self._clock.now()
            await self._clock.sleep(SWEEP)

    async def _look_after_parked(self) -> None:
        """Try what is parked, beside everything else: a platform may take its time to answer."""
        while True:
            async with unless_busy("parked"):
                self._wakes.wake(await self._parked.try_again())
            await self._clock.sleep(SWEEP)
