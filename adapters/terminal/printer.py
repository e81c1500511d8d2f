"""Prints what was drawn, above the prompt while there is one."""

from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.console import Console, RenderableType

from adapters.terminal.console import Screen, follows_links
from adapters.terminal.numbers import Numbers, Pressable
from adapters.terminal.person import zone_name
from adapters.terminal.render import Look, answered, echoed, posted
from bot.chat.errors import WorkspaceUnreachable
from bot.chat.message import Action, Message, Reply
from bot.models import Channel

if TYPE_CHECKING:
    from adapters.terminal.prompt import Prompt

GONE = "Nobody reads what the terminal prints any more."


class Printer:
    """Prints to `console`, giving actions their numbers; raises WorkspaceUnreachable once that is closed."""

    def __init__(self, console: Console, numbers: Numbers) -> None:
        self.console, self._numbers = console, numbers
        self.prompt: Prompt | None = None
        self.gone = False
        self._zone = ZoneInfo(zone) if (zone := zone_name()) else None
        self._links = follows_links(console)

    async def post(self, channel: Channel, at: int, message: Message) -> None:
        """Print `message`, posted in `channel` at `at` (epoch ms)."""
        await self._print(posted(channel.name, at, message, self._look(channel)))

    async def answer(self, channel: Channel, reply: Reply) -> None:
        """Print `reply`; its actions act in `channel`."""
        await self._print(answered(reply, self._look(channel)))

    async def echo(self, channel: Channel, line: str) -> None:
        """Print `line` as if it had been typed in `channel`."""
        await self._print(echoed(channel.name, line))

    def _look(self, channel: Channel) -> Look:
        return Look(number=partial(self._number, channel), zone=self._zone, links=self._links)

    def _number(self, channel: Channel, action: Action) -> int:
        return self._numbers.of(Pressable(channel=channel, value=action.value))

    async def _print(self, drawn: RenderableType) -> None:
        if self.gone or self.console.file.closed:
            raise WorkspaceUnreachable(GONE)
        if self.prompt:
            await self.prompt.above(partial(self._write, drawn))
        else:
            self._write(drawn)

    def _write(self, drawn: RenderableType) -> None:
        """Write at once, whole lines where nobody looks at columns (a pipe, a file)."""
        try:
            self.console.print(drawn, soft_wrap=not self.console.is_terminal, crop=False)
        except OSError as error:
            self.gone = True
            if isinstance(self.console, Screen):
                self.console.let_go()
            raise WorkspaceUnreachable(GONE) from error
