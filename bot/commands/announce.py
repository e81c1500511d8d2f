"""The quiet line in a channel when its subscriptions change: joined over two minutes, silent where undone."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chat.message import Person
from bot.clock import MINUTE
from bot.commands.core import Core
from bot.store import deliveries
from bot.store.channels import StoredChannel

CAUSE = "changes"
JOINED_OVER = 2 * MINUTE

Change = Mapping[str, Any]  # who, what, query, rate, before: as the notice's payload holds it
_OPPOSITES = {
    "unsubscribed": "subscribed",
    "subscribed": "unsubscribed",
    "paused": "resumed",
    "resumed": "paused",
}


def change(
    who: Person, what: str, query: str | None = None, *, rate: str | None = None, before: str | None = None
) -> Change:
    """What somebody did: "subscribed", "unsubscribed", "edited", "paused" or "resumed".

    `query` is a canonical form, None for the whole channel; of an edit `before` is the old one.
    """
    person = {"id": who.id, "name": who.name}
    return {"who": person, "what": what, "query": query, "rate": rate, "before": before}


async def announce(
    core: Core, connection: AsyncConnection, channel: StoredChannel, changes: Sequence[Change]
) -> None:
    """Tell `channel` of `changes` in two minutes, in the transaction that makes them; wake it afterwards."""
    adapter = core.adapter(channel.channel.key.platform)
    if adapter is None or not adapter.announces or adapter.personal(channel.channel.key):
        return
    if not channel.channel.announce or not changes:
        return
    waiting = await deliveries.waiting_notice(connection, channel.id, CAUSE)
    told = joined((waiting.payload or {}).get("changes", ()) if waiting else (), changes)
    payload = {"cause": CAUSE, "changes": told}
    if waiting is None:
        await _begin(core, connection, channel, payload)
    elif told:
        await deliveries.set_payload(connection, waiting.id, payload)
    else:
        await deliveries.set_rows(connection, [waiting.id], state="skipped", error="undone")


async def _begin(
    core: Core, connection: AsyncConnection, channel: StoredChannel, payload: Mapping[str, Any]
) -> None:
    now = core.clock.now()
    await deliveries.notice(
        connection,
        channel.workspace_id,
        channel.id,
        f"{CAUSE}:{now}",
        payload,
        due_at=now + JOINED_OVER,
        now=now,
    )


def joined(waiting: Sequence[Change], news: Sequence[Change]) -> list[Change]:
    """`waiting` with `news`: what undoes a change takes it away, an edit goes on from another. Pure."""
    told = list(waiting)
    for new in news:
        place = next((place for place, old in enumerate(told) if _continues(old, new)), None)
        both = new if place is None else _both(told.pop(place), new)
        if both is not None:
            told.append(both)
    return told


def _continues(old: Change, new: Change) -> bool:
    """Whether `new` is about what `old` left behind."""
    if new["what"] == "edited":
        return old["what"] in {"subscribed", "edited"} and bool(old["query"] == new["before"])
    if new["what"] == "unsubscribed":
        return old["what"] in {"subscribed", "edited"} and bool(old["query"] == new["query"])
    return old["what"] == _OPPOSITES.get(new["what"]) and bool(old["query"] == new["query"])


def _both(old: Change, new: Change) -> Change | None:
    """What `old` and then `new` come to; None where nothing is left."""
    match old["what"], new["what"]:
        case "subscribed", "edited":
            return {**new, "what": "subscribed", "before": None}
        case "edited", "edited":
            return None if old["before"] == new["query"] else {**new, "before": old["before"]}
        case "edited", "unsubscribed":
            return {**new, "query": old["before"]}
    return None
