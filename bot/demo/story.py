"""The demo: three days of sample papers in time lapse, through the real bot, feed server and terminal."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr
from rich.console import Console

from bot import app, logs, service
from bot.clock import DAY, SECOND, Clock, SystemClock, utc_day
from bot.demo.feed_server import DemoFeed, FeedServer
from bot.demo.papers import DAYS, samples
from bot.settings import Settings
from bot.store.migrate import migrate

READING = 2 * SECOND  # how long a person gets to look at what happened
MORNING = (
    '/papers subscribe "diffusion model" | video',
    "/papers subscribe agents -survey OR",
    "/papers subscribe agents -survey",
)
NOON = ("/join #everything", "/papers subscribe *")
EVENING = ("/papers list", "/papers search robots")


class TimeLapse:
    """The machine's clock, some days ago, that can leap."""

    def __init__(self, behind: int) -> None:
        """`behind`: how many ms ago it starts."""
        self._real, self._behind = SystemClock(), behind

    def now(self) -> int:
        """UTC epoch milliseconds of the story."""
        return self._real.now() - self._behind

    async def sleep(self, ms: int) -> None:
        """Wait `ms` real milliseconds."""
        await self._real.sleep(ms)

    def leap(self, ms: int) -> None:
        """Let `ms` milliseconds of the story pass at once, up to the present."""
        self._behind = max(0, self._behind - ms)


async def play(settings: Settings) -> None:
    """Play the story; at a terminal the prompt stays open afterwards."""
    logs.configure("WARNING")
    clock = TimeLapse((DAYS - 1) * DAY)
    with TemporaryDirectory(prefix="paperboy-demo-") as folder:
        async with _bot(settings, clock, Path(folder)) as (parts, feed):
            await _Story(parts, feed, clock).tell()
            if sys.stdin.isatty() and sys.stdout.isatty():
                await service.serve(parts)


@asynccontextmanager
async def _bot(settings: Settings, clock: Clock, folder: Path) -> AsyncIterator[tuple[app.App, DemoFeed]]:
    """The real bot on a database of its own, and a feed that waits to publish."""
    async with FeedServer(clock) as server:
        feed = DemoFeed(server, samples(utc_day(clock.now())))
        url = SecretStr(f"sqlite:///{folder / 'demo.db'}")
        ours = {"database_url": url, "hf_endpoint": server.url, "hf_token": None, "dyno": None}
        settings = settings.model_copy(update=ours)
        async with app.open_database(settings) as database:
            await migrate(database)
        async with app.built(settings, clock, kinds=app.embedded()) as parts:
            yield parts, feed


class _Story:
    """Tells what happens, and makes it happen."""

    def __init__(self, parts: app.App, feed: DemoFeed, clock: TimeLapse) -> None:
        self._parts, self._feed, self._clock = parts, feed, clock
        self._terminal = parts.adapters[app.EMBEDDED]
        self._console = Console(highlight=False)
        self._pace = READING if self._console.is_terminal else 0

    async def tell(self) -> None:
        """The three days."""
        async with service.connected(self._parts):
            await self._first_day()
            await self._second_day()
            await self._third_day()
        after = resources.files(__package__).joinpath("next.md").read_text("utf-8")
        self._console.print(f"\n{after}", soft_wrap=True, markup=False)

    async def _first_day(self) -> None:
        self._say("Day one. A feed server on this machine publishes papers; the first poll only takes stock.")
        await self._publish(13)
        self._say("A channel says what it wants. One query breaks off.")
        await self._type(MORNING)

    async def _second_day(self) -> None:
        await self._night()
        self._say("Day two. Papers drip in: the channel gets those that it asked for, a card each.")
        await self._publish(2)
        await self._publish(1)
        self._say("Another channel wants everything. Many at once come as one message.")
        await self._type(NOON)
        await self._publish(11)

    async def _third_day(self) -> None:
        await self._night()
        self._say("Day three.")
        await self._publish(13)
        self._say("Whoever asks gets an answer, in private.")
        await self._type(EVENING)

    def _say(self, text: str) -> None:
        self._console.print(f"\n[bold cyan]# {text}[/bold cyan]\n", soft_wrap=not self._console.is_terminal)

    async def _night(self) -> None:
        """A day passes; the bot looks at the feed in the middle of it, as it does every few minutes."""
        self._clock.leap(DAY // 2)
        await self._parts.poller.poll()
        self._clock.leap(DAY // 2)

    async def _publish(self, count: int) -> None:
        """The feed publishes, the bot polls and delivers."""
        self._feed.publish(count)
        polled = await self._parts.poller.poll()
        papers = f"{polled.new} paper{'s' if polled.new != 1 else ''}"
        self._console.print(f"[dim]poll: {papers} {'known now' if polled.seeded else 'new'}[/dim]\n")
        await self._parts.postman.until_done()
        await self._clock.sleep(self._pace)

    async def _type(self, lines: tuple[str, ...]) -> None:
        """Somebody types `lines`, one after another."""
        with _keyboard() as write:
            async with asyncio.TaskGroup() as group:
                listening = group.create_task(self._terminal.listen(self._parts.commands))
                for line in lines:
                    write(line)
                    await self._clock.sleep(self._pace)
                write(None)
                await listening


@contextmanager
def _keyboard() -> Iterator[Callable[[str | None], None]]:
    """Standard input is what the block writes, until it writes None."""
    reading, writing = os.pipe()

    def write(line: str | None) -> None:
        if line is None:
            os.close(writing)
        else:
            os.write(writing, f"{line}\n".encode())

    before = sys.stdin
    with os.fdopen(reading) as stream:
        sys.stdin = stream
        try:
            yield write
        finally:
            sys.stdin = before
