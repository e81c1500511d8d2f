"""User groups, which a subscription may notify."""

from adapters.slack.api import Api
from adapters.slack.calls import Said
from adapters.slack.errors import MISSING_SCOPE
from bot.chat.errors import Unavailable, WorkspaceUnreachable
from bot.chat.message import Ping

_UNPAID = frozenset({"paid_teams_only", "plan_upgrade_required"})
_NO_PLAN = "User groups belong to Slack's paid plans, and this workspace has none: say ping:me, or none."


async def group(api: Api, team: str, text: str) -> Ping | None:
    """The user group of the workspace `team` that `text` names, as @handle or id.

    Raises WorkspaceUnreachable where its groups cannot be had, with the reason, or another PostFailed.
    """
    wanted = text.strip().removeprefix("@").casefold()
    try:
        answer = await api.call(team, "usergroups.list")
    except Said as said:
        if said.code in _UNPAID:
            raise WorkspaceUnreachable(_NO_PLAN) from None
        if said.code == MISSING_SCOPE:
            raise said.of("") from None
        raise Unavailable(f"Slack does not tell its user groups ({said.code}).") from None
    for one in answer["usergroups"]:
        if wanted in {one["id"].casefold(), one["handle"].casefold()}:
            return Ping(kind="group", id=one["id"], name=f"@{one['handle']}")
    return None
