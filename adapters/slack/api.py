"""Slack's Web API for all workspaces: one try a call, with the workspace's own token."""

from collections.abc import Mapping
from math import ceil
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.calls import Json, Said, answered, body_of, granted
from adapters.slack.errors import EXPIRED, MISSING_SCOPE
from adapters.slack.tokens import Tokens
from bot.chat.errors import RateLimited, Scope
from bot.clock import SECOND, Clock

POST = "chat.postMessage"
# What is said of a token in whose place another process may have put a new one.
REPLACED = frozenset({"token_revoked", "invalid_auth", "account_inactive"})


class Api:
    """The Web API for all workspaces: each call bears its workspace's token, and heeds Slack's waits."""

    def __init__(self, client: AsyncWebClient, tokens: Tokens, clock: Clock) -> None:
        """`client` has a session of ours and repeats nothing by itself."""
        self._client, self._tokens, self._clock = client, tokens, clock
        self._granted: dict[str, frozenset[str] | None] = {}  # by workspace, as the last answer named them
        self._closed: dict[tuple[str, str], int] = {}  # (workspace, method) → until when, epoch ms

    async def call(self, team: str, method: str, **arguments: Any) -> Json:
        """What Slack answers to `method` in the workspace `team`. Raises Said, or a PostFailed.

        A token that has expired is renewed, and the call made with the new one. Slack limits each
        method in each workspace by itself: until its wait is over, that one alone is not asked.
        """
        self._heed(team, method)
        token = await self._tokens.of(team)
        try:
            return await self._asked(team, method, {**arguments, "token": token})
        except Said as said:
            other = await self._instead(team, token, said.code)
            if other is None:
                raise
        return await self._asked(team, method, {**arguments, "token": other})

    def need(self, team: str, scope: str) -> None:
        """Raise Said where Slack's last answer in the workspace `team` showed that the app lacks `scope`."""
        scopes = self._granted.get(team)
        if scopes is not None and scope not in scopes:
            raise Said(MISSING_SCOPE, needed=scope)

    async def _instead(self, team: str, token: str, code: str) -> str | None:
        """Another token that may do what was refused to `token` with `code`, if there is one."""
        if code == EXPIRED:
            return await self._tokens.renewed(team, token)
        return await self._tokens.newer(team, token) if code in REPLACED else None

    def _heed(self, team: str, method: str) -> None:
        """Raise RateLimited where Slack asked to wait."""
        left = self._closed.get((team, method), 0) - self._clock.now()
        if left > 0:
            raise RateLimited(left / SECOND, _scope(method))
        self._closed.pop((team, method), None)

    async def _asked(self, team: str, method: str, arguments: Mapping[str, Any]) -> Json:
        try:
            response = await answered(self._client, method, arguments)
        except RateLimited as limited:
            self._closed[team, method] = self._clock.now() + ceil(limited.after * SECOND)
            raise RateLimited(limited.after, _scope(method)) from None
        self._granted[team] = granted(response)
        return body_of(response)


def _scope(method: str) -> Scope:
    """What must wait with `method`: posts for posts, else only the channel that needs the answer."""
    return "workspace" if method == POST else "channel"
