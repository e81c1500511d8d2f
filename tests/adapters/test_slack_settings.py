"""What an operator sets for Slack, and what is said where half of it is missing or in the wrong place."""

import re

import pytest

from adapters.slack.manifest import create_link, text
from adapters.slack.settings import SlackSettings
from bot.settings import SettingsError, load, readable, variables

BOT, APP, SIGNING = "xoxb-1-Ab", "xapp-1-A1-Cd", "8f742231b10e8888abcd99yyyzzz85a5"
ID, SECRET = "123.456", "4b39e9"
TOKENS = {"SLACK_BOT_TOKEN": BOT, "SLACK_APP_TOKEN": APP}
INSTALLED = {"SLACK_CLIENT_ID": ID, "SLACK_CLIENT_SECRET": SECRET, "SLACK_SIGNING_SECRET": SIGNING}


class Environment:
    """The variables of a test; nothing else is set."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch
        for name in variables(SlackSettings):
            patch.delenv(name, raising=False)

    def read(self, **given: str) -> SlackSettings:
        for name, value in given.items():
            self._patch.setenv(name, value)
        return load(SlackSettings, _env_file=None)

    def refused(self, **given: str) -> str:
        with pytest.raises(SettingsError) as error:
            self.read(**given)
        said = str(error.value)
        assert not any(value in said for name, value in given.items() if re.search("TOKEN|SECRET", name))
        return said


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> Environment:
    return Environment(monkeypatch)


class TestWhole:
    """A way to hear and a way to post."""

    def test_nothing_set_asks_for_nothing(self, env: Environment) -> None:
        assert not env.read().configured

    @pytest.mark.parametrize(
        ("given", "socket", "installs"),
        [
            (TOKENS, True, False),
            ({"SLACK_BOT_TOKEN": BOT, "SLACK_SIGNING_SECRET": SIGNING}, False, False),
            (TOKENS | {"SLACK_SIGNING_SECRET": SIGNING}, True, False),
            (INSTALLED, False, True),
            (INSTALLED | {"SLACK_APP_TOKEN": APP}, True, True),
        ],
    )
    def test_both_together_are_enough(
        self, env: Environment, given: dict[str, str], socket: bool, installs: bool
    ) -> None:
        settings = env.read(**given)
        assert settings.configured
        assert (settings.socket, settings.installs) == (socket, installs)

    @pytest.mark.parametrize(
        ("given", "wanted", "where"),
        [
            ({"SLACK_BOT_TOKEN": BOT}, "SLACK_APP_TOKEN is missing", "App-Level Tokens"),
            ({"SLACK_BOT_TOKEN": BOT}, "SLACK_SIGNING_SECRET", "Signing Secret"),
            ({"SLACK_APP_TOKEN": APP}, "SLACK_BOT_TOKEN is missing", "OAuth & Permissions"),
            ({"SLACK_SIGNING_SECRET": SIGNING}, "SLACK_BOT_TOKEN is missing", "OAuth & Permissions"),
            ({"SLACK_CLIENT_ID": ID}, "SLACK_CLIENT_SECRET is missing", "App Credentials"),
            ({"SLACK_CLIENT_SECRET": SECRET}, "SLACK_CLIENT_ID is missing", "App Credentials"),
            (
                {"SLACK_CLIENT_ID": ID, "SLACK_CLIENT_SECRET": SECRET},
                "SLACK_APP_TOKEN is missing",
                "App-Level",
            ),
        ],
    )
    def test_half_of_it_names_what_is_missing_and_where_it_stands(
        self, env: Environment, given: dict[str, str], wanted: str, where: str
    ) -> None:
        said = env.refused(**given)
        assert wanted in said
        assert where in said
        assert "\n" not in said

    def test_one_workspaces_token_beside_installed_ones_is_refused(self, env: Environment) -> None:
        assert "set the one or the others" in env.refused(**INSTALLED, SLACK_BOT_TOKEN=BOT)

    def test_a_command_that_slack_would_refuse_is_found_at_once(self, env: Environment) -> None:
        assert env.read(**TOKENS, PAPERBOY_COMMAND="x" * 31).configured
        assert env.refused(PAPERBOY_COMMAND="x" * 32).startswith("PAPERBOY_COMMAND: Slack takes 31")

    def test_that_command_is_nobodys_business_without_slack(self, env: Environment) -> None:
        assert env.read(PAPERBOY_COMMAND="x" * 32).beginning


class TestTokens:
    """What is in the wrong place is named by its kind, and never shown."""

    def test_swapped_tokens_are_named_as_such(self, env: Environment) -> None:
        bot, app = env.refused(SLACK_BOT_TOKEN=APP, SLACK_APP_TOKEN=BOT).splitlines()
        assert bot.startswith("SLACK_BOT_TOKEN: ")
        assert "as SLACK_APP_TOKEN takes it" in bot
        assert app.startswith("SLACK_APP_TOKEN: ")
        assert "as SLACK_BOT_TOKEN takes it" in app

    @pytest.mark.parametrize(
        ("value", "said"),
        [
            ("xoxp-1-abcdef", "would speak as that person"),
            ("xoxe.xoxb-1-abcdef", "token rotation"),
            ("xoxe-1-abcdef", "refreshes another one"),
            ("xoxc-1-abcdef", "another kind"),
            ("Bearer xoxb-1", "no token"),
            ('"xoxb-1-abcdef"', "no token"),
            ("xoxb-", "not whole"),
            ("xoxb-1 xapp-2", "more around it"),
            ("xoxb-1\r\nHost: x", "more around it"),
            ("xoxb-…", "not whole"),
        ],
    )
    def test_what_is_no_bots_token_is_refused_with_the_reason(
        self, env: Environment, value: str, said: str
    ) -> None:
        assert said in env.refused(SLACK_BOT_TOKEN=value, SLACK_APP_TOKEN=APP)

    @pytest.mark.parametrize("variable", ["SLACK_SIGNING_SECRET", "SLACK_CLIENT_SECRET"])
    def test_a_token_in_the_place_of_a_secret_is_refused(self, env: Environment, variable: str) -> None:
        assert f"{variable}: takes the " in env.refused(**(INSTALLED | {variable: BOT}))

    def test_a_line_break_that_was_copied_along_does_no_harm(self, env: Environment) -> None:
        settings = env.read(SLACK_BOT_TOKEN=f" {BOT}\n", SLACK_APP_TOKEN=APP)
        assert settings.bot_token is not None
        assert settings.bot_token.get_secret_value() == BOT

    def test_all_secrets_are_known_to_the_log_and_none_is_shown(self, env: Environment) -> None:
        one, many = env.read(**TOKENS), INSTALLED
        assert list(one.secrets) == [BOT, APP]
        assert BOT not in repr(one)
        assert many["SLACK_CLIENT_SECRET"] not in repr(one)


class TestManagers:
    """A list of people."""

    @pytest.mark.parametrize(
        ("value", "read"),
        [("U01,U02", ("U01", "U02")), ("", ()), ('["U01"]', ("U01",)), (" U01 , W2 ", ("U01", "W2"))],
    )
    def test_lists_are_read_as_people_write_them(
        self, env: Environment, value: str, read: tuple[str, ...]
    ) -> None:
        assert env.read(SLACK_MANAGERS=value).managers == read

    @pytest.mark.parametrize("value", ["@ada", "U01 U02", "C01", "<@U01>", "u01"])
    def test_what_is_nobodys_id_is_named(self, env: Environment, value: str) -> None:
        assert env.refused(SLACK_MANAGERS=value).startswith(f"SLACK_MANAGERS: {value!r} is nobody")


HTTP = {"SLACK_BOT_TOKEN": BOT, "SLACK_SIGNING_SECRET": SIGNING}


class TestManifest:
    """What is pasted to make the app, or to change it: all that the settings need."""

    def test_it_is_for_socket_mode_where_nothing_else_is_asked_for(self, env: Environment) -> None:
        assert env.read().manifest() == text("papers")
        assert env.read(**TOKENS, PAPERBOY_COMMAND="news").manifest() == text("news")

    def test_previews_are_in_it_where_they_are_wanted(self, env: Environment) -> None:
        manifest = env.read(**TOKENS, SLACK_UNFURL="1").manifest()
        assert all(need in manifest for need in ("links:read", "links:write", "- link_shared", "- arxiv.org"))

    @pytest.mark.parametrize("given", [{}, TOKENS, HTTP, INSTALLED])
    def test_with_a_host_it_is_for_http(self, env: Environment, given: dict[str, str]) -> None:
        assert env.read(**given).manifest("a.example") == text("papers", host="a.example")

    def test_workspaces_that_install_it_do_so_at_the_host_also_in_socket_mode(self, env: Environment) -> None:
        settings = env.read(**INSTALLED, SLACK_APP_TOKEN=APP)
        assert settings.manifest("a.example") == text("papers", host="a.example", socket=True)

    @pytest.mark.parametrize("given", [HTTP, INSTALLED, INSTALLED | {"SLACK_APP_TOKEN": APP}])
    def test_without_a_host_none_is_written_that_would_take_the_addresses_away(
        self, env: Environment, given: dict[str, str]
    ) -> None:
        with pytest.raises(ValueError, match="Name the host"):
            env.read(**given).manifest()


class TestBeginning:
    """What `doctor` says where Slack is not set up yet."""

    def test_it_is_the_link_and_where_both_tokens_stand(self, env: Environment) -> None:
        link, bot, app = env.read(PAPERBOY_COMMAND="news").beginning
        assert link.endswith(create_link("news"))
        assert "OAuth & Permissions" in bot
        assert "connections:write" in app
        assert "Basic Information → App-Level Tokens" in app

    def test_the_link_asks_for_previews_where_they_are_wanted(self, env: Environment) -> None:
        assert env.read(SLACK_UNFURL="1").beginning[0].endswith(create_link("papers", unfurl=True))

    def test_it_can_be_said_beside_a_wrong_value(
        self, env: Environment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SLACK_UNFURL", "perhaps")
        assert readable(SlackSettings).beginning
