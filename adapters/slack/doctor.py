"""What `doctor` finds out about the app: its scopes, and whether Slack takes our cards."""

from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import render
from adapters.slack.calls import Said, answered, asked
from adapters.slack.scopes import missing
from adapters.slack.settings import SlackSettings
from bot.chat.adapter import Problem
from bot.chat.message import Action, Card, Link, Message, Span

SCOPES = "x-oauth-scopes"  # the header in which Slack names what a token may do
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


async def examined(client: AsyncWebClient, token: str, settings: SlackSettings) -> list[Problem]:
    """Scopes that `token` lacks, and what Slack has against a card. Raises Said, or a PostFailed."""
    test = await answered(client, "auth.test", {"token": token})
    granted = [scope.strip() for scope in str(test.headers.get(SCOPES, "")).split(",")]
    return [*missing(granted, unfurl=settings.unfurl), *await _refused(client, token)]


async def _refused(client: AsyncWebClient, token: str) -> list[Problem]:
    try:
        await asked(client, "blocks.validate", {"token": token, "blocks": render.posted(SAMPLE)["blocks"]})
    except Said as said:
        if said.code in {"unknown_method", "not_allowed_token_type"}:
            return []
        what = f"Slack would not take a card ({said.code}). {' '.join(said.messages)}".strip()
        return [Problem(what=what, fix="This is a fault of Paperboy: report it, with this line.")]
    return []
