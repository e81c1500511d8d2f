"""Channels as places to post in: whether the bot can, and what to do where it cannot."""

from adapters.slack import render
from adapters.slack.api import Api
from adapters.slack.calls import Json, Said
from adapters.slack.directory import DIRECT, OWN_MESSAGES, Directory, Place
from adapters.slack.people import channel_of
from bot.chat.adapter import Problem
from bot.chat.errors import ChannelUnreachable, WorkspaceUnreachable
from bot.chat.message import Message
from bot.models import Channel

OUTSIDE = "not_in_channel"
INVITE = "Somebody in it types /invite @Paperboy there."
UNARCHIVE = "Somebody in the workspace unarchives it."


class Places:
    """The channels of all workspaces, as places to post in."""

    def __init__(self, api: Api, directory: Directory) -> None:
        self._api, self._directory = api, directory

    async def speak(self, channel: Channel, payload: Json) -> Json:
        """Post `payload`, after joining a public channel where the bot is not in it. Raises a PostFailed."""
        try:
            return await self._posted(channel, payload)
        except Said as said:
            if said.code != OUTSIDE:
                raise said.of(channel.name) from None
        try:
            await self._join(channel)
            return await self._posted(channel, payload)
        except Said as said:
            raise said.of(channel.name) from None

    async def check(self, channel: Channel) -> list[Problem]:
        """What would stop a post there; a public channel is joined. Raises a PostFailed."""
        if channel.key.id.startswith(DIRECT):
            return []
        try:
            place = await self._directory.fresh(channel.key.workspace, channel.key.id)
            return await self._problems(channel, place)
        except Said as said:
            return [_problem(said, channel)]

    async def try_out(self, channel: Channel, sample: Message) -> list[Problem]:
        """The same by posting `sample` and taking it away again. Raises a PostFailed."""
        if problems := await self.check(channel):
            return problems
        team = channel.key.workspace
        try:
            posted = await self._posted(channel, render.posted(sample))
            await self._api.call(team, "chat.delete", channel=channel.key.id, ts=posted["ts"])
        except Said as said:
            return [_problem(said, channel)]
        return []

    async def direct(self, team: str, user: str) -> Channel:
        """Where `user` alone can be told something. Raises a PostFailed."""
        try:
            return channel_of(team, await self._directory.direct(team, user), OWN_MESSAGES)
        except Said as said:
            raise said.of(OWN_MESSAGES) from None

    async def _posted(self, channel: Channel, payload: Json) -> Json:
        place = {"channel": channel.key.id}
        return await self._api.call(channel.key.workspace, "chat.postMessage", **place, **payload)

    async def _join(self, channel: Channel) -> None:
        team, id_ = channel.key.workspace, channel.key.id
        await self._api.call(team, "conversations.join", channel=id_)
        self._directory.forget(team, id_)

    async def _problems(self, channel: Channel, place: Place) -> list[Problem]:
        if place.archived:
            return [Problem(what=f"{channel.name} is archived.", fix=UNARCHIVE)]
        if place.member:
            return []
        if place.private:
            return [Problem(what=f"I am not in {channel.name}, which is private.", fix=INVITE)]
        await self._join(channel)
        return []


def _problem(said: Said, channel: Channel) -> Problem:
    """What Slack's refusal means to whoever asked."""
    if said.code == "channel_not_found":
        return Problem(what=f"I am not in {channel.name}.", fix=INVITE)
    error = said.of(channel.name)
    if isinstance(error, ChannelUnreachable | WorkspaceUnreachable):
        what, _, fix = error.reason.partition(". ")
        return Problem(what=f"{what.rstrip('.')}.", fix=fix)
    raise error
