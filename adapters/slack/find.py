"""Looking for a message of ours after Slack's answer was lost: by the key in its metadata."""

from collections.abc import AsyncIterator, Iterable

from adapters.slack.api import Api
from adapters.slack.calls import Json, Said
from adapters.slack.limits import FIND_MESSAGES, FIND_PAGES
from bot.chat.errors import CannotTell
from bot.models import Channel

EVENT_TYPE = "paperboy"
NO_THREAD = "thread_not_found"  # its first message was taken away, before there was an answer to it
UNREADABLE = frozenset(
    {"missing_scope", "not_in_channel", "channel_not_found", "no_permission", "access_denied"}
)


def metadata(key: str) -> Json:
    """What a message carries so that it can be found."""
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key}}


async def find(api: Api, channel: Channel, key: str, parent: str | None) -> str | None:
    """The ts of the message under `key`, among the channel's newest or in the thread of `parent`.

    Raises CannotTell, or a PostFailed.
    """
    pages = _newest(api, channel) if parent is None else _replies(api, channel, parent)
    try:
        async for messages in pages:
            if found := _with(messages, key):
                return found
    except Said as said:
        if said.code in UNREADABLE:
            raise CannotTell from None
        if said.code == NO_THREAD:
            return None
        raise said.of(channel.called) from None
    return None


async def _newest(api: Api, channel: Channel) -> AsyncIterator[list[Json]]:
    yield (await _read(api, channel, "conversations.history"))["messages"]


async def _replies(api: Api, channel: Channel, parent: str) -> AsyncIterator[list[Json]]:
    """The thread, which Slack gives from its beginning on."""
    cursor = ""
    for _ in range(FIND_PAGES):
        answer = await _read(api, channel, "conversations.replies", ts=parent, cursor=cursor)
        yield answer["messages"]
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return


async def _read(api: Api, channel: Channel, method: str, **which: str) -> Json:
    place = {"channel": channel.key.id, "limit": FIND_MESSAGES, "include_all_metadata": True}
    return await api.call(channel.key.workspace, method, **place, **which)


def _with(messages: Iterable[Json], key: str) -> str | None:
    """The ts of the one of `messages` that carries `key`."""
    wanted = metadata(key)
    for message in messages:
        carried = message.get("metadata") or {}
        if {name: carried.get(name) for name in wanted} == wanted:
            return str(message["ts"])
    return None
