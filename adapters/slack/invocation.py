"""What somebody did in Slack, read from its payloads. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from adapters.slack.directory import DIRECT
from adapters.slack.text import typed

Payload = Mapping[str, Any]
_UNNAMED = {"directmessage", "privategroup"}  # what Slack says in the place of a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """Who did something, where, and how it can be answered."""

    team: str
    user: str
    user_name: str = ""
    channel: str = ""  # none in the app's home
    channel_name: str = ""  # where Slack told it
    member: bool = False  # of the channel, for certain: who is not cannot write there
    stranger: bool = False  # from another workspace that shares the channel
    trigger: str = ""  # opens a view, for 3 s
    response_url: str = ""  # takes answers, for half an hour
    thread: str | None = None
    private: bool = False  # nobody else sees what was pressed, so that it may be replaced
    lasting: bool = False  # so is the whole conversation, and answers stay in it
    view: str = ""  # the modal in which it was done
    home: bool = False  # it was done in the app's home

    @property
    def place(self) -> str:
        """What a view remembers of this, to answer where the person was."""
        kept = {
            "c": self.channel,
            "n": self.channel_name,
            "m": self.member,
            "r": self.response_url,
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
            member=kept.get("m", False),
            response_url=kept.get("r", ""),
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
    """Somebody pressed a button, in a message, a modal or the app's home."""
    user, channel = body["user"], body.get("channel") or {}
    view = body.get("view") or {}
    container = body.get("container") or {}
    id_ = channel.get("id", "")
    return Invocation(
        team=team,
        user=user["id"],
        user_name=user.get("username") or user.get("name") or "",
        channel=id_,
        channel_name=_named(channel.get("name", "")),
        member=bool(container.get("is_ephemeral")),
        stranger=_is_stranger(user.get("team_id"), team, body),
        trigger=body.get("trigger_id", ""),
        response_url=body.get("response_url", ""),
        thread=container.get("thread_ts"),
        private=bool(container.get("is_ephemeral")) or id_.startswith(DIRECT),
        lasting=id_.startswith(DIRECT) and not container.get("is_ephemeral"),
        view=view.get("id", "") if view.get("type") == "modal" else "",
        home=view.get("type") == "home",
    )


def of_event(event: Payload, team: str) -> Invocation:
    """Somebody spoke to the bot, or opened its home."""
    teams = {event.get(name) for name in ("user_team", "source_team")} - {None, team}
    return Invocation(
        team=team,
        user=event["user"],
        channel=event.get("channel", "") if event.get("tab", "") != "home" else "",
        member=True,
        stranger=bool(teams),
        thread=event.get("thread_ts"),
        private=event.get("channel", "").startswith(DIRECT),
        lasting=event.get("channel", "").startswith(DIRECT),
        home=event.get("tab") == "home",
    )


def _is_stranger(team_of_user: str | None, team: str, body: Payload) -> bool:
    """Whether somebody of `team_of_user` is no member of the workspace `team`, nor of its organisation."""
    if team_of_user in {None, team}:
        return False
    organisation = body.get("enterprise") or {}
    return team_of_user != organisation.get("id")


def _named(name: str) -> str:
    return "" if not name or name in _UNNAMED or name.startswith("mpdm-") else f"#{name}"


def line_of(text: str, bot: str) -> str | None:
    """What was said to the bot, whose user is `bot`, as typed; None where it is only spoken of."""
    mention = rf"<@{re.escape(bot)}(?:\|[^>]*)?>"
    found = re.match(rf"\s*(?:(?:hey|hi|hello)[,\s]+)?{mention}[\s:,]*", text, re.IGNORECASE)
    if found is None:
        return None
    return typed(text[found.end() :]).strip()
