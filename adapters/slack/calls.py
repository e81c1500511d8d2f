"""One call of Slack's Web API: one try, and what Slack said where it did not do it."""

from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.errors import error_for
from bot.chat.errors import AdapterError, OutcomeUnknown, PostFailed, RateLimited
from bot.chat.http import one_try

Json = dict[str, Any]
_SCOPES = "x-oauth-scopes"  # the header in which Slack names what a token may do
_DEFAULT_WAIT = 30.0  # s, where a 429 names none
_LONGEST_WAIT = 86_400.0  # s; whatever Slack or a proxy asks for, we come back


class Said(AdapterError):
    """Slack answered that it did not do what it was asked: `code` says why.

    `needed` is the scope that is missing, if it is that; `messages` are Slack's own remarks.
    """

    def __init__(self, code: str, *, needed: str = "", messages: Sequence[str] = ()) -> None:
        super().__init__(f"Slack answered {code}.")
        self.code, self.needed, self.messages = code, needed, tuple(messages)

    def of(self, name: str) -> PostFailed:
        """The same in the port's words; `name` is the channel's."""
        return error_for(self.code, name=name, needed=self.needed, messages=self.messages)


async def asked(client: AsyncWebClient, method: str, arguments: Mapping[str, Any]) -> Json:
    """What Slack answers to `method` ("chat.postMessage"). Raises Said, or a PostFailed."""
    return body_of(await answered(client, method, arguments))


def body_of(response: AsyncSlackResponse) -> Json:
    """What `response` holds."""
    return response.data if isinstance(response.data, dict) else {}


async def answered(client: AsyncWebClient, method: str, arguments: Mapping[str, Any]) -> AsyncSlackResponse:
    """The same with its headers."""
    call = getattr(client, method.replace(".", "_"))
    try:
        with one_try("Slack"):
            response: AsyncSlackResponse = await call(**arguments)
    except SlackApiError as error:
        failure = _failure(error)
    else:
        return response
    raise failure  # here, so that it carries no context: the client's errors may quote what was sent


def granted(response: AsyncSlackResponse) -> frozenset[str] | None:
    """The scopes of the token that asked; None where the answer does not name them."""
    scopes = response.headers.get(_SCOPES)
    return None if scopes is None else frozenset(scope.strip() for scope in str(scopes).split(","))


def _failure(error: SlackApiError) -> AdapterError:
    response: object = error.response
    if not isinstance(response, AsyncSlackResponse) or response.status_code >= 500:
        return OutcomeUnknown("Slack answered something that cannot be read.")
    body: Json = response.data if isinstance(response.data, dict) else {}
    if response.status_code == 429:
        return RateLimited(_wait(response.headers), "workspace")
    if not isinstance(code := body.get("error"), str):
        return OutcomeUnknown("Slack answered something that is no answer.")
    remarks = (body.get("response_metadata") or {}).get("messages") or ()
    return Said(code, needed=str(body.get("needed") or ""), messages=remarks)


def _wait(headers: Mapping[str, str]) -> float:
    """Seconds, as a 429 says it."""
    value = headers.get("Retry-After") or headers.get("retry-after") or ""
    return min(float(value), _LONGEST_WAIT) if value.isascii() and value.isdigit() else _DEFAULT_WAIT
