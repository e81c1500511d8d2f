"""What was heard before, or comes from where the app is not installed any more, is not acted on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.slack.limits import EVENT_MEMORY
from adapters.slack.tokens import Tokens
from bot.chat.adapter import Host


class Heard:
    """Remembers what Slack has sent, by what Slack knows it by."""

    def __init__(self, host: Host, tokens: Tokens) -> None:
        self._host, self._tokens = host, tokens

    @asynccontextmanager
    async def first(self, team: str, key: str) -> AsyncIterator[bool]:
        """Whether `key`, which came from the workspace `team`, is to be acted on in the block."""
        if not await self._tokens.installed(team):
            yield False
            return
        async with self._host.once(key, EVENT_MEMORY) as first:
            yield first
        await self._removed_meanwhile(team)

    async def _removed_meanwhile(self, team: str) -> None:
        """Whoever acts in a workspace shows that the bot is there: where it was removed, say so once more."""
        if await self._tokens.installed(team):
            return
        async with self._tokens.turn(team):
            if not await self._tokens.installed(team):
                await self._host.gone(team)
