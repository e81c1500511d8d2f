"""The app's description that Slack creates it from, in one paste.

`manifest.yaml` beside this file is `text("papers")`; a test compares. After a change, write it anew with
python -m adapters.slack, where nothing is set.

Source: docs.slack.dev/reference/app-manifest and github.com/slackapi/manifest-schema (version 2.0.0);
the events' scopes: docs.slack.dev/reference/events. Read on 2026-11-25.
"""

import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from adapters.slack.scopes import SCOPES, wanted

Json = Mapping[str, "Json"] | tuple["Json", ...] | str | bool

NAME = "Paperboy"
EVENTS_PATH, REDIRECT_PATH = "/slack/events", "/slack/oauth_redirect"
UNFURL_DOMAINS = ("arxiv.org", "huggingface.co")  # with all below them, such as www.arxiv.org
LONGEST_COMMAND = 31  # characters behind the slash

EVENTS: Mapping[str, str] = {  # event → why; the scopes that they need are asked for anyway
    "app_home_opened": "draws App Home",
    "app_mention": "commands by mention",
    "message.im": "commands in direct messages",
    "member_joined_channel": "it was invited: introduces itself, posts what waited",
    "member_left_channel": "who left a channel may not change it any more",
    "channel_left": "it was removed: posts nothing there any more",
    "group_left": "the same in a private channel",
    "channel_archive": "keeps what is for a channel that is archived",
    "group_archive": "",
    "channel_unarchive": "and posts it when the channel is back",
    "group_unarchive": "",
    "channel_deleted": "stops for good",
    "group_deleted": "",
    "channel_rename": "shows a channel under its new name",
    "group_rename": "",
    "channel_id_changed": "follows a private channel that is shared with another organisation",
    "app_uninstalled": "stops at once and forgets the tokens",
    "tokens_revoked": "",
}
LINK_SHARED = "link_shared"
_BARE = re.compile(r"[A-Za-z][\w./-]*(:[\w./-]+)*( [\w/-]+)*")  # YAML takes these without quotes
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})  # but not these
_HOST = re.compile(r"(?:https://)?([A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]+)?)/?")
_HEAD = """\
# Creates the Slack app in one paste: api.slack.com/apps → Create New App → From a manifest.
"""
_SOCKET = """\
# Then: Install App, which gives SLACK_BOT_TOKEN; and Basic Information → App-Level Tokens, where one with the
# scope connections:write is SLACK_APP_TOKEN.
"""
_HTTP = """\
# Then: Install App, which gives SLACK_BOT_TOKEN; and Basic Information → App Credentials, whose Signing
# Secret is SLACK_SIGNING_SECRET.
"""


def manifest(
    command: str, *, unfurl: bool = False, host: str | None = None, socket: bool = False
) -> dict[str, Json]:
    """The app with the slash command `command`, which comes without the slash.

    It listens over Socket Mode, or, with `host` (such as paperboy.example), over HTTP there; with `socket`,
    workspaces install it at `host`, and it listens over Socket Mode all the same. `unfurl` adds what previews
    of links need. Raises ValueError where the command is too long for Slack, or `host` is no host.
    """
    if len(command) > LONGEST_COMMAND:
        raise ValueError(f"Slack takes {LONGEST_COMMAND} characters behind the slash, not {len(command)}")
    base = None if host is None else f"https://{_named(host)}"
    events = None if socket else base
    return {
        "display_information": {
            "name": NAME,
            "description": "Brings new research papers to the channels that asked for them",
        },
        "features": _features(command, unfurl, events),
        "oauth_config": _oauth(unfurl, base),
        "settings": {
            "event_subscriptions": {
                **_at(events, "request_url"),
                "bot_events": (*EVENTS, LINK_SHARED) if unfurl else tuple(EVENTS),
            },
            "interactivity": {"is_enabled": True, **_at(events, "request_url")},
            "org_deploy_enabled": False,
            "socket_mode_enabled": events is None,
            "token_rotation_enabled": False,
        },
    }


def create_link(command: str, *, unfurl: bool = False) -> str:
    """Where a person creates that app with two presses, for Socket Mode."""
    compact = json.dumps(manifest(command, unfurl=unfurl), separators=(",", ":"))
    return f"https://api.slack.com/apps?new_app=1&manifest_json={quote(compact, safe='')}"


def text(command: str, *, unfurl: bool = False, host: str | None = None, socket: bool = False) -> str:
    """The manifest as YAML, with a reason beside every scope and event; the arguments are its own."""
    wanted = manifest(command, unfurl=unfurl, host=host, socket=socket)
    head = _HEAD + (_SOCKET if socket or host is None else _HTTP)
    return head + "\n".join(_yaml(wanted, "")) + "\n"


def _named(host: str) -> str:
    """The bare name of `host`. Raises ValueError."""
    if match := _HOST.fullmatch(host):
        return match[1]
    raise ValueError(f"{host[:40]!r} is no host; takes one that has https, such as paperboy.example")


def _features(command: str, unfurl: bool, base: str | None) -> dict[str, Json]:
    slash: dict[str, Json] = {
        "command": f"/{command}",
        **_at(base, "url"),
        "description": "New papers for this channel",
        "usage_hint": 'subscribe "diffusion model" · list · search rag · today · help',
        "should_escape": True,  # channel:#ml arrives with the channel's id
    }
    return {
        "app_home": {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        },
        "bot_user": {"display_name": NAME, "always_online": True},
        "slash_commands": (slash,),
        **({"unfurl_domains": UNFURL_DOMAINS} if unfurl else {}),
    }


def _oauth(unfurl: bool, base: str | None) -> dict[str, Json]:
    """Optional scopes stand in both lists (slackapi/slack-cli#517)."""
    bot = wanted(unfurl=unfurl)
    scopes: dict[str, Json] = {
        "bot": bot,
        "bot_optional": tuple(each for each in bot if SCOPES[each].optional),
    }
    return {**({"redirect_urls": (base + REDIRECT_PATH,)} if base else {}), "scopes": scopes}


def _at(base: str | None, key: str) -> dict[str, Json]:
    """Where Slack sends things, under `key`; over Socket Mode it needs no address."""
    return {key: base + EVENTS_PATH} if base else {}


def _yaml(value: Mapping[str, Json], indent: str) -> Iterator[str]:
    for key, inner in value.items():
        match inner:
            case str() | bool():
                yield f"{indent}{key}: {_scalar(inner)}"
            case tuple():
                yield f"{indent}{key}:"
                yield from _items(inner, f"{indent}  ")
            case _:
                yield f"{indent}{key}:"
                yield from _yaml(inner, f"{indent}  ")


def _items(values: tuple[Json, ...], indent: str) -> Iterator[str]:
    for value in values:
        match value:
            case str() | bool():
                reason = _reason(value)
                yield f"{indent}- {_scalar(value)}" + (f"  # {reason}" if reason else "")
            case tuple():
                raise TypeError("a manifest has no lists of lists")
            case _:
                first, *rest = _yaml(value, "")
                yield f"{indent}- {first}"
                yield from (f"{indent}  {line}" for line in rest)


def _reason(value: str | bool) -> str:
    if not isinstance(value, str):
        return ""
    return SCOPES[value].reason if value in SCOPES else EVENTS.get(value, "")


def _scalar(value: str | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    bare = _BARE.fullmatch(value) and value.lower() not in _WORDS
    return value if bare else json.dumps(value, ensure_ascii=False)
