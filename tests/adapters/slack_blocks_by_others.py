"""What slackblocks, a library that knows Block Kit's rules, would not build."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import slackblocks as sb

Make = Callable[..., Any]


def _styled(make: Make) -> Make:
    return lambda style=None, **given: make(**given, **(style or {}))


def _text(kind: str) -> Make:
    return lambda **given: sb.Text(type_=sb.TextType(kind), **given)


MAKERS: Mapping[str, Make] = {
    "plain_text": _text("plain_text"),
    "mrkdwn": _text("mrkdwn"),
    "section": sb.SectionBlock,
    "context": sb.ContextBlock,
    "actions": sb.ActionsBlock,
    "divider": sb.DividerBlock,
    "input": sb.InputBlock,
    "image": sb.Image,
    "button": sb.Button,
    "overflow": sb.OverflowMenu,
    "static_select": sb.StaticSelectMenu,
    "radio_buttons": sb.RadioButtonGroup,
    "plain_text_input": sb.PlainTextInput,
    "conversations_select": sb.ConversationSelectMenu,
    "rich_text": sb.RichTextBlock,
    "rich_text_section": sb.RichTextSection,
    "rich_text_list": sb.RichTextList,
    "rich_text_preformatted": sb.RichTextCodeBlock,
    "text": _styled(sb.RichText),
    "link": _styled(sb.RichTextLink),
    "user": sb.RichTextUser,
    "channel": sb.RichTextChannel,
    "usergroup": lambda **given: sb.RichTextUserGroup(given["usergroup_id"]),
    "date": lambda fallback, **_more: sb.RichText(fallback),  # which it does not know
    "modal": sb.ModalView,
    "home": sb.HomeTabView,
}
UNTYPED: Mapping[str, Make] = {
    "dispatch_action_config": sb.DispatchActionConfiguration,
    "options": sb.Option,
    "initial_option": sb.Option,
    "filter": sb.ConversationFilter,
}


def refused_by_slackblocks(payload: Mapping[str, Any]) -> Iterator[str]:
    """What it has against `payload`, a message or a view."""
    try:
        if "type" in payload:
            _made(payload)
        else:
            sb.Message(channel="C1", text=payload.get("text", "x"), blocks=_made(payload["blocks"]))
    except sb.InvalidUsageError as error:
        yield f"slackblocks: {error}"


def _made(given: Any, name: str = "") -> Any:
    """`given` as its objects, which look after their own rules."""
    if isinstance(given, list):
        return [_made(one, name) for one in given]
    if not isinstance(given, dict) or name == "style":
        return given
    make = MAKERS[given["type"]] if "type" in given else UNTYPED[name]
    return make(**{key: _made(value, key) for key, value in given.items() if key != "type"})
