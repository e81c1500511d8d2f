"""What somebody did in Slack, read from its payloads. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from adapters.slack.directory import DIRECT
from adapters.slack.text import typed

Payload = Mapping[str, Any]
_SAID = {None, "file_share", "thread_broadcast"}  # subtypes of what people say
_SLACKBOT = "USLACKBOT"
_SPOKEN_TO = re.compile(r"\s*(?:(?:hey|hi|hello)[,\s]+)?<@(?P<user>\w+)(?:\|[^>]*)?>[\s:,]*", re.IGNORECASE)
_HIDDEN = ("directmessage", "privategroup")  # what Slack calls a conversation whose name it does not tell
_SEVERAL = "mpdm-"  # how its names begin for several people in one


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """Who did something, where, and how it can be answered."""

    team: str
    user: str
    user_name: str = ""
    channel: str = ""  # none in the app's home
    channel_name: str = ""  # where Slack told it
    member: bool = False  # of the channel, for certain: who is not could not have done it there
    was_member: bool = False  # when the view was opened in which it was done
    stranger: bool = False  # from another workspace that shares the channel
    trigger: str = ""  # opens a view, for 3 s
    response_url: str = ""  # takes answers, for half an hour
    thread: str | None = None
    private: bool = False  # nobody else sees what was pressed, so that it may be replaced
    alone: bool = False  # with the bot in a direct conversation, where answers stay
    view: str = ""  # the modal in which it was done
    home: bool = False  # it was done in the app's home

    @property
    def place(self) -> str:
        """What a view remembers of this, to answer where the person was."""
        kept = {
            "c": self.channel,
            "n": self.channel_name,
            "m": self.member or self.was_member,
            "r": self.response_url,
            "t": self.thread,
            "a": self.alone,
            "h": self.home,
        }
        return json.dumps({name: value for name, value in kept.items() if value}, separators=(",", ":"))

    def at(self, place: str) -> "Invocation":
        """The same, where `place` remembers that the view was opened."""
        kept = json.loads(place) if place else {}
        return replace(
            self,
            channel=kept.get("c", ""),
            channel_name=kept.get("n", ""),
            member=False,
            was_member=kept.get("m", False),
            response_url=kept.get("r", ""),
            thread=kept.get("t"),
            alone=kept.get("a", False),
            home=kept.get("h", False),
        )


def of_command(body: Payload) -> Invocation:
    """Somebody typed a slash command."""
    return Invocation(
        team=body["team_id"],
        user=body["user_id"],
        user_name=body.get("user_name", ""),
        channel=body["channel_id"],
        channel_name=_named(body.get("channel_name", "")),
        member=True,
        trigger=body.get("trigger_id", ""),
        response_url=body.get("response_url", ""),
    )


def of_action(body: Payload, team: str) -> Invocation:
    """Somebody pressed a button, in a message, a modal or the app's home.

    Public channels can be looked at by people who are not in them, and what they press can be answered
    to them alone: so a press shows a member only where nobody else can look.
    """
    user, channel = body["user"], body.get("channel") or {}
    view = body.get("view") or {}
    container = body.get("container") or {}
    id_, name = channel.get("id", ""), channel.get("name", "")
    direct, fleeting = id_.startswith(DIRECT), bool(container.get("is_ephemeral"))
    return Invocation(
        team=team,
        user=user["id"],
        user_name=user.get("username") or user.get("name") or "",
        channel=id_,
        channel_name=_named(name),
        member=_is_closed(name),
        stranger=user.get("team_id") not in {None, team, (body.get("enterprise") or {}).get("id")},
        trigger=body.get("trigger_id", ""),
        response_url=body.get("response_url", ""),
        thread=container.get("thread_ts"),
        private=fleeting or direct,
        alone=direct and not fleeting,
        view=view.get("id", "") if view.get("type") == "modal" else "",
        home=view.get("type") == "home",
    )


def of_event(body: Payload, team: str) -> Invocation:
    """Somebody spoke to the bot, or opened its home."""
    event: Payload = body["event"]
    home = event.get("tab") == "home"
    channel = "" if home else event["channel"]
    return Invocation(
        team=team,
        user=event["user"],
        channel=channel,
        member=True,
        stranger=_speaks_from_elsewhere(body, team),
        thread=event.get("thread_ts"),
        private=channel.startswith(DIRECT),
        alone=channel.startswith(DIRECT),
        home=home,
    )


def _speaks_from_elsewhere(body: Payload, team: str) -> bool:
    """Whether somebody of a workspace that shares the channel (Slack Connect) caused an event.

    `user_team` is theirs, or their organisation's; where it is missing `team` is (bolt for Python,
    slack_bolt/request/internals.py, read on 2026-11-25). Who cannot be told is taken for one of them.
    """
    if not body.get("is_ext_shared_channel"):
        return False
    event = body["event"]
    organisations = {one.get("enterprise_id") for one in body.get("authorizations") or ()} - {None}
    return (event.get("user_team") or event.get("team")) not in {team, *organisations}


def is_ours(event: Payload) -> bool:
    """Whether a person said something new, that is for the bot to hear.

    Not what a bot said, this one or another: two that answer each other never stop. Nor what Slack says
    of joins and the like, and no message that was only changed.
    """
    person = event.get("user") not in {None, "", _SLACKBOT} and not event.get("bot_id")
    return person and event.get("subtype") in _SAID and "edited" not in event


def _named(name: str) -> str:
    return "" if not name or _is_closed(name) else f"#{name}"


def _is_closed(name: str) -> bool:
    """Whether only those who are in a channel with that name can look at it."""
    return name in _HIDDEN or name.startswith(_SEVERAL)


def spoken_to(text: str) -> str:
    """The user whom `text` begins by speaking to; "" for nobody."""
    found = _SPOKEN_TO.match(text)
    return found["user"] if found else ""


def line_of(text: str, bot: str) -> str | None:
    """What was said to the bot, whose user is `bot`, as typed; None where it is only spoken of."""
    found = _SPOKEN_TO.match(text)
    if found is None or found["user"] != bot:
        return None
    return typed(text[found.end() :]).strip()
