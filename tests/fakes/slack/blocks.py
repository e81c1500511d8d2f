"""Which Block Kit payloads Slack takes; docs.slack.dev, Block Kit reference, read on 2026-11-25."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal

from tests.fakes.slack import limits as at_most
from tests.fakes.slack.shapes import (
    Check,
    anything,
    both,
    complaint,
    either,
    flag,
    items,
    number,
    one_of,
    shape,
    string,
    texts,
    typed,
    url,
)

Surface = Literal["message", "modal", "home"]
Blocks = list[dict[str, Any]]


def _plain(most: int) -> Check:
    return texts(most, "plain_text")


def _text(most: int) -> Check:
    return texts(most, "plain_text", "mrkdwn")


ACTION_ID = string(at_most.ACTION_ID)
BLOCK_ID = string(at_most.BLOCK_ID)
CONFIRM = shape(
    "title text confirm deny",
    title=_plain(at_most.CONFIRM_TITLE),
    text=_text(at_most.CONFIRM_TEXT),
    confirm=_plain(at_most.CONFIRM_BUTTON),
    deny=_plain(at_most.CONFIRM_BUTTON),
    style=one_of("primary", "danger"),
)
DISPATCH = shape(
    trigger_actions_on=items(one_of("on_enter_pressed", "on_character_entered"), 2),
)


def _option(text: Check, *, with_url: bool = False) -> Check:
    fields: dict[str, Check] = {
        "text": text,
        "value": string(at_most.OPTION_VALUE),
        "description": _plain(at_most.OPTION_TEXT),
    }
    if with_url:
        fields["url"] = url(at_most.BUTTON_URL)
    return shape("text value", **fields)


OPTION = _option(_plain(at_most.OPTION_TEXT))
MARKED_OPTION = _option(_text(at_most.OPTION_TEXT))
GROUP = shape("label options", label=_plain(at_most.OPTION_TEXT), options=items(OPTION, at_most.OPTIONS))


def _menu(**own: Check) -> Check:
    return shape(
        action_id=ACTION_ID,
        placeholder=_plain(at_most.PLACEHOLDER),
        confirm=CONFIRM,
        focus_on_load=flag,
        **own,
    )


def _static(**own: Check) -> Check:
    groups = items(GROUP, at_most.OPTION_GROUPS)
    menu = _menu(options=items(OPTION, at_most.OPTIONS), option_groups=groups, **own)
    return both(either("options", "option_groups"), menu)


def _input(*required: str, **own: Check) -> Check:
    return shape(
        " ".join(required),
        action_id=ACTION_ID,
        placeholder=_plain(at_most.PLACEHOLDER),
        dispatch_action_config=DISPATCH,
        focus_on_load=flag,
        **own,
    )


IMAGE = both(
    either("image_url", "slack_file"),
    shape(
        "alt_text",
        alt_text=string(at_most.ALT_TEXT),
        image_url=url(at_most.IMAGE_URL),
        slack_file=anything,
    ),
)
BUTTON = shape(
    "text",
    text=_plain(at_most.BUTTON_TEXT),
    action_id=ACTION_ID,
    url=url(at_most.BUTTON_URL),
    value=string(at_most.BUTTON_VALUE),
    style=one_of("primary", "danger"),
    confirm=CONFIRM,
    accessibility_label=string(at_most.BUTTON_LABEL),
)
MENUS: dict[str, Check] = {
    "static_select": _static(initial_option=OPTION),
    "multi_static_select": _static(initial_options=items(OPTION), max_selected_items=number(1, 100)),
    "external_select": _menu(initial_option=OPTION, min_query_length=number(0, 255)),
    "users_select": _menu(initial_user=string()),
    "multi_users_select": _menu(initial_users=items(string()), max_selected_items=number(1, 100)),
    "channels_select": _menu(initial_channel=string(), response_url_enabled=flag),
    "conversations_select": _menu(
        initial_conversation=string(),
        default_to_current_conversation=flag,
        response_url_enabled=flag,
        filter=anything,
    ),
    "multi_conversations_select": _menu(
        initial_conversations=items(string()),
        default_to_current_conversation=flag,
        max_selected_items=number(1, 100),
        filter=anything,
    ),
    "overflow": shape(
        "options",
        action_id=ACTION_ID,
        options=items(_option(_plain(at_most.OPTION_TEXT), with_url=True), at_most.OVERFLOW_OPTIONS),
        confirm=CONFIRM,
    ),
    "datepicker": _menu(initial_date=string()),
    "timepicker": _menu(initial_time=string(), timezone=string()),
    "checkboxes": shape(
        "options",
        action_id=ACTION_ID,
        options=items(MARKED_OPTION, at_most.CHECKBOXES),
        initial_options=items(MARKED_OPTION, at_most.CHECKBOXES),
        confirm=CONFIRM,
        focus_on_load=flag,
    ),
    "radio_buttons": shape(
        "options",
        action_id=ACTION_ID,
        options=items(MARKED_OPTION, at_most.CHECKBOXES),
        initial_option=MARKED_OPTION,
        confirm=CONFIRM,
        focus_on_load=flag,
    ),
}
INPUTS: dict[str, Check] = {
    "plain_text_input": _input(
        initial_value=string(at_most.INPUT_LENGTH, 0),
        multiline=flag,
        min_length=number(0, at_most.INPUT_LENGTH),
        max_length=number(1, at_most.INPUT_LENGTH),
    ),
    "number_input": _input(
        "is_decimal_allowed",
        is_decimal_allowed=flag,
        initial_value=string(least=0),
        min_value=string(),
        max_value=string(),
    ),
    "email_text_input": _input(initial_value=string(least=0)),
    "url_text_input": _input(initial_value=string(least=0)),
}
INTERACTIVE = {"button": BUTTON, **MENUS}

STYLE = shape(bold=flag, italic=flag, strike=flag, code=flag, underline=flag)
INLINE: dict[str, Check] = {
    "text": shape("text", text=string(), style=STYLE),
    "link": shape(
        "url",
        url=url(at_most.BUTTON_URL, ("http", "https", "mailto")),
        text=string(),
        style=STYLE,
        unsafe=flag,
    ),
    "emoji": shape("name", name=string(), unicode=string(), style=STYLE),
    "user": shape("user_id", user_id=string(), style=STYLE),
    "usergroup": shape("usergroup_id", usergroup_id=string(), style=STYLE),
    "channel": shape("channel_id", channel_id=string(), style=STYLE),
    "broadcast": shape("range", range=one_of("here", "channel", "everyone"), style=STYLE),
    "date": shape(
        "timestamp format",
        timestamp=number(0, 2**53),
        format=string(),
        url=url(at_most.BUTTON_URL),
        fallback=string(),
        style=STYLE,
    ),
}
RICH_SECTION = shape("elements", elements=items(typed(INLINE)))
RICH: dict[str, Check] = {
    "rich_text_section": RICH_SECTION,
    "rich_text_quote": shape("elements", elements=items(typed(INLINE)), border=number(0, 1)),
    "rich_text_preformatted": shape(
        "elements",
        elements=items(typed({kind: INLINE[kind] for kind in ("text", "link")})),
        border=number(0, 1),
        language=string(),
    ),
    "rich_text_list": shape(
        "elements style",
        elements=items(typed({"rich_text_section": RICH_SECTION})),
        style=one_of("bullet", "ordered"),
        indent=number(0, 8),
        offset=number(0, 10_000),
        border=number(0, 1),
    ),
}
CONTEXT_ELEMENT: dict[str, Check] = {
    "image": IMAGE,
    "plain_text": _plain(at_most.SECTION_TEXT),
    "mrkdwn": texts(at_most.SECTION_TEXT, "mrkdwn"),
}


def _block(required: str = "", **fields: Check) -> Check:
    return shape(required, block_id=BLOCK_ID, **fields)


EVERYWHERE: dict[str, Check] = {
    "section": both(
        either("text", "fields"),
        _block(
            text=_text(at_most.SECTION_TEXT),
            fields=items(_text(at_most.FIELD_TEXT), at_most.SECTION_FIELDS),
            accessory=typed({"image": IMAGE, **INTERACTIVE}),
            expand=flag,
        ),
    ),
    "header": _block("text", text=_plain(at_most.HEADER_TEXT)),
    "divider": _block(),
    "context": _block("elements", elements=items(typed(CONTEXT_ELEMENT), at_most.CONTEXT_ELEMENTS)),
    "actions": _block("elements", elements=items(typed(INTERACTIVE), at_most.ACTIONS_ELEMENTS)),
    "image": both(
        either("image_url", "slack_file"),
        _block(
            "alt_text",
            alt_text=string(at_most.ALT_TEXT),
            image_url=url(at_most.IMAGE_URL),
            slack_file=anything,
            title=_plain(at_most.IMAGE_TITLE),
        ),
    ),
    "rich_text": _block("elements", elements=items(typed(RICH))),
    "input": _block(
        "label element",
        label=_plain(at_most.LABEL),
        element=typed({**INPUTS, **{kind: menu for kind, menu in MENUS.items() if kind != "overflow"}}),
        hint=_plain(at_most.HINT),
        optional=flag,
        dispatch_action=flag,
    ),
}
MESSAGE_ONLY: dict[str, Check] = {"markdown": _block("text", text=string(at_most.MARKDOWN_TEXT))}

VIEW: dict[str, Check] = {
    "modal": shape(
        "title blocks",
        title=_plain(at_most.VIEW_TITLE),
        submit=_plain(at_most.VIEW_BUTTON),
        close=_plain(at_most.VIEW_BUTTON),
        blocks=anything,
        private_metadata=string(at_most.PRIVATE_METADATA, 0),
        callback_id=string(at_most.CALLBACK_ID, 0),
        external_id=string(at_most.EXTERNAL_ID, 0),
        clear_on_close=flag,
        notify_on_close=flag,
        submit_disabled=flag,
    ),
    "home": shape(
        "blocks",
        blocks=anything,
        private_metadata=string(at_most.PRIVATE_METADATA, 0),
        callback_id=string(at_most.CALLBACK_ID, 0),
        external_id=string(at_most.EXTERNAL_ID, 0),
    ),
}


def problems(blocks: Any, surface: Surface = "message", at: str = "/blocks") -> list[str]:
    """Why Slack would not take `blocks` there, as its own complaints; empty when it would."""
    table = EVERYWHERE | (MESSAGE_ONLY if surface == "message" else {})
    most = at_most.BLOCKS_IN_A_MESSAGE if surface == "message" else at_most.BLOCKS_IN_A_VIEW
    found = list(items(typed(table), most, 0)(blocks, at))
    return found or [*_repeated_ids(blocks, at), *_inconsistent(blocks, at)]


def view_problems(view: Any) -> list[str]:
    """Why Slack would not take `view` (a modal or a home)."""
    found = list(typed(VIEW)(view, "/view"))
    if found:
        return found
    found = problems(view["blocks"], view["type"], "/view/blocks")
    inputs = [block for block in view["blocks"] if block.get("type") == "input"] if not found else []
    if view["type"] == "modal" and inputs and "submit" not in view:
        found.append(complaint("missing required field: submit", "/view"))
    return found


def too_long(blocks: Blocks) -> bool:
    """Whether the texts of a message's blocks are too long together."""
    return sum(len(text) for text in _strings(blocks)) > at_most.ALL_BLOCKS_TEXT


