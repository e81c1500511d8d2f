"""Slack's forms, modals and App Home: within the limits of views, and nothing typed is lost."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.views import Metadata, errors_of, form, home, loading, metadata_of, shown, values_of
from bot.chat.command import Command, Context, Kind, Param, Values
from bot.chat.message import Action, Card, Form, Item, Message, Para, Pre, Reply, Span, When
from bot.chat.samples import HOSTILE, messages
from tests.adapters.slack_blocks import kinds, refused, texts


async def nothing(_context: Context, _values: Values) -> Reply:
    return Reply(headline="")


QUERY = Param(name="query", help="words, or a phrase", required=True, rest=True, ask=True)
SUBSCRIBE = Command(
    name="subscribe",
    summary="Bring papers here",
    handler=nothing,
    params=(
        QUERY,
        Param(name="upvotes_from", help="", kind=Kind.INTEGER, ask=True),
        Param(name="style", help="how much", choices=("full", "compact", "title"), ask=True),
        Param(name="every", help="when", choices=("once", "hourly", "daily", "weekly"), ask=True),
        Param(name="where", help="the channel", kind=Kind.CHANNEL, ask=True),
        Param(name="thread", help="elsewhere", ask=True, platforms=("other",)),
        Param(name="also", help="more queries", hidden=True),
    ),
    preview=nothing,
)
WRITTEN = st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp")), min_size=1, max_size=900)
VALUES = {
    "query": '"world model" & <x>',
    "upvotes_from": "20",
    "style": "compact",
    "every": "daily",
    "where": "C2",
    "also": "a\nb & c",
    "channel": "C1",
}
PREVIEW = Reply(
    headline="6 papers match",
    body=(Item(text=("One",), actions=(Action(label="Share", command="share", value="share 1"),)),),
    controls=(Action(label="Next", command="search", value="search x"),),
)


def drawn(values: dict[str, str], preview: Reply | None = None, **errors: str) -> Any:
    asked = Form(command="subscribe", values=values, errors=errors)
    view = form(SUBSCRIBE, asked, platform="slack", place="D1 U1", preview=preview)
    assert refused(view) == []
    return view


def inputs(view: Any) -> dict[str, Any]:
    return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}


def sent_back(view: Any) -> Any:
    """`view` as Slack sends it when nobody changed anything in it."""
    state = {name: {"field:" + name: filled(block["element"])} for name, block in inputs(view).items()}
    return {**json.loads(json.dumps(view)), "state": {"values": state}}


def filled(element: Any) -> dict[str, Any]:
    match element["type"]:
        case "plain_text_input":
            return {"type": element["type"], "value": element.get("initial_value")}
        case "conversations_select":
            return {"type": element["type"], "selected_conversation": element.get("initial_conversation")}
    return {"type": element["type"], "selected_option": element.get("initial_option")}


# Forms


def test_a_form_has_a_field_for_each_parameter_that_is_asked_here() -> None:
    view = drawn({})
    fields = inputs(view)
    assert {name: block["element"]["type"] for name, block in fields.items()} == {
        "query": "plain_text_input",
        "upvotes_from": "plain_text_input",
        "style": "radio_buttons",
        "every": "static_select",
        "where": "conversations_select",
    }
    assert [block["label"]["text"] for block in fields.values()] == [
        "Query",
        "Upvotes from",
        "Style",
        "Every",
        "Where",
    ]
    assert [name for name, block in fields.items() if not block["optional"]] == ["query"]
    assert fields["query"]["hint"]["text"] == "Words, or a phrase"
    assert not fields["query"]["element"].get("multiline") and "hint" not in fields["upvotes_from"]
    assert fields["query"]["element"]["max_length"] == 500
    assert (view["title"]["text"], view["submit"]["text"], view["close"]["text"]) == (
        "Subscribe",
        "Subscribe",
        "Cancel",
    )
    assert texts(view)[0] == "Bring papers here"


def test_a_form_that_asks_for_nothing_is_saved() -> None:
    setting = replace(SUBSCRIBE, name="settings", params=(replace(QUERY, required=False),))
    view = form(setting, Form(command="settings"), platform="slack", place="")
    assert (view["title"]["text"], view["submit"]["text"]) == ("Settings", "Save")


def test_a_form_that_comes_back_unchanged_has_the_values_it_opened_with() -> None:
    view = sent_back(drawn(VALUES))
    assert values_of(view) == VALUES
    assert metadata_of(view) == Metadata(
        command="subscribe", place="D1 U1", hidden={"also": VALUES["also"], "channel": "C1"}
    )


def test_fields_left_empty_come_back_empty_so_that_a_person_can_clear_them() -> None:
    assert set(values_of(sent_back(drawn({}))).values()) == {""}
    assert values_of({}) == {} and metadata_of({}) == Metadata()


def test_nothing_in_the_metadata_is_a_character_that_slack_escapes() -> None:
    assert not set(drawn(VALUES)["private_metadata"]) & set("&<>")


def test_what_is_too_long_to_travel_unseen_becomes_a_field() -> None:
    long = {**VALUES, "also": "a & b\n" * 450}
    view = drawn(long)
    assert set(inputs(view)) == {"query", "upvotes_from", "style", "every", "where", "also"}
    assert inputs(view)["also"]["element"]["multiline"] is True
    assert values_of(sent_back(view)) == long


def test_a_value_that_is_no_choice_any_more_is_not_chosen() -> None:
    assert "initial_option" not in inputs(drawn({"style": "huge"}))["style"]["element"]


def test_a_channel_that_is_no_id_is_not_chosen() -> None:
    assert "initial_conversation" not in inputs(drawn({"where": "#ml"}))["where"]["element"]


def test_the_query_tells_of_each_character_where_there_is_a_preview() -> None:
    query = inputs(drawn(VALUES))["query"]
    assert query["dispatch_action"] is True
    assert query["element"]["dispatch_action_config"] == {"trigger_actions_on": ["on_character_entered"]}
    quiet = form(replace(SUBSCRIBE, preview=None), Form(command="x"), platform="slack", place="")
    assert "dispatch_action" not in inputs(quiet)["query"]


def test_a_preview_stands_below_the_fields_with_nothing_to_press() -> None:
    view = drawn(VALUES, PREVIEW)
    below = view["blocks"][[block["type"] for block in view["blocks"]].index("divider") :]
    assert texts({"blocks": below}) == ["6 papers match", "One"]
    assert not kinds({"blocks": below}) & {"button", "static_select", "actions"}


def test_a_preview_of_what_is_wrong_is_the_reason_and_the_caret() -> None:
    wrong = Reply(
        headline="This ends after OR.",
        body=(Pre(text="a OR\n  ^"), Para(text=("To type: /papers subscribe",))),
        error=True,
    )
    assert texts(drawn({}, wrong, query="This ends after OR."))[-2:] == ["This ends after OR.", "a OR\n  ^"]


def test_what_was_wrong_stands_above_the_fields_of_a_form_that_is_opened_again() -> None:
    assert texts(drawn({}, query="This ends after OR."))[1:3] == ["Query", ": This ends after OR."]


# Errors


def wrong(**errors: str) -> tuple[Form, Reply]:
    asked = Form(command="subscribe", errors=errors)
    return asked, Reply(headline="x", body=(Pre(text="flow OR\n     ^"),), form=asked, error=True)


def test_the_first_error_carries_the_caret_in_its_line() -> None:
    assert errors_of(*wrong(query="This ends after OR.", style="No such style.")) == {
        "query": "This ends after OR. flow ▸OR◂",
        "style": "No such style.",
    }


def test_an_error_of_what_is_no_field_stands_under_the_last_field() -> None:
    asked, reply = wrong(query="This ends after OR.", also="Too many.", at="Too late.")
    assert errors_of(asked, replace(reply, body=()), ("query", "style")) == {
        "query": "This ends after OR.",
        "style": "Also: Too many. At: Too late.",
    }


@given(st.text(max_size=2_000))
def test_an_error_is_one_line(text: str) -> None:
    asked, reply = wrong(query=text)
    (line,) = errors_of(asked, replace(reply, body=(Pre(text=text),))).values()
    assert len(line) <= 300 and "\n" not in line


# Other views


def test_a_modal_without_data_opens_at_once() -> None:
    view = loading("Subscribe to something very long", "D1 U1")
    assert refused(view) == [] and len(view["title"]["text"]) <= 24
    assert metadata_of(view) == Metadata(place="D1 U1")


def test_a_message_is_a_modal() -> None:
    view = shown(PREVIEW, "Subscribe", "D1 U1")
    assert refused(view) == [] and "submit" not in view
    assert metadata_of(view).place == "D1 U1"
    assert texts(view)[:2] == ["6 papers match", "One"]


def channel(number: int, subscriptions: int) -> tuple[Para | Item, ...]:
    actions = tuple(Action(label=label, command="x", value="x") for label in ("Edit", "Pause", "Remove"))
    name = Para(text=(Span(text=f"#channel-{number}", bold=True),))
    paused = (" · paused since ", When(at=86_400_000))
    lines = (
        Item(text=(f"{one} ", Span(text="world model"), *paused), actions=actions)
        for one in range(subscriptions)
    )
    return (name, *lines)


def test_a_home_of_more_than_slack_takes_is_shown_in_part_and_counted() -> None:
    body = tuple(block for number in range(6) for block in channel(number, 20))
    turn = Action(label="Next", command="home", value="home page:2")
    view = home(Message(headline="6 channels", body=body, controls=(turn,), page=(1, 2)))
    assert refused(view) == []
    said = texts(view)
    assert "Next" in said and said[-1] == "page 1 of 2"
    assert any(text.startswith("and ") and text.endswith(" more") for text in said)


def test_a_home_of_many_short_lines_is_shown_whole() -> None:
    plain = Item(text=("1 world model",), actions=(Action(label="Edit", command="x", value="x"),) * 3)
    view = home(Message(headline="6 channels", body=(plain,) * 60))
    assert refused(view) == [] and texts(view).count("1 world model") == 60


@pytest.mark.parametrize("name", HOSTILE)
def test_every_view_around_hostile_text_is_within_the_limits(name: str) -> None:
    text = HOSTILE[name]
    for message in messages(text).values():
        assert refused(home(message)) == []
        assert refused(shown(message, text, "x")) == []
    values = dict.fromkeys(("query", "also", "style", "where", "other"), text)
    view = form(
        replace(SUBSCRIBE, name="x", summary=text, params=(replace(QUERY, help=text),)),
        Form(command="x", values=values, errors={"query": text}),
        platform="slack",
        place="x",
    )
    assert refused(view) == []
    json.dumps(view, ensure_ascii=False).encode()


@given(st.dictionaries(st.sampled_from(["query", "also", "channel", "at", "number"]), WRITTEN))
def test_any_values_come_back_as_they_were(values: dict[str, str]) -> None:
    simple = replace(SUBSCRIBE, params=(QUERY,))
    view = form(simple, Form(command="x", values=values), platform="slack", place="x")
    assert refused(view) == [] and values_of(sent_back(view)) == {"query": "", **values}


def test_a_card_can_be_previewed() -> None:
    card = Card(title="One", url="https://example.org", controls=(Action(label="Why", command="why"),))
    assert "actions" not in kinds(drawn({}, Reply(headline="x", body=(card,))))
