"""What `doctor` finds out about the app: its scopes, and whether Slack takes our cards."""

import sys

from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import render
from adapters.slack.calls import Said, answered, asked, granted
from adapters.slack.install import INSTALL
from adapters.slack.scopes import missing
from adapters.slack.settings import SlackSettings
from bot.chat.adapter import Problem
from bot.chat.errors import MessageRefused
from bot.chat.message import Action, Card, Link, Message, Span
from bot.logs import get_logger

log = get_logger(__name__)
CREDENTIALS = {"invalid_client_id": "SLACK_CLIENT_ID", "bad_client_secret": "SLACK_CLIENT_SECRET"}
SIGNED = Problem(
    what="Whether SLACK_SIGNING_SECRET is right shows only when Slack sends something.",
    fix="Type a command in Slack once Paperboy runs: where the secret is wrong, Slack says dispatch_failed,"
    " and the log slack.refused.",
)
GRANTS = Problem(
    what="What each workspace granted the app cannot be asked from here.",
    fix=f"Each installs it at https://YOUR-HOST{INSTALL}; `check` in a channel there says what is missing.",
)
SAMPLE = Message(
    headline="A sample card",
    body=(
        Card(
            title="A sample card",
            url="https://huggingface.co/papers",
            byline="First Author and 2 others · 3 Dec",
            summary=("One sentence, and in it ", Span(text="what matched", bold=True), "."),
            stats=("▲ 12",),
            matched=("what matched",),
            controls=(
                Link(label="PDF", url="https://arxiv.org/pdf/2501.01234"),
                Action(label="Why / pause…", command="why", value="why paper:2501.01234"),
            ),
        ),
    ),
)


async def examined(client: AsyncWebClient, settings: SlackSettings) -> list[Problem]:
    """What the app of `settings` lacks, or might. Raises a PostFailed."""
    unproven = [] if settings.socket else [SIGNED]
    try:
        if settings.bot_token is None:
            return [*await _credentials(client, settings), GRANTS, *unproven]
        token = settings.bot_token.get_secret_value()
        return [*await _missing(client, token, settings), *await _refused(client, token), *unproven]
    except Said as said:
        raise said.of("Slack") from None


async def _credentials(client: AsyncWebClient, settings: SlackSettings) -> list[Problem]:
    """Whether Slack takes the app's id and secret: it looks at them before the code, which is none."""
    secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
    try:
        asks = {"client_id": settings.client_id, "client_secret": secret, "code": "none"}
        await asked(client, "oauth.v2.access", asks)
    except Said as said:
        if variable := CREDENTIALS.get(said.code):
            what = f"Slack does not take {variable} ({said.code}): nobody can install the app."
            fix = "Take it from Basic Information, App Credentials."
            return [Problem(what=what, fix=fix, stops=True)]
    return []


async def _missing(client: AsyncWebClient, token: str, settings: SlackSettings) -> list[Problem]:
    """Scopes that `token` lacks."""
    test = await answered(client, "auth.test", {"token": token})
    return missing(granted(test) or (), unfurl=settings.unfurl, fix=_renewed(settings))


def _renewed(settings: SlackSettings) -> str:
    """How the app gets all that `settings` need: scopes, events and domains stand in its manifest alone."""
    host = " YOUR-HOST" if settings.needs_host else ""
    return (
        "At api.slack.com/apps, App Manifest, put what this prints in place of all that stands there, save"
        f" it, and install the app again:\n{sys.executable} -m adapters.slack{host}"
    )


async def _refused(client: AsyncWebClient, token: str) -> list[Problem]:
    """What Slack has against a card."""
    try:
        await asked(client, "blocks.validate", {"token": token, "blocks": render.posted(SAMPLE)["blocks"]})
    except Said as said:
        if isinstance(said.of("Slack"), MessageRefused):
            what = f"Slack would not take a card ({said.code}). {' '.join(said.messages)}".strip()
            return [Problem(what=what, fix="This is a fault of Paperboy: report it, with this line.")]
        log.debug("slack.unvalidated", code=said.code)
    return []
