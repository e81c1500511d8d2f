"""What a webhook's answer means: one table from HTTP statuses to the port's errors.

Statuses of Slack: docs.slack.dev, "Handling errors" of incoming webhooks; of Discord: its API's
documented response codes and JSON error codes. Read on 2026-11-25.
"""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from bot.chat.errors import ChannelUnreachable, MessageRefused, RateLimited
from bot.chat.http import Answer
from bot.clock import SECOND, epoch_ms

_NEW = "Make a new one and put its address into WEBHOOK_URLS."
_MOVED = "has moved: put the address to which it redirects into WEBHOOK_URLS."
GONE: Mapping[int, str] = {  # status → what is the matter with the webhook, and what to do
    301: _MOVED,
    302: _MOVED,
    303: _MOVED,
    307: _MOVED,
    308: _MOVED,
    401: f"does not accept its own token any more. {_NEW}",
    403: "is not allowed to post there: its owner must allow it, or make a new one for WEBHOOK_URLS.",
    404: f"does not exist any more. {_NEW}",
    405: "takes no posts: check its address in WEBHOOK_URLS.",
    407: "stands behind a proxy that wants a password: check its address in WEBHOOK_URLS.",
    410: f"was switched off for good. {_NEW}",
}
REFUSED = frozenset({400, 406, 411, 413, 414, 415, 422, 431})  # this message, not the webhook
FORUM = 220001  # Discord: a forum's webhook wants to know the thread
_SLACK_CODE = re.compile(rb"[a-z][a-z_]{2,40}")
_DEFAULT_WAIT = 1.0  # s, where a 429 says nothing


def raise_for(answer: Answer, name: str, now: int) -> None:
    """Raise what `answer` of the webhook `name` at `now` (epoch ms) means, if it is an error."""
    if answer.ok:
        return
    if answer.status == 429:
        raise _limited(answer, now)
    if answer.status in REFUSED and _code(answer) != FORUM:
        raise MessageRefused(
            f"The webhook {name} refuses the message (HTTP {answer.status}{_detail(answer)})."
        )
    raise ChannelUnreachable(f"The webhook {name} {_matter(answer)}")


def _matter(answer: Answer) -> str:
    """What is the matter with a webhook that answers so; an unknown answer parks, so nothing is lost."""
    if _code(answer) == FORUM:
        return "leads to a forum: add ?thread_id=… of one of its threads to its address in WEBHOOK_URLS."
    unknown = f"answers HTTP {answer.status}{_detail(answer)}: check its address in WEBHOOK_URLS."
    return GONE.get(answer.status, unknown)


def _limited(answer: Answer, now: int) -> RateLimited:
    """The longer of header and body; Discord's differ by minutes (discord/discord-api-docs#6109)."""
    body = answer.json()
    told = body if isinstance(body, dict) else {}
    waits = (_header_wait(answer.headers.get("Retry-After", ""), now), _seconds(told.get("retry_after")))
    return RateLimited(max(waits) or _DEFAULT_WAIT, "bot" if told.get("global") is True else "channel")


def _header_wait(value: str, now: int) -> float:
    """Seconds, or a date: both are allowed (RFC 9110, section 10.2.3)."""
    try:
        return _seconds(float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (epoch_ms(parsedate_to_datetime(value)) - now) / SECOND)
    except (ValueError, TypeError):  # TypeError: a date without a zone
        return 0.0


def _seconds(value: object) -> float:
    good = isinstance(value, int | float) and 0 <= value < float("inf")
    return float(value) if good and isinstance(value, int | float) else 0.0


def _code(answer: Answer) -> object:
    body = answer.json()
    return body.get("code") if isinstance(body, dict) else None


def _detail(answer: Answer) -> str:
    """The platform's own code where it gives one; free text is left out, since it may echo secrets."""
    if isinstance(code := _code(answer), int):
        return f", code {code}"
    return f", {answer.body.decode()}" if _SLACK_CODE.fullmatch(answer.body) else ""
