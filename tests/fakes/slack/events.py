"""What happens in a workspace, as the Events API tells it; docs.slack.dev, read on 2026-11-25."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from bot.clock import SECOND
from tests.fakes.slack.answers import Answers
from tests.fakes.slack.platform import HOME_TEAM, Rules
from tests.fakes.slack.sockets import Sent
from tests.fakes.slack.state import PREFIX, Conversation, Message, Workspace

CHANNEL_TYPE = {"public": "channel", "private": "group", "im": "im", "mpim": "mpim"}

SAID = frozenset(
    {"app_mention", "message", "link_shared", "app_home_opened"}
)  # which have answers to wait for


class Events(Answers):
    """People do things to channels and to the app; each call waits for the acknowledgement."""

    def __init__(self, clock: Any = None, rules: Rules | None = None) -> None:
        super().__init__(clock, rules)
        self.subscribed: set[str] | None = None  # the manifest's bot_events; None: all
        self.unfurl_domains: set[str] | None = None  # the manifest's; None: all
        self.named = ""  # the workspace that events of shared channels name; else the one that came last
        self.heeded: Callable[[], Awaitable[None]] | None = None  # waits until the app knows what happened

    async def event(self, team: str, event: Mapping[str, Any], *, event_id: str | None = None) -> Sent:
        """Let `event` happen in `team`. One that the app did not subscribe to is not delivered."""
        payload = self.wrapped(self.workspaces[team], event, event_id)
        if self.subscribed is not None and _subscription(event) not in self.subscribed:
            return Sent(way="events_api", payload=payload, envelope_id="", answers=False)
        sent = await self.deliver("events_api", payload)
        if self.heeded is not None and event["type"] not in SAID:
            await self.heeded()
        return sent

    def announce(self, team: str, event: Mapping[str, Any]) -> None:
        """Tell the app of `event`, without waiting for its acknowledgement."""
        if self.subscribed is None or _subscription(event) in self.subscribed:
            place = self._place(event)
            told = self._named(place, team) if place else team
            self.in_background("events_api", self.wrapped(self.workspaces[told], event))

    def wrapped(
        self, workspace: Workspace, event: Mapping[str, Any], event_id: str | None = None
    ) -> dict[str, Any]:
        """An event with all that Slack puts around it."""
        authorization = {
            "enterprise_id": workspace.enterprise,
            "team_id": workspace.id,
            "user_id": workspace.bot_user,
            "is_bot": True,
            "is_enterprise_install": workspace.org_wide,
        }
        channel = self._place(event)
        return {
            "token": "verification",
            "team_id": workspace.id,
            "enterprise_id": workspace.enterprise,
            "context_team_id": workspace.id,
            "context_enterprise_id": workspace.enterprise,
            "api_app_id": self.app_id,
            "event": {"event_ts": self.ts(), **event},
            "type": "event_callback",
            "event_id": event_id or f"Ev{self.number()}",
            "event_time": self.clock.now() // SECOND,
            "authorizations": [authorization],
            "is_ext_shared_channel": bool(channel and channel.is_ext_shared),
            "event_context": f"EC{self.number()}",
        }

    # People talk

    async def mention(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Sent:
        """`user` writes `text` behind a mention of the bot (or with "<@…>" in it) in `channel`."""
        team = self._app_of(user, channel)
        name = f"<@{self.workspaces[team].bot_user}>"
        said = self.write(user, channel, text if "<@" in text else f"{name} {text}", thread_ts)
        told = self._named(self.channels[channel], team)
        return await self.event(told, {**_said(said), "type": "app_mention"})

    async def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Sent:
        """`user` writes `text` in `channel`, as a rule the direct messages with the bot."""
        said, kind = self.write(user, channel, text, thread_ts), self.channels[channel].kind
        event = {**_said(said), "type": "message", "channel_type": CHANNEL_TYPE[kind]}
        told = self._named(self.channels[channel], self._app_of(user, channel))
        return await self.event(told, event)

    async def share_link(
        self, user: str, channel: str, *urls: str, thread_ts: str | None = None, composer: bool = False
    ) -> Sent:
        """`user` posts `urls` (`composer`: is about to); the app hears of those on its domains."""
        said = self.write(user, channel, " ".join(f"<{url}>" for url in urls), thread_ts)
        if composer:
            self.channels[channel].messages.remove(said)
        links = [{"url": url, "domain": _domain(url)} for url in urls if self._ours(_domain(url))]
        team = self._app_of(user, channel)
        name = f"{said.ts}.unfurl"
        self.sharing[name] = said
        event = {
            "type": "link_shared",
            "user": user,
            "channel": "COMPOSER" if composer else channel,
            "is_bot_user_member": composer
            or self.workspaces[team].bot_user in self.channels[channel].members,
            "message_ts": name if composer else said.ts,
            "unfurl_id": name,
            "source": "composer" if composer else "conversations_history",
            "links": links,
            **({"thread_ts": thread_ts} if thread_ts else {}),
        }
        return await self.event(team, event)

    async def open_home(self, user: str, tab: str = "home") -> Sent:
        """`user` opens the app's home tab, or its "messages"."""
        team = self.users[user].team
        bot = self.workspaces[team].bot_user
        direct = (channel.id for channel in self.channels.values() if channel.members == {user, bot})
        home = self.homes.get((team, user))
        view = {"view": home.as_json()} if home else {}
        event = {"type": "app_home_opened", "user": user, "channel": next(direct, f"D{user}"), "tab": tab}
        return await self.event(team, {**event, **view})

    def write(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Message:
        """A message of `user` in `channel`, of which the app is not told."""
        person = self.users[user]
        said = Message(
            ts=self.ts(),
            channel=channel,
            team=person.team,
            user=user,
            text=text,
            thread_ts=thread_ts,
            at=self.clock.now(),
        )
        self.channels[channel].messages.append(said)
        return said

    # People change channels

    async def invite(self, channel: str, by: str | None = "U1", team: str | None = None) -> Sent:
        """`by` (None: nobody knows who) invites the bot of `team` into `channel`."""
        place = self.channels[channel]
        app = team or self._team_of(place)
        place.members.add(self.workspaces[app].bot_user)
        inviter = {"inviter": by} if by else {}
        event = {**_membership("joined", place, self._bot(app), app), **inviter}
        return await self.event(self._named(place, app), event)

    async def kick(self, channel: str, by: str = "U1", team: str | None = None) -> None:
        """`by` removes the bot of `team` from `channel`."""
        place = self.channels[channel]
        app = team or self._team_of(place)
        place.members.discard(self._bot(app))
        if place.kind == "public":
            await self.event(self._named(place, app), _membership("left", place, self._bot(app), app))
        kind = "channel_left" if place.kind == "public" else "group_left"
        await self.event(app, {"type": kind, "channel": channel, "actor_id": by})

    async def join(self, user: str, channel: str) -> None:
        """`user` enters `channel`."""
        place = self.channels[channel]
        place.members.add(user)
        await self._tell(place, _membership("joined", place, user, self.users[user].team))

    async def leave(self, user: str, channel: str) -> None:
        """`user` leaves `channel`."""
        place = self.channels[channel]
        place.members.discard(user)
        await self._tell(place, _membership("left", place, user, self.users[user].team))

    async def archive(self, channel: str, by: str = "U1") -> None:
        """`by` archives `channel`."""
        self.channels[channel].archived = True
        await self._changed(self.channels[channel], "archive", user=by)

    async def unarchive(self, channel: str, by: str = "U1") -> None:
        """`by` opens `channel` again."""
        self.channels[channel].archived = False
        await self._changed(self.channels[channel], "unarchive", user=by)

    async def rename(self, channel: str, name: str, team: str = "") -> None:
        """`channel` is called `name` from now on, with `team` there alone."""
        place = self.channels[channel]
        if team:
            place.names[team] = name
        else:
            place.name = name
        shown = {"id": channel, "name": name, "name_normalized": name, "created": place.created}
        await self._changed(place, "rename", channel=shown)

    async def make_private(self, channel: str, by: str = "U1") -> None:
        """`by` makes a public channel private; its id stays. Told as a message.groups event alone."""
        place = self.channels[channel]
        place.kind = "private"
        event = {
            "type": "message",
            "subtype": "channel_convert_to_private",
            "user": by,
            "text": "made this channel *private*. Now, it can only be viewed or joined by invitation.",
            "ts": self.ts(),
            "channel": channel,
            "channel_type": "group",
        }
        await self._tell(place, event)

    async def delete_channel(self, channel: str, by: str = "U1") -> None:
        """`by` deletes `channel` for good."""
        place = self.channels[channel]
        place.deleted = True
        kind = "channel_deleted" if place.kind == "public" else "group_deleted"
        await self._tell(place, {"type": kind, "channel": channel, "actor_id": by})

    async def share_channel(self, channel: str, team: str, *people: str) -> None:
        """`channel` becomes one with the workspace `team`, too, by Slack Connect; `people` enter it."""
        place = self.channels[channel]
        place.teams.add(team)
        place.members.update(people)
        await self._tell(place, {"type": "channel_shared", "connected_team_id": team, "channel": channel})

    def rechristen(self, channel: str, new: str, team: str) -> dict[str, Any]:
        """Slack gives a private channel that is to be shared with `team` the id `new`; the event of that."""
        place = self.channels.pop(channel)
        place.id = new
        place.teams.add(team)
        self.channels[new] = place
        for message in place.messages:
            message.channel = new
        return {"type": "channel_id_changed", "old_channel_id": channel, "new_channel_id": new}

    async def share_privately(self, channel: str, new: str, team: str) -> None:
        """A private channel becomes one with `team`, too, and is called `new` from then on."""
        event = self.rechristen(channel, new, team)
        await self._tell(self.channels[new], event)

    async def unshare_channel(self, channel: str, team: str) -> None:
        """The workspace `team` leaves `channel`."""
        place = self.channels[channel]
        place.teams.discard(team)
        place.members = {user for user in place.members if self.users[user].team != team}
        event = {"type": "channel_unshared", "previously_connected_team_id": team, "channel": channel}
        await self._tell(place, {**event, "is_ext_shared": place.is_ext_shared})

    async def uninstall(
        self, team: str = HOME_TEAM, told: Iterable[str] = ("tokens_revoked", "app_uninstalled")
    ) -> None:
        """`team` removes the app: its tokens end, its bot leaves all channels."""
        workspace = self.workspaces[team]
        workspace.installed = False
        self.revoke(team, "account_inactive")
        for channel in self.channels.values():
            channel.members.discard(workspace.bot_user)
        tokens = {"tokens": {"oauth": [], "bot": [workspace.bot_user]}}
        for kind in told:
            await self.event(team, {"type": kind, **(tokens if kind == "tokens_revoked" else {})})

    # Who is told

    def _bot(self, team: str) -> str:
        return self.workspaces[team].bot_user

    def _team_of(self, channel: Conversation) -> str:
        return next(team for team in self.workspaces if team in channel.teams)

    def _app_of(self, user: str, channel: str) -> str:
        """The workspace whose app hears what `user` does in `channel`: their own, or the channel's."""
        own = self.users[user].team
        return own if own in self.workspaces else self._team_of(self.channels[channel])

    def _apps(self, channel: Conversation) -> list[str]:
        """The workspaces whose app can see `channel`."""
        return [
            workspace.id
            for workspace in self.workspaces.values()
            if workspace.installed
            and workspace.id in channel.teams
            and (channel.kind == "public" or workspace.bot_user in channel.members)
        ]

    def _named(self, channel: Conversation, app: str) -> str:
        """The workspace that an event of `channel` names: `app`, or any that shares the channel and sees it.

        Seen to be the one that came last (slackapi/bolt-js#2008, 2023-12-01), which nobody promises.
        """
        apps = self._apps(channel) if channel.is_ext_shared else []
        return self.named if self.named in apps else (*reversed(apps), app)[0]

    async def _tell(self, channel: Conversation, event: Mapping[str, Any]) -> None:
        """Tell of `event` once, however many workspaces share `channel` and have the app."""
        if apps := self._apps(channel):
            await self.event(self._named(channel, apps[0]), event)

    def _place(self, event: Mapping[str, Any]) -> Conversation | None:
        """The channel of `event`, as it is called now."""
        channel = event.get("new_channel_id") or event.get("channel")
        return self.channels.get(channel["id"] if isinstance(channel, dict) else channel or "")

    async def _changed(self, place: Conversation, what: str, **more: Any) -> None:
        prefix = "channel" if place.kind == "public" else "group"
        await self._tell(place, {"type": f"{prefix}_{what}", "channel": place.id, **more})

    def _ours(self, domain: str) -> bool:
        return self.unfurl_domains is None or any(
            domain == ours or domain.endswith(f".{ours}") for ours in self.unfurl_domains
        )


def _subscription(event: Mapping[str, Any]) -> str:
    """What the manifest calls an event."""
    if event["type"] != "message":
        return str(event["type"])
    kinds = {name: PREFIX[kind] for kind, name in CHANNEL_TYPE.items()}  # type: ignore[index]
    return f"message.{kinds.get(event.get('channel_type', ''), '')}"


def _said(message: Message) -> dict[str, Any]:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": message.text}]}
    thread = {"thread_ts": message.thread_ts} if message.thread_ts else {}
    return {
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "event_ts": message.ts,
        "channel": message.channel,
        "team": message.team,
        "client_msg_id": f"client-{message.ts}",
        "blocks": [{"type": "rich_text", "block_id": "b", "elements": [section]}],
        **thread,
    }


def _membership(what: str, channel: Conversation, user: str, team: str) -> dict[str, Any]:
    letter = "C" if channel.kind == "public" else "G"
    return {
        "type": f"member_{what}_channel",
        "user": user,
        "channel": channel.id,
        "channel_type": letter,
        "team": team,
    }


def _domain(url: str) -> str:
    return url.split("://", 1)[-1].split("/", 1)[0].split("?", 1)[0]
