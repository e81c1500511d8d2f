"""What Slack refuses of Block Kit, as its reference says (read 2026-11-25)."""

import re
from collections.abc import Iterator
from typing import Any

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from tests.adapters.slack_blocks_by_others import refused_by_slackblocks
from tests.fakes.webhooks import nested

INTERACTIVE = {
    "button",
    "static_select",
    "overflow",
    "radio_buttons",
    "conversations_select",
    "plain_text_input",
}
RICH = {
    "rich_text",
    "rich_text_section",
    "rich_text_list",
    "rich_text_preformatted",
    "text",
    "link",
    "date",
    "user",
    "usergroup",
    "channel",
}
BLOCKS = {"rich_text", "section", "context", "actions", "divider", "input"}
LENGTHS = {
    "value": 2_000,
    "url": 3_000,
    "image_url": 3_000,
    "alt_text": 2_000,
    "action_id": 255,
    "block_id": 255,
    "private_metadata": 3_000,
    "initial_value": 3_000,
}


_MOMENT = re.compile(r"[\w :·]*<!date\^\d+\^[^<>|]+\|[^<>|]+>[\w :·]*")  # the only markup that we write


def refused(payload: Any) -> list[str]:
    """Why Slack would not take `payload`, a message or a view."""
    return list(
        dict.fromkeys(
            (
                *_counts(payload),
                *_sizes(payload),
                *_elements(payload),
                *_by_sdk(payload),
                *refused_by_slackblocks(payload),
            )
        )
    )


def texts(payload: Any) -> list[str]:
    """All that stands in the blocks of `payload` to be read."""
    return [found["text"] for found in nested(payload["blocks"]) if isinstance(found.get("text"), str)]


def kinds(payload: Any) -> set[str]:
    """The types of all that the blocks of `payload` are made of."""
    return {found["type"] for found in nested(payload["blocks"]) if "type" in found}


def _counts(payload: Any) -> Iterator[str]:
    most = 100 if "type" in payload else 50
    if not 1 <= len(payload["blocks"]) <= most:
        yield f"{len(payload['blocks'])} blocks"
    if "type" not in payload and not 1 <= len(payload.get("text", "x")) <= 3_000:
        yield "text"
    if sum(map(len, texts(payload))) > 13_000:
        yield "too much text"
    ids = [block["block_id"] for block in payload["blocks"] if "block_id" in block]
    if len(ids) != len(set(ids)):
        yield "a block_id twice"
    if not {block["type"] for block in payload["blocks"]} <= BLOCKS:
        yield "a block of another kind"


def _sizes(payload: Any) -> Iterator[str]:
    for found in nested(payload):
        for name, most in LENGTHS.items():
            if name in found and isinstance(found[name], str) and len(found[name]) > most:
                yield f"{name} of {len(found[name])}"
        if isinstance(found.get("text"), str) and not 1 <= len(found["text"]) <= 3_000:
            yield f"text of {len(found['text'])}"
        if found.get("type") == "mrkdwn" and not _MOMENT.fullmatch(found["text"]):
            yield "markup"
        if found.get("elements") == [] or found.get("options") == []:
            yield "nothing in it"
        if found.get("type") == "plain_text" and (found.get("emoji") or not found["text"].strip()):
            yield "plain text"


def _elements(payload: Any) -> Iterator[str]:
    for block in payload["blocks"]:
        ids = [found["action_id"] for found in nested(block) if "action_id" in found]
        if len(ids) != len(set(ids)):
            yield "an action_id twice"
        if len(block.get("elements", ())) > (10 if block["type"] == "context" else 25):
            yield "too many elements"
        for found in nested(block):
            yield from _element(found)


def _element(found: Any) -> Iterator[str]:
    kind = found.get("type")
    if kind in INTERACTIVE and "action_id" not in found:
        yield "no action_id"
    if kind == "button" and len(found["text"]["text"]) > 75:
        yield "a long label"
    if kind == "date" and not (found["fallback"] and 0 <= found["timestamp"] <= 253_402_300_799):
        yield "a date"
    most = {"static_select": 100, "overflow": 5, "radio_buttons": 10}.get(kind)
    for option in found.get("options", ()) if most else ():
        if len(option["text"]["text"]) > 75 or not 1 <= len(option["value"]) <= 150:
            yield "an option"
    if most and len(found["options"]) > most:
        yield "too many options"
    if "placeholder" in found and len(found["placeholder"]["text"]) > 150:
        yield "a long placeholder"


def _by_sdk(payload: Any) -> Iterator[str]:
    """What Slack's own library would not build."""
    for block in payload["blocks"]:
        parsed = Block.parse(dict(block))
        if parsed is None:
            yield f"unknown {block['type']}"
        else:
            parsed.validate_json()
    if "type" in payload:
        View(**payload).validate_json()
