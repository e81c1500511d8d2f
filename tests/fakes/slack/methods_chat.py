"""chat.*: what is posted, changed and removed; docs.slack.dev, read on 2026-11-25."""

import json
from dataclasses import dataclass
from typing import Any

from tests.fakes.slack import limits as at_most
from tests.fakes.slack.api import POST, Args, Caller, method
from tests.fakes.slack.blocks import Blocks, problems, too_long
from tests.fakes.slack.methods_conversations import channel_of, direct, join_first, visible
from tests.fakes.slack.platform import Platform
from tests.fakes.slack.reading import with_ids
from tests.fakes.slack.state import ApiError, Conversation, Message, Unfurl, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a message says."""

    text: str
    blocks: Blocks | None
    metadata: dict[str, Any] | None


def content(slack: Platform, args: Args, most: int = at_most.TEXT) -> Content:
    """The content in `args`, with ids on its blocks. Raises ApiError where Slack would not take it."""
    text, blocks = args.text("text"), args.json("blocks", "invalid_blocks_format")
    if len(text) > most:
        raise ApiError("msg_too_long")
    if blocks is not None:
        checked(blocks)
    if not blocks and not text.strip():
        raise ApiError("no_text")
    taken = None if blocks is None else with_ids(blocks, slack.block_id)
    return Content(text=text, blocks=taken, metadata=_metadata(args))


def checked(blocks: Any) -> None:
    """Raise ApiError where Slack would not take `blocks` in a message."""
    if found := problems(blocks):
        raise ApiError("invalid_blocks", *found)
    if too_long(blocks):
        raise ApiError("msg_blocks_too_long")


def _metadata(args: Args) -> dict[str, Any] | None:
    metadata: dict[str, Any] | None = args.json("metadata", "invalid_metadata_format")
    match metadata or {}:
        case {"event_type": str(), "event_payload": dict()}:
            if len(json.dumps(metadata)) > at_most.METADATA_BYTES:
                raise ApiError("metadata_too_large")
        case other if other:
            raise ApiError("invalid_metadata_format")
    return metadata


@method(POST, "chat:write")
def post_message(slack: Platform, caller: Caller, args: Args) -> dict[str, Any]:
    """A message for everybody in the channel; a user's id stands for the direct messages with them."""
    workspace = caller.home
    channel = _place(slack, workspace, args.need("channel"))
    if wait := slack.wait(workspace.id, channel.id):
        raise ApiError("ratelimited", retry_after=wait)
    if channel.archived:
        raise ApiError("is_archived")
    _may_post(workspace, channel)
    said = content(slack, args)
    message = written(slack, workspace, channel.id, said, args)
    message.thread_ts = _thread(channel, args.text("thread_ts"))
    slack.posted(message)
    if slack.echoes and channel.kind == "im":
        echo = {**message.as_json(), "channel": channel.id, "channel_type": "im", "event_ts": message.ts}
        slack.announce(workspace.id, echo)
    return {"channel": channel.id, "ts": message.ts, "message": message.as_json()}


def written(
    slack: Platform,
    workspace: Workspace,
    channel: str,
    said: Content,
    args: Args,
    only_for: str | None = None,
) -> Message:
    """A message of the app that stands nowhere yet."""
    return Message(
        ts=slack.ts(),
        channel=channel,
        team=workspace.id,
        user=workspace.bot_user,
        bot=workspace.bot_id,
        text=said.text,
        blocks=said.blocks or [],
        metadata=said.metadata or None,
        only_for=only_for,
        at=slack.clock.now(),
        sent=args.values,
    )


def _place(slack: Platform, workspace: Workspace, id: str) -> Conversation:  # noqa: A002
    if id in slack.users:
        return direct(slack, workspace, id)
    return channel_of(slack, workspace, id)


def _may_post(workspace: Workspace, channel: Conversation) -> None:
    open_to_all = channel.kind == "public" and "chat:write.public" in workspace.scopes
    if workspace.bot_user not in channel.members and not open_to_all:
        raise ApiError("not_in_channel")


