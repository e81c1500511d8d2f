"""Looking for a message of ours after Slack's answer was lost: by the key in its metadata."""

from collections.abc import Iterable, Iterator

from adapters.slack.api import Api
from adapters.slack.calls import Json, Said
from adapters.slack.limits import FIND_MESSAGES
from bot.chat.errors import CannotTell
from bot.models import Channel

EVENT_TYPE = "paperboy"
THREADS = 2  # the newest of them are looked through, too: a day's papers may stand in one
UNREADABLE = frozenset(
    {"missing_scope", "not_in_channel", "channel_not_found", "no_permission", "access_denied"}
)


def metadata(key: str) -> Json:
    """What a message carries so that it can be found."""
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key}}


async def find(api: Api, channel: Channel, key: str) -> str | None:
    """The ts of the message under `key`, if it is among the newest. Raises CannotTell, or a PostFailed."""
    try:
        newest = await _read(api, channel, "conversations.history")
        if found := _with(newest, key):
            return found
        for parent in _parents(newest):
            replies = await _read(api, channel, "conversations.replies", ts=parent)
            if found := _with(replies, key):
                return found
    except Said as said:
        if said.code in UNREADABLE:
            raise CannotTell from None
        raise said.of(channel.name) from None
    return None


async def _read(api: Api, channel: Channel, method: str, **which: str) -> list[Json]:
    place = {"channel": channel.key.id, "limit": FIND_MESSAGES, "include_all_metadata": True}
    answer = await api.call(channel.key.workspace, method, **place, **which)
    messages: list[Json] = answer["messages"]
    return messages


def _with(messages: Iterable[Json], key: str) -> str | None:
    """The ts of the one of `messages` that carries `key`."""
    wanted = metadata(key)
    for message in messages:
        carried = message.get("metadata") or {}
        if (
            carried.get("event_type") == EVENT_TYPE
            and carried.get("event_payload") == wanted["event_payload"]
        ):
            return str(message["ts"])
    return None


def _parents(messages: Iterable[Json]) -> Iterator[str]:
    """The newest threads that begin with a message of ours."""
    ours = (
        message for message in messages if (message.get("metadata") or {}).get("event_type") == EVENT_TYPE
    )
    threads = [str(message["ts"]) for message in ours if message.get("reply_count")]
    return iter(threads[:THREADS])
