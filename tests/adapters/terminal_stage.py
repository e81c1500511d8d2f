"""A small core behind the terminal: few commands, and a record of who asked what where.

Run as a module it opens the terminal on this process's own input and output, as the app does.
"""

import asyncio
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from adapters.terminal.adapter import Adapter
from adapters.terminal.settings import TerminalSettings
from bot.chat.command import Command, Commands, Context, Kind, Param, Values
from bot.chat.contract import MemoryHost
from bot.chat.line import TO_TYPE
from bot.chat.message import Action, Card, Form, Item, Message, Para, Pre, Reply, Span
from bot.models import Channel, ChannelKey
from tests.fakes.clock import FakeClock

WORDS = ("diffusion", "diffusion model", "difference")


async def _nothing(_context: Context, _values: Values) -> Reply:
    raise AssertionError("StageCommands answers by itself")


SUBSCRIBE = Command(
    name="subscribe",
    summary="Bring papers that match to this channel",
    handler=_nothing,
    params=(
        Param(name="query", help="Words to look for", rest=True, required=True, ask=True),
        Param(name="channel", help="Another channel", kind=Kind.CHANNEL),
    ),
    examples=("subscribe cats",),
    aliases=("add",),
)
SETTINGS = Command(
    name="settings",
    summary="How this channel wants its papers",
    handler=_nothing,
    params=(
        Param(name="style", help="How cards look", choices=("full", "compact"), ask=True),
        Param(name="zone", help="Time zone", ask=True),
        Param(name="number", help="Set by a button", hidden=True),
    ),
    examples=("settings style:full",),
)
FEED_ADD = Command(
    name="feed add", summary="Read another feed", handler=_nothing, listed=False, examples=("feed add x",)
)
HELP = Command(name="help", summary="What can be typed", handler=_nothing, examples=("help all",))
SHOW = Command(name="show", summary="Set by a button", handler=_nothing, listed=False)


@dataclass
class StageCommands(Commands):
    """Answers with what was asked; `calls` holds (channel, what)."""

    calls: list[tuple[str, str]] = field(default_factory=list)
    contexts: list[Context] = field(default_factory=list)
    table: tuple[Command, ...] = (SUBSCRIBE, SETTINGS, FEED_ADD, HELP, SHOW)

    async def typed(self, context: Context, line: str) -> Reply:
        self._called(context, line)
        name = context.channel.name if context.channel else "nowhere"
        if name == "unknown" and line == "check":
            return Reply(headline="I cannot post in unknown yet.", controls=(UNDO,), error=True)
        if line == "settings":
            form = Form(command="settings", values={"style": "full", "number": "7"})
            usage = Para(text=(TO_TYPE, Span(text="/papers settings [style:…]", code=True)))
            return Reply(headline="Settings", body=(usage,), form=form)
        if line == "bad":
            return Reply(
                headline="title: ends early", body=(Pre(text="扩散 title:\n         ^"),), error=True
            )
        action = Action(label="Undo", command="undo", value=f"undo {line}")
        return Reply(headline=f"{name} heard {line or 'nothing'}", controls=(action,))

    async def press(self, context: Context, value: str) -> Reply:
        self._called(context, f"press {value}")
        return Reply(headline=f"pressed {value}")

    async def run(self, context: Context, name: str, values: Mapping[str, str]) -> Reply:
        self._called(context, f"run {name} {dict(values)}")
        if values.get("zone") == "Mars":
            wrong = Form(command=name, values=values, errors={"zone": "Mars is no zone: try Europe/Berlin"})
            return Reply(headline="Mars is no zone: try Europe/Berlin", form=wrong, error=True)
        return Reply(headline="Saved")

    async def suggest(self, context: Context, name: str, param: str, prefix: str) -> Sequence[str]:
        return [word for word in WORDS if word.startswith(prefix)] if param == "query" else ["#two words"]

    async def encode(self, message: Message, limit: int) -> Message:
        return message

    def _called(self, context: Context, what: str) -> None:
        self.contexts.append(context)
        self.calls.append((context.channel.name if context.channel else "", what))


def card(title: str = "World Models at Scale", paper: str = "2501.00001") -> Card:
    return Card(
        title=title,
        url=f"https://huggingface.co/papers/{paper}",
        byline="Ada First, Bo Second and 7 others · Some Lab · 3 Dec",
        summary=("It learns a ", Span(text="world model", bold=True), " from video."),
        stats=("▲ 12 · 3 comments · ★ 140",),
        matched=("world model",),
        controls=(Action(label="Why / pause…", command="why", value=f"why {paper}"),),
    )


def paper_message(title: str = "World Models at Scale", paper: str = "2501.00001") -> Message:
    return Message(headline=f"{title} · matched: world model", body=(card(title, paper),))


def several() -> Message:
    lines = tuple(Item(text=(f"Paper {number}", " · ▲ 3")) for number in range(4))
    return Message(headline="4 new papers for #vision", body=lines)


UNDO = Action(label="Undo", command="undo", value="undo")
VISION = Channel(key=ChannelKey(platform="terminal", workspace="local", id="#vision"), name="#vision")


async def _main() -> None:
    """Answer until the person leaves or SIGTERM comes; each SIGUSR1 posts a card, as a poll would."""
    posts = asyncio.Queue[int]()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, posts.put_nowait, 1)
    async with Adapter(TerminalSettings(), MemoryHost(), FakeClock()) as adapter:
        posting = asyncio.create_task(_post_each(adapter, posts))
        listening = asyncio.create_task(adapter.listen(StageCommands()))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, listening.cancel)
        if "cancel" in sys.argv:
            asyncio.get_running_loop().call_later(0.2, listening.cancel)
        with suppress(asyncio.CancelledError):
            await listening
        posting.cancel()
    with suppress(OSError):  # the window may be closed
        print(f"the end, left={adapter.left}", flush=True)


async def _post_each(adapter: Adapter, posts: "asyncio.Queue[int]") -> None:
    while await posts.get():
        await adapter.post(VISION, paper_message(), idempotency_key="k")


if __name__ == "__main__":
    asyncio.run(_main())
