"""Which workspaces an event is for.

Slack tells once of what happens in a channel that workspaces share (Slack Connect), also where several of
them have the app, and names one of those, of which it is best not to rely on any (docs.slack.dev, "Slack
Connect" and "The Events API", read on 2026-11-25; slackapi/bolt-js#2008 saw it always name the workspace
that came last). The list of them all takes an app-level token with one more scope; what is kept of each
installation says the same.
"""

from collections.abc import AsyncIterator

from adapters.slack.calls import Json
from adapters.slack.channels import MEMBERS, channel_in
from adapters.slack.invocation import spoken_to
from adapters.slack.tokens import Tokens
from bot.chat.adapter import Host
from bot.chat.errors import WorkspaceUnreachable


class Sides:
    """Finds the installations that an event of a shared channel is for, besides the one that it names."""

    def __init__(self, host: Host, tokens: Tokens) -> None:
        self._host, self._tokens = host, tokens

    async def spoken_to(self, body: Json) -> Json:
        """`body` as it is for the installation whose bot was spoken to; as it came where that is none."""
        user = spoken_to(body["event"].get("text") or "")
        if not is_shared(body) or user == bot_of(body):
            return body
        team = await self._tokens.team_of(user)
        side = await self._for(body, team) if team else None
        return side or body

    async def all(self, body: Json) -> AsyncIterator[Json]:
        """`body` as it is for each installation that knows its channel, or whose bot came or went."""
        yield body
        if not is_shared(body):
            return
        event = body["event"]
        teams = await self._host.knowing(channel_in(event))
        if event["type"] in MEMBERS and (team := await self._tokens.team_of(event["user"])):
            teams.append(team)
        for team in dict.fromkeys(teams):
            if team != team_of(body) and (other := await self._for(body, team)):
                yield other

    async def _for(self, body: Json, team: str) -> Json | None:
        """`body` as Slack would have told it to the installation in `team`, where that can be opened."""
        try:
            return {**body, "authorizations": [await self._tokens.authorization(team)]}
        except WorkspaceUnreachable:
            return None


def is_shared(body: Json) -> bool:
    """Whether an event is of a channel that workspaces share."""
    return bool(body.get("is_ext_shared_channel"))


def team_of(body: Json) -> str:
    """The workspace that an event is for. The one beside the event can be where the channel began."""
    named = next(iter(body.get("authorizations") or ()), body)
    return str(named.get("team_id") or body.get("team_id"))


def bot_of(body: Json) -> str:
    """The bot's user in the workspace that an event is for."""
    found = (one["user_id"] for one in body.get("authorizations") or () if one.get("is_bot"))
    return next(found, "")
