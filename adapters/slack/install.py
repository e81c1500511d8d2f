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
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from adapters.slack.calls import Said, asked
from adapters.slack.installations import Installations, States
from adapters.slack.scopes import wanted
from adapters.slack.settings import SlackSettings
from adapters.slack.tokens import Tokens
from bot.chat.adapter import Host
from bot.chat.errors import PostFailed
from bot.chat.http import one_try
from bot.logs import get_logger

log = get_logger(__name__)
INSTALL, REDIRECT = "/slack/install", "/slack/oauth_redirect"
ORGANISATION = (
    "Paperboy is installed in one workspace at a time: begin again, and choose a workspace instead of the "
    "whole organisation."
)
_AGAIN = f"Begin again at {INSTALL}."
_REASONS = {
    "access_denied": "Nothing was installed, since it was not allowed.",
    "invalid_browser": f"Another browser began this, or it was too long ago. {_AGAIN}",
    "invalid_state": f"This page was used before, or it is too old. {_AGAIN}",
    "missing_code": f"Slack sent no code along. {_AGAIN}",
    "invalid_code": f"Slack does not take its own code any more. {_AGAIN}",
}


class WholeOrganisation(BoltError):
    """The app was installed for a whole Enterprise Grid organisation, which it does not serve."""


class Flow(AsyncOAuthFlow):
    """bolt's flow; what it brings is a workspace's installation, or nothing."""

    def __init__(
        self, settings: AsyncOAuthSettings, client: AsyncWebClient, tokens: Tokens, host: Host
    ) -> None:
        super().__init__(settings=settings, client=client)
        self._tokens, self._host = tokens, host

    async def store_installation(self, request: AsyncBoltRequest, installation: Installation) -> None:
        """Keep `installation`. Raises WholeOrganisation after taking it back."""
        if installation.is_enterprise_install or not installation.team_id:
            await asked(self.client, "auth.revoke", {"token": installation.bot_token})
            raise WholeOrganisation(ORGANISATION)
        await self._tokens.save(installation)
        await self._host.came(installation.team_id)
        log.info("slack.installed", workspace=installation.team_id)


def flow(settings: SlackSettings, client: AsyncWebClient, tokens: Tokens, host: Host) -> Flow:
    """The flow for the app that `settings` name."""
    chosen = AsyncOAuthSettings(
        client_id=settings.client_id,
        client_secret=settings.client_secret.get_secret_value() if settings.client_secret else "",
        scopes=wanted(unfurl=settings.unfurl),
        authorization_url=str(URL(client.base_url).with_path("/oauth/v2/authorize")),
        installation_store=Installations(host),
        state_store=States(host),
        install_page_rendering_enabled=False,
        install_path=INSTALL,
        redirect_uri_path=REDIRECT,
        callback_options=AsyncCallbackOptions(success=_installed, failure=_failed),
    )
    return Flow(chosen, client, tokens, host)


def routes(flow: Callable[[], Flow]) -> list[web.RouteDef]:
    """The two pages of `flow`, as it is when they are asked for."""

    async def install(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await flow().handle_installation(await to_bolt_request(request)))

    async def back(request: web.Request) -> web.Response:
        try:
            with one_try("Slack"):
                answer = await flow().handle_callback(await to_bolt_request(request))
        except (Said, PostFailed) as error:
            log.warning("slack.uninstalled", reason=str(error))
            answer = _page(503, "Not installed", f"Slack does not answer just now. {_AGAIN}")
        return await to_aiohttp_response(answer)

    return [web.get(INSTALL, install), web.get(REDIRECT, back)]


async def _installed(args: AsyncSuccessArgs) -> BoltResponse:
    name = args.installation.team_name or "your workspace"
    return _page(
        200, "Paperboy is installed", f"It is in {name}. In a channel there, type /papers subscribe."
    )


async def _failed(args: AsyncFailureArgs) -> BoltResponse:
    if isinstance(args.error, WholeOrganisation):
        return _page(400, "Not installed", ORGANISATION)
    log.warning("slack.uninstalled", reason=args.reason)
    return _page(args.suggested_status_code, "Not installed", _REASONS.get(args.reason, _AGAIN))


def _page(status: int, title: str, text: str) -> BoltResponse:
    body = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><body><h1>{escape(title)}</h1><p>{escape(text)}</p></body></html>"
    )
    return BoltResponse(status=status, body=body, headers={"Content-Type": "text/html; charset=utf-8"})
