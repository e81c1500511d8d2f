"""Who asks, from where, and what they may do: Slack's people as the core's contexts.

Who is in a channel may change what it gets, unless `SLACK_MANAGERS` names those who may. Somebody of
another workspace that shares the channel may look, and change nothing.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from adapters.slack.calls import Said
from adapters.slack.directory import DIRECT, Directory, Human
from adapters.slack.invocation import Invocation
from adapters.slack.settings import SlackSettings
from bot.chat.command import Context, Who
from bot.chat.errors import PostFailed
from bot.chat.message import Person
from bot.models import Channel, ChannelKey

NAME = "slack"
_ID = re.compile(r"[CGD][A-Z0-9]{2,}")


def channel_of(team: str, id_: str, name: str) -> Channel:
    """A channel of the workspace `team`."""
    return Channel(key=ChannelKey(platform=NAME, workspace=team, id=id_), name=name)


class People:
    """Makes contexts of invocations."""

    def __init__(self, settings: SlackSettings, directory: Directory) -> None:
        self._managers, self._directory = frozenset(settings.managers), directory

    async def context(self, at: Invocation) -> Context:
        """Who asks, and where; no channel in the app's home."""
        human = await self._directory.human(at.team, at.user, at.user_name)
        return await self._in(at, human)

    async def _in(self, at: Invocation, human: Human) -> Context:
        async def elsewhere(name: str) -> Context | None:
            there = await self._named(at, name)
            return await self._in(there, human) if there else None

        async def channels() -> Collection[str]:
            return await self._channels(at)

        return Context(
            platform=NAME,
            workspace=at.team,
            channel=await self._channel(at),
            user=Person(id=at.user, name=human.name),
            rights=await self._rights(at),
            locale=human.locale,
            tz=human.zone,
            elsewhere=elsewhere,
            channels=channels,
        )

    async def _channel(self, at: Invocation) -> Channel | None:
        if not at.channel:
            return None
        name = at.channel_name or await self._directory.name(at.team, at.channel)
        return channel_of(at.team, at.channel, name)

    async def _rights(self, at: Invocation) -> Who:
        if at.channel.startswith(DIRECT):
            return Who.MANAGER
        if at.stranger or (self._managers and at.user not in self._managers):
            return Who.ANYONE
        member = at.member or at.channel in await self._channels(at)
        return Who.MANAGER if member else Who.ANYONE

    async def _channels(self, at: Invocation) -> Mapping[str, str]:
        """The channels that the person is in, id → name; none where Slack does not tell."""
        try:
            return await self._directory.channels(at.team, at.user)
        except (Said, PostFailed):
            return {}

    async def _named(self, at: Invocation, name: str) -> Invocation | None:
        """The same person in the channel called `name`, or with that id; None for one they may not see."""
        own = await self._channels(at)
        wanted = name.strip().removeprefix("#")
        ids = [id_ for id_, called in own.items() if wanted in {id_, called.removeprefix("#")}]
        id_ = ids[0] if ids else wanted if _ID.fullmatch(wanted) else ""
        if not id_ or not (id_ in own or id_ == at.channel or await self._is_open(at.team, id_)):
            return None
        member = id_ in own or (id_ == at.channel and at.member)
        return replace(at, channel=id_, channel_name=own.get(id_, ""), member=member)

    async def _is_open(self, team: str, channel: str) -> bool:
        """Whether everybody in the workspace may see `channel`."""
        try:
            return not (await self._directory.place(team, channel)).private
        except (Said, PostFailed):
            return False
