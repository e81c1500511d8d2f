"""What can be read, pressed and filled in blocks, for tests and for the server's own use."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from tests.fakes.slack.blocks import INPUTS, Blocks, elements_of, options_of

MENUS_OF_ONE = {"static_select", "overflow", "radio_buttons", "external_select"}
MENUS_OF_MANY = {"checkboxes", "multi_static_select", "multi_external_select"}
PICKED = {  # type → field of the state that holds what was picked
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """An element that a person can use, and where it is."""

    block: dict[str, Any]
    element: dict[str, Any]

    @property
    def key(self) -> tuple[str, str]:
        """block_id and action_id: its place in a state."""
        return self.block["block_id"], self.element["action_id"]

    @property
    def label(self) -> str:
        """What is written on it, or over it."""
        if self.block["type"] == "input":
            return str(self.block["label"]["text"])
        return str((self.element.get("text") or self.element.get("placeholder") or {"text": ""})["text"])

    @property
    def names(self) -> set[str]:
        """By what a test may call it."""
        return {self.label, *self.key}

    @property
    def options(self) -> dict[str, dict[str, Any]]:
        """What it offers: label → option."""
        return {option["text"]["text"]: option for option in options_of(self.element)}

    @property
    def dispatches(self) -> bool:
        """Whether using it tells the app at once."""
        return self.block["type"] != "input" or bool(self.block.get("dispatch_action"))

    def initial(self) -> dict[str, Any] | None:
        """Its state before anybody touched it; None for a button, which has none."""
        kind, element = self.element["type"], self.element
        if kind in INPUTS:
            return {"type": kind, "value": element.get("initial_value") or None}
        if kind in MENUS_OF_ONE - {"overflow"}:
            return {"type": kind, "selected_option": element.get("initial_option")}
        if kind in MENUS_OF_MANY:
            return {"type": kind, "selected_options": element.get("initial_options", [])}
        if name := PICKED.get(kind):
            empty: list[str] | None = [] if kind.startswith("multi_") else None
            return {"type": kind, name: element.get(name.replace("selected", "initial"), empty)}
        return None

    def set(self, chosen: str | list[str]) -> dict[str, Any]:
        """Its state once a person has chosen (by label) or typed `chosen`."""
        kind = self.element["type"]
        if kind in MENUS_OF_ONE:
            return {"type": kind, "selected_option": self._option(str(chosen))}
        if kind in MENUS_OF_MANY:
            labels = [chosen] if isinstance(chosen, str) else chosen
            return {"type": kind, "selected_options": [self._option(label) for label in labels]}
        if name := PICKED.get(kind):
            return {"type": kind, name: chosen}
        return {"type": kind, "value": self._typed(str(chosen)) or None}

    def _option(self, label: str) -> dict[str, Any]:
        by_value = {option["value"]: option for option in self.options.values()}
        found = self.options.get(label) or by_value.get(label)
        assert found, f"{self.label!r} offers {list(self.options)}, not {label!r}"
        return found

    def _typed(self, text: str) -> str:
        most = self.element.get("max_length", 3_000)
        assert len(text) <= most, f"Slack lets nobody type more than {most} characters into {self.label!r}"
        return text


def controls(blocks: Blocks) -> list[Control]:
    """All that can be used in blocks whose ids are there, in their order."""
    return [Control(block=block, element=element) for block in blocks for element in elements_of(block)]


def find(blocks: Blocks, name: str, nth: int = 0, of: Callable[[Control], bool] = lambda _: True) -> Control:
    """The `nth` control called `name`: its label, action_id or block_id, in that order.

    Raises AssertionError with what is there.
    """
    there = [control for control in controls(blocks) if of(control)]
    by_label = [control for control in there if control.label == name]
    named = by_label or [control for control in there if name in control.names]
    assert len(named) > nth, f"no {name!r} (number {nth}) among {[control.label for control in there]}"
    return named[nth]


def with_ids(blocks: Blocks, make: Callable[[], str]) -> Blocks:
    """A copy in which every block and control has an id, as Slack gives them."""
    copied = deepcopy(blocks)
    for block in copied:
        block.setdefault("block_id", make())
        for element in elements_of(block):
            element.setdefault("action_id", make())
    return copied


def text_of(shown: Any) -> str:
    """All that a reader sees of blocks, a view or a part of them: a line a text, links by their words.

    Labels of buttons, options, placeholders and alternative texts count; addresses do not.
    """
    return "\n".join(line for line in _lines(shown) if line)


def links_of(shown: Any) -> list[str]:
    """All addresses that can be followed from blocks."""
    if isinstance(shown, list):
        return [url for inner in shown for url in links_of(inner)]
    if not isinstance(shown, dict):
        return []
    own = [shown["url"]] if isinstance(shown.get("url"), str) else []
    return [*own, *(url for inner in shown.values() for url in links_of(inner))]


def _lines(shown: Any) -> Iterator[str]:
    if isinstance(shown, list):
        for inner in shown:
            yield from _lines(inner)
        return
    if not isinstance(shown, dict):
        return
    kind = str(shown.get("type", ""))
    if kind.startswith("rich_text_") and kind != "rich_text_list":
        yield "".join(map(_inline, shown["elements"]))
        return
    yield from _own(shown, kind)


def _own(shown: dict[str, Any], kind: str) -> Iterator[str]:
    """The lines of an object that is no rich text, in the order in which they are read."""
    if isinstance(shown.get("text"), str):
        yield shown["text"]
    if kind == "image" and "alt_text" in shown:
        yield shown["alt_text"]
    for name, inner in shown.items():
        if name not in {"initial_option", "initial_options", "state", "confirm"}:
            yield from _lines(inner)


def _inline(element: dict[str, Any]) -> str:
    match element:
        case {"type": "link", "url": url}:
            return str(element.get("text", url))
        case {"type": "user", "user_id": name}:
            return f"<@{name}>"
        case {"type": "usergroup", "usergroup_id": name}:
            return f"<!subteam^{name}>"
        case {"type": "channel", "channel_id": name}:
            return f"<#{name}>"
        case {"type": "broadcast", "range": name}:
            return f"<!{name}>"
        case {"type": "emoji", "name": name}:
            return f":{name}:"
        case {"type": "date"}:
            return str(element.get("fallback", element["timestamp"]))
        case _:
            return str(element["text"])
