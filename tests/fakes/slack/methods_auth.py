"""auth.*, oauth.*, apps.connections.open and api.test: who the app is, and how it connects."""

from typing import Any

from bot.clock import SECOND
from tests.fakes.slack import limits as at_most
from tests.fakes.slack.api import Args, Caller, method
from tests.fakes.slack.platform import Platform
from tests.fakes.slack.state import ApiError, Workspace


@method("api.test", kind="none")
def test(_slack: Platform, _caller: Caller, args: Args) -> dict[str, Any]:
    """Whether Slack answers."""
    if "error" in args:
        raise ApiError(args.text("error"))
    return {"args": args.values}


@method("auth.test")
def who_am_i(slack: Platform, caller: Caller, _args: Args) -> dict[str, Any]:
    """Whose token it is."""
    home = caller.home
    expires = slack.tokens[caller.token].expires_at
    left = {} if expires is None else {"expires_in": (expires - slack.clock.now()) // SECOND}
    enterprise = {"enterprise_id": home.enterprise} if home.enterprise else {}
    return {
        "url": f"https://{home.domain}.slack.com/",
        "team": home.name,
        "user": slack.users[home.bot_user].name,
        "team_id": home.id,
        "user_id": home.bot_user,
        "bot_id": home.bot_id,
        "is_enterprise_install": home.org_wide,
        **enterprise,
        **left,
    }


@method("auth.revoke")
def revoke(slack: Platform, caller: Caller, args: Args) -> dict[str, Any]:
    """Give the token back."""
    if args.flag("test"):
        return {"revoked": False}
    slack.tokens[caller.token].refused = "token_revoked"
    return {"revoked": True}


@method("apps.connections.open", kind="app")
def connect(slack: Platform, _caller: Caller, _args: Args) -> dict[str, Any]:
    """Where the app's next websocket goes."""
    return {"url": slack.socket_url()}


@method("oauth.v2.access", kind="none")
def access(slack: Platform, caller: Caller, args: Args) -> dict[str, Any]:
    """A token for a code, or the next for a refresh token; each can be used once."""
    _check_client(slack, caller, args)
    match args.text("grant_type", "authorization_code"):
        case "refresh_token":
            return _refreshed(slack, args.text("refresh_token"))
        case "authorization_code":
            return _exchanged(slack, args)
        case _:
            raise ApiError("invalid_grant_type")


def _check_client(slack: Platform, caller: Caller, args: Args) -> None:
    name, secret = caller.basic if caller.basic[0] else (args.text("client_id"), args.text("client_secret"))
    if name != slack.client_id:
        raise ApiError("invalid_client_id")
    if secret != slack.client_secret:
        raise ApiError("bad_client_secret")


def _refreshed(slack: Platform, refresh_token: str) -> dict[str, Any]:
    """The next pair; the old pair is of no use from now on."""
    team = slack.refreshers.pop(refresh_token, None)
    if team is None:
        raise ApiError("invalid_refresh_token")
    workspace = slack.workspaces[team]
    slack.revoke(team)
    slack.issue(workspace, rotates=True)
    return _granted(slack, workspace)


def _exchanged(slack: Platform, args: Args) -> dict[str, Any]:
    grant = slack.grants.get(args.text("code"))
    if grant is None:
        raise ApiError("invalid_code")
    if grant.used:
        raise ApiError("code_already_used")
    if slack.clock.now() - grant.at > at_most.CODE_MS:
        raise ApiError("code_expired")
    if grant.redirect_uri != args.text("redirect_uri"):
        raise ApiError("bad_redirect_uri")
    grant.used = True
    workspace = grant.workspace
    workspace.installed, workspace.scopes = True, workspace.scopes | grant.scopes
    slack.issue(workspace, rotates=slack.rotation)
    return {**_granted(slack, workspace), "authed_user": {"id": grant.user}}


def _granted(slack: Platform, workspace: Workspace) -> dict[str, Any]:
    rotated = {"refresh_token": workspace.refresh_token, "expires_in": at_most.TOKEN_S}
    expires = slack.tokens[workspace.token].expires_at is not None
    enterprise = {"id": workspace.enterprise, "name": "Org"} if workspace.enterprise else None
    return {
        "app_id": slack.app_id,
        "scope": ",".join(sorted(workspace.scopes)),
        "token_type": "bot",
        "access_token": workspace.token,
        "bot_user_id": workspace.bot_user,
        "team": None if workspace.org_wide else {"id": workspace.id, "name": workspace.name},
        "enterprise": enterprise,
        "is_enterprise_install": workspace.org_wide,
        **(rotated if expires else {}),
    }
