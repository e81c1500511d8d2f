"""conversations.*, users.* and usergroups.*: who and what is there."""

from collections.abc import Sequence
from typing import Any

from tests.fakes.slack.api import Args, Caller, method, need_scope
from tests.fakes.slack.platform import Platform
from tests.fakes.slack.state import PREFIX, ApiError, Conversation, Kind, Message, User, Workspace

KINDS: dict[str, Kind] = {
    "public_channel": "public",
    "private_channel": "private",
    "im": "im",
    "mpim": "mpim",
}


def visible(workspace: Workspace, channel: Conversation) -> bool:
    """Whether the app of `workspace` can know of `channel`."""
    if channel.deleted or workspace.id not in channel.teams:
        return False
    return channel.kind == "public" or workspace.bot_user in channel.members


def channel_of(slack: Platform, workspace: Workspace, id: str) -> Conversation:  # noqa: A002
    """The channel `id`. Raises ApiError channel_not_found where the app cannot see it."""
    channel = slack.channels.get(id)
    if channel is None or not visible(workspace, channel):
        raise ApiError("channel_not_found")
    return channel


def join_first(slack: Platform, workspace: Workspace, id: str) -> Conversation:  # noqa: A002
    """The channel `id`, in which the bot must be."""
    channel = channel_of(slack, workspace, id)
    if workspace.bot_user not in channel.members:
        raise ApiError("not_in_channel")
    return channel


def direct(slack: Platform, workspace: Workspace, user: str) -> Conversation:
    """The direct messages of the bot with `user`, opened if they never were."""
    person = slack.users[user]
    if person.is_bot or person.deleted or not knows(slack, workspace, person):
        raise ApiError("channel_not_found")
    between = {workspace.bot_user, user}
    for channel in slack.channels.values():
        if channel.kind == "im" and channel.members == between:
            return channel
    return slack.channel(f"D{slack.number()}", kind="im", team=workspace.id, members=[user])


def knows(slack: Platform, workspace: Workspace, user: User) -> bool:
    """Whether `user` is of `workspace` or in one of its shared channels."""
    shared = (channel for channel in slack.channels.values() if workspace.id in channel.teams)
    return user.team == workspace.id or any(user.id in channel.members for channel in shared)


def channel_json(workspace: Workspace, channel: Conversation) -> dict[str, Any]:
    """A channel as the Web API shows it."""
    partner = next((user for user in channel.members if user != workspace.bot_user), "")
    name = channel.names.get(workspace.id, channel.name)
    return {
        "id": channel.id,
        **({"user": partner} if channel.kind == "im" else {"name": name}),
        "name_normalized": name,
        "created": channel.created,
        "is_channel": channel.kind == "public",
        "is_group": channel.kind == "private",
        "is_im": channel.kind == "im",
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.kind != "public",
        "is_archived": channel.archived,
        "is_member": workspace.bot_user in channel.members,
        "is_ext_shared": channel.is_ext_shared,
        "is_shared": channel.is_ext_shared,
        "context_team_id": workspace.id,
        "shared_team_ids": sorted(channel.teams),
        "num_members": len(channel.members),
    }


def page(slack: Platform, name: str, rows: Sequence[Any], args: Args) -> dict[str, Any]:
    """A page of `rows` and the cursor of the next."""
    begin = args.number("cursor", 0)
    end = begin + min(args.number("limit", slack.page), slack.page)
    more = str(end) if end < len(rows) else ""
    return {name: list(rows[begin:end]), "response_metadata": {"next_cursor": more}, "has_more": bool(more)}


@method("conversations.info")
def info(slack: Platform, caller: Caller, args: Args) -> dict[str, Any]:
    """One channel."""
    channel = channel_of(slack, caller.home, args.need("channel"))
    need_scope(caller.home, f"{PREFIX[channel.kind]}:read")
    return {"channel": channel_json(caller.home, channel)}


@method("conversations.members")
def members(slack: Platform, caller: Caller, args: Args) -> dict[str, Any]:
    """The ids of the people in a channel."""
    channel = channel_of(slack, caller.home, args.need("channel"))
    need_scope(caller.home, f"{PREFIX[channel.kind]}:read")
    return page(slack, "members", sorted(channel.members), args)


@method("conversations.join", "channels:join")
def join(slack: Platform, caller: Caller, args: Args) -> dict[str, Any]:
    """The bot enters a public channel, and is told so as everybody is."""
    channel = channel_of(slack, caller.home, args.need("channel"))
    if channel.kind != "public":
        raise ApiError("method_not_supported_for_channel_type")
    if channel.archived:
        raise ApiError("is_archived")
    if caller.home.bot_user not in channel.members:
        channel.members.add(caller.home.bot_user)
        joined = {"type": "member_joined_channel", "user": caller.home.bot_user, "channel": channel.id}
        slack.announce(caller.home.id, {**joined, "channel_type": "C", "team": caller.home.id})
    return {"channel": channel_json(caller.home, channel)}


