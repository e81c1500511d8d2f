"""Installing the app in a workspace over OAuth: the way there, the way back, and what each page says."""

from collections.abc import Callable
from html import escape

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.error import BoltError
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.oauth import OAuthStateUtils
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from adapters.slack.calls import Json, Said, asked
from adapters.slack.installations import Installations, States
from adapters.slack.manifest import REDIRECT_PATH
from adapters.slack.scopes import wanted
from adapters.slack.settings import SlackSettings
from adapters.slack.tokens import Tokens
from bot.chat.adapter import Host
from bot.chat.errors import AdapterError, PostFailed
from bot.clock import SECOND, Clock
from bot.logs import get_logger

log = get_logger(__name__)
INSTALL = "/slack/install"
ORGANISATION = (
    "Paperboy is installed in one workspace at a time: begin again, and choose a workspace instead of the "
    "whole organisation."
)
COOKIE = OAuthStateUtils.default_cookie_name
_REASONS = {  # what bolt calls it → what the page says
    "access_denied": "Nothing was installed, since it was not allowed.",
    "invalid_browser": "Another browser began this, or it was too long ago.",
    "invalid_state": "This page was used before, or it is too old.",
    "missing_code": "Slack sent no code along.",
    "invalid_code": "Slack does not take its own code any more.",
}
_OTHER = "Slack did not let the app in."
_SILENT = "Slack does not answer just now."
_CLIENT = "Slack refuses the app itself ({code}). Whoever runs Paperboy looks at {variables}."
_CODES = frozenset({"invalid_code", "code_already_used", "code_expired"})
_PRIVATE = {  # the page's address holds a code
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}


class WholeOrganisation(BoltError):
    """The app was installed for a whole Enterprise Grid organisation, which it does not serve."""


class Flow(AsyncOAuthFlow):
    """bolt's flow; what it brings is a workspace's installation, or nothing."""

    def __init__(
        self, settings: AsyncOAuthSettings, client: AsyncWebClient, tokens: Tokens, host: Host, clock: Clock
    ) -> None:
        super().__init__(settings=settings, client=client)
        self._tokens, self._host, self._clock = tokens, host, clock

    async def run_installation(self, code: str) -> Installation | None:
        """What Slack gives for `code`; None where it does not take that. Raises Said or a PostFailed."""
        asks: Json = {"client_id": self.client_id, "client_secret": self.settings.client_secret, "code": code}
        if self.redirect_uri:
            asks["redirect_uri"] = self.redirect_uri
        try:
            return _installation(await asked(self.client, "oauth.v2.access", asks), self._clock.now())
        except Said as said:
            if said.code in _CODES:
                return None
            raise

    async def store_installation(self, request: AsyncBoltRequest, installation: Installation) -> None:
        """Keep `installation`. Raises WholeOrganisation after taking it back."""
        if installation.is_enterprise_install or not installation.team_id:
            await self._give_back(installation)
            raise WholeOrganisation(ORGANISATION)
        async with self._tokens.turn(installation.team_id):
            await self._tokens.save(installation)
            await self._host.came(installation.team_id)
        log.info("slack.installed", workspace=installation.team_id)

    async def _give_back(self, installation: Installation) -> None:
        """Let the token be of no use; it is not kept in any case."""
        try:
            await asked(self.client, "auth.revoke", {"token": installation.bot_token})
        except (Said, PostFailed) as error:
            log.warning("slack.not_revoked", organisation=installation.enterprise_id, reason=str(error))


def _installation(answer: Json, now: int) -> Installation:
    """What Slack answered at `now` (epoch ms), as bolt's stores keep it."""
    team, organisation = answer.get("team") or {}, answer.get("enterprise") or {}
    lasts = answer.get("expires_in")
    return Installation(
        app_id=answer.get("app_id"),
        enterprise_id=organisation.get("id"),
        enterprise_name=organisation.get("name"),
        team_id=team.get("id"),
        team_name=team.get("name"),
        bot_token=answer["access_token"],
        bot_user_id=answer.get("bot_user_id"),
        bot_scopes=answer.get("scope") or "",
        bot_refresh_token=answer.get("refresh_token"),
        bot_token_expires_at=None if lasts is None else now // SECOND + int(lasts),
        user_id=(answer.get("authed_user") or {}).get("id") or "",
        is_enterprise_install=bool(answer.get("is_enterprise_install")),
        token_type=answer.get("token_type"),
        installed_at=now / SECOND,
    )


def oauth(settings: SlackSettings, client: AsyncWebClient, host: Host) -> AsyncOAuthSettings:
    """The app that `settings` name, as bolt wants to know it; nothing is left to its own defaults."""

    async def installed(args: AsyncSuccessArgs) -> BoltResponse:
        name = args.installation.team_name or "your workspace"
        text = f"It is in {name}. Go to a channel there, and type /{settings.paperboy_command} subscribe."
        return _page(200, "Paperboy is installed", text)

    return AsyncOAuthSettings(
        client_id=settings.client_id,
        client_secret=settings.client_secret.get_secret_value() if settings.client_secret else "",
        scopes=wanted(unfurl=settings.unfurl),
        user_scopes=(),
        authorization_url=str(URL(client.base_url).with_path("/oauth/v2/authorize")),
        installation_store=Installations(host),
        state_store=States(host),
        install_page_rendering_enabled=False,
        install_path=INSTALL,
        redirect_uri_path=REDIRECT_PATH,
        callback_options=AsyncCallbackOptions(success=installed, failure=_failed),
    )


def routes(flow: Callable[[], Flow]) -> list[web.RouteDef]:
    """The two pages of `flow`, as it is when they are asked for."""

    async def install(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await flow().handle_installation(await to_bolt_request(request)))

    async def back(request: web.Request) -> web.Response:
        try:
            answer = await flow().handle_callback(await to_bolt_request(request))
        except AdapterError as error:
            log.warning("slack.not_installed", reason=str(error))
            answer = _page(503, "Not installed", _silent(error), again=True)
        shown = await to_aiohttp_response(answer)
        if answer.status == 200:
            shown.del_cookie(COOKIE)
        return shown

    return [web.get(INSTALL, install, allow_head=False), web.get(REDIRECT_PATH, back, allow_head=False)]


def _silent(error: AdapterError) -> str:
    """What the page says of `error`."""
    if isinstance(error, Said):
        return _CLIENT.format(code=error.code, variables="SLACK_CLIENT_ID and SLACK_CLIENT_SECRET")
    return _SILENT


async def _failed(args: AsyncFailureArgs) -> BoltResponse:
    """`args.reason` may be anything: it stands in the address."""
    organisation = isinstance(args.error, WholeOrganisation)
    text = ORGANISATION if organisation else _REASONS.get(args.reason, _OTHER)
    log.warning("slack.not_installed", reason=text)
    return _page(400 if organisation else args.suggested_status_code, "Not installed", text, again=True)


def _page(status: int, title: str, text: str, *, again: bool = False) -> BoltResponse:
    body = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><body><h1>{escape(title)}</h1><p>{escape(text)}</p>"
        + (f'<p><a href="{INSTALL}">Begin again</a></p>' if again else "")
        + "</body></html>"
    )
    return BoltResponse(status=status, body=body, headers=dict(_PRIVATE))
