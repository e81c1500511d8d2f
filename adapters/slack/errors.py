"""What Slack's error codes mean: one table from codes to the port's errors.

Source: docs.slack.dev/reference/methods, the errors of chat.postMessage and of the other methods in
use, as read on 2026-11-25 together with their record since 2022 in github.com/slack-ruby/slack-api-ref
(at f4837c0, of 2026-08-20): the pages drop codes that Slack goes on to answer, such as invalid_auth.
`tests/adapters/slack_codes.json` has them all, and a test compares.

How they are sorted:
- what may have been done all the same is looked for before it is repeated (OutcomeUnknown);
- what surely was not done and passes by itself is tried again, ever more slowly (Unavailable);
- what would be wrong with every message parks the channel or workspace, so that nothing is lost and
  Slack is left alone until a person has acted; so does a code that nobody knows;
- only what can be wrong with this one message refuses it (it is then tried as text, then given up).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.chat.errors import (
    ChannelUnreachable,
    MessageRefused,
    OutcomeUnknown,
    PostFailed,
    RateLimited,
    Unavailable,
    WorkspaceUnreachable,
)

EXPIRED = "token_expired"  # with token rotation: refresh the token and try once more, then believe it
MISSING_SCOPE = "missing_scope"
TOO_LATE = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"})  # no view opens

PAUSE = 30.0  # s, where Slack limits us and does not say for how long
FREE_PLAN_PAUSE = 3_600.0  # s; the whole workspace has sent too much for its plan
LONGEST_DETAIL = 200  # characters of what Slack says about a refused message
_CODE = re.compile(r"[a-z][a-z0-9_]{1,59}")
_UNPRINTABLE = re.compile(r"[\s\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Meaning:
    """Which error a code is, and what it says: {name} is the channel, {needed} a scope, {code} the code."""

    error: type[PostFailed]
    says: str = ""
    pause: float = PAUSE  # s, of RateLimited


def _channel(says: str) -> Meaning:
    return Meaning(ChannelUnreachable, says)


def _workspace(says: str) -> Meaning:
    return Meaning(WorkspaceUnreachable, says)


def _passing(says: str) -> Meaning:
    return Meaning(Unavailable, says)


_APP = "at api.slack.com/apps"
_TOKEN = (
    f"Whoever runs Paperboy must install the app again: over its install link, or {_APP} → Install App, whose"
    " token goes into SLACK_BOT_TOKEN."
)
_INVITE = "Somebody in it must type /invite @Paperboy there."
_ADMIN = "An admin of the workspace can allow it"
_THREADS = "Somebody who manages it can switch the option thread off in its settings."

_LIMITED = Meaning(RateLimited)
_UNKNOWN = Meaning(OutcomeUnknown, "Slack answered {code}: it may have posted in {name}.")
_REFUSED = Meaning(MessageRefused, "Slack refuses the message for {name} ({code}).")
_OURS = _workspace(
    "Slack takes nothing that Paperboy sends ({code}). Whoever runs it should update Paperboy, and make sure"
    " that no proxy changes what it sends."
)
_GONE = _workspace("Slack has ended what Paperboy uses ({code}). Whoever runs it must update Paperboy.")
_KIND = _workspace(f"The token is of a kind that may not do this ({{code}}). {_TOKEN}")
_DENIED = _channel(
    f"Paperboy may not post in {{name}} ({{code}}). {_INVITE} If it is there, {_ADMIN.lower()}."
)
# What is posted to a thread can be posted outside of it.
_UNTHREADED = Meaning(MessageRefused, f"{{name}} takes no replies in threads ({{code}}). {_THREADS}")
_NOBODY = _channel(
    "The person of {name} cannot be written to ({code}): the account is closed or hidden from apps."
)

# One that Slack has and we do not: nothing is lost, and one try is all it takes until somebody looks.
NEW = _channel(
    "Slack refuses to post in {name} with {code}, which Paperboy does not know. Whoever runs it can look that"
    " up at docs.slack.dev/reference/methods/chat.postMessage, and update Paperboy."
)

ERRORS: Mapping[str, Meaning] = {
    # Too fast
    "rate_limited": _LIMITED,
    "ratelimited": _LIMITED,
    "message_limit_exceeded": Meaning(RateLimited, pause=FREE_PLAN_PAUSE),
    # It may have been done
    "internal_error": _UNKNOWN,
    "fatal_error": _UNKNOWN,
    "service_unavailable": _UNKNOWN,
    "update_failed": _UNKNOWN,
    "duplicate_message_not_found": _UNKNOWN,  # it was taken for a repeat, and the first one is not found
    "duplicate_channel_not_found": _UNKNOWN,
    # It was not done, and passes by itself
    "request_timeout": _passing("Slack did not get the whole request."),
    "team_added_to_org": _passing("The workspace is moving into an Enterprise organisation."),
    "org_login_required": _passing("The workspace is moving into an Enterprise organisation."),
    "fetch_members_failed": _passing("Slack could not read who is in {name}."),
    "external_channel_migrating": _passing("{name} is moving to another workspace."),
    # The channel
    "channel_not_found": _channel(f"Paperboy cannot see {{name}}: it is private, or was deleted. {_INVITE}"),
    "not_in_channel": _channel(f"Paperboy is not in {{name}}. {_INVITE}"),
    "is_archived": _channel("{name} is archived. Whoever may unarchive it brings the papers back."),
    "is_inactive": _channel(
        "{name} is archived, frozen or deleted. Whoever may unarchive it brings the papers back."
    ),
    "messages_tab_disabled": _channel(
        f"The app takes no direct messages. Whoever runs Paperboy can switch them on, {_APP} → App Home →"
        " Messages Tab."
    ),
    "restricted_action": _channel(
        f"A preference of the workspace keeps Paperboy from posting in {{name}}. {_ADMIN}."
    ),
    "restricted_action_read_only_channel": _channel(f"{{name}} is read-only. {_ADMIN}."),
    "restricted_action_thread_only_channel": _channel(
        f"{{name}} takes nothing but replies in threads. {_ADMIN}."
    ),
    "restricted_action_non_threadable_channel": _UNTHREADED,
    "restricted_action_thread_locked": _UNTHREADED,
    "thread_not_found": _UNTHREADED,
    "cannot_reply_to_message": _UNTHREADED,
    "ekm_access_denied": _channel(f"Admins have suspended posting in {{name}}. {_ADMIN} again."),
    "access_denied": _DENIED,
    "no_permission": _DENIED,
    "app_access_restricted": _DENIED,
    "posting_to_channel_denied": _DENIED,
    "channel_is_limited_access": _DENIED,
    "method_not_supported_for_channel_type": _channel(f"Paperboy cannot join {{name}} by itself. {_INVITE}"),
    "too_many_members": _channel("{name} has as many members as Slack allows: somebody must leave it first."),
    "user_disabled": _NOBODY,
    "user_not_found": _NOBODY,
    "user_not_visible": _NOBODY,
    "invalid_user_combination": _NOBODY,
    # The workspace
    "invalid_auth": _workspace(
        f"Slack does not accept the token, or not from this network. {_TOKEN}"
        f" Or allow this network, {_APP} → OAuth & Permissions → Allowed IP Address Ranges."
    ),
    "not_authed": _workspace(f"Slack saw no token. {_TOKEN}"),
    "account_inactive": _workspace(
        f"The app was removed from the workspace, or the workspace was closed. {_TOKEN}"
    ),
    "token_revoked": _workspace(f"The token was revoked, or the app removed from the workspace. {_TOKEN}"),
    EXPIRED: _workspace(f"The token has expired and could not be refreshed. {_TOKEN}"),
    MISSING_SCOPE: _workspace(
        f"The app lacks the scope {{needed}}. Whoever runs Paperboy must add it, {_APP} → OAuth & Permissions"
        " → Bot Token Scopes, and install the app again."
    ),
    "not_allowed_token_type": _KIND,
    "is_bot": _KIND,
    "enterprise_is_restricted": _KIND,
    "team_not_found": _KIND,  # a token of a whole organisation, which Paperboy does not take
    "team_access_not_granted": _workspace(f"The app was not allowed for this workspace. {_ADMIN}."),
    "accesslimited": _workspace(
        "Slack takes nothing from this network. Whoever runs Paperboy must use another one, or have an admin"
        " of the workspace allow it."
    ),
    "two_factor_setup_required": _workspace(
        "Whoever installed the app must set up two-factor authentication in Slack, then install it again."
    ),
    "deprecated_endpoint": _GONE,
    "method_deprecated": _GONE,
    "unknown_method": _GONE,
    # Every request of ours
    "invalid_arg_name": _OURS,
    "invalid_array_arg": _OURS,
    "invalid_charset": _OURS,
    "invalid_form_data": _OURS,
    "invalid_post_type": _OURS,
    "missing_post_type": _OURS,
    "invalid_metadata_format": _OURS,
    "invalid_metadata_schema": _OURS,
    "invalid_metadata_filter_keys": _OURS,
    "metadata_must_be_sent_from_app": _OURS,
    "metadata_too_large": _OURS,  # it holds our key and nothing of the message
    "as_user_not_supported": _OURS,
    "send_on_behalf_not_allowed": _OURS,
    "markdown_text_conflict": _OURS,
    "draft_already_deleted": _OURS,
    "draft_already_sent": _OURS,
    "draft_has_conflict": _OURS,
    "draft_not_found": _OURS,
    "invalid_cursor": _OURS,
    "invalid_limit": _OURS,
    "invalid_ts_latest": _OURS,
    "invalid_ts_oldest": _OURS,
    "invalid_types": _OURS,
    "missing_argument": _OURS,
    "not_enough_users": _OURS,
    "too_many_users": _OURS,
    "users_list_not_supplied": _OURS,
    # This message
    "attachment_payload_limit_exceeded": _REFUSED,
    "invalid_arguments": _REFUSED,  # mostly something in the blocks
    "invalid_attachments": _REFUSED,
    "invalid_blocks": _REFUSED,
    "invalid_blocks_format": _REFUSED,
    "missing_file_data": _REFUSED,
    "msg_blocks_too_long": _REFUSED,
    "msg_too_long": _REFUSED,
    "no_text": _REFUSED,
    "too_many_attachments": _REFUSED,
    "too_many_contact_cards": _REFUSED,
    "slack_connect_canvas_link_sharing_blocked": _REFUSED,
    "slack_connect_canvas_sharing_blocked": _REFUSED,
    "slack_connect_file_link_sharing_blocked": _REFUSED,
    "slack_connect_lists_sharing_blocked": _REFUSED,
    "slack_connect_team_blocked": _REFUSED,  # by its description, sharing of canvases once more
    # This edit, removal or private answer
    "block_mismatch": _REFUSED,
    "cant_broadcast_message": _REFUSED,
    "cant_delete_message": _REFUSED,
    "cant_update_message": _REFUSED,
    "edit_window_closed": _REFUSED,
    "message_not_found": _REFUSED,
    "no_dual_broadcast_content_update": _REFUSED,
    "streaming_state_conflict": _REFUSED,
    "user_not_in_channel": _REFUSED,
    # Files, of which we send none
    "blocked_file_type": _REFUSED,
    "file_deleted": _REFUSED,
    "file_is_deleted": _REFUSED,
    "file_not_found": _REFUSED,
    "file_share_limit_reached": _REFUSED,
    "max_file_sharing_exceeded": _REFUSED,
    "slack_connect_blocked_file_type": _REFUSED,
    "slack_connect_clip_sharing_blocked": _REFUSED,
    "slack_connect_file_upload_sharing_blocked": _REFUSED,
    "unable_to_share_files": _REFUSED,
    # Views
    "duplicate_external_id": _REFUSED,
    "exchanged_trigger_id": _REFUSED,
    "expired_trigger_id": _REFUSED,
    "hash_conflict": _REFUSED,
    "invalid_trigger_id": _REFUSED,
    "missing_profile_id": _REFUSED,
    "not_enabled": _REFUSED,
    "not_found": _REFUSED,
    "not_implemented": _REFUSED,
    "view_too_large": _REFUSED,
}


def error_for(
    code: str,
    *,
    name: str,
    after: float | None = None,
    needed: str = "",
    messages: Sequence[str] = (),
) -> PostFailed:
    """What Slack's answer `code` means for the channel that people call `name`.

    `after` is the Retry-After header in seconds, `needed` the scope that Slack names, `messages` its
    response_metadata.messages, which say where in the blocks it went wrong and no more than that.
    """
    meaning = ERRORS.get(code, NEW)
    if meaning.error is RateLimited:  # Slack counts by method and workspace
        return RateLimited(meaning.pause if after is None else after, "workspace")
    known = code if _CODE.fullmatch(code) else "a code that cannot be read"
    said = meaning.says.format(name=name, code=known, needed=_short([needed]) or "that it needs")
    detail = _short(messages) if meaning.error is MessageRefused else ""
    return meaning.error(f"{said} {detail}".rstrip())


def _short(texts: Sequence[str]) -> str:
    """`texts` as one line of bounded length."""
    line = _UNPRINTABLE.sub(" ", " ".join(text[:LONGEST_DETAIL] for text in texts[:10])).strip()
    return line if len(line) <= LONGEST_DETAIL else line[: LONGEST_DETAIL - 1] + "…"