@method("conversations.open", "im:write")
def opened(slack: Platform, caller: Caller, args: Args) -> dict[str, Any]:
    """The direct messages with one person."""
    users = [user for user in args.text("users").split(",") if user]
    if len(users) != 1:
        raise ApiError("method_not_supported_for_channel_type" if users else "users_list_not_supplied")
    if users[0] not in slack.users:
        raise ApiError("user_not_found")
    try:
        channel = direct(slack, caller.home, users[0])
    except ApiError:
        raise ApiError("user_not_visible") from None
    return {"channel": {"id": channel.id}}


@method("conversations.history")
def history(slack: Platform, caller: Caller, args: Args) -> dict[str, Any]:
    """What stands in a channel outside of threads, newest first."""
    channel = _readable(slack, caller.home, args)
    top = [message for message in channel.standing() if not message.thread_ts or _broadcast(message)]
    return _shown(slack, args, list(reversed(top)))


@method("conversations.replies")
def replies(slack: Platform, caller: Caller, args: Args) -> dict[str, Any]:
    """A thread, its parent first."""
    channel, parent = _readable(slack, caller.home, args), args.need("ts")
    if channel.message(parent) is None:
        raise ApiError("thread_not_found")
    thread = [message for message in channel.standing() if parent in {message.ts, message.thread_ts}]
    return _shown(slack, args, thread)


def _broadcast(message: Message) -> bool:
    return Args(message.sent).flag("reply_broadcast")


def _readable(slack: Platform, workspace: Workspace, args: Args) -> Conversation:
    channel = channel_of(slack, workspace, args.need("channel"))
    need_scope(workspace, f"{PREFIX[channel.kind]}:history")
    return join_first(slack, workspace, channel.id)


def _shown(slack: Platform, args: Args, messages: list[Message]) -> dict[str, Any]:
    oldest, latest = args.text("oldest", "0"), args.text("latest", "9999999999")
    inclusive = args.flag("inclusive")
    inside = [message for message in messages if _between(message.ts, oldest, latest, inclusive=inclusive)]
    found = page(slack, "messages", inside, args)
    metadata = args.flag("include_all_metadata")
    return {**found, "messages": [message.as_json(metadata=metadata) for message in found["messages"]]}


def _between(ts: str, oldest: str, latest: str, *, inclusive: bool) -> bool:
    at, first, last = (tuple(map(int, (stamp + ".0").split(".")[:2])) for stamp in (ts, oldest, latest))
    return first <= at <= last if inclusive else first < at < last


@method("conversations.list")
def listed(slack: Platform, caller: Caller, args: Args) -> dict[str, Any]:
    """The channels that the app can see."""
    found = [channel for channel in _of_types(slack, caller.home, args) if visible(caller.home, channel)]
    return page(slack, "channels", [channel_json(caller.home, channel) for channel in found], args)


@method("users.conversations")
def of_user(slack: Platform, caller: Caller, args: Args) -> dict[str, Any]:
    """The channels that a person (or without `user` the bot) is in, of those that the app can see."""
    user = args.text("user") or caller.home.bot_user
    if user not in slack.users:
        raise ApiError("user_not_found")
    found = [
        channel
        for channel in _of_types(slack, caller.home, args)
        if visible(caller.home, channel) and user in channel.members
    ]
    return page(slack, "channels", [channel_json(caller.home, channel) for channel in found], args)


def _of_types(slack: Platform, workspace: Workspace, args: Args) -> list[Conversation]:
    types = args.text("types", "public_channel").replace(" ", "").split(",")
    if unknown := set(types) - set(KINDS):
        raise ApiError("invalid_types", *unknown)
    kinds = {KINDS[name] for name in types}
    for kind in sorted(kinds):
        need_scope(workspace, f"{PREFIX[kind]}:read")
    skip_archived = args.flag("exclude_archived")
    return [
        channel
        for channel in slack.channels.values()
        if channel.kind in kinds and not (skip_archived and channel.archived)
    ]


@method("users.info", "users:read")
def user_info(slack: Platform, caller: Caller, args: Args) -> dict[str, Any]:
    """One person; strangers of a Slack Connect partner, too, who share a channel."""
    user = slack.users.get(args.need("user"))
    if user is None:
        raise ApiError("user_not_found")
    if not knows(slack, caller.home, user):
        raise ApiError("user_not_visible")
    locale = {"locale": user.locale} if args.flag("include_locale") else {}
    person = {
        "id": user.id,
        "team_id": user.team,
        "name": user.name,
        "deleted": user.deleted,
        "real_name": user.name.title(),
        "tz": user.tz,
        "is_bot": user.is_bot,
        "is_restricted": user.guest,
        "is_stranger": user.team != caller.home.id,
        "profile": {"real_name": user.name.title(), "display_name": user.name},
        **locale,
    }
    return {"user": person}


@method("usergroups.list", "usergroups:read")
def groups(_slack: Platform, caller: Caller, args: Args) -> dict[str, Any]:
    """The groups of people that can be mentioned."""
    rows = [
        {"id": group.id, "handle": group.handle, "name": group.name or group.handle, "date_delete": 0}
        | ({"users": group.users} if args.flag("include_users") else {})
        for group in caller.home.groups
    ]
    return {"usergroups": rows}
