"""The fake's validator draws the lines where Slack's reference draws them, and text_of reads all of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from tests.fakes.slack import links_of, problems, text_of, view_problems
from tests.fakes.slack.blocks import EVERYWHERE, INLINE, INTERACTIVE, RICH
from tests.fakes.slack.reading import with_ids


def plain(length: int = 5) -> dict[str, Any]:
    return {"type": "plain_text", "text": "a" * length}


def marked(length: int = 5) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": "a" * length}


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(), "action_id": "a", **more}


def section(**more: Any) -> dict[str, Any]:
    return {"type": "section", "text": marked(), **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": [*elements]}


def option(text: int = 5, value: str = "v") -> dict[str, Any]:
    return {"text": plain(text), "value": value}


def select(count: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": "static_select", "options": [option(value=str(i)) for i in range(count)], **more}


def overflow(count: int) -> dict[str, Any]:
    return {"type": "overflow", "options": [option(value=str(i)) for i in range(count)]}


def image(**more: Any) -> dict[str, Any]:
    return {"type": "image", "image_url": "https://example.org/a.png", "alt_text": "x", **more}


def entry(element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "input", "label": plain(), "element": element, **more}


def rich(*inline: dict[str, Any], kind: str = "rich_text_section", **more: Any) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": [*inline], **more}]}


def link(**more: Any) -> dict[str, Any]:
    return {"type": "link", "url": "https://example.org", **more}


TEXT = {"type": "text", "text": "x"}
TYPED = {"type": "plain_text_input", "action_id": "t"}

TAKEN = {
    "section": section(text=marked(3_000)),
    "fields": {"type": "section", "fields": [marked(2_000)] * 10},
    "header": {"type": "header", "text": plain(150)},
    "context": {"type": "context", "elements": [marked(), image()] * 5},
    "buttons": actions(*(button(action_id=str(i), text=plain(75), value="v" * 2_000) for i in range(25))),
    "options": actions(select(100, placeholder=plain(150))),
    "overflow": section(accessory=overflow(5)),
    "image": image(alt_text="a" * 2_000, title=plain(2_000)),
    "picture": section(accessory=image(image_url="https://e.org/" + "u" * 2_986)),
    "link": rich(link(text="x", style={"bold": True}), TEXT),
    "date": rich({"type": "date", "timestamp": 1, "format": "{date}", "fallback": "then"}),
    "list": {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_list", "style": "bullet", "elements": rich(TEXT)["elements"]},
            {"type": "rich_text_preformatted", "elements": [TEXT]},
        ],
    },
    "input": entry({**TYPED, "max_length": 500, "initial_value": "x"}, hint=plain(2_000), optional=True),
    "choice": entry(select(3, initial_option=option(value="1"))),
    "markdown": {"type": "markdown", "text": "# x"},
}
REFUSED = {
    "section is too long": section(text=marked(3_001)),
    "section is empty": {"type": "section"},
    "section's text is empty": section(text=marked(0)),
    "field is too long": {"type": "section", "fields": [marked(2_001)]},
    "eleven fields": {"type": "section", "fields": [marked()] * 11},
    "header is too long": {"type": "header", "text": plain(151)},
    "header with markup": {"type": "header", "text": marked()},
    "context of eleven": {"type": "context", "elements": [marked()] * 11},
    "context of nothing": {"type": "context", "elements": []},
    "button in a context": {"type": "context", "elements": [button()]},
    "button as a block": button(),
    "26 buttons": actions(*(button(action_id=str(i)) for i in range(26))),
    "no buttons": actions(),
    "button's text is too long": actions(button(text=plain(76))),
    "button with markup": actions(button(text=marked())),
    "button's value is too long": actions(button(value="v" * 2_001)),
    "button's value is empty": actions(button(value="")),
    "button's address is none": actions(button(url="javascript:alert(1)")),
    "button in green": actions(button(style="green")),
    "action_id is too long": actions(button(action_id="a" * 256)),
    "action_id twice in a block": actions(button(), button()),
    "block_id is too long": section(block_id="b" * 256),
    "101 options": actions(select(101)),
    "no options": actions(select(0)),
    "option is too long": actions({**select(), "options": [option(76)]}),
    "option's value is too long": actions({**select(), "options": [option(value="v" * 151)]}),
    "placeholder is too long": actions(select(placeholder=plain(151))),
    "overflow of six": actions(overflow(6)),
    "chosen option is not offered": actions(select(1, initial_option=option(value="9"))),
    "image without words": {"type": "image", "image_url": "https://example.org/a.png"},
    "image without address": {"type": "image", "alt_text": "x"},
    "image's words are too long": image(alt_text="a" * 2_001),
    "image's address is too long": image(image_url="https://e.org/" + "u" * 2_987),
    "image's address has a space": image(image_url="https://e.org/a b.png"),
    "image's address has no host": image(image_url="https:///a.png"),
    "image within the address": image(image_url="data:image/png;base64,xx"),
    "rich text of nothing": {"type": "rich_text", "elements": []},
    "rich section of nothing": rich(),
    "rich text with an empty word": rich({"type": "text", "text": ""}),
    "link to nowhere": rich({"type": "link", "text": "x"}),
    "link by another scheme": rich(link(url="slack://x")),
    "date as words": rich({"type": "date", "timestamp": "1", "format": "{date}"}),
    "list without style": rich(*rich(TEXT)["elements"], kind="rich_text_list"),
    "unknown element": rich({"type": "blink", "text": "x"}),
    "unknown field": section(colour="red"),
    "text is a string": {"type": "section", "text": "hello"},
    "unknown block": {"type": "sektion"},
    "block is no object": "section",
    "label is too long": entry(TYPED, label=plain(2_001)),
    "typed before, but too long": entry({**TYPED, "max_length": 2, "initial_value": "xxx"}),
    "max_length is too long": entry({**TYPED, "max_length": 3_001}),
    "button in an input": entry(button()),
}


@pytest.mark.parametrize("block", TAKEN.values(), ids=TAKEN)
def test_what_is_within_the_limits_is_taken(block: Any) -> None:
    assert problems([block]) == []


@pytest.mark.parametrize("block", REFUSED.values(), ids=REFUSED)
def test_what_is_beyond_a_limit_is_refused_with_its_place(block: Any) -> None:
    (first, *_) = problems([block])
    assert "[json-pointer:/blocks/0" in first


def test_a_message_has_fifty_blocks_with_ids_of_their_own() -> None:
    assert problems([section()] * 50) == [] and problems([section()] * 51)
    assert problems([section(block_id="b"), section(block_id="b")]) == [
        "[ERROR] block_id b already exists [json-pointer:/blocks]"
    ]


def view(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain(24), "submit": plain(24), "blocks": [*blocks], **more}


@pytest.mark.parametrize(
    "wrong",
    [
        view(title=plain(25)),
        view(submit=plain(25)),
        view(close=plain(25)),
        view(private_metadata="m" * 3_001),
        view(callback_id="c" * 256),
        view(*[section()] * 101),
        view({"type": "markdown", "text": "only in messages"}),
        {"type": "modal", "title": plain(), "blocks": [entry(TYPED)]},
        {"type": "modal", "blocks": []},
        {"type": "home", "blocks": [], "title": plain()},
        {"type": "tab", "blocks": []},
        None,
    ],
)
def test_a_view_has_limits_of_its_own(wrong: Any) -> None:
    assert view_problems(wrong)


def test_a_view_within_its_limits_is_taken() -> None:
    assert view_problems(view(*[section()] * 99, entry(TYPED), private_metadata="m" * 3_000)) == []
    assert view_problems({"type": "home", "blocks": [section()] * 100}) == []


def test_all_that_a_reader_sees_is_read_and_nothing_else() -> None:
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "Papers"}},
        rich(link(text="Flow"), {"type": "text", "text": " by "}, {"type": "user", "user_id": "U1"}),
        section(text={"type": "mrkdwn", "text": "*why*"}, accessory=image(alt_text="a picture")),
        actions(button(text={"type": "plain_text", "text": "PDF"}, value="secret", url="https://p.example")),
    ]
    assert text_of(blocks).splitlines() == ["Papers", "Flow by <@U1>", "*why*", "a picture", "PDF"]
    assert links_of(blocks) == ["https://example.org", "https://p.example"]


def test_ids_are_given_where_there_are_none() -> None:
    ids = iter("xyz")
    (first,) = with_ids([section(accessory={"type": "button", "text": plain()})], lambda: next(ids))
    assert (first["block_id"], first["accessory"]["action_id"]) == ("x", "y")


WORDS = st.sampled_from(
    ["type", "text", "elements", "element", "accessory", "options", "blocks", "block_id", "url"]
)
KINDS = st.sampled_from([*EVERYWHERE, *INTERACTIVE, *RICH, *INLINE, "plain_text", "mrkdwn", "modal", "home"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | KINDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner | KINDS, max_size=5),
    max_leaves=20,
)


@given(ANYTHING)
@effort(max_examples=300, deadline=None)
def test_no_payload_makes_the_validator_stumble(payload: Any) -> None:
    view_problems(payload)
    if not problems(payload):
        text_of(with_ids(payload, lambda: "id"))
