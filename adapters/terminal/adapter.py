"""The terminal as a chat platform: posts are printed, commands are typed."""

import sys
from typing import ClassVar, Self, TextIO, TypeGuard

from rich.console import Console

from adapters.terminal.console import Screen
from adapters.terminal.conversation import converse, read
from adapters.terminal.limits import LIMITS
from adapters.terminal.numbers import Numbers
from adapters.terminal.printer import GONE, Printer
from adapters.terminal.receive import WORKSPACE
from adapters.terminal.session import GENERAL, Session
from adapters.terminal.settings import TerminalSettings
from bot.chat.adapter import ChatAdapter, Host, Limits, Posted, Problem
from bot.chat.command import Commands
from bot.chat.message import Message
from bot.clock import Clock
from bot.models import Channel


class Adapter(ChatAdapter):
    """Prints to `console` and reads `stream`: a prompt where both are a terminal, else line by line."""

    name: ClassVar[str] = "terminal"
    settings: ClassVar[type[TerminalSettings]] = TerminalSettings
    limits: ClassVar[Limits] = LIMITS
    announces: ClassVar[bool] = False

    def __init__(
        self,
        settings: TerminalSettings,
        host: Host,
        clock: Clock,
        *,
        console: Console | None = None,
        stream: TextIO | None = None,
    ) -> None:
        super().__init__(settings, host, clock)
        self._given = stream
        self._numbers = Numbers()
        self._printer = Printer(console or Screen(sys.stdout), self._numbers)
        self._posts = 0

    async def __aenter__(self) -> Self:
        """Open the first channel."""
        await self.host.joined(GENERAL)
        return self

    async def post(
        self,
        channel: Channel,
        message: Message,
        *,
        idempotency_key: str,  # noqa: ARG002 - nothing here can be repeated or found again
    ) -> Posted:
        """Print `message`. Raises WorkspaceUnreachable when the output is closed."""
        await self._printer.post(channel, self.clock.now(), message)
        self._posts += 1
        return Posted(channel=channel.key, id=str(self._posts))

    async def check(self, channel: Channel) -> list[Problem]:  # noqa: ARG002 - all share one output
        """A closed output is all that can stop a post."""
        return [Problem(what=GONE, fix="Start the bot again.")] if self._printer.gone else []

    async def direct(self, workspace: str, user: str) -> Channel | None:  # noqa: ARG002 - there is one person
        """The first channel: the whole terminal is one person's own."""
        return GENERAL if workspace == WORKSPACE else None

    async def listen(self, commands: Commands) -> None:
        """Answer what is typed until the input ends or the person leaves; `left` says which."""
        session = Session(commands, self.host, self._numbers, word=self.configuration.paperboy_command)
        stream = self._given or sys.stdin
        if _is_terminal(stream) and self._printer.console.is_terminal:
            await converse(session, stream, self._printer)
        else:
            await read(session, stream, self._printer)
        self.left = session.over


def _is_terminal(stream: TextIO | None) -> TypeGuard[TextIO]:
    """Whether somebody may type into `stream`; a process can be started without one."""
    return stream is not None and not stream.closed and stream.isatty()
