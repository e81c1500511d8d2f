"""The manifest creates the app in one paste, asks for few rights and says why."""

import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.slack.manifest import (
    EVENTS,
    LINK_SHARED,
    LONGEST_COMMAND,
    UNFURL_DOMAINS,
    create_link,
    manifest,
    text,
)
from adapters.slack.scopes import SCOPES, missing, wanted
from bot.chat.adapter import Problem

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "adapters/slack/manifest.yaml"
PREVIEWS = {"links:read", "links:write"}
FIX = "Paste the manifest."
HISTORY = ("channels:history", "groups:history")
# What each event needs, a scope a kind of channel; docs.slack.dev/reference/events, read on 2026-11-25
EVENT_SCOPES = {
    **dict.fromkeys(("app_home_opened", "app_uninstalled", "tokens_revoked"), ()),
    "app_mention": ("app_mentions:read",),
    "message.im": ("im:history",),
    **dict.fromkeys(("member_joined_channel", "member_left_channel"), ("channels:read", "groups:read")),
    **{
        f"channel_{what}": ("channels:read",)
        for what in ("left", "archive", "unarchive", "deleted", "rename")
    },
    "channel_id_changed": ("groups:read",),
    **{f"group_{what}": ("groups:read",) for what in ("left", "archive", "unarchive", "deleted", "rename")},
}


def made(command: str = "papers", **wishes: Any) -> Any:
    """The manifest as Slack gets it."""
    return json.loads(json.dumps(manifest(command, **wishes)))


def lacking(granted: Collection[str], *, unfurl: bool = False) -> list[Problem]:
    """What is said of a token that was `granted` these scopes."""
    return missing(granted, unfurl=unfurl, fix=FIX)


class TestFile:
    """`manifest.yaml`."""

    def test_it_is_what_the_code_writes(self) -> None:
        assert FILE.read_text("utf-8") == text("papers")

    def test_each_scope_has_its_reason_beside_it(self) -> None:
        for scope in wanted(unfurl=False):
            assert f"- {scope}  # {SCOPES[scope].reason}\n" in text("papers")

    @pytest.mark.parametrize(
        "wishes", [{}, {"unfurl": True}, {"host": "a.example"}, {"host": "a.example", "socket": True}]
    )
    def test_it_says_what_the_json_says(self, wishes: dict[str, Any]) -> None:
        assert read(text("news", **wishes).splitlines()) == made("news", **wishes)

    @pytest.mark.parametrize("command", ["on", "1e3", "null", "0x1f", "-", "__"])
    def test_commands_that_yaml_would_take_for_something_else_are_quoted(self, command: str) -> None:
        assert f'command: "/{command}"\n' in text(command)


class TestManifest:
    """What Slack makes of it."""

    def test_socket_mode_needs_no_address(self) -> None:
        assert made()["settings"]["socket_mode_enabled"] is True
        assert "https://" not in json.dumps(made())

    @pytest.mark.parametrize("host", ["papers.example", "https://papers.example", "papers.example/"])
    def test_over_http_slack_knows_where_to_send_everything(self, host: str) -> None:
        app = made(host=host)
        events = "https://papers.example/slack/events"
        assert app["settings"]["socket_mode_enabled"] is False
        assert app["settings"]["event_subscriptions"]["request_url"] == events
        assert app["settings"]["interactivity"] == {"is_enabled": True, "request_url": events}
        assert app["features"]["slash_commands"][0]["url"] == events
        assert app["oauth_config"]["redirect_urls"] == ["https://papers.example/slack/oauth_redirect"]

    def test_workspaces_can_install_what_listens_over_socket_mode(self) -> None:
        app = made(host="papers.example", socket=True)
        assert app["settings"]["socket_mode_enabled"] is True
        assert app["oauth_config"]["redirect_urls"] == ["https://papers.example/slack/oauth_redirect"]
        assert "/slack/events" not in json.dumps(app)

    @pytest.mark.parametrize("host", ["http://papers.example", "papers.example/x", "a b", "--help", ""])
    def test_what_is_no_host_is_refused(self, host: str) -> None:
        with pytest.raises(ValueError, match="is no host"):
            manifest("papers", host=host)

    def test_it_is_followed_by_what_to_take_from_the_app(self) -> None:
        assert "is SLACK_APP_TOKEN" in text("papers") and "SIGNING" not in text("papers")
        assert "SLACK_SIGNING_SECRET" in text("papers", host="a.example")
        assert "SLACK_APP_TOKEN" not in text("papers", host="a.example")

    def test_the_command_is_the_operators(self) -> None:
        slash = made("news")["features"]["slash_commands"][0]
        assert slash["command"] == "/news"
        assert slash["should_escape"] is True

    def test_a_command_that_slack_would_refuse_is_refused_here(self) -> None:
        assert made("x" * LONGEST_COMMAND)
        with pytest.raises(ValueError, match="31 characters"):
            manifest("x" * (LONGEST_COMMAND + 1))

    def test_people_can_write_to_the_app(self) -> None:
        home = made()["features"]["app_home"]
        assert home == {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        }

    def test_tokens_do_not_rotate_and_no_organisation_installs_it(self) -> None:
        settings = made()["settings"]
        assert (settings["token_rotation_enabled"], settings["org_deploy_enabled"]) == (False, False)

    def test_texts_are_within_slacks_limits(self) -> None:
        app = made()
        assert len(app["display_information"]["name"]) <= 35
        assert len(app["display_information"]["description"]) <= 140
        assert len(app["features"]["slash_commands"][0]["usage_hint"]) <= 1_000


