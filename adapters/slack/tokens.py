"""Which token speaks for a workspace: the settings' own, or that of its installation, renewed in time.

Tokens that expire do so after 12 hours, and are renewed with a token that can be used once
(docs.slack.dev, "Using token rotation", read on 2026-11-25). So a renewal is one task, whoever waits
for it, and what it brings is kept before anybody uses it.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from slack_sdk.oauth.installation_store import Installation
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.calls import Said, asked
from adapters.slack.installations import Installations
from adapters.slack.limits import RENEW_BEFORE
from adapters.slack.settings import SlackSettings
from bot.chat.errors import PostFailed, Unavailable, WorkspaceUnreachable
from bot.clock import SECOND, Clock
from bot.logs import get_logger, scrub

log = get_logger(__name__)
_ABSENT = "The app is not installed in this Slack workspace: somebody there installs it again."
_FIXED = "SLACK_BOT_TOKEN has expired: take one that does not, or let the app be installed over OAuth."
_SPENT = "Slack does not renew the app's token any more: somebody in the workspace installs the app again."


class Tokens:
    """The tokens of all workspaces."""

    def __init__(
        self, settings: SlackSettings, installations: Installations, client: AsyncWebClient, clock: Clock
    ) -> None:
        self._settings, self._installations, self._client, self._clock = (
            settings,
            installations,
            client,
            clock,
        )
        self.own = settings.bot_token.get_secret_value() if settings.bot_token else ""
        self._known: dict[str, Installation] = {}
        self._renewals: dict[str, asyncio.Task[str]] = {}

    async def of(self, team: str) -> str:
        """The token for the workspace `team`. Raises WorkspaceUnreachable where there is none."""
        if self.own:
            return self.own
        installation = await self._installation(team)
        token = installation.bot_token or ""
        left = (installation.bot_token_expires_at or 0) * SECOND - self._clock.now()
        if installation.bot_token_expires_at is None or left > RENEW_BEFORE // timedelta(milliseconds=1):
            return token
        try:
            return await self.renewed(team, token)
        except PostFailed:
            if left <= 0:
                raise
            return token

    async def renewed(self, team: str, old: str) -> str:
        """The token that takes the place of `old`. Raises a PostFailed where there is none now."""
        if self.own:
            raise WorkspaceUnreachable(_FIXED)
        if team not in self._renewals:
            self._renewals[team] = asyncio.create_task(self._renew(team, old))
            self._renewals[team].add_done_callback(lambda _done: self._renewals.pop(team, None))
        return await asyncio.shield(self._renewals[team])  # who gives up waiting must not lose the new one

    async def save(self, installation: Installation) -> None:
        """The app was installed, by whoever did it last."""
        await self._installations.async_save(installation)
        self._learn(installation)

    def forget(self, team: str) -> None:
        """The app was removed from `team`; what is kept of it is the host's to delete."""
        self._known.pop(team, None)

    async def close(self) -> None:
        """Wait for renewals that are under way."""
        await asyncio.gather(*self._renewals.values(), return_exceptions=True)

    async def _installation(self, team: str) -> Installation:
        """Where the app is installed in `team`. Raises WorkspaceUnreachable."""
        if team not in self._known:
            found = await self._installations.find(team)
            if found is None:
                raise WorkspaceUnreachable(_ABSENT)
            self._learn(found)
        return self._known[team]

    def _learn(self, installation: Installation) -> None:
        self._known[installation.team_id or ""] = installation
        secrets = (installation.bot_token, installation.bot_refresh_token)
        scrub.learn(secret for secret in secrets if secret)

    async def _renew(self, team: str, old: str) -> str:
        self.forget(team)  # another process may have renewed it
        installation = await self._installation(team)
        if installation.bot_token != old:
            return installation.bot_token or ""
        if not installation.bot_refresh_token:
            raise WorkspaceUnreachable(_SPENT)
        answer = await self._ask(installation.bot_refresh_token)
        installation.bot_token = answer["access_token"]
        installation.bot_refresh_token = answer["refresh_token"]
        installation.bot_token_expires_at = self._clock.now() // SECOND + int(answer["expires_in"])
        await self.save(installation)
        log.info("token.renewed", workspace=team)
        return installation.bot_token or ""

    async def _ask(self, refresh_token: str) -> Mapping[str, Any]:
        """A new pair. Raises a PostFailed."""
        settings = self._settings
        arguments = {
            "client_id": settings.client_id,
            "client_secret": settings.client_secret.get_secret_value() if settings.client_secret else "",
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
        }
        try:
            return await asked(self._client, "oauth.v2.access", arguments)
        except Said as said:
            if said.code == "invalid_refresh_token":
                raise WorkspaceUnreachable(_SPENT) from None
            raise Unavailable(f"Slack does not renew the app's token ({said.code}).") from None
