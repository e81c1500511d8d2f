"""`SLACK_…`: the tokens of the Slack app, and what it may do.

Kinds of tokens and where they stand: docs.slack.dev/authentication/tokens, read on 2026-11-25.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from adapters.slack.manifest import LONGEST_COMMAND, create_link, text
from bot.settings import AdapterSettings, CommaList, HttpUrl

BOT, APP = "xoxb-", "xapp-"
_APPS = "api.slack.com/apps"
_BASIC = f"{_APPS} → Basic Information"
_WHERE: Mapping[str, str] = {  # variable → where an operator finds what belongs there
    "SLACK_BOT_TOKEN": f"the Bot User OAuth Token, {_APPS} → OAuth & Permissions, after Install to Workspace",
    "SLACK_APP_TOKEN": f"a token with the scope connections:write, {_BASIC} → App-Level Tokens",
    "SLACK_SIGNING_SECRET": f"the Signing Secret, {_BASIC} → App Credentials",
    "SLACK_CLIENT_ID": f"the Client ID, {_BASIC} → App Credentials",
    "SLACK_CLIENT_SECRET": f"the Client Secret, {_BASIC} → App Credentials",
}
_KINDS: Mapping[str, str] = {  # how a token begins → what it is; longer beginnings first
    "xoxe.xoxb-": "a token that expires: switch token rotation off in the app, or let workspaces install it"
    " (SLACK_CLIENT_ID), since those tokens are refreshed",
    "xoxe": "a token that refreshes another one",
    BOT: "a bot's token (xoxb-…), as SLACK_BOT_TOKEN takes it",
    APP: "an app-level token (xapp-…), as SLACK_APP_TOKEN takes it",
    "xoxp-": "a person's token (xoxp-…), with which the bot would speak as that person",
    "xox": "a token of another kind",
}
_REST = re.compile(r"[A-Za-z0-9._-]+")
_PERSON = re.compile(r"[UW][A-Z0-9]{1,30}")


def _kind(value: str) -> str:
    """What kind of token `value` is; nothing where it is none. It is never shown itself."""
    return next((kind for begins, kind in _KINDS.items() if value.startswith(begins)), "")


def _token(variable: str, begins: str) -> Callable[[SecretStr], SecretStr]:
    """Takes a token that `begins` so, and refuses another kind by its name."""

    def checked(secret: SecretStr) -> SecretStr:
        value = secret.get_secret_value()
        if not value.startswith(begins):
            raise ValueError(f"takes {_WHERE[variable]}; this is {_kind(value) or 'no token'}")
        if not _REST.fullmatch(value.removeprefix(begins)):
            raise ValueError(f"takes {_WHERE[variable]}; this one is not whole, or has more around it")
        return secret

    return checked


def _no_token(variable: str) -> Callable[[SecretStr], SecretStr]:
    """Takes any text but a token."""

    def checked(secret: SecretStr) -> SecretStr:
        if kind := _kind(secret.get_secret_value()):
            raise ValueError(f"takes {_WHERE[variable]}; this is {kind}")
        return secret

    return checked


def _people(ids: tuple[str, ...]) -> tuple[str, ...]:
    """Ids of people, as Slack writes them."""
    for entry in ids:
        if not _PERSON.fullmatch(entry):
            raise ValueError(
                f"{entry[:40]!r} is nobody; takes a list of ids such as U01,U02 (profile → Copy member ID)"
            )
    return ids


class SlackSettings(AdapterSettings):
    """The settings of the Slack adapter: a way to receive, and one workspace's token or a way to install."""

    model_config = SettingsConfigDict(env_prefix="SLACK_")

    bot_token: Annotated[SecretStr, AfterValidator(_token("SLACK_BOT_TOKEN", BOT))] | None = None
    app_token: Annotated[SecretStr, AfterValidator(_token("SLACK_APP_TOKEN", APP))] | None = None
    signing_secret: Annotated[SecretStr, AfterValidator(_no_token("SLACK_SIGNING_SECRET"))] | None = None
    client_id: str | None = None  # no secret
    client_secret: Annotated[SecretStr, AfterValidator(_no_token("SLACK_CLIENT_SECRET"))] | None = None
    api_url: HttpUrl = "https://slack.com/api"
    managers: Annotated[CommaList, AfterValidator(_people)] = ()  # none: all members of a channel
    unfurl: bool = False
    paperboy_command: str = Field("papers", validation_alias="PAPERBOY_COMMAND")  # the core's, read here too

    @property
    def configured(self) -> bool:
        """Whether Slack is asked for; half of what it needs is refused when the settings are read."""
        return self._receives and self._acts

    @property
    def socket(self) -> bool:
        """Whether events come over Socket Mode, which wins where the signing secret is set, too."""
        return self.app_token is not None

    @property
    def installs(self) -> bool:
        """Whether workspaces install the app themselves, each with a token of its own."""
        return self.client_id is not None

    @property
    def beginning(self) -> Sequence[str]:
        """How to make the app, and where its two tokens stand."""
        link = create_link(self.paperboy_command[:LONGEST_COMMAND], unfurl=self.unfurl)
        return (
            f"Create the app with this link, then press Install to Workspace: {link}",
            f"SLACK_BOT_TOKEN: {_WHERE['SLACK_BOT_TOKEN']}.",
            f"SLACK_APP_TOKEN: {_WHERE['SLACK_APP_TOKEN']}.",
        )

    @property
    def needs_host(self) -> bool:
        """Whether the app is reached from outside, so that its manifest names the host."""
        return self.configured and (self.installs or not self.socket)

    def manifest(self, host: str | None = None) -> str:
        """The app as these settings want it, to paste; with `host`, where it is reached from outside.

        Raises ValueError for want of a good host.
        """
        if host is None and self.needs_host:
            raise ValueError("Name the host where Slack reaches Paperboy, such as paperboy.example.")
        socket = self.socket and self.installs  # else whoever names a host goes over to HTTP
        return text(self.paperboy_command, unfurl=self.unfurl, host=host, socket=socket)

    @property
    def _receives(self) -> bool:
        return self.app_token is not None or self.signing_secret is not None

    @property
    def _acts(self) -> bool:
        return self.bot_token is not None or (self.client_id is not None and self.client_secret is not None)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if problem := self._problem():
            raise ValueError(problem)
        return self

    def _problem(self) -> str:
        """What is missing or too much, if anything is."""
        if self.bot_token and (self.client_id or self.client_secret):
            return (
                "SLACK_BOT_TOKEN is for one workspace, SLACK_CLIENT_ID and SLACK_CLIENT_SECRET are for all"
                " that install the app: set the one or the others. Its workspace can install the app, too."
            )
        if bool(self.client_id) != bool(self.client_secret):
            return _needs(
                "SLACK_CLIENT_SECRET" if self.client_id else "SLACK_CLIENT_ID", "for installing the app"
            )
        if self._receives and not self._acts:
            return _needs("SLACK_BOT_TOKEN", "to post anything")
        if self._acts and not self._receives:
            http = (
                f"SLACK_SIGNING_SECRET, where Slack can reach this machine: {_WHERE['SLACK_SIGNING_SECRET']}"
            )
            return f"{_needs('SLACK_APP_TOKEN', 'to hear anything')}. Or set {http}"
        if self.configured and len(self.paperboy_command) > LONGEST_COMMAND:
            return f"PAPERBOY_COMMAND: Slack takes {LONGEST_COMMAND} characters at most"
        return ""


def _needs(variable: str, why: str) -> str:
    return f"{variable} is missing, which Slack needs {why}: {_WHERE[variable]}"