class TestScopes:
    """As few as possible."""

    def test_history_can_be_left_out_and_what_all_rests_on_cannot(self) -> None:
        scopes = made()["oauth_config"]["scopes"]
        assert set(HISTORY) <= set(scopes["bot_optional"]) <= set(scopes["bot"])
        assert not {"commands", "chat:write"} & set(scopes["bot_optional"])

    def test_previews_are_asked_for_only_where_they_are_switched_on(self) -> None:
        plain, previews = made(), made(unfurl=True)
        asked = [set(app["oauth_config"]["scopes"]["bot"]) for app in (plain, previews)]
        assert asked[1] - asked[0] == PREVIEWS
        assert "unfurl_domains" not in plain["features"]
        assert "link_shared" not in plain["settings"]["event_subscriptions"]["bot_events"]
        assert previews["features"]["unfurl_domains"] == ["arxiv.org", "huggingface.co"]
        assert "link_shared" in previews["settings"]["event_subscriptions"]["bot_events"]

    def test_each_event_has_the_scopes_that_it_needs(self) -> None:
        assert EVENTS.keys() == EVENT_SCOPES.keys()
        assert {scope for scopes in EVENT_SCOPES.values() for scope in scopes} <= set(wanted(unfurl=False))

    def test_none_lets_it_read_what_people_say_among_themselves_without_being_optional(self) -> None:
        assert [scope for scope, needs in SCOPES.items() if "history" in scope and not needs.optional] == [
            "im:history"
        ]


class TestMissing:
    """What `doctor` says of a token that can do less than it should."""

    def test_all_granted_is_no_problem(self) -> None:
        assert lacking(wanted(unfurl=True), unfurl=True) == []
        assert lacking([*wanted(unfurl=False), "files:read"]) == []

    def test_without_history_a_card_can_come_twice(self) -> None:
        (problem,) = lacking(set(wanted(unfurl=False)) - set(HISTORY))
        assert problem.what.startswith(
            "Without the scopes channels:history and groups:history, a card can come twice"
        )
        assert problem.fix == FIX

    def test_previews_that_are_switched_on_are_missed(self) -> None:
        assert lacking(wanted(unfurl=False)) == []
        (problem,) = lacking(wanted(unfurl=False), unfurl=True)
        assert "SLACK_UNFURL" in problem.what

    def test_only_what_can_be_done_without_lets_the_bot_run(self) -> None:
        all_of_them = set(wanted(unfurl=True))
        stops = {scope: lacking(all_of_them - {scope}, unfurl=True)[0].stops for scope in SCOPES}
        can = {scope for scope, stopped in stops.items() if not stopped}
        assert can == {"usergroups:read", *HISTORY, *PREVIEWS}

    def test_nothing_granted_is_a_problem_each_for_what_is_lost(self) -> None:
        problems = lacking((), unfurl=True)
        assert all(any(scope in problem.what for problem in problems) for scope in SCOPES)
        assert len({problem.what for problem in problems}) == len(problems) < len(SCOPES)


class TestLink:
    """The link that `doctor` prints."""

    @pytest.mark.parametrize("wishes", [{}, {"unfurl": True}])
    def test_it_carries_the_whole_manifest(self, wishes: dict[str, Any]) -> None:
        link = urlsplit(create_link("news", **wishes))
        asked = parse_qs(link.query, strict_parsing=True)
        assert (link.scheme, link.netloc, link.path) == ("https", "api.slack.com", "/apps")
        assert asked["new_app"] == ["1"]
        assert json.loads(asked["manifest_json"][0]) == made("news", **wishes)

    def test_a_terminal_and_a_browser_take_it_in_one_piece(self) -> None:
        link = create_link("papers", unfurl=True)
        assert re.fullmatch(r"[\w:/.?=&%-]+", link)
        assert len(link) < 4_000


def read(lines: list[str]) -> Any:
    """The YAML of a manifest: maps, lists, quoted or plain text, true and false, comments."""
    rows = [line.partition("  #")[0] for line in lines if line.strip() and not line.startswith("#")]
    return _block([(len(row) - len(row.lstrip()), row.strip()) for row in rows])


def _block(rows: list[tuple[int, str]]) -> Any:
    if rows[0][1].startswith("- "):
        return [_item(part) for part in _parts(rows)]
    return {part[0][1].partition(":")[0]: _value(part) for part in _parts(rows)}


def _parts(rows: list[tuple[int, str]]) -> list[list[tuple[int, str]]]:
    """The entries of a block, each with the rows below it."""
    starts = [number for number, (indent, _) in enumerate(rows) if indent == rows[0][0]]
    return [rows[start:end] for start, end in zip(starts, [*starts[1:], len(rows)], strict=True)]


def _item(rows: list[tuple[int, str]]) -> Any:
    indent, first = rows[0]
    inside = first.removeprefix("- ")
    is_map = re.match(r"\w+: ", inside)
    return _block([(indent + 2, inside), *rows[1:]]) if is_map else _scalar(inside)


def _value(rows: list[tuple[int, str]]) -> Any:
    return _block(rows[1:]) if rows[1:] else _scalar(rows[0][1].partition(": ")[2])


def _scalar(word: str) -> Any:
    if word in {"true", "false"} or word.startswith('"'):
        return json.loads(word)
    return word


def test_the_page_on_slack_names_every_scope_with_its_reason() -> None:
    page = (ROOT / "docs" / "slack.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([a-z:_]+)`[^|]*\| ([^|]+) \|$", page, re.MULTILINE))
    assert rows == {name: scope.reason for name, scope in SCOPES.items()}


@pytest.mark.parametrize("page", ["docs/slack.md", ".env.example"])
def test_all_that_previews_need_is_named(page: str) -> None:
    needs = (*PREVIEWS, LINK_SHARED, *UNFURL_DOMAINS, "python -m adapters.slack")
    assert [need for need in needs if need not in (ROOT / page).read_text("utf-8")] == []
