"""Who asks, from where, and what they may do: Slack's people as the core's contexts.

Who is in a channel may change what it gets, unless `SLACK_MANAGERS` names those who may. Somebody of
another workspace that shares the channel may look, and change nothing.
"""

import re
from collections.abc import Collection
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
UNSURE = "Slack does not tell me just now which channels you are in."
_ID = re.compile(r"[CGD][A-Z0-9]+")


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

    async def is_bot(self, team: str, user: str) -> bool:
        """Whether `user` is no person, as far as Slack tells."""
        return (await self._directory.human(team, user)).bot

    async def _in(self, at: Invocation, human: Human) -> Context:
        async def elsewhere(name: str) -> Context | None:
            there = await self._named(at, name, widely=not (at.stranger or human.confined))
            return await self._in(there, human) if there else None

        async def channels() -> Collection[str]:
            return await self._directory.channels(at.team, at.user)

        rights, unsure = await self._rights(at)
        return Context(
            platform=NAME,
            workspace=at.team,
            channel=await self._channel(at),
            user=Person(id=at.user, name=human.name),
            rights=rights,
            unsure=unsure,
            locale=human.locale,
            tz=human.zone,
            elsewhere=elsewhere,
            channels=channels,
        )

    async def _channel(self, at: Invocation) -> Channel | None:
        """Where it was done; None where the bot is not and cannot be: at home, and between other people."""
        if not at.channel:
            return None
        if at.channel.startswith(DIRECT) and not (at.alone or await self._is_own(at, at.channel)):
            return None
        name = at.channel_name or await self._directory.name(at.team, at.channel)
        return channel_of(at.team, at.channel, name)

    async def _is_own(self, at: Invocation, channel: str) -> bool:
        """Whether the direct conversation `channel` is the person's with the bot, as far as Slack tells."""
        try:
            return channel == await self._directory.direct(at.team, at.user)
        except (Said, PostFailed):
            return False

    async def _rights(self, at: Invocation) -> tuple[Who, str]:
        """What the person may do there; and why that cannot be told now, where it cannot."""
        if at.stranger:
            return Who.ANYONE, ""
        if at.channel.startswith(DIRECT):
            return Who.MANAGER, ""
        if not at.channel:
            return Who.ANYONE, ""
        try:
            member = at.member or await self._is_member(at)
        except (Said, PostFailed):
            return Who.ANYONE, UNSURE
        if not member:
            return Who.ANYONE, ""
        return (Who.MEMBER if self._managers and at.user not in self._managers else Who.MANAGER), ""

    async def _is_member(self, at: Invocation) -> bool:
        """Whether the person is in the channel. Raises Said or a PostFailed where Slack does not tell.

        Of a private channel without the bot it never does: there who was in it stays so.
        """
        if at.channel in await self._directory.channels(at.team, at.user):
            return True
        return at.was_member and not await self._is_visible(at)

    async def _is_visible(self, at: Invocation) -> bool:
        """Whether Slack tells the bot of the channel. Raises a PostFailed."""
        try:
            await self._directory.place(at.team, at.channel)
        except Said:
            return False
        return True

    async def _named(self, at: Invocation, name: str, *, widely: bool) -> Invocation | None:
        """The same person in the channel called `name`, or with that id; None for one they may not see.

        `widely`: they see all public channels, and not only those that they are in. Raises Said or a
        PostFailed where Slack does not tell.
        """
        wanted = name.strip().removeprefix("#")
        if at.channel and wanted == at.channel:
            return at
        if wanted.startswith(DIRECT) and _ID.fullmatch(wanted) and await self._is_own(at, wanted):
            return replace(at, channel=wanted, channel_name="", alone=True)
        own = await self._directory.channels(at.team, at.user)
        named = (id_ for id_, called in own.items() if called.casefold() == f"#{wanted.casefold()}")
        id_ = wanted if wanted in own else next(named, wanted)
        if id_ in own or (widely and await self._is_open(at.team, id_)):
            return replace(at, channel=id_, channel_name=own.get(id_, ""), member=id_ in own)
        return None

    async def _is_open(self, team: str, channel: str) -> bool:
        """Whether `channel` is the id of one that everybody in the workspace may see.

        Asked each time: Slack does not tell when a channel becomes private.
        """
        try:
            return bool(_ID.fullmatch(channel)) and not (await self._directory.fresh(team, channel)).private
        except Said:
            return False
