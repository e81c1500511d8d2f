"""The server's memory and clock, and what tests set and read of it."""

import asyncio
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from math import ceil
from typing import Any, TypeVar

from bot.clock import MINUTE, SECOND, Clock, SystemClock
from tests.fakes.faulty import FaultyServer
from tests.fakes.slack import limits as at_most
from tests.fakes.slack.state import (
    SCOPES,
    Call,
    Conversation,
    Grant,
    Kind,
    Link,
    Message,
    Token,
    Trigger,
    Unfurl,
    User,
    View,
    Workspace,
)

HOME_TEAM = "T1"
Found = TypeVar("Found")


@dataclass(slots=True, kw_only=True)
class Rules:
    """How many posts a second Slack takes; None is no limit.

    A channel takes one at a time; a workspace is counted over a minute ("several hundred messages per
    minute", docs.slack.dev, "Rate limits", read on 2026-11-25).
    """

    channel: float | None = None
    workspace: float | None = None


class Platform(FaultyServer, ABC):
    """What Slack remembers. Ids are unique over all workspaces, as they are on Slack."""

    def __init__(self, clock: Clock | None = None, rules: Rules | None = None) -> None:
        super().__init__()
        self.clock: Clock = clock or SystemClock()
        self.rules = rules or Rules()
        self.app_id, self.client_id, self.client_secret = "A1", "1111.2222", "client-s3cret"
        self.app_token = "xapp-1-A1-1111-s3cret"
        self.workspaces: dict[str, Workspace] = {}
        self.users: dict[str, User] = {}
        self.channels: dict[str, Conversation] = {}
        self.tokens: dict[str, Token] = {}
        self.refreshers: dict[str, str] = {}  # refresh token → workspace, while it can be used
        self.rotation = False  # whether tokens of new installations expire
        self.grants: dict[str, Grant] = {}  # by code
        self.triggers: dict[str, Trigger] = {}
        self.modals: defaultdict[str, list[View]] = defaultdict(list)  # by user, the one on top last
        self.homes: dict[tuple[str, str], View] = {}  # by team and user
        self.links: dict[str, Link] = {}  # response_urls by path
        self.privates: list[Message] = []  # what one person alone was shown
        self.unfurls: list[Unfurl] = []
        self.sharing: dict[str, Message] = {}  # by unfurl_id, posted or still in the composer
        self.calls: list[Call] = []  # of the Web API, as they arrived
        self.echoes = False  # whether the app hears of its own direct messages, as message.im has it
        self.limited = 0  # calls that were answered with 429
        self.page = at_most.HISTORY_PAGE  # how many rows a list gives at most, whatever is asked
        self._times: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        self._numbers = count(1)
        self._moved = asyncio.Event()

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return super().url

    @property
    def url(self) -> str:
        """The base of the Web API, for SLACK_API_URL."""
        return f"{self.origin}/api/"

    # What a test sets

    def install(
        self,
        team: str = HOME_TEAM,
        *,
        scopes: Iterable[str] = SCOPES.split(","),
        name: str = "",
        enterprise: str | None = None,
        rotates: bool = False,
    ) -> Workspace:
        """Put the app into `team`, which gets people and channels if it is new.

        T1 has the users U1 (ann) and U2 (ben), the channels C1 (ml, with the bot), C2 (vision, without),
        G1 (secret, private, without) and D1 (the bot's direct messages with U1); another team has the
        same with its own name behind each id, such as C1T2.
        """
        workspace = self.workspaces.get(team)
        if workspace is None:
            workspace = self._new_workspace(team, name or team.lower(), set(scopes), enterprise)
            self._people(workspace)
        workspace.installed, workspace.scopes = True, workspace.scopes | set(scopes)
        self.issue(workspace, rotates=rotates)
        return workspace

    def user(self, id: str, name: str = "", team: str = HOME_TEAM, **more: Any) -> User:  # noqa: A002
        """A new person (or with is_bot another app's bot) of `team`, which need not have the app."""
        self.users[id] = User(id=id, name=name or id.lower(), team=team, **more)
        return self.users[id]

    def channel(
        self,
        id: str,  # noqa: A002
        name: str = "",
        *,
        kind: Kind = "public",
        team: str = HOME_TEAM,
        members: Iterable[str] = (),
        bot: bool = True,
    ) -> Conversation:
        """A new channel of `team`, with the bot in it if not said otherwise."""
        inside = {*members, *([self.workspaces[team].bot_user] if bot else [])}
        made = Conversation(id=id, name=name or id.lower(), kind=kind, teams={team}, members=inside)
        self.channels[id] = made
        return made

    def _new_workspace(self, team: str, name: str, scopes: set[str], enterprise: str | None) -> Workspace:
        bot = self.user(f"UBOT{team}", "paperboy", team, is_bot=True)
        made = Workspace(
            id=team,
            name=name,
            domain=name,
            bot_user=bot.id,
            bot_id=f"B{team}",
            scopes=scopes,
            enterprise=enterprise,
        )
        self.workspaces[team] = made
        return made

    def _people(self, workspace: Workspace) -> None:
        team = workspace.id
        own = "" if team == HOME_TEAM else team
        ann, ben = self.user(f"U1{own}", "ann", team), self.user(f"U2{own}", "ben", team)
        both = [ann.id, ben.id]
        self.channel(f"C1{own}", "ml", team=team, members=both)
        self.channel(f"C2{own}", "vision", team=team, members=both, bot=False)
        self.channel(f"G1{own}", "secret", kind="private", team=team, members=both, bot=False)
        self.channel(f"D1{own}", "", kind="im", team=team, members=[ann.id])

    def issue(self, workspace: Workspace, *, rotates: bool = False) -> None:
        """Give `workspace` a token; one that does not rotate stays the same for as long as it works."""
        held = self.tokens.get(workspace.token)
        if held and not held.refused and held.expires_at is None and not rotates:
            return
        expires = self.clock.now() + at_most.TOKEN_S * SECOND if rotates else None
        prefix = "xoxe.xoxb" if rotates else "xoxb"
        value = f"{prefix}-{workspace.id}-{self.number()}-s3cret"
        self.tokens[value] = Token(value=value, team=workspace.id, expires_at=expires)
        workspace.token = value
        if rotates:
            workspace.refresh_token = f"xoxe-1-{workspace.id}-{self.number()}-s3cret"
            self.refreshers[workspace.refresh_token] = workspace.id

    def revoke(self, team: str, error: str = "token_revoked") -> None:
        """Let every token of `team` be answered with `error` from now on."""
        for token in self.tokens.values():
            if token.team == team:
                token.refused = error
        self.refreshers = {token: owner for token, owner in self.refreshers.items() if owner != team}

    # What a test reads

    def messages(self, channel: str, team: str | None = None) -> list[Message]:
        """What stands in `channel`, oldest first; with `team`, what that workspace's app or people wrote."""
        standing = self.channels[channel].standing()
        return [message for message in standing if team in {None, message.team}]

    def private(self, user: str, channel: str) -> list[Message]:
        """What `user` alone was shown in `channel` and still is, answers to commands included."""
        return [
            shown
            for shown in self.privates
            if (shown.only_for, shown.channel) == (user, channel) and not shown.deleted
        ]

    @property
    def views(self) -> dict[str, View]:
        """The modal on top, by user."""
        return {user: stack[-1] for user, stack in self.modals.items() if stack}

    def home(self, user: str, team: str | None = None) -> View:
        """The home tab that the app last published to `user`. Raises AssertionError where there is none."""
        found = self.homes.get((team or self.users[user].team, user))
        assert found, f"no home was published for {user}"
        return found

    def called(self, method: str) -> list[Call]:
        """The calls of `method`, oldest first."""
        return [call for call in self.calls if call.method == method]

    @property
    def posts(self) -> list[Message]:
        """All that apps posted in channels, oldest first, as it stands now."""
        everywhere = (message for channel in self.channels.values() for message in channel.messages)
        return sorted((message for message in everywhere if message.bot), key=lambda message: message.ts)

    async def until(self, condition: Callable[[], Found | None], seconds: float = 5) -> Found:
        """What `condition` gives once it is true; asked whenever the app did something.

        Raises AssertionError when it is not within `seconds` of real time.
        """
        try:
            async with asyncio.timeout(seconds):
                while not (found := condition()):
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            raise AssertionError(f"did not come true in {seconds} s; last calls: {self._last()}") from None
        return found

    def _last(self) -> list[str]:
        return [f"{call.method} {call.error or 'ok'}" for call in self.calls[-5:]]

    # What the server's own modules use

    def moved(self) -> None:
        """Wake whoever waits for something to happen."""
        self._moved.set()

    def number(self) -> int:
        """A number that was never given before."""
        return next(self._numbers)

    def ts(self) -> str:
        """The id of a message of now, later than all before."""
        return f"{self.clock.now() // SECOND}.{self.number():06d}"

    def block_id(self) -> str:
        """An id as Slack gives it to a block or control that came without."""
        return f"id{self.number()}"

    def wait(self, team: str, channel: str) -> int:
        """Seconds until the app may post in `channel` of `team`; 0 for now."""
        now, one, all_ = self.clock.now(), self.rules.channel, self.rules.workspace
        waits = [
            _pause(self._times[team, channel], 1, ceil(SECOND / one), now) if one else 0,
            _pause(self._times[team,], max(1, int(60 * all_)), MINUTE, now) if all_ else 0,
        ]
        return ceil(max(waits) / SECOND)

    def posted(self, message: Message) -> None:
        """Keep a message that was taken."""
        self.channels[message.channel].messages.append(message)
        self._times[message.team, message.channel].append(message.at)
        self._times[message.team,].append(message.at)

    @abstractmethod
    def socket_url(self) -> str:
        """Where one websocket may be opened."""

    @abstractmethod
    def announce(self, team: str, event: Mapping[str, Any]) -> None:
        """Tell the app of `event`, without waiting for its acknowledgement."""


def _pause(times: list[int], most: int, window: int, now: int) -> int:
    """How long (ms) until fewer than `most` of `times` lie within `window` (ms)."""
    recent = [at for at in times[-most:] if at > now - window]
    return recent[0] + window - now if len(recent) >= most else 0
