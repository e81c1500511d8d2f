"""Slack's payloads, by socket or by HTTP, to whoever answers them. bolt checks signatures and listens."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import views
from adapters.slack.calls import Json
from adapters.slack.channels import TYPES, Channels
from adapters.slack.conversation import Conversation
from adapters.slack.heard import Heard
from adapters.slack.invocation import is_ours, line_of, of_action, of_command, of_event
from adapters.slack.settings import SlackSettings
from adapters.slack.sides import Sides, bot_of, is_shared, team_of
from adapters.slack.signed import Refusals, sifted
from adapters.slack.tasks import Tasks, noted
from adapters.slack.text import typed
from adapters.slack.unfurl import Unfurls
from bot.chat.line import without_name
from bot.clock import Clock
from bot.logs import get_logger

log = get_logger(__name__)
ANY = re.compile(".*", re.DOTALL)
LINK = "link:"  # how the action ids of buttons begin that open an address


class Anybody(AsyncAuthorize):
    """Whose token answers is decided where it is used, so that no store is asked before Slack hears of us."""

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        **_more: object,
    ) -> AuthorizeResult:
        """An authorization without a token."""
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, user_id=user_id)


class Receiver:
    """Listens to all that Slack sends."""

    def __init__(
        self,
        settings: SlackSettings,
        client: AsyncWebClient,
        heard: Heard,
        tasks: Tasks,
        *,
        oauth: AsyncOAuthSettings | None,
        conversation: Conversation,
        sides: Sides,
        channels: Channels,
        unfurls: Unfurls,
        clock: Clock,
    ) -> None:
        self._heard, self._tasks = heard, tasks
        self._conversation, self._sides = conversation, sides
        self._channels, self._unfurls = channels, unfurls
        self._refusals = Refusals(clock)
        self._command_name = f"/{settings.paperboy_command}"
        signing = settings.signing_secret.get_secret_value() if settings.signing_secret else ""
        self.app = AsyncApp(
            name="paperboy",
            logger=_quiet(),
            client=client,
            signing_secret=signing,
            authorize=Anybody(),  # type: ignore[no-untyped-call]
            oauth_settings=oauth,  # else bolt builds its own, with files in the home folder
            request_verification_enabled=not settings.socket,
            raise_error_for_unhandled_request=True,
        )
        self._listen(settings)

    async def http(self, request: web.Request) -> web.Response:
        """What Slack sent over HTTP. bolt reads it before it looks at the signature."""
        try:
            read = await to_bolt_request(request)
            read.raw_body.encode()  # as it is signed; some charsets decode to what cannot be
        except web.HTTPException:
            raise
        except Exception as error:  # no JSON, no text, or another shape than Slack's
            log.debug("slack.malformed", error=type(error).__name__)
            return web.Response(status=400)
        signed = sifted(read.headers)
        try:
            answer = await self.app.async_dispatch(read)
            if signed and answer.status == 401:
                self._refusals.note()
            return await to_aiohttp_response(answer)
        except Exception:  # Slack would send it again, and switch off what fails often
            log.exception("slack.bug")
            return web.Response(status=200)

    def _listen(self, settings: SlackSettings) -> None:
        app = self.app
        app.error(self._unheard)
        app.command(ANY)(self._command)
        app.action({"type": "block_actions", "action_id": ANY})(self._action)
        app.view(ANY)(self._submitted)
        app.event("app_mention")(self._mentioned)
        app.event("message")(self._said)
        app.event("app_home_opened")(self._home)
        if settings.unfurl:
            app.event("link_shared")(self._links)
        for kind in TYPES:
            app.event(kind)(self._happened)

    async def _unheard(self, error: Exception, body: Json) -> BoltResponse:
        """Acknowledge what nobody listens to: Slack would send it again, and switch off what fails often."""
        if isinstance(error, BoltUnhandledRequestError):
            log.debug("slack.unheard", type=body.get("type"))
        else:
            log.error("slack.bug", exc_info=error)
        return BoltResponse(status=200, body="")

    async def _command(self, ack: AsyncAck, body: Json) -> None:
        at, line = of_command(body), typed(body.get("text") or "")
        key = f"command:{body.get('trigger_id')}"
        await self._doing(self._conversation.command(ack, at, line, key))

    async def _action(self, ack: AsyncAck, body: Json, action: Json, context: AsyncBoltContext) -> None:
        """A button, an entry of a menu, or a letter in a field that is watched."""
        await ack()
        view = body.get("view") or {}
        at = of_action(body, str(context.team_id))
        at = at.at(views.metadata_of(view).place) if at.view else at
        if action["type"] == "plain_text_input":
            await self._doing(self._conversation.fill(at, view))
        elif not str(action["action_id"]).startswith(LINK):
            value = (action.get("selected_option") or action).get("value") or ""
            key = f"press:{body.get('trigger_id')}"
            await self._doing(self._conversation.press(at, value, key))

    async def _submitted(self, ack: AsyncAck, body: Json, view: Json, context: AsyncBoltContext) -> None:
        at = of_action(body, str(context.team_id)).at(views.metadata_of(view).place)
        key = f"submit:{body.get('trigger_id')}"
        await self._doing(self._conversation.submit(ack, at, view, key))

    async def _mentioned(self, body: Json, event: Json) -> None:
        """The bot was spoken to in a channel; what only speaks of it is none of its business."""

        async def heard() -> None:
            side = await self._sides.spoken_to(body)
            line = line_of(event.get("text") or "", bot_of(side))
            if line is not None:
                await self._told(side, line)

        if is_ours(event):
            await self._doing(heard())

    async def _said(self, body: Json, event: Json) -> None:
        """Something was said in a direct conversation with the bot."""
        if event.get("channel_type") == "im" and is_ours(event):
            text = event.get("text") or ""
            line = line_of(text, bot_of(body))
            await self._told(body, typed(text).strip() if line is None else line)

    async def _told(self, body: Json, line: str) -> None:
        """The bot was told `line`, which may begin as a slash command does."""
        at = of_event(body, team_of(body))
        said = without_name(line, self._command_name)
        await self._doing(self._conversation.line(at, said, body["event_id"]))

    async def _home(self, body: Json, event: Json, context: AsyncBoltContext) -> None:
        if event.get("tab") == "home":
            at = of_event(body, str(context.team_id))
            await self._doing(self._conversation.home(at))

    async def _links(self, body: Json, event: Json) -> None:
        team = team_of(body)
        await self._once(team, body["event_id"], lambda: self._unfurls.shared(event, team, bot_of(body)))

    async def _happened(self, body: Json) -> None:
        """Something became of a channel, or of the installation."""

        async def everywhere() -> None:
            await asyncio.gather(*[self._happened_to(side) async for side in self._sides.all(body)])

        await self._doing(everywhere())

    async def _happened_to(self, side: Json) -> None:
        """The same for one of the workspaces; where that fails, a redelivery does it there alone."""
        team, at = team_of(side), float(side.get("event_time") or 0)
        told = self._channels.happened
        await self._once(
            team,
            f"{side['event_id']}:{team}",
            lambda: told(side["event"], team, bot_of(side), at, shared=is_shared(side)),
        )

    async def _once(self, team: str, key: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do `work` unless `key` was heard before."""

        async def first() -> None:
            async with self._heard.first(team, key) as is_first:
                if is_first:
                    await work()

        await self._doing(first())

    async def _doing(self, work: Coroutine[Any, Any, None]) -> None:
        """See `work` to its end, also when whoever brought it stops listening."""
        await asyncio.wait({self._tasks.start(noted(work))})


def _quiet() -> logging.Logger:
    """bolt warns of our own way with tokens, and of each payload that nobody listens to."""
    logger = logging.getLogger("slack_bolt")
    logger.setLevel(logging.ERROR)
    return logger
