"""Modals and App Home, and what a view holds when it comes back. Pure, within Slack's limits.

A form's fields have their parameter's name as `block_id`. What is no field travels unseen in the
view; what is too long for that becomes a field, so that nothing is lost.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from adapters.slack import blocks
from adapters.slack.limits import HINT, INPUT, LABEL, MESSAGE_BLOCKS, METADATA, TITLE, VIEW_BLOCKS
from adapters.slack.render import drawn
from adapters.slack.text import Json, Room, caret_line
from bot.chat.command import Command, Kind, Param
from bot.chat.message import Block, Card, Form, Item, Message, Pre, Reply, Span
from bot.chat.plain import harmless
from bot.chat.shorten import cut

FIELD = "field:"  # how the action_id of a field begins
_RADIO = 3  # choices that stand open; more are a menu
_ERROR = 300  # characters under a field
_CONVERSATION = re.compile("[CDG][A-Z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a view carries unseen: its command, the caller's own `place`, and values that are no fields."""

    command: str = ""
    place: str = ""
    hidden: Mapping[str, str] = field(default_factory=dict)

    def written(self) -> str:
        """As a view carries it."""
        text = json.dumps([self.command, self.place, dict(self.hidden)], separators=(",", ":"))
        return re.sub("[&<>]", lambda found: f"\\u{ord(found[0]):04x}", text)  # nothing that Slack escapes


def loading(title: str, place: str) -> Json:
    """A modal that opens at once and is filled later."""
    return _modal(title, drawn(Message(headline="One moment…")), Metadata(place=place))


def shown(reply: Message, title: str, place: str) -> Json:
    """A message as a modal."""
    return _modal(title, drawn(reply, VIEW_BLOCKS), Metadata(place=place))


def home(reply: Message) -> Json:
    """A message as a person's App Home."""
    return {"type": "home", "blocks": drawn(reply, VIEW_BLOCKS)}


def form(command: Command, given: Form, *, platform: str, place: str, preview: Reply | None = None) -> Json:
    """The form of `command` with the values of `given`; `preview` is what it would do as it is filled in."""
    asked = {param.name: param for param in command.fields(platform)}
    unseen = {name: value for name, value in given.values.items() if name not in asked}
    metadata, too_long = _carried(command.name, place, unseen)
    more = (command.param(name) or Param(name=name, help="") for name in too_long)
    fields = [
        _field(
            param,
            _held(param, given.values.get(param.name, "")),
            live=command.preview is not None and _counts(param),
        )
        for param in (*asked.values(), *more)
    ]
    name = _readable(command.name)
    does = name if any(param.required for param in asked.values()) else "Save"
    submit = {"submit": blocks.plain(does, TITLE), "close": blocks.plain("Cancel", TITLE)}
    return {
        **_modal(
            name, [*_above(command, {} if preview else given.errors), *fields, *_below(preview)], metadata
        ),
        **submit,
    }


def metadata_of(view: Json) -> Metadata:
    """What `view` carries unseen."""
    command, place, hidden = json.loads(view.get("private_metadata") or '["","",{}]')
    return Metadata(command=command, place=place, hidden=hidden)


def values_of(view: Json) -> dict[str, str]:
    """All values of a form that came back, the unseen ones and emptied fields included."""
    state = view.get("state", {}).get("values", {})
    filled = {name: _value(next(iter(elements.values()), {})) for name, elements in state.items()}
    return {**metadata_of(view).hidden, **filled}


def marked(given: Form, reply: Reply) -> Form:
    """`given` whose errors show where in a field they are."""
    return replace(given, errors=errors_of(given, reply))


def errors_of(given: Form, reply: Reply, fields: Sequence[str] = ()) -> dict[str, str]:
    """What Slack writes under the fields of a form: for each that was wrong one line, with the caret in it.

    Slack takes no error of what is no field: with `fields`, those of the form, such a one stands under
    the last of them.
    """
    caret = next((caret_line(block.text) for block in reply.body if isinstance(block, Pre)), "")
    lines: dict[str, str] = {}
    for number, (name, why) in enumerate(given.errors.items()):
        line = f"{why}  {caret}" if caret and not number else why
        under = name if not fields or name in fields else fields[-1]
        line = line if under == name else f"{_readable(name)}: {line}"
        lines[under] = " ".join((lines[under], line)) if under in lines else line
    return {name: cut(" ".join(harmless(line).split()), _ERROR) for name, line in lines.items()}


