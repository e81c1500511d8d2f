"""Who people are and what channels are called, asked of Slack and remembered for a while."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

from adapters.slack.api import Api
from adapters.slack.calls import Json, Said
from adapters.slack.limits import CHANNELS_A_PAGE, MEMBERS_KEPT, NAMES_KEPT, REMEMBERED
from bot.chat.errors import PostFailed
from bot.clock import Clock

T = TypeVar("T")
DIRECT = "D"  # with what the id of a direct message begins
OWN_MESSAGES = "your chat with me"


@dataclass(frozen=True, slots=True, kw_only=True)
class Human:
    """Somebody in a workspace, as far as Slack tells."""

    name: str
    zone: str | None = None  # IANA name
    locale: str = "en"
    confined: bool = False  # a guest: sees no channels but their own
    bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A channel as Slack describes it. `member`: the bot is in it."""

    name: str
    private: bool = False
    member: bool = False
    archived: bool = False


class Directory:
    """What Slack knows about people and channels. What it does not tell is left at its default."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._humans: Memory[Human] = Memory(clock, NAMES_KEPT)
        self._places: Memory[Place] = Memory(clock, NAMES_KEPT)
        self._directs: Memory[str] = Memory(clock, NAMES_KEPT)
        self._memberships: Memory[Mapping[str, str]] = Memory(clock, MEMBERS_KEPT)

    async def human(self, team: str, user: str, name: str = "") -> Human:
        """Who `user` is; where Slack does not tell, somebody who sees no more than a guest does."""
        try:
            return await self._humans.get((team, user), lambda: self._human(team, user))
        except (Said, PostFailed):
            return Human(name=name or "somebody", confined=True)

    async def place(self, team: str, channel: str) -> Place:
        """What `channel` is. Raises Said where the bot cannot see it, or a PostFailed."""
        return await self._places.get((team, channel), lambda: self._place(team, channel))

    async def name(self, team: str, channel: str) -> str:
        """`#vision`; nothing where Slack does not tell."""
        if channel.startswith(DIRECT):
            return OWN_MESSAGES
        try:
            return (await self.place(team, channel)).name
        except (Said, PostFailed):
            return ""

    async def channels(self, team: str, user: str) -> Mapping[str, str]:
        """The channels that `user` is in and the bot may know of, id → name. Raises Said or a PostFailed."""
        return await self._memberships.get((team, user), lambda: self._channels(team, user))

    async def direct(self, team: str, user: str) -> str:
        """The id of the bot's direct messages with `user`. Raises Said or a PostFailed."""
        return await self._directs.get((team, user), lambda: self._direct(team, user))

    async def fresh(self, team: str, channel: str) -> Place:
        """What `channel` is now. Raises as `place` does."""
        self.forget(team, channel)
        return await self.place(team, channel)

    def forget(self, team: str, channel: str) -> None:
        """Something about `channel` has changed."""
        self._places.forget((team, channel))

    def changed_membership(self, team: str, user: str) -> None:
        """`user` joined or left a channel."""
        self._memberships.forget((team, user))

    async def _human(self, team: str, user: str) -> Human:
        answer = await self._api.call(team, "users.info", user=user, include_locale=True)
        found: Json = answer["user"]
        profile = found.get("profile") or {}
        name = profile.get("display_name") or found.get("real_name") or found.get("name") or user
        return Human(
            name=name,
            zone=found.get("tz"),
            locale=found.get("locale") or "en",
            confined=bool(found.get("is_restricted")),  # of both kinds of guests
            bot=bool(found.get("is_bot")),
        )

    async def _place(self, team: str, channel: str) -> Place:
        found: Json = (await self._api.call(team, "conversations.info", channel=channel))["channel"]
        return Place(
            name=OWN_MESSAGES if found.get("is_im") else f"#{found.get('name') or channel}",
            private=bool(found.get("is_private") or found.get("is_im") or found.get("is_mpim")),
            member=bool(found.get("is_member") or found.get("is_im")),
            archived=bool(found.get("is_archived")),
        )

    async def _direct(self, team: str, user: str) -> str:
        return str((await self._api.call(team, "conversations.open", users=user))["channel"]["id"])

    async def _channels(self, team: str, user: str) -> Mapping[str, str]:
        found: dict[str, str] = {}
        cursor = ""
        while True:
            asked: Any = {"user": user, "types": "public_channel,private_channel", "limit": CHANNELS_A_PAGE}
            answer = await self._api.call(team, "users.conversations", **asked, cursor=cursor)
            found |= {one["id"]: f"#{one['name']}" for one in answer["channels"]}
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return found


class Memory(Generic[T]):
    """Answers, each kept for a while, and no longer; the oldest go where there are too many."""

    def __init__(self, clock: Clock, keep: timedelta) -> None:
        self._clock, self._keep = clock, keep // timedelta(milliseconds=1)
        self._kept: dict[tuple[str, str], tuple[int, T]] = {}
        self._forgotten = 0  # how often something was

    async def get(self, key: tuple[str, str], ask: Callable[[], Awaitable[T]]) -> T:
        """What is kept under `key`, or else what `ask` brings."""
        kept = self._kept.get(key)
        now = self._clock.now()
        if kept is not None and self._holds(kept[0], now):
            return kept[1]
        forgotten = self._forgotten
        value = await ask()
        if forgotten != self._forgotten:  # it may have changed while it was told
            return value
        self._kept.pop(key, None)
        self._kept[key] = (now, value)
        self._drop_old(now)
        return value

    def forget(self, key: tuple[str, str]) -> None:
        """Ask anew the next time."""
        self._forgotten += 1
        self._kept.pop(key, None)

    def _holds(self, at: int, now: int) -> bool:
        """Whether what was told `at` (epoch ms) still counts."""
        return 0 <= now - at < self._keep

    def _drop_old(self, now: int) -> None:
        """Somebody's channels are many words, and of use for a minute."""
        while self._kept:
            key, (at, _) = next(iter(self._kept.items()))
            if self._holds(at, now) and len(self._kept) <= REMEMBERED:
                return
            del self._kept[key]
