"""Every error code that Slack documents has its meaning, and each meaning is one that a person can act on."""

import json
import re
from pathlib import Path

import pytest

from adapters.slack.errors import ERRORS, EXPIRED, LONGEST_DETAIL, MISSING_SCOPE, TOO_LATE, error_for
from bot.chat.errors import (
    ChannelUnreachable,
    MessageRefused,
    OutcomeUnknown,
    PostFailed,
    RateLimited,
    Unavailable,
    WorkspaceUnreachable,
)

_FILE: dict[str, list[str]] = json.loads(Path(__file__).with_name("slack_codes.json").read_text("utf-8"))
DOCUMENTED = {method: codes for method, codes in _FILE.items() if isinstance(codes, list)}
POSTING = {
    *DOCUMENTED["every method"],
    *DOCUMENTED["chat.postMessage"],
    *DOCUMENTED["chat.postMessage, before"],
}

# What each code of chat.postMessage must become: written a second time, so that none is moved by mistake.
EXPECTED: dict[type[PostFailed], str] = {
    RateLimited: "message_limit_exceeded rate_limited ratelimited",
    OutcomeUnknown: """duplicate_channel_not_found duplicate_message_not_found fatal_error internal_error
        service_unavailable""",
    Unavailable: "org_login_required request_timeout team_added_to_org",
    ChannelUnreachable: """access_denied app_access_restricted channel_not_found
        ekm_access_denied is_archived messages_tab_disabled no_permission not_in_channel restricted_action
        restricted_action_read_only_channel restricted_action_thread_only_channel""",
    WorkspaceUnreachable: """accesslimited account_inactive as_user_not_supported deprecated_endpoint
        draft_already_deleted draft_already_sent draft_has_conflict draft_not_found enterprise_is_restricted
        invalid_arg_name invalid_array_arg invalid_auth invalid_charset invalid_form_data
        invalid_metadata_format invalid_metadata_schema invalid_post_type is_bot markdown_text_conflict
        metadata_must_be_sent_from_app metadata_too_large method_deprecated missing_post_type missing_scope
        not_allowed_token_type not_authed send_on_behalf_not_allowed team_access_not_granted team_not_found
        token_expired token_revoked two_factor_setup_required unknown_method""",
    MessageRefused: """attachment_payload_limit_exceeded cannot_reply_to_message
        restricted_action_non_threadable_channel restricted_action_thread_locked invalid_arguments
        invalid_blocks
        invalid_blocks_format missing_file_data msg_blocks_too_long msg_too_long no_text
        slack_connect_canvas_link_sharing_blocked slack_connect_canvas_sharing_blocked
        slack_connect_file_link_sharing_blocked slack_connect_lists_sharing_blocked
        slack_connect_team_blocked too_many_attachments too_many_contact_cards""",
}
ROWS = [(code, error) for error, codes in EXPECTED.items() for code in codes.split()]


def raised(
    code: str, *, after: float | None = None, needed: str = "", messages: tuple[str, ...] = ()
) -> PostFailed:
    return error_for(code, name="#ml", after=after, needed=needed, messages=messages)


class TestTable:
    """One meaning a code."""

    @pytest.mark.parametrize("method", DOCUMENTED)
    def test_all_that_slack_documents_is_there(self, method: str) -> None:
        assert set(DOCUMENTED[method]) <= ERRORS.keys()

    def test_nothing_is_there_that_slack_does_not_document(self) -> None:
        assert ERRORS.keys() == {code for codes in DOCUMENTED.values() for code in codes}

    def test_all_that_a_post_can_meet_has_a_row_here(self) -> None:
        assert sorted(code for code, _ in ROWS) == sorted(POSTING)

    @pytest.mark.parametrize(("code", "error"), ROWS)
    def test_a_code_becomes_the_error_that_fits(self, code: str, error: type[PostFailed]) -> None:
        assert type(raised(code)) is error

    @pytest.mark.parametrize("code", ERRORS)
    def test_what_it_says_is_a_sentence_without_gaps(self, code: str) -> None:
        said = str(raised(code))
        assert not re.search(r"[{}]|\s\s|\n", said)
        assert len(said) < 320
        assert said[0].isupper() or said.startswith(("#ml", "rate limited"))

    @pytest.mark.parametrize(
        "code", [code for code, row in ERRORS.items() if row.error is ChannelUnreachable]
    )
    def test_a_channel_that_is_parked_is_told_who_mends_it(self, code: str) -> None:
        said = str(raised(code))
        assert "#ml" in said or code == "messages_tab_disabled"
        assert re.search(r"must|can|may|[Aa]dmin|account is closed", said)

    @pytest.mark.parametrize(
        "code", [code for code, row in ERRORS.items() if row.error is WorkspaceUnreachable]
    )
    def test_a_workspace_that_is_parked_is_told_who_mends_it(self, code: str) -> None:
        assert re.search(r"Whoever|admin", str(raised(code)))


class TestRateLimit:
    """Slack's waiting times are kept, for the workspace."""

    @pytest.mark.parametrize("after", [0.0, 1.0, 90.0])
    def test_what_the_header_says_counts(self, after: float) -> None:
        error = raised("ratelimited", after=after)
        assert isinstance(error, RateLimited)
        assert (error.after, error.scope) == (after, "workspace")

    def test_without_a_header_slack_is_left_alone_for_a_while(self) -> None:
        error, plan = raised("rate_limited"), raised("message_limit_exceeded")
        assert isinstance(error, RateLimited)
        assert isinstance(plan, RateLimited)
        assert 10 <= error.after < plan.after


class TestWords:
    """What people and operators read."""

    def test_a_missing_scope_is_named(self) -> None:
        assert "lacks the scope chat:write." in str(raised(MISSING_SCOPE, needed="chat:write"))

    def test_a_scope_that_slack_does_not_name_leaves_no_gap(self) -> None:
        assert "lacks the scope that it needs." in str(raised(MISSING_SCOPE))

    def test_slacks_own_words_are_added_where_a_message_is_refused(self) -> None:
        words = "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text]"
        assert str(raised("invalid_blocks", messages=(words,))).endswith(f"(invalid_blocks). {words}")

    def test_they_are_left_out_elsewhere(self) -> None:
        assert "[ERROR]" not in str(raised("not_in_channel", messages=("[ERROR] x",)))

    def test_they_are_one_short_line_however_long_they_are(self) -> None:
        said = str(raised("invalid_blocks", messages=("a\nb\x1b[31m" + "x" * 10**6,) * 1_000))
        assert "\n" not in said
        assert "\x1b" not in said
        assert len(said) < LONGEST_DETAIL + 80

    def test_a_name_with_braces_is_shown_as_it_is(self) -> None:
        assert "#{code}" in str(error_for("is_archived", name="#{code}"))


class TestUnknown:
    """A code that nobody knows loses nothing and is not asked for again and again."""

    @pytest.mark.parametrize(
        "code", ["new_and_strange", "", "x" * 10**6, "<!channel>", "INVALID\nAUTH", "{name}"]
    )
    def test_it_parks_the_channel_alone(self, code: str) -> None:
        error = raised(code)
        assert isinstance(error, ChannelUnreachable)
        assert len(error.reason) < 250
        assert not re.search(r"[\n<{]", error.reason)

    def test_it_is_named_where_it_can_be_read(self) -> None:
        assert "new_and_strange" in str(raised("new_and_strange"))


def test_the_codes_that_are_handled_elsewhere_are_documented_ones() -> None:
    assert {EXPIRED, MISSING_SCOPE, *TOO_LATE} <= ERRORS.keys()
