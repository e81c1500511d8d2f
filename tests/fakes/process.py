"""The command line as a process of its own: what it says, how it ends, and how soon after its last line."""

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30  # seconds for what should take two, on a machine that is busy
LINGER = 5  # seconds that a command may still be there after its last line


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A process that has ended; `lingered` is in seconds."""

    code: int
    out: str
    err: str
    lingered: float

    @property
    def said(self) -> str:
        """All that it wrote."""
        return self.out + self.err


@dataclass(slots=True)
class Running:
    """A process, and what it has written so far."""

    process: asyncio.subprocess.Process
    out: str = ""
    err: str = ""
    _spoke_at: float = 0.0
    _grew: asyncio.Event = field(default_factory=asyncio.Event)
    _readers: list[asyncio.Task[None]] = field(default_factory=list)

    def listen(self) -> None:
        """Begin to note what it writes."""
        for name in ("out", "err"):
            stream = getattr(self.process, f"std{name}")
            if stream is not None:
                self._readers.append(asyncio.create_task(self._note(name, stream)))

    async def _note(self, name: str, stream: asyncio.StreamReader) -> None:
        while piece := await stream.read(65_536):
            setattr(self, name, getattr(self, name) + piece.decode(errors="replace"))
            self._spoke_at = asyncio.get_running_loop().time()
            self._grew.set()

    async def type(self, text: str) -> None:
        """Write to its standard input."""
        assert self.process.stdin
        self.process.stdin.write(text.encode())
        await self.process.stdin.drain()

    async def says(self, text: str) -> None:
        """Wait until it has written `text`."""
        async with asyncio.timeout(PATIENCE):
            while text not in self.out + self.err:
                self._grew.clear()
                await self._grew.wait()

    def kill(self, number: int) -> None:
        """Send a signal to it and its children, as a terminal's Ctrl-C does."""
        os.killpg(self.process.pid, number)

    async def end(self) -> Done:
        """Wait until it has ended; it may not linger."""
        async with asyncio.timeout(PATIENCE):
            code = await self.process.wait()
            ended_at = asyncio.get_running_loop().time()
            await asyncio.gather(*self._readers)
        lingered = ended_at - self._spoke_at if self._spoke_at else 0.0
        assert lingered < LINGER, f"still there {lingered:.1f} s after its last line"
        return Done(code=code, out=self.out, err=self.err, lingered=lingered)


class Shell:
    """Runs `paperboy` in `folder`, with a SQLite file there and the feed at `endpoint`."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        self.folder = folder
        self.file = folder / "paperboy.db"
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)]),
            "HF_ENDPOINT": endpoint,
            "DATABASE_URL": f"sqlite:///{self.file}",
            "PREVIEW_DAYS": "0",
            "PYTHONUTF8": "1",
        }

    @asynccontextmanager
    async def start(
        self, *arguments: str, stdin: Any = asyncio.subprocess.PIPE, **given: Any
    ) -> AsyncIterator[Running]:
        """A process in a session of its own; capitals in `given` are variables, the rest is subprocess's."""
        own = {name: value for name, value in given.items() if name.isupper()}
        rest = {name: value for name, value in given.items() if name not in own}
        streams = {
            "stdin": stdin,
            "stdout": asyncio.subprocess.PIPE,
            "stderr": asyncio.subprocess.PIPE,
        } | rest
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bot", *arguments),
            cwd=self.folder,
            env=self.environment | own,
            start_new_session=True,
            **streams,
        )
        running = Running(process)
        running.listen()
        try:
            yield running
        finally:
            if process.returncode is None:
                running.kill(signal.SIGKILL)
                await process.wait()

    async def run(self, *arguments: str, typed: str = "", **given: Any) -> Done:
        """What `paperboy ARGUMENTS` does with `typed` on its standard input."""
        async with self.start(*arguments, **given) as running:
            if running.process.stdin:
                running.process.stdin.write(typed.encode())
                running.process.stdin.close()
            return await running.end()

    def execute(self, statement: str, *values: object) -> None:
        """Change what the database holds."""
        with closing(sqlite3.connect(self.file)) as connection, connection:
            connection.execute(statement, values)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database holds."""
        with closing(sqlite3.connect(self.file)) as connection:
            return connection.execute(query).fetchall()
