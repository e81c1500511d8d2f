"""Where the app is installed, kept sealed, as bolt's store interfaces ask for it."""

import hashlib
import json
import secrets
from logging import Logger, getLogger

from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from adapters.slack.limits import STATE_KEPT
from bot.chat.adapter import Host

_KEY = "installation"
_BOT = "bot:"  # before the id of a bot's user: in which workspace it speaks
_STATE = "state:"


class Installations(AsyncInstallationStore):
    """The newest installation of each workspace: one bot speaks there, whoever installed it."""

    def __init__(self, host: Host) -> None:
        self._host = host

    @property
    def logger(self) -> Logger:
        """Where the interface wants to log."""
        return getLogger(__name__)

    async def ready(self) -> None:
        """Raises SetupFailed where nothing can be kept sealed."""
        await self._host.get(_KEY, workspace="", sealed=True)

    async def async_save(self, installation: Installation) -> None:
        """Keep `installation` in the place of an earlier one of its workspace."""
        kept, team = json.dumps(installation.to_dict(), default=str).encode(), installation.team_id or ""
        if installation.bot_user_id:  # what is sealed cannot be looked through
            await self._host.put(_BOT + installation.bot_user_id, b"", workspace=team)
        await self._host.put(_KEY, kept, workspace=team, sealed=True)

    async def async_save_bot(self, bot: Bot) -> None:
        """The interface's other way to save; a bot is kept with its installation."""

    async def has(self, team: str) -> bool:
        """Whether the app is installed in the workspace `team`, also where that cannot be opened."""
        return await self._host.get(_KEY, workspace=team) is not None

    async def team_of(self, bot: str) -> str | None:
        """The workspace in which the bot's user is `bot`; None where it is none of ours."""
        return next(iter(await self._host.keeping(_BOT + bot)), None)

    async def find(self, team: str) -> Installation | None:
        """The installation in the workspace `team`. Raises SetupFailed where it cannot be opened."""
        kept = await self._host.get(_KEY, workspace=team, sealed=True)
        return Installation(**json.loads(kept)) if kept is not None else None

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """The installation in the workspace `team_id`, whoever installed it."""
        return await self.find(team_id) if team_id else None

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """The bot in the workspace `team_id`."""
        found = await self.find(team_id) if team_id else None
        return found.to_bot() if found else None

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Forget the installation in the workspace `team_id`."""
        await self._host.delete(_KEY, workspace=team_id or "")

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Forget the bot in the workspace `team_id`."""
        await self._host.delete(_KEY, workspace=team_id or "")


class States(AsyncOAuthStateStore):
    """The `state` of each installation that was begun: good for ten minutes, and once."""

    def __init__(self, host: Host) -> None:
        self._host = host

    @property
    def logger(self) -> Logger:
        """Where the interface wants to log."""
        return getLogger(__name__)

    async def async_issue(self, *_args: object, **_more: object) -> str:
        """A new one."""
        state = secrets.token_urlsafe(32)
        await self._host.put(_kept_as(state), b"", sealed=True, keep=STATE_KEPT)
        return state

    async def async_consume(self, state: str) -> bool:
        """Whether `state` is one of ours, in time and not used before."""
        key = _kept_as(state)
        return await self._host.get(key, sealed=True) is not None and await self._host.delete(key)


def _kept_as(state: str) -> str:
    """The key of `state`, from which nobody learns it."""
    return _STATE + hashlib.sha256(state.encode()).hexdigest()