def _thread(channel: Conversation, ts: str) -> str | None:
    """The parent of a reply; a reply to a reply goes to its parent."""
    if not ts:
        return None
    parent = channel.message(ts)
    if parent is None:
        raise ApiError("cannot_reply_to_message")
    return parent.thread_ts or parent.ts


@method("chat.postEphemeral", "chat:write")
def post_ephemeral(slack: Platform, caller: Caller, args: Args) -> dict[str, Any]:
    """A message that one person sees until they reload."""
    channel = join_first(slack, caller.home, args.need("channel"))
    user = args.need("user")
    if channel.archived:
        raise ApiError("is_archived")
    if user not in channel.members:
        raise ApiError("user_not_in_channel")
    message = written(slack, caller.home, channel.id, content(slack, args), args, user)
    message.thread_ts = args.text("thread_ts") or None
    slack.privates.append(message)
    return {"message_ts": message.ts}


@method("chat.update", "chat:write")
def update(slack: Platform, caller: Caller, args: Args) -> dict[str, Any]:
    """Other words for a message of the app; text alone takes the blocks away."""
    message = _own(slack, caller.home, args, "cant_update_message")
    if "text" not in args and "blocks" not in args:
        raise ApiError("no_text")
    change(message, content(slack, args, at_most.UPDATED_TEXT), args)
    return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": message.as_json()}


def change(message: Message, said: Content, args: Args) -> None:
    """Replace what `message` says."""
    if "text" in args:
        message.text = said.text
    if said.blocks is not None or "text" in args:
        message.blocks = said.blocks or []
    if said.metadata is not None:
        message.metadata = said.metadata or None
    message.edits += 1
    message.sent = args.values


@method("chat.delete", "chat:write")
def delete(slack: Platform, caller: Caller, args: Args) -> dict[str, Any]:
    """Take a message of the app away."""
    message = _own(slack, caller.home, args, "cant_delete_message")
    message.deleted = True
    return {"channel": message.channel, "ts": message.ts}


def _own(slack: Platform, workspace: Workspace, args: Args, otherwise: str) -> Message:
    channel = channel_of(slack, workspace, args.need("channel"))
    message = channel.message(args.need("ts"))
    if message is None:
        raise ApiError("message_not_found")
    if message.user != workspace.bot_user:
        raise ApiError(otherwise)
    return message


@method("chat.unfurl", "links:write")
def unfurl(slack: Platform, caller: Caller, args: Args) -> dict[str, Any]:
    """Show something for links that a person posted, or is about to."""
    message = _sharing(slack, caller.home, args)
    unfurls = args.json("unfurls", "invalid_unfurls_format")
    if message is None:
        raise ApiError("cannot_find_message")
    if not isinstance(unfurls, dict) or not unfurls:
        raise ApiError("missing_unfurls")
    for url, shown in unfurls.items():
        if url not in message.text:
            raise ApiError("cannot_unfurl_url")
        checked(shown.get("blocks", []))
    slack.unfurls.extend(_unfurled(slack, caller.home, message, url, shown) for url, shown in unfurls.items())
    return {}


def _sharing(slack: Platform, workspace: Workspace, args: Args) -> Message | None:
    """The message that is named by its unfurl_id, or by its place."""
    if "unfurl_id" in args:
        args.need("source")
        message = slack.sharing.get(args.text("unfurl_id"))
        place = slack.channels[message.channel] if message else None
        return message if place and visible(workspace, place) else None
    channel = slack.channels.get(args.need("channel"))
    return channel.message(args.need("ts")) if channel and visible(workspace, channel) else None


def _unfurled(
    slack: Platform, workspace: Workspace, message: Message, url: str, shown: dict[str, Any]
) -> Unfurl:
    blocks = with_ids(shown.get("blocks", []), slack.block_id)
    return Unfurl(channel=message.channel, ts=message.ts, team=workspace.id, url=url, blocks=blocks)