def _modal(title: str, found: Sequence[Json], metadata: Metadata) -> Json:
    return {
        "type": "modal",
        "title": blocks.plain(title, TITLE),
        "close": blocks.plain("Close", TITLE),
        "blocks": list(found),
        "private_metadata": metadata.written(),
    }


def _carried(command: str, place: str, unseen: Mapping[str, str]) -> tuple[Metadata, list[str]]:
    """As much of `unseen` as a view carries, and the names of what is too long for that."""
    metadata, too_long = Metadata(command=command, place=place), []
    for name, value in sorted(unseen.items(), key=lambda pair: len(pair[1])):
        longer = replace(metadata, hidden={**metadata.hidden, name: value})
        if len(longer.written()) <= METADATA:
            metadata = longer
        else:
            too_long.append(name)
    return metadata, too_long


def _above(command: Command, errors: Mapping[str, str]) -> Iterator[Json]:
    """What the form is for, and what was wrong when it was sent before."""
    yield from blocks.muted((command.summary,), Room())
    for name, why in errors.items():
        yield from blocks.section(Room().elements((Span(text=_readable(name), bold=True), f": {why}")))


def _below(preview: Reply | None) -> Iterator[Json]:
    if preview:
        yield {"type": "divider"}
        yield from drawn(_still(preview), MESSAGE_BLOCKS)


def _still(message: Reply) -> Reply:
    """`message` without what can be pressed, which would leave the form, and without how to type it."""
    last = next((place for place, block in enumerate(message.body, 1) if isinstance(block, Pre)), None)
    body = message.body[:last] if message.error else message.body
    return replace(message, body=tuple(map(_unpressed, body)), controls=())


def _unpressed(block: Block) -> Block:
    match block:
        case Item():
            return replace(block, actions=())
        case Card():
            return replace(block, controls=())
    return block


def _held(param: Param, value: str) -> str:
    """What the field of `param` holds that says `value`: nothing for what an emptied one says."""
    return "" if value == param.emptied else value


def _counts(param: Param) -> bool:
    """Whether what a command would bring depends on `param`."""
    return param.rest or param.kind is Kind.INTEGER


def _field(param: Param, value: str, *, live: bool) -> Json:
    """An input for `param` that holds `value`; a `live` one tells of each character."""
    found: Json = {
        "type": "input",
        "block_id": param.name,
        "label": blocks.plain(_readable(param.name), HINT),
        "element": {"action_id": FIELD + param.name, **_input(param, value)},
        "optional": not param.required,
    }
    if param.help:
        found["hint"] = blocks.plain(_readable(param.help), HINT)
    if live:
        found["dispatch_action"] = True
        found["element"]["dispatch_action_config"] = {"trigger_actions_on": ["on_character_entered"]}
    return found


def _input(param: Param, value: str) -> Json:
    if param.choices:
        return _choice(param.choices, value)
    if param.kind is Kind.CHANNEL:
        start = {"initial_conversation": value} if _CONVERSATION.fullmatch(value) else {}
        return {"type": "conversations_select", **start}
    begun = cut(harmless(value), INPUT)
    longest = min(max(param.max_length, len(begun)), INPUT)
    text: Json = {"type": "plain_text_input", "max_length": longest}
    return text | ({"initial_value": begun, "multiline": "\n" in begun} if begun else {})


def _choice(choices: Sequence[str], value: str) -> Json:
    shown = {choice: _readable(choice.replace("-", " ")) for choice in choices}
    options = [{"text": blocks.plain(text, LABEL), "value": choice} for choice, text in shown.items()]
    chosen = next((option for option in options if option["value"] == value), None)
    kind = "radio_buttons" if len(options) <= _RADIO else "static_select"
    start = {"initial_option": chosen} if chosen else {}
    return {"type": kind, "options": options, **start}


def _value(element: Json) -> str:
    """What a field holds, whatever its kind."""
    option = element.get("selected_option") or {}
    return str(element.get("value") or option.get("value") or element.get("selected_conversation") or "")


def _readable(name: str) -> str:
    """`muted_words` as people write it: "Muted words"."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]