def view_too_large(view: Any) -> bool:
    """Whether a view is over 250 kB."""
    return len(json.dumps(view)) > at_most.VIEW_BYTES


def elements_of(block: dict[str, Any]) -> list[dict[str, Any]]:
    """What can be pressed, chosen or filled in `block`."""
    single = [block[name] for name in ("accessory", "element") if name in block]
    several = block["elements"] if block["type"] == "actions" else []
    return [element for element in (*single, *several) if element["type"] in {**INTERACTIVE, **INPUTS}]


def _repeated_ids(blocks: Blocks, at: str) -> Iterator[str]:
    for name in _repeated(block["block_id"] for block in blocks if "block_id" in block):
        yield complaint(f"block_id {name} already exists", at)
    for place, block in enumerate(blocks):
        for name in _repeated(found["action_id"] for found in elements_of(block) if "action_id" in found):
            yield complaint(f"action_id {name} already exists in this block", f"{at}/{place}/elements")


def _repeated(names: Iterator[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]


def _inconsistent(blocks: Blocks, at: str) -> Iterator[str]:
    for place, block in enumerate(blocks):
        for element in elements_of(block):
            yield from _wrong_initial(element, f"{at}/{place}")


def _wrong_initial(element: dict[str, Any], at: str) -> Iterator[str]:
    """An initial value that could not have been typed or chosen."""
    if len(element.get("initial_value", "")) > element.get("max_length", at_most.INPUT_LENGTH):
        yield complaint("initial_value must be no longer than max_length", at)
    offered = options_of(element)
    initial = (
        [element["initial_option"]] if "initial_option" in element else element.get("initial_options", [])
    )
    if offered and not all(option in offered for option in initial):
        yield complaint("initial option must be one of options", at)


def options_of(element: dict[str, Any]) -> list[dict[str, Any]]:
    """What a menu offers, groups included."""
    grouped = [option for group in element.get("option_groups", []) for option in group["options"]]
    return [*element.get("options", []), *grouped]


def _strings(value: Any) -> Iterator[str]:
    """All texts in `value`, at any depth."""
    if isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name == "text" and isinstance(inner, str):
                yield inner
            else:
                yield from _strings(inner)
