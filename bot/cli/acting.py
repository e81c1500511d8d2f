"""The operator's own place in a channel, for a command that is typed beside a running bot."""

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from bot.app import EMBEDDED, App, needed
from bot.chat.adapter import ChatAdapter
from bot.chat.command import Context, Who
from bot.chat.errors import SetupFailed
from bot.chat.message import Person
from bot.chat.places import HOW, elsewhere, place
from bot.commands.checking import switched_off
from bot.models import Channel

LOCAL = "local"  # the workspace of the embedded adapter


class Acting:
    """Gives the operator's context in a channel; used as a context manager, for what it logs in to."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._stack = AsyncExitStack()
        self._entered: dict[str, ChatAdapter] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def context(self, name: str) -> Context:
        """The context in the channel that `name` says.

        `#vision` is the terminal's, `webhook:ml` another platform's; so is a bare `ml`, where there is
        a webhook called that. Raises SetupFailed where nothing can be posted there, and what its
        adapter raises.
        """
        channel = place(name, platform=EMBEDDED, workspace=LOCAL)
        if channel is None:
            raise SetupFailed(f'"{name}" is no name of a channel.', HOW)
        if channel.key.platform == EMBEDDED:
            channel = await self._named(name.strip()) or channel
        adapter = await self._adapter(channel.key.platform)
        for problem in await adapter.check(channel):
            raise SetupFailed(problem.what, problem.fix)
        return Context(
            platform=channel.key.platform,
            workspace=channel.key.workspace,
            channel=channel,
            user=Person(id="operator", name="operator"),
            rights=Who.OPERATOR,
            elsewhere=self._elsewhere,
        )

    async def _named(self, name: str) -> Channel | None:
        """The channel with that very name, of a platform where nobody types, so that no `#` belongs to it."""
        for platform, adapter in self._app.adapters.items():
            channel = elsewhere(platform, name)
            if _knows_names(adapter) and not await (await self._adapter(platform)).check(channel):
                return channel
        return None

    async def _elsewhere(self, name: str) -> Context | None:
        try:
            return await self.context(name)
        except SetupFailed:
            return None

    async def _adapter(self, name: str) -> ChatAdapter:
        """The adapter called `name`, logged in."""
        if name not in self._app.adapters:
            problem = switched_off(name, self._app.adapters, needed())
            raise SetupFailed(problem.what, problem.fix)
        if name not in self._entered:
            self._entered[name] = await self._stack.enter_async_context(self._app.adapters[name])
        return self._entered[name]


def _knows_names(adapter: ChatAdapter) -> bool:
    """Whether its channels are named by the operator, and it can tell which there are."""
    return not adapter.takes_commands and type(adapter).check is not ChatAdapter.check
