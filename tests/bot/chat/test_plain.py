"""Any message can be read as plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.message import (
    Action,
    Card,
    Form,
    Item,
    Link,
    Menu,
    Message,
    Para,
    Person,
    Pre,
    Reply,
    Span,
    When,
)
from bot.chat.plain import as_text, harmless, moment, plain, plain_text, stats_line, web_address

NEW_YEAR = 1_767_225_600_000  # 2026-01-01 00:00 UTC
SUBSCRIBE = Action(label="Subscribe", command="subscribe")
CARD = Card(
    title="World Models at Scale",
    url="https://example.org/p/1",
    byline="Ana Ruiz · 3 Dec",
    summary=("We train ", Span(text="world models", bold=True), "."),
    stats=("▲ 12",),
    matched=("world model", "title:scale"),
    controls=(Link(label="PDF", url="https://example.org/1.pdf"), SUBSCRIBE),
)


def test_a_card_is_its_lines() -> None:
    message = Message(headline="World Models at Scale · matched: world model", body=(CARD,))
    assert plain(message).split("\n") == [
        "World Models at Scale",
        "https://example.org/p/1",
        "Ana Ruiz · 3 Dec",
        "We train world models.",
        "▲ 12 · matched: world model, title:scale",
        "PDF: https://example.org/1.pdf",
    ]


def test_every_kind_of_block_is_shown_and_what_must_be_pressed_is_not() -> None:
    message = Message(
        headline="2 subscriptions",
        body=(
            Para(text=("Since ", When(at=NEW_YEAR), " by ", Person(id="U1", name="ada"))),
            Item(text=("1 ", Span(text="diffusion", url="https://example.org/q")), actions=(SUBSCRIBE,)),
            Pre(text="title:\n     ^"),
        ),
        controls=(
            Link(label="Help", url="https://example.org/h"),
            Menu(placeholder="More", options=(SUBSCRIBE,)),
        ),
        page=(1, 3),
    )
    assert plain(message, "Europe/Berlin").split("\n\n") == [
        "2 subscriptions",
        "Since 1 Jan 2026, 01:00 CET by ada",
        "• 1 diffusion (https://example.org/q)",
        "title:\n     ^",
        "Help: https://example.org/h",
        "page 1 of 3",
    ]


def test_a_form_shows_what_was_wrong() -> None:
    reply = Reply(headline="Not yet", form=Form(command="subscribe", errors={"query": "ends after OR"}))
    assert plain(reply) == "Not yet\n\nquery: ends after OR"


def test_a_headline_that_was_cut_within_the_title_repeats_it_too() -> None:
    assert plain(Message(headline="World Models at… · matched: x", body=(CARD,))).startswith(
        "World Models at Scale\n"
    )


def test_a_line_of_one_paper_is_not_said_twice() -> None:
    line = Item(text=(Span(text="Flow", url="https://example.org"), " · ▲ 12"))
    assert (
        plain(Message(headline="Flow · matched: flow", body=(line,))) == "• Flow (https://example.org) · ▲ 12"
    )


def test_a_headline_that_says_more_than_the_card_stays() -> None:
    assert plain(Message(headline="2 new papers", body=(CARD,))).startswith("2 new papers\n\nWorld Models")


@pytest.mark.parametrize(
    ("card", "line"),
    [
        (Card(title="t", url="u", stats=("▲ 1",)), "▲ 1"),
        (Card(title="t", url="u", matched=("a",)), "matched: a"),
        (Card(title="t", url="u"), ""),
    ],
)
def test_a_cards_last_line_leaves_out_what_it_lacks(card: Card, line: str) -> None:
    assert plain_text(stats_line(card)) == line


def test_as_text_keeps_the_headline_and_turns_the_rest_into_one_paragraph() -> None:
    short = as_text(Message(headline="2 new papers", body=(CARD, CARD), controls=(SUBSCRIBE,)))
    assert (short.headline, len(short.body), short.controls) == ("2 new papers", 1, ())
    assert plain(short) == plain(Message(headline="2 new papers", body=(CARD, CARD)))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("\u2067\u2066a\u2069\u200f", "a"),
        ("a\x1b[31mb\x08c\x00", "a[31mbc"),
        ("half \ud83d", "half \ufffd"),
        ("one\r\ntwo\rthree\u2028four\tfive", "one\ntwo\nthree\nfour\tfive"),
        ("שלום @everyone <!channel> **x** 👩\u200d🔬", "שלום @everyone <!channel> **x** 👩\u200d🔬"),
    ],
)
def test_foreign_text_steers_nothing_and_is_shown_as_written(text: str, shown: str) -> None:
    assert harmless(text) == shown


@given(st.text())
def test_harmless_text_can_be_encoded_and_stays_as_it_is(text: str) -> None:
    harmless(text).encode()
    assert harmless(harmless(text)) == harmless(text)


@given(st.text(), st.text())
def test_any_text_is_shown_without_controls(title: str, summary: str) -> None:
    shown = plain(
        Message(headline=title, body=(Card(title=title, url=title, summary=(summary,)), Pre(text=summary)))
    )
    assert harmless(shown) == shown


@given(
    st.integers(),
    st.sampled_from(["UTC", "Asia/Kathmandu", "Pacific/Kiritimati", "America/New_York", "Nowhere/Town", ""]),
)
def test_any_moment_can_be_written_in_any_zone(at: int, zone: str) -> None:
    assert moment(at, zone)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://cdn.example/a b (1).png", "https://cdn.example/a%20b%20(1).png"),
        ("http://cdn.example/x?q=é|<>", "http://cdn.example/x?q=%C3%A9%7C%3C%3E"),
        ("", None),
        (None, None),
        ("data:image/png;base64,AAAA", None),
        ("//cdn.example/x.png", None),
        ("cdn.example/x.png", None),
        ("javascript:alert(1)", None),
        ("https:///x", None),
        ("https://[::1/x", None),
        ("https://cdn.example/\ud83d", "https://cdn.example/"),
        ("https://cdn.example/" + "x" * 2_100, None),
    ],
)
def test_only_addresses_of_the_web_become_links(url: str | None, address: str | None) -> None:
    assert web_address(url) == address


@given(st.text())
def test_any_text_is_an_address_or_none(text: str) -> None:
    for url in (text, f"https://example.org/{text}", f"https://{text}"):
        address = web_address(url)
        assert address is None or (address.startswith("http") and " " not in address)


def test_where_somebody_can_only_type_each_action_is_the_line_to_type() -> None:
    edit = Action(label="Use the phrase", command="edit", arguments={"number": "1", "query": '"a b"'})
    shown = Message(
        headline="Done",
        body=(Item(text=("As two words",), actions=(edit,)), Card(title="T", url="U", controls=(WHY,))),
        controls=(
            Menu(placeholder="Pause", options=(WHY, edit)),
            Action(label="Subscribe…", command="add", form=True),
        ),
    )
    shown_plain = plain(shown, typed=lambda action: f"/papers {action.command}")
    assert shown_plain == (
        "Done\n\n• As two words\n    Use the phrase: /papers edit\n\nT\nU\nWhy: /papers why\n\n"
        "Why: /papers why\nUse the phrase: /papers edit\nSubscribe…: /papers add"
    )
    assert "/papers" not in plain(shown)


def test_lines_of_one_list_stand_together() -> None:
    items = (Item(text=("one",)), Item(text=("two",)))
    shown = Message(headline="List", body=(*items, Para(text=("between",)), *items))
    assert plain(shown) == "List\n\n• one\n• two\n\nbetween\n\n• one\n• two"


WHY = Action(label="Why", command="why")
