"""Posts messages to webhooks: one try each, and no way back from there."""

from datetime import timedelta
from types import TracebackType
from typing import Self

from yarl import URL

from adapters.webhook.errors import raise_for
from adapters.webhook.limits import POSTS_A_SECOND, TIMEOUT
from adapters.webhook.render import render
from adapters.webhook.settings import Hook, WebhookSettings
from bot.chat.adapter import ChatAdapter, Host, Limits, Posted, Problem
from bot.chat.errors import ChannelUnreachable, OutcomeUnknown
from bot.chat.http import Answer, call, session
from bot.chat.message import Message
from bot.clock import Clock
from bot.models import Channel

NAME = "webhook"
_FIX = "Add it to WEBHOOK_URLS, as name=address, and start the bot again."


class WebhookAdapter(ChatAdapter):
    """Posts to the addresses in `WEBHOOK_URLS`. Commands for its channels are typed elsewhere."""

    name = NAME
    settings = WebhookSettings
    limits = Limits(channel=POSTS_A_SECOND)
    takes_commands = False
    announces = False

    def __init__(
        self, settings: WebhookSettings, host: Host, clock: Clock, *, timeout: timedelta = TIMEOUT
    ) -> None:
        super().__init__(settings, host, clock)
        self._hooks = {hook.name: hook for hook in settings.urls}
        self._timeout = timeout

    async def __aenter__(self) -> Self:
        """Open the session; no webhook can be tried without posting.

        Its channels become known when somebody subscribes them. To report them as joined here would
        say that they can be reached, and nobody knows that.
        """
        self._session = session(timeout=self._timeout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._session.close()

    async def post(self, channel: Channel, message: Message, *, idempotency_key: str) -> Posted:
        """Post once. Raises a PostFailed; a webhook that is no longer set is ChannelUnreachable."""
        hook = self._hook(channel)
        payload = render(message, hook, key=idempotency_key, zone=channel.zone)
        headers = {"Idempotency-Key": idempotency_key}
        answer = await call(self._session, "POST", _target(hook), payload=payload, headers=headers)
        raise_for(answer, hook.name, self.clock.now())
        return Posted(channel=channel.key, id=_reference(answer, hook) or idempotency_key)

    async def check(self, channel: Channel) -> list[Problem]:
        """Whether the webhook is set; the place behind it answers to posts alone."""
        if channel.key.id in self._hooks:
            return []
        return [Problem(what=_missing(channel), fix=_FIX)]

    def _hook(self, channel: Channel) -> Hook:
        try:
            return self._hooks[channel.key.id]
        except KeyError:
            raise ChannelUnreachable(f"{_missing(channel)} {_FIX}") from None


def _missing(channel: Channel) -> str:
    return f"There is no webhook called {channel.key.id}."


def _target(hook: Hook) -> URL:
    """The address to post to. Without `wait` Discord answers before it knows whether it takes the message."""
    return hook.url.update_query(wait="true") if hook.shape == "discord" else hook.url


def _reference(answer: Answer, hook: Hook) -> str:
    """Discord's id of the message; others give none. Raises OutcomeUnknown for an unreadable answer."""
    if hook.shape != "discord" or answer.status == 204:
        return ""
    match answer.json():
        case {"id": str(found)}:
            return found
    raise OutcomeUnknown(f"The webhook {hook.name} answered with something that is no message.")
