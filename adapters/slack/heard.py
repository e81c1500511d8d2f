"""What was heard before, or comes from where the app is not installed any more, is not acted on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.slack.limits import EVENT_MEMORY
from adapters.slack.tokens import Tokens
from bot.chat.adapter import Host
from bot.logs import get_logger

log = get_logger(__name__)


class Heard:
    """Remembers what Slack has sent, by what Slack knows it by."""

    def __init__(self, host: Host, tokens: Tokens) -> None:
        self._host, self._tokens = host, tokens
        self._absent: set[str] = set()  # workspaces of which it was logged that the app is not there

    @asynccontextmanager
    async def first(self, team: str, key: str) -> AsyncIterator[bool]:
        """Whether `key`, which came from the workspace `team`, is to be acted on in the block."""
        if not await self.installed(team):
            yield False
            return
        async with self._host.once(key, EVENT_MEMORY) as first:
            yield first
        await self._removed_meanwhile(team)

    async def installed(self, team: str) -> bool:
        """Whether the bot has anything to do in the workspace `team`; where not, that is logged once."""
        if await self._tokens.installed(team):
            self._absent.discard(team)
            return True
        if team not in self._absent:
            self._absent.add(team)
            log.warning("slack.not_installed", workspace=team)
        return False

    async def _removed_meanwhile(self, team: str) -> None:
        """Whoever acts in a workspace shows that the bot is there: where it was removed, say so once more."""
        if await self._tokens.installed(team):
            return
        async with self._tokens.turn(team):
            if not await self._tokens.installed(team):
                await self._host.gone(team)
