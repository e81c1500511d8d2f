"""User groups, which a subscription may notify."""

from adapters.slack.api import Api
from adapters.slack.calls import Said
from bot.chat.errors import Unavailable
from bot.chat.message import Ping


async def group(api: Api, team: str, text: str) -> Ping | None:
    """The user group of the workspace `team` that `text` names, as @handle or id. Raises a PostFailed."""
    wanted = text.strip().removeprefix("@")
    try:
        answer = await api.call(team, "usergroups.list")
    except Said as said:
        if said.code in {"missing_scope", "paid_teams_only", "team_not_eligible"}:
            return None
        raise Unavailable(f"Slack does not tell its user groups ({said.code}).") from None
    for one in answer["usergroups"]:
        if wanted == one["id"] or wanted.casefold() == str(one["handle"]).casefold():
            return Ping(kind="group", id=one["id"])
    return None
