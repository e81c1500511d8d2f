"""Which rights the app asks a workspace for, and why.

Source: docs.slack.dev/reference/scopes, and the scopes that methods and events name; optional scopes:
docs.slack.dev/changelog/2026/03/16/optional-scopes. Read on 2026-11-25.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.chat.adapter import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a scope is for, and what is lost `without` it."""

    reason: str
    without: str
    optional: bool = False  # whoever installs may leave it out
    unfurl: bool = False  # asked for only where previews are switched on (SLACK_UNFURL)

    @property
    def needed(self) -> bool:
        """Whether the bot cannot do its work without it."""
        return not (self.optional or self.unfurl)


_NAMES = "the bot does not know what channels are called, nor that it was invited, renamed or archived"
_ANSWERS = (
    "a card can come twice after an answer of Slack's was lost, since the bot cannot look whether it is there"
)
_PREVIEWS = "links to papers get no preview, though SLACK_UNFURL is on"

SCOPES: Mapping[str, Scope] = {
    "commands": Scope(reason="the slash command", without="there is no slash command"),
    "chat:write": Scope(
        reason="posts papers and answers, and changes or removes its own posts",
        without="the bot can post nothing",
    ),
    "app_mentions:read": Scope(
        reason="hears what is said to it by name in a channel, and nothing else there",
        without="the bot does not hear when it is mentioned",
    ),
    "im:history": Scope(
        reason="hears what is written to it directly",
        without="the bot does not hear what is written to it directly",
    ),
    "im:write": Scope(
        reason="opens the direct message in which one person is told something",
        without="nobody can be told anything in a direct message before writing to the bot first",
    ),
    "channels:read": Scope(
        reason="names of public channels, who is in them, and when it joins, leaves or one is archived",
        without=_NAMES,
    ),
    "groups:read": Scope(reason="the same of the private channels to which it was invited", without=_NAMES),
    "channels:join": Scope(
        reason="joins the public channel in which somebody subscribes",
        without="the bot must be invited to public channels, too",
    ),
    "users:read": Scope(
        reason="people's names and zones: who subscribed, and which day it is where they are",
        without="people are called by their ids, and times are in UTC until somebody sets a channel's zone",
    ),
    "usergroups:read": Scope(
        reason="finds the group of ping:@group",
        without="ping:@group finds no group",
        optional=True,
    ),
    "channels:history": Scope(
        reason="after a lost answer, looks in a public channel whether its card is there",
        without=_ANSWERS,
        optional=True,
    ),
    "groups:history": Scope(reason="the same in a private channel", without=_ANSWERS, optional=True),
    "links:read": Scope(reason="sees links to papers in messages", without=_PREVIEWS, unfurl=True),
    "links:write": Scope(reason="shows the paper below such a link", without=_PREVIEWS, unfurl=True),
}


def wanted(*, unfurl: bool) -> tuple[str, ...]:
    """The scopes to ask for, the optional ones too; those for previews only where `unfurl` is on."""
    return tuple(scope for scope, needs in SCOPES.items() if unfurl or not needs.unfurl)


def missing(granted: Collection[str], *, unfurl: bool, fix: str) -> list[Problem]:
    """What does not work for want of scopes that are not among `granted`: a problem each, and its `fix`."""
    lost: dict[str, list[str]] = {}
    for scope in wanted(unfurl=unfurl):
        if scope not in granted:
            lost.setdefault(SCOPES[scope].without, []).append(scope)
    return [_problem(without, scopes, fix) for without, scopes in lost.items()]


def _problem(without: str, scopes: list[str], fix: str) -> Problem:
    return Problem(
        what=f"Without the scope{'s' * (len(scopes) > 1)} {' and '.join(scopes)}, {without}.",
        fix=fix,
        stops=any(SCOPES[scope].needed for scope in scopes),
    )
