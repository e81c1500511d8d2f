"""The checkers of blocks see what is wrong."""

from typing import Any

import pytest

from tests.adapters.slack_blocks_by_others import refused_by_slackblocks

BUTTON: dict[str, Any] = {
    "type": "button",
    "text": {"type": "plain_text", "text": "Go"},
    "action_id": "do:0",
    "value": "list",
}


def message(**changed: Any) -> dict[str, Any]:
    return {"text": "x", "blocks": [{"type": "actions", "elements": [{**BUTTON, **changed}]}]}


def test_a_good_message_is_taken() -> None:
    assert list(refused_by_slackblocks(message())) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"text": {"type": "plain_text", "text": "x" * 76}},
        {"value": "x" * 2_001},
        {"action_id": "x" * 256},
        {"url": "https://example.org/" + "x" * 3_000},
    ],
)
def test_a_bad_button_is_refused(changed: dict[str, Any]) -> None:
    assert list(refused_by_slackblocks(message(**changed)))
