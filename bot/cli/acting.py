"""The operator's own place in a channel, for a command that is typed beside a running bot."""

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from bot.app import EMBEDDED, App
from bot.chat.adapter import ChatAdapter
from bot.chat.command import Context, Who
from bot.chat.errors import SetupFailed
from bot.chat.message import Person
from bot.models import Channel, ChannelKey

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
        """The context in the channel that `name` says: `#vision` in the terminal, `webhook:ml` elsewhere.

        Raises SetupFailed where nothing can be posted there, and what its adapter raises.
        """
        platform, _, rest = name.strip().rpartition(":")
        key = ChannelKey(platform=platform or EMBEDDED, workspace=platform or LOCAL, id=rest)
        channel = Channel(key=key, name=name.strip())
        adapter = await self._adapter(key.platform)
        for problem in await adapter.check(channel):
            raise SetupFailed(problem.what, problem.fix)
        return Context(
            platform=key.platform,
            workspace=key.workspace,
            channel=channel,
            user=Person(id="operator", name="operator"),
            rights=Who.OPERATOR,
            elsewhere=self._elsewhere,
        )

    async def _elsewhere(self, name: str) -> Context | None:
        try:
            return await self.context(name)
        except SetupFailed:
            return None

    async def _adapter(self, name: str) -> ChatAdapter:
        """The adapter called `name`, logged in."""
        if name not in self._app.adapters:
            there = ", ".join(self._app.adapters)
            raise SetupFailed(f"No adapter called {name} is switched on.", f"These are: {there}.")
        if name not in self._entered:
            self._entered[name] = await self._stack.enter_async_context(self._app.adapters[name])
        return self._entered[name]
