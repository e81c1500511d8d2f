"""Setting the app up: what is said where something is wrong, and by `paperboy doctor` before."""

import asyncio
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.slack.manifest import text
from bot.chat.errors import PostFailed, SetupFailed, Unavailable
from bot.clock import SystemClock
from tests.fakes.clock import FakeClock
from tests.fakes.feed import FakeFeed, item
from tests.fakes.process import ROOT, Shell
from tests.fakes.slack import SCOPES, SlackServer
from tests.fakes.slackbot import KEY, Slackbot, slacking

TEA = item("2512.99001", "A world model of tea")
HISTORY = ("channels:history", "groups:history")
GRANTED = [scope for scope in SCOPES.split(",") if scope not in HISTORY]


class TestLogin:
    """The tokens are proved when the bot starts."""

    @pytest.mark.parametrize(
        ("code", "says"),
        [
            ("invalid_auth", r"Slack does not take SLACK_BOT_TOKEN \(invalid_auth\)\. .*OAuth & Permissions"),
            ("account_inactive", r"SLACK_BOT_TOKEN \(account_inactive\)"),
            ("token_revoked", r"SLACK_BOT_TOKEN \(token_revoked\)"),
            ("not_allowed_token_type", r"SLACK_BOT_TOKEN \(not_allowed_token_type\)"),
        ],
    )
    async def test_a_token_that_slack_refuses(self, slackbot: Slackbot, code: str, says: str) -> None:
        await slackbot.stop()
        slackbot.slack.fail_with("auth.test", code)
        with pytest.raises(SetupFailed, match=says):
            await slackbot.start()
        await slackbot.start()

    @pytest.mark.parametrize("code", ["internal_error", "ratelimited", "team_added_to_org", "a_new_code"])
    async def test_what_passes_by_itself_is_no_fault_of_the_settings(
        self, slackbot: Slackbot, code: str
    ) -> None:
        await slackbot.stop()
        slackbot.slack.fail_with("auth.test", code)
        with pytest.raises(PostFailed):
            await slackbot.start()
        await slackbot.start()

    async def test_slack_cannot_be_reached(self, slackbot: Slackbot) -> None:
        await slackbot.stop()
        await slackbot.slack.down()
        with pytest.raises(Unavailable, match="Slack cannot be reached"):
            await slackbot.start()
        await slackbot.slack.up()
        await slackbot.start()

    async def test_the_token_of_a_whole_organisation(self, slackbot: Slackbot) -> None:
        await slackbot.stop()
        slackbot.slack.workspaces["T1"].org_wide = True
        with pytest.raises(SetupFailed, match="Paperboy is installed in one workspace at a time"):
            await slackbot.start()
        slackbot.slack.workspaces["T1"].org_wide = False
        await slackbot.start()

    async def test_an_app_level_token_that_slack_refuses(
        self, seeded_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(SetupFailed, match=r"SLACK_APP_TOKEN \(invalid_auth\)\. .*connections:write"):
            async with slacking(seeded_sqlite, clock, monkeypatch, SLACK_APP_TOKEN="xapp-1-A1-2-other"):
                pass


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    """A Slack for processes, which have the machine's clock."""
    async with SlackServer(SystemClock()) as slack:
        yield slack


@pytest.fixture
async def feed() -> AsyncIterator[FakeFeed]:
    """What the processes poll."""
    async with FakeFeed(SystemClock()) as feed:
        yield feed


@pytest.fixture
def shell(tmp_path: Path, sqlite_pattern: Path, slack: SlackServer, feed: FakeFeed) -> Shell:
    """A shell with an empty database, in which Slack is not set up but for its address."""
    shell = Shell(tmp_path, feed.url)
    shell.environment |= {"SLACK_API_URL": slack.url, "HOME": str(tmp_path / "home")}
    (tmp_path / "home").mkdir()
    shutil.copyfile(sqlite_pattern, shell.file)
    return shell


def tokens(slack: SlackServer, **more: str) -> dict[str, str]:
    """What an operator sets for one workspace."""
    return {
        "SLACK_BOT_TOKEN": slack.workspaces["T1"].token,
        "SLACK_APP_TOKEN": slack.app_token,
        **more,
    }


def client(slack: SlackServer, **more: str) -> dict[str, str]:
    """What an operator sets for many workspaces."""
    return {
        "SLACK_CLIENT_ID": slack.client_id,
        "SLACK_CLIENT_SECRET": slack.client_secret,
        "SLACK_APP_TOKEN": slack.app_token,
        "PAPERBOY_SECRET_KEY": KEY,
        "PORT": "0",
        **more,
    }


class TestDoctor:
    """`paperboy doctor` as a process."""

    async def test_where_nothing_is_set_it_says_how_to_begin(self, shell: Shell) -> None:
        done = await shell.run("doctor")
        assert done.code == 0 and "- slack: not set up" in done.out
        assert "https://api.slack.com/apps?new_app=1&manifest_json=%7B" in done.out
        assert "SLACK_APP_TOKEN: a token with the scope connections:write" in done.out
        assert "Basic Information → App-Level Tokens" in done.out

    async def test_where_half_is_set_it_says_what_is_missing(self, shell: Shell) -> None:
        done = await shell.run("doctor", SLACK_BOT_TOKEN="xoxb-1-2-abc")
        assert done.code == 1 and "✗ settings: SLACK_APP_TOKEN is missing" in done.out
        assert "abc" not in done.out

    async def test_all_is_well(self, shell: Shell, slack: SlackServer) -> None:
        slack.install()
        done = await shell.run("doctor", **tokens(slack))
        assert (done.code, done.err) == (0, "") and "✓ slack: ready" in done.out
        assert [call.error for call in slack.called("blocks.validate")] == [""]
        assert slack.sockets == [] and "s3cret" not in done.said and "new_app" not in done.out

    async def test_scopes_are_compared_with_what_the_settings_need(
        self, shell: Shell, slack: SlackServer
    ) -> None:
        slack.install(scopes=[scope for scope in GRANTED if not scope.startswith("links")])
        runs = (shell.run("doctor", **tokens(slack, **more)) for more in ({"SLACK_UNFURL": "1"}, {}))
        done, quiet = await asyncio.gather(*runs)
        assert done.code == 0
        assert (
            "! slack: Without the scopes channels:history and groups:history, a card can come twice"
            in done.out
        )
        assert (
            "! slack: Without the scopes links:read and links:write, links to papers get no preview"
            in done.out
        )
        assert "App Manifest" in done.out and "install the app again:\n" in done.out
        assert f"    {sys.executable} -m adapters.slack\n" in done.out
        assert "links:read" not in quiet.out

    async def test_without_a_scope_that_all_rests_on_it_is_not_ready(
        self, shell: Shell, slack: SlackServer
    ) -> None:
        slack.install(scopes=set(GRANTED) - {"chat:write"})
        done = await shell.run("doctor", **tokens(slack))
        assert done.code == 1 and "slack: ready" not in done.out
        assert "✗ slack: Without the scope chat:write, the bot can post nothing." in done.out
        assert "! slack: Without the scopes channels:history" in done.out

    async def test_slack_takes_no_card_of_ours(self, shell: Shell, slack: SlackServer) -> None:
        slack.install()
        slack.fail_with("blocks.validate", "invalid_blocks")
        done = await shell.run("doctor", **tokens(slack))
        assert "! slack: Slack would not take a card (invalid_blocks)." in done.out

    @pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
    async def test_a_token_is_wrong(self, shell: Shell, slack: SlackServer, method: str) -> None:
        slack.install()
        slack.fail_with(method, "invalid_auth")
        done = await shell.run("doctor", **tokens(slack))
        name = "SLACK_BOT_TOKEN" if method == "auth.test" else "SLACK_APP_TOKEN"
        assert done.code == 1 and f"✗ slack: Slack does not take {name} (invalid_auth)." in done.out

    async def test_slack_is_away(self, shell: Shell, slack: SlackServer) -> None:
        slack.install()
        await slack.down()
        done = await shell.run("doctor", **tokens(slack))
        assert done.code == 1 and "✗ slack: Slack cannot be reached" in done.out

    async def test_over_http_it_says_that_the_signing_secret_is_not_proven(
        self, shell: Shell, slack: SlackServer
    ) -> None:
        slack.install(scopes=GRANTED)
        http = {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": "any"}
        done = await shell.run("doctor", **tokens(slack, **http))
        assert done.code == 0 and "✓ slack: ready" in done.out
        assert "! slack: Whether SLACK_SIGNING_SECRET is right shows only when Slack sends" in done.out
        assert "slack.refused" in done.out
        assert "-m adapters.slack YOUR-HOST\n" in done.out
        assert "SIGNING" not in (await shell.run("doctor", **tokens(slack))).out

    async def test_an_app_for_many_workspaces(self, shell: Shell, slack: SlackServer) -> None:
        variants: tuple[dict[str, str], ...] = (
            {},
            {"SLACK_CLIENT_SECRET": "another"},
            {"PAPERBOY_SECRET_KEY": ""},
            {"PAPERBOY_SECRET_KEY": "no key"},
        )
        runs = (shell.run("doctor", **client(slack, **variant)) for variant in variants)
        good, wrong, *bare = await asyncio.gather(*runs)
        assert (good.code, good.err) == (0, "") and "✓ slack: ready" in good.out
        assert "! slack: What each workspace granted" in good.out
        assert "https://YOUR-HOST/slack/install" in good.out
        assert wrong.code == 1 and "slack: ready" not in wrong.out
        assert "✗ slack: Slack does not take SLACK_CLIENT_SECRET (bad_client_secret)" in wrong.out
        for done in bare:  # also where one is set, which is not read: doctor goes on with the default
            assert done.code == 1 and "✗ slack: PAPERBOY_SECRET_KEY is not set, or holds no key" in done.out
        assert "✗ settings: PAPERBOY_SECRET_KEY: takes keys of 32 bytes" in bare[1].out


class TestManifest:
    """`python -m adapters.slack` as a process, which doctor names."""

    @staticmethod
    async def run(folder: Path, *words: str, **variables: str) -> tuple[int | None, str, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "adapters.slack", *words),
            cwd=folder,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **variables},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return process.returncode, out.decode(), err.decode()

    async def test_it_is_printed_and_nothing_else(self, tmp_path: Path) -> None:
        assert await self.run(tmp_path, SLACK_UNFURL="1") == (0, text("papers", unfurl=True), "")
        assert await self.run(tmp_path, "a.example") == (0, text("papers", host="a.example"), "")

    @pytest.mark.parametrize(
        ("words", "variables", "says"),
        [
            (["a.example", "b.example"], {}, "Name one host"),
            (["http://a.example"], {}, "is no host"),
            ([], {"SLACK_SIGNING_SECRET": "x", "SLACK_BOT_TOKEN": "xoxb-1"}, "Name the host"),
            ([], {"SLACK_SIGNING_SECRET": "x"}, "SLACK_BOT_TOKEN is missing"),
        ],
    )
    async def test_what_is_wrong_is_said_in_a_line(
        self, tmp_path: Path, words: list[str], variables: dict[str, str], says: str
    ) -> None:
        code, out, err = await self.run(tmp_path, *words, **variables)
        assert (code, out, err.count("\n")) == (1, "", 1) and says in err


class TestStart:
    """`paperboy run` as a process."""

    @pytest.mark.parametrize("many", [False, True])
    async def test_it_starts_without_a_warning_and_keeps_nothing_at_home(
        self, shell: Shell, slack: SlackServer, many: bool
    ) -> None:
        slack.install()
        given = client(slack) if many else tokens(slack)
        async with shell.start("run", stdin=asyncio.subprocess.DEVNULL, **given) as bot:
            await slack.listening(seconds=20)
            await bot.says("slack.listening")
            assert ("/slack/install" in bot.err) == many  # of the addresses that are served
            bot.kill(signal.SIGTERM)
            done = await bot.end()
        assert done.code == 0 and done.out == ""
        assert not re.search("warning|error|Traceback|s3cret", done.err, re.IGNORECASE), done.err
        assert list((shell.folder / "home").iterdir()) == []

    async def test_slack_comes_back_later(self, shell: Shell, slack: SlackServer) -> None:
        slack.install()
        await slack.down()
        async with shell.start("run", stdin=asyncio.subprocess.DEVNULL, **tokens(slack)) as bot:
            await bot.says("adapter.unreached")
            await slack.up()
            await slack.listening(seconds=20)
            bot.kill(signal.SIGTERM)
            done = await bot.end()
        assert done.code == 0 and "Traceback" not in done.err
