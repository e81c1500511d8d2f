"""Which token speaks for a workspace: the settings' own, or that of its installation, renewed in time.

Tokens that expire do so after 12 hours, and are renewed with a token that can be used once
(docs.slack.dev, "Using token rotation", read on 2026-11-25). So a renewal is one task, whoever waits
for it, and what it brings is kept before anybody uses it. Other processes, such as `paperboy doctor`,
renew the same tokens: what they have kept is looked for before and after.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from copy import copy
from datetime import timedelta
from typing import Any

from slack_sdk.oauth.installation_store import Installation
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.calls import Said, asked
from adapters.slack.installations import Installations
from adapters.slack.limits import RENEW_BEFORE
from adapters.slack.settings import SlackSettings
from bot.chat.errors import OutcomeUnknown, PostFailed, SetupFailed, Unavailable, WorkspaceUnreachable
from bot.clock import SECOND, Clock
from bot.logs import get_logger, scrub

log = get_logger(__name__)
SHAPE = r"xox[a-z](?:\.xox[a-z])?-[\w-]+"  # of every token
SPENT = "invalid_refresh_token"
_ABSENT = "The app is not installed in this Slack workspace: somebody there installs it again."
_FIXED = "SLACK_BOT_TOKEN has expired: take one that does not, or let the app be installed over OAuth."
_SPENT = "Slack does not renew the app's token any more: somebody in the workspace installs the app again."


class Tokens:
    """The tokens of all workspaces."""

    def __init__(
        self, settings: SlackSettings, installations: Installations, client: AsyncWebClient, clock: Clock
    ) -> None:
        self._settings, self._installations = settings, installations
        self._client, self._clock = client, clock
        self.own = settings.bot_token.get_secret_value() if settings.bot_token else ""
        self.home = ""  # the workspace of the settings' own token, once Slack has told it
        self._own_bot = ""  # the app's user there
        self._own_organisation: str | None = None  # which that workspace belongs to
        self._began = clock.now()  # when the settings' own token was first used
        self._known: dict[str, Installation] = {}
        self._renewals: dict[str, asyncio.Task[str]] = {}
        self._refused: set[str] = set()  # refresh tokens
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        scrub.learn_shape(SHAPE)

    def proved(self, answer: Mapping[str, Any]) -> None:
        """Slack has told, by `answer`, whose token the settings' own is."""
        self.home, self._own_bot = answer["team_id"], answer.get("user_id") or ""
        self._own_organisation = answer.get("enterprise_id")

    async def team_of(self, bot: str) -> str | None:
        """The workspace in which the app's user is `bot`; None where `bot` is somebody else."""
        if self.own:
            return self.home if bot == self._own_bot else None
        return await self._installations.team_of(bot)

    async def authorization(self, team: str) -> Mapping[str, Any]:
        """The installation in the workspace `team`, as events name it. Raises WorkspaceUnreachable."""
        bot, organisation = self._own_bot, self._own_organisation
        if not self.own:
            installation = await self._installation(team)
            bot, organisation = installation.bot_user_id or "", installation.enterprise_id
        elif team != self.home:
            raise WorkspaceUnreachable(_ABSENT)
        return {"team_id": team, "enterprise_id": organisation, "user_id": bot, "is_bot": True}

    async def of(self, team: str) -> str:
        """The token for the workspace `team`. Raises WorkspaceUnreachable where there is none."""
        if self.own and team == self.home:
            return self.own
        if self.own:
            raise WorkspaceUnreachable(_ABSENT)
        installation = await self._installation(team)
        token = installation.bot_token or ""
        left = (installation.bot_token_expires_at or 0) * SECOND - self._clock.now()
        if installation.bot_token_expires_at is None or left > RENEW_BEFORE // timedelta(milliseconds=1):
            return token
        try:
            return await self.renewed(team, token)
        except PostFailed as error:
            if left <= 0:
                raise
            log.warning("token.kept", workspace=team, reason=str(error))
            return token

    async def renewed(self, team: str, old: str) -> str:
        """The token that takes the place of `old`. Raises a PostFailed where there is none now."""
        if self.own:
            raise WorkspaceUnreachable(_FIXED)
        if team not in self._renewals:
            self._renewals[team] = asyncio.create_task(self._renew(team, old))
            self._renewals[team].add_done_callback(lambda done: self._ended(team, done))
        return await asyncio.shield(self._renewals[team])  # who gives up waiting must not lose the new one

    async def newer(self, team: str, old: str) -> str | None:
        """The token that was kept in the place of `old`, if any was. Raises WorkspaceUnreachable."""
        if self.own:
            return None
        self.forget(team)
        token = (await self._installation(team)).bot_token
        return token if token != old else None

    def turn(self, team: str) -> asyncio.Lock:
        """Held by whoever keeps that the app was installed in `team`, renewed or removed, one at a time."""
        return self._turns[team]

    async def save(self, installation: Installation) -> None:
        """The app was installed, or its token renewed."""
        await self._installations.async_save(installation)
        self._known[installation.team_id or ""] = installation

    async def installed(self, team: str) -> bool:
        """Whether the bot has anything to do in `team`, which an operator may have forgotten."""
        if self.own:
            return team == self.home
        if await self._installations.has(team):
            return True
        self.forget(team)
        return False

    async def since(self, team: str) -> float:
        """Since when (epoch s) the app is surely installed in the workspace `team`; 0 where it is not."""
        if self.own:
            return self._began / SECOND
        try:
            return (await self._installation(team)).installed_at
        except WorkspaceUnreachable:
            return 0

    def forget(self, team: str) -> None:
        """Know nothing of `team` any more; what is kept of it is the host's to delete."""
        self._known.pop(team, None)

    async def close(self) -> None:
        """Wait for renewals that are under way."""
        await asyncio.gather(*self._renewals.values(), return_exceptions=True)

    async def _installation(self, team: str) -> Installation:
        """Where the app is installed in `team`. Raises WorkspaceUnreachable."""
        if team not in self._known:
            try:
                found = await self._installations.find(team)
            except SetupFailed as error:  # the keys are wrong, perhaps for this workspace alone
                raise WorkspaceUnreachable(str(error)) from None
            if found is None:
                raise WorkspaceUnreachable(_ABSENT)
            self._known[team] = found
        return self._known[team]

    def _spend(self, refresh_token: str) -> None:
        """Slack does not take `refresh_token`. Raises WorkspaceUnreachable the second time."""
        if refresh_token in self._refused:
            raise WorkspaceUnreachable(_SPENT) from None
        self._refused.add(refresh_token)

    def _ended(self, team: str, renewal: asyncio.Task[str]) -> None:
        self._renewals.pop(team, None)
        if not renewal.cancelled() and (error := renewal.exception()):
            log.warning("token.not_renewed", workspace=team, reason=str(error))

    async def _renew(self, team: str, old: str) -> str:
        """The token after `old`: of another process that was faster, or a new one."""
        if newer := await self.newer(team, old):
            return newer
        installation = await self._installation(team)
        answer = await self._ask(installation.bot_refresh_token)
        async with self.turn(team):  # else a removal could come between the look and the keeping
            if newer := await self.newer(team, old):  # installed again meanwhile; raises where it was removed
                return newer
            renewed = copy(installation)
            renewed.bot_token, renewed.bot_refresh_token = answer["access_token"], answer["refresh_token"]
            renewed.bot_token_expires_at = self._clock.now() // SECOND + int(answer["expires_in"])
            await self.save(renewed)
        log.info("token.renewed", workspace=team)
        return str(renewed.bot_token)

    async def _ask(self, refresh_token: str | None) -> Mapping[str, Any]:
        """A new pair. Raises a PostFailed; that of the call that wanted the token, which was not made."""
        settings = self._settings
        if not refresh_token:
            raise WorkspaceUnreachable(_SPENT)
        arguments = {
            "client_id": settings.client_id,
            "client_secret": settings.client_secret.get_secret_value() if settings.client_secret else "",
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
        }
        try:
            return await asked(self._client, "oauth.v2.access", arguments)
        except Said as said:
            if said.code == SPENT:  # another process may be about to keep what it got for it
                self._spend(refresh_token)
            raise Unavailable(f"Slack does not renew the app's token ({said.code}).") from None
        except OutcomeUnknown as error:
            raise Unavailable(str(error)) from None
