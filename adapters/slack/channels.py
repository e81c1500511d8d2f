"""What happens to channels and workspaces, told to the core."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from adapters.slack.calls import Said
from adapters.slack.directory import Directory
from adapters.slack.people import NAME, channel_of
from adapters.slack.places import Places
from adapters.slack.tokens import Tokens
from bot.chat.adapter import Host
from bot.chat.errors import ChannelUnreachable, PostFailed, WorkspaceUnreachable
from bot.logs import get_logger
from bot.models import ChannelKey

log = get_logger(__name__)

Event = Mapping[str, Any]
LEFT = {  # event → what the core is told, for its people
    "channel_left": "I was removed from it. Somebody in it types /invite @Paperboy there.",
    "group_left": "I was removed from it. Somebody in it types /invite @Paperboy there.",
    "channel_archive": "It is archived: somebody in the workspace unarchives it.",
    "group_archive": "It is archived: somebody in the workspace unarchives it.",
    "channel_deleted": "It was deleted.",
    "group_deleted": "It was deleted.",
}
RENAMED = frozenset({"channel_rename", "group_rename"})
BACK = frozenset({"channel_unarchive", "group_unarchive"})
REMOVED = frozenset({"channel_left", "group_left"})
GONE_FROM, MOVED = "member_left_channel", "channel_id_changed"
JOINED = "member_joined_channel"
MEMBERS = frozenset({JOINED, GONE_FROM})
UNINSTALLED, REVOKED = "app_uninstalled", "tokens_revoked"
PERSONAL = MEMBERS | {UNINSTALLED, REVOKED}  # which name whom they are about
UNSEEN = "channel_not_found"  # deleted, or private and without the bot
TYPES = (*LEFT, *RENAMED, *BACK, JOINED, GONE_FROM, MOVED, UNINSTALLED, REVOKED)


class Channels:
    """Listens for what happens to channels. Events of one workspace are heard one after another."""

    def __init__(self, host: Host, directory: Directory, places: Places, tokens: Tokens) -> None:
        self._host, self._directory, self._places, self._tokens = host, directory, places, tokens
        # Not the tokens' own turn: that is held while a token is renewed, which these may have to wait for.
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def happened(self, event: Event, team: str, bot: str, at: float, *, shared: bool = False) -> None:
        """Tell the core of `event` in `team`, where the bot's user is `bot`; it happened `at` (epoch s).

        In a `shared` channel it may have happened in another workspace, which can call the channel something
        else, and archive or leave it alone. So the core is told what is so on the side of `team`.
        """
        async with self._turns[team]:
            seen = await self._seen(event, team) if shared else event
            if seen is not None:
                await self._happened(seen, str(event["type"]), team, bot, at)

    async def _seen(self, event: Event, team: str) -> Event | None:
        """`event` of a shared channel as `team` sees it, None where it does not.

        What cannot be looked at is believed, but for the name and the leaving, which may be another's.
        """
        kind = event["type"]
        if kind in PERSONAL:
            return event
        try:
            place = await self._directory.fresh(team, str(event.get("new_channel_id") or channel_in(event)))
        except (Said, PostFailed) as error:
            unseen = isinstance(error, Said) and error.code == UNSEEN
            return event if (kind in LEFT if unseen else kind not in RENAMED | REMOVED) else None
        if kind in RENAMED:
            return {**event, "channel": {**event["channel"], "name": place.name.removeprefix("#")}}
        left = not place.member if kind in REMOVED else place.archived
        return event if kind not in LEFT or left else None

    async def _happened(self, event: Event, kind: str, team: str, bot: str, at: float) -> None:
        if kind in {UNINSTALLED, REVOKED}:
            await self._removed(event, kind, team, at)
        elif kind in MEMBERS:
            await self._moved_about(event, kind, team, bot)
        elif kind in RENAMED:
            await self._renamed(event["channel"], team)
        elif kind == MOVED:
            old, new = (_key(team, str(event[name])) for name in ("old_channel_id", "new_channel_id"))
            await self._host.moved(old, new)
        else:
            await self._changed(str(event["channel"]), kind, team)

    async def _removed(self, event: Event, kind: str, team: str, at: float) -> None:
        """The app was uninstalled, or its own token revoked; people's tokens are none of ours.

        What comes late may be older than a new installation, which it must not undo.
        """
        if kind == REVOKED and not (event.get("tokens") or {}).get("bot"):
            return
        async with self._tokens.turn(team):
            if at < await self._tokens.since(team):
                log.info("slack.removal.late", workspace=team)
                return
            await self._host.gone(team)
            self._tokens.forget(team)
        log.info("slack.removed", workspace=team)

    async def _moved_about(self, event: Event, kind: str, team: str, bot: str) -> None:
        """Somebody joined or left; the core wants to know of the bot alone."""
        channel, user = str(event["channel"]), str(event["user"])
        self._directory.changed_membership(team, user)
        self._directory.forget(team, channel)
        if user != bot:
            return
        if kind == JOINED:
            await self._joined(team, channel, event.get("inviter"))
        else:
            await self._changed(channel, "channel_left", team)

    async def _joined(self, team: str, channel: str, by: str | None) -> None:
        name = await self._directory.name(team, channel)
        await self._places.been(_key(team, channel))
        await self._host.joined(channel_of(team, channel, name), by)

    async def _renamed(self, channel: Mapping[str, Any], team: str) -> None:
        self._directory.forget(team, channel["id"])
        await self._host.renamed(_key(team, channel["id"]), f"#{channel['name']}")

    async def _changed(self, channel: str, kind: str, team: str) -> None:
        self._directory.forget(team, channel)
        if kind in REMOVED:
            await self._places.been(_key(team, channel))
        if kind in LEFT:
            await self._host.left(_key(team, channel), LEFT[kind])
        elif kind in BACK and await self._is_member(team, channel):
            await self._joined(team, channel, None)

    async def _is_member(self, team: str, channel: str) -> bool:
        """Whether the bot is in `channel`; where Slack does not tell, the next post will show."""
        try:
            return (await self._directory.place(team, channel)).member
        except Said as said:
            return not isinstance(said.of(channel), ChannelUnreachable | WorkspaceUnreachable)
        except PostFailed:
            return True


def channel_in(event: Event) -> str:
    """The id by which the channel of `event` was known before it."""
    channel = event.get("old_channel_id") or event.get("channel") or ""
    return str(channel["id"] if isinstance(channel, Mapping) else channel)


def _key(team: str, channel: str) -> ChannelKey:
    return ChannelKey(platform=NAME, workspace=team, id=channel)
