"""Channels as places to post in: whether the bot can, and what to do where it cannot."""

from adapters.slack import render
from adapters.slack.api import POST, Api
from adapters.slack.calls import Json, Said
from adapters.slack.directory import DIRECT, OWN_MESSAGES, Directory
from adapters.slack.errors import MISSING_SCOPE
from adapters.slack.people import channel_of
from adapters.slack.tasks import Tasks, noted
from bot.chat.adapter import Host, Problem
from bot.chat.errors import (
    ChannelUnreachable,
    OutcomeUnknown,
    PostFailed,
    Unavailable,
    WorkspaceUnreachable,
)
from bot.chat.message import Message
from bot.models import Channel, ChannelKey

OUTSIDE, ARCHIVED = "not_in_channel", "is_archived"
_JOINS = "With the scope channels:join it would enter public channels by itself."
_BEEN = "been:"  # before a channel's id: the bot was in it, and does not come again unless it is invited


class Places:
    """The channels of all workspaces, as places to post in."""

    def __init__(self, api: Api, directory: Directory, host: Host, tasks: Tasks) -> None:
        self._api, self._directory, self._host, self._tasks = api, directory, host, tasks
        self._known: set[ChannelKey] = set()  # channels of which this process keeps that it was there

    async def speak(self, channel: Channel, payload: Json) -> Json:
        """Post `payload`, after joining a public channel where the bot never was. Raises a PostFailed."""
        try:
            posted = await self._posted(channel, payload)
            self._note(channel.key)
            return posted
        except Said as said:
            if said.code != OUTSIDE:
                raise said.of(channel.called) from None
        try:
            await self._join(channel)
            return await self._posted(channel, payload)
        except Said as said:
            raise said.of(channel.called) from None

    async def check(self, channel: Channel) -> list[Problem]:
        """What would stop a post there; a public channel is joined. Raises a PostFailed."""
        try:
            if not channel.key.id.startswith(DIRECT):
                await self._make_ready(channel)
                self._api.need(channel.key.workspace, "chat:write")
        except (ChannelUnreachable, WorkspaceUnreachable) as error:
            return [_problem(error)]
        except Said as said:
            return [_problem(said.of(channel.called))]
        return []

    async def try_out(self, channel: Channel, sample: Message) -> list[Problem]:
        """The same by posting `sample` and taking it away again. Raises a PostFailed."""
        try:
            posted = await self.speak(channel, render.posted(sample))
            await self._taken_away(channel, posted["ts"])
        except (ChannelUnreachable, WorkspaceUnreachable) as error:
            return [_problem(error)]
        return []

    async def direct(self, team: str, user: str) -> Channel:
        """Where `user` alone can be told something. Raises a PostFailed."""
        try:
            return channel_of(team, await self._directory.direct(team, user), OWN_MESSAGES)
        except Said as said:
            raise said.of(OWN_MESSAGES) from None

    async def been(self, channel: ChannelKey) -> None:
        """The bot is in `channel`, or was a moment ago: whoever sends it away does not see it come again."""
        await self._host.put(_BEEN + channel.id, b"", workspace=channel.workspace)
        self._known.add(channel)

    def _note(self, channel: ChannelKey) -> None:
        """Remember that the bot is in `channel`, which may have invited it while it was not running."""
        if channel not in self._known and not channel.id.startswith(DIRECT):
            self._known.add(channel)
            self._tasks.start(noted(self.been(channel)))  # no post waits for that

    async def _posted(self, channel: Channel, payload: Json) -> Json:
        return await self._api.call(channel.key.workspace, POST, channel=channel.key.id, **payload)

    async def _taken_away(self, channel: Channel, ts: str) -> None:
        try:
            await self._api.call(channel.key.workspace, "chat.delete", channel=channel.key.id, ts=ts)
        except Said as said:
            raise said.of(channel.called) from None

    async def _make_ready(self, channel: Channel) -> None:
        """Enter `channel` if need be. Raises Said, or a PostFailed."""
        try:
            place = await self._directory.fresh(channel.key.workspace, channel.key.id)
        except Said as said:
            if said.code == MISSING_SCOPE:  # it may not be looked at; whether it takes posts, these will show
                return
            raise
        if place.archived:
            raise Said(ARCHIVED)
        if not place.member:
            await self._join(channel)

    async def _join(self, channel: Channel) -> None:
        """Enter a public channel, where nothing is posted before. Raises Said, or a PostFailed."""
        team, id_ = channel.key.workspace, channel.key.id
        if await self._host.get(_BEEN + id_, workspace=team) is not None:
            raise Said(OUTSIDE)
        try:
            await self._api.call(team, "conversations.join", channel=id_)
        except Said as said:
            if said.code == MISSING_SCOPE:  # all is well with the workspace, and with its other channels
                raise ChannelUnreachable(f"{Said(OUTSIDE).of(channel.called)} {_JOINS}") from None
            raise
        except OutcomeUnknown as lost:
            raise Unavailable(str(lost)) from None
        self._directory.forget(team, id_)
        await self.been(channel.key)


def _problem(error: PostFailed) -> Problem:
    """What keeps us out, and what whoever can mend it does. Raises what passes by itself."""
    if isinstance(error, ChannelUnreachable | WorkspaceUnreachable):
        what, _, fix = error.reason.partition(". ")
        return Problem(what=f"{what.rstrip('.')}.", fix=fix)
    raise error
