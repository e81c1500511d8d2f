"""What cards say."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards import (
    COMPACT_LINES,
    SUMMARY,
    batch_message,
    byline,
    compact,
    headline,
    notice,
    paper_card,
    stats,
    summary,
)
from bot.chat.message import HEADLINE, Action, Card, Item, Link, Para, Person, Span, Text
from bot.chat.plain import plain_text
from bot.clock import DAY
from bot.models import Channel, ChannelId, ChannelKey, DeliveryId, Paper, PaperId, SubscriptionId
from bot.store.deliveries import Delivery, Match
from tests.fakes.clock import START

VISION = Channel(key=ChannelKey(platform="test", workspace="w", id="1"), name="#vision")
PAPER = Paper(
    id=PaperId("2512.99001"),
    title="World Models at Scale",
    abstract="We begin simply. Then a world model learns streets. It ends.",
    authors=("Ana Ruiz", "Bo Lin", "Cy Oh", "Di Wu"),
    organization="Parallax",
    published_on=date(2025, 12, 3),
    upvotes=12,
    comments=3,
    stars=140,
    code_url="https://code.example/x",
    thumbnail="https://cdn.example/x.png",
)


def plain(text: Text) -> str:
    return "".join(piece if isinstance(piece, str) else getattr(piece, "text", "") for piece in text)


def row(number: int, **values: Any) -> Delivery:
    match = Match(subscription=SubscriptionId(1), number=1, words="world model", live=True)
    made = Delivery(
        id=DeliveryId(number),
        channel_id=ChannelId(1),
        kind="paper",
        subject=f"2512.{number:05}",
        batch="b1",
        matches=(match,),
    )
    return replace(made, **values)


def several(count: int, channel: Channel = VISION, **values: Any) -> Any:
    papers = {PaperId(f"2512.{n:05}"): replace(PAPER, id=PaperId(f"2512.{n:05}")) for n in range(count)}
    return batch_message(channel, [row(n, **values) for n in range(count)], papers, START)


@pytest.mark.parametrize(
    ("authors", "organization", "published", "line"),
    [
        (
            ("A One", "B Two", "C Three", "D Four"),
            "Lab",
            date(2025, 12, 3),
            "A One, B Two and 2 others · Lab · 3 Dec",
        ),
        (("A One", "B Two", "C Three"), None, None, "A One, B Two, C Three"),
        (("A One",), "Lab", None, "A One · Lab"),
        ((), None, None, ""),
    ],
)
def test_a_byline(
    authors: tuple[str, ...], organization: str | None, published: date | None, line: str
) -> None:
    assert byline(replace(PAPER, authors=authors, organization=organization, published_on=published)) == line


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        ((12, 3, 140), "▲ 12 · 3 comments · ★ 140"),
        ((0, 1, 0), "1 comment"),
        ((5, 0, 0), "▲ 5"),
        ((0, 0, 0), ""),
    ],
)
def test_stats_leave_zeros_out(counts: tuple[int, int, int], line: str) -> None:
    upvotes, comments, stars = counts
    assert stats(replace(PAPER, upvotes=upvotes, comments=comments, stars=stars)) == line


def test_the_summary_is_the_sentence_that_matched_with_the_match_in_bold() -> None:
    assert summary(PAPER, ('"world model"',)) == (
        "Then a ",
        Span(text="world model", bold=True),
        " learns streets.",
    )


def test_without_a_match_in_the_abstract_it_is_the_feeds_own_sentence_or_the_beginning() -> None:
    assert summary(replace(PAPER, ai_summary="In short."), ("title:scale",)) == ("In short.",)
    assert summary(PAPER, ("*",)) == (PAPER.abstract,)


def test_a_match_far_into_a_long_sentence_still_shows() -> None:
    sentence = "We " + "very " * 200 + "carefully use diffusion at the end " + "and on " * 100 + "."
    shown = summary(replace(PAPER, abstract=sentence), ("diffusion",))
    assert Span(text="diffusion", bold=True) in shown
    assert len(plain(shown)) <= SUMMARY


def test_a_card_has_three_controls_and_the_third_tells_why() -> None:
    card = paper_card(PAPER, ("world model",))
    assert [control.label for control in card.controls if isinstance(control, Link | Action)] == [
        "PDF",
        "Code",
        "Why / pause…",
    ]


def test_a_card_without_pictures() -> None:
    assert paper_card(PAPER).thumbnail == PAPER.thumbnail
    assert paper_card(PAPER, (), "no-picture").thumbnail is None


def test_a_compact_line() -> None:
    assert plain(compact(PAPER, ("world model",))) == "World Models at Scale · ▲ 12 · matched: world model"


def test_a_headline_has_the_title_first() -> None:
    assert headline(PAPER, ("world model",)) == "World Models at Scale · matched: world model"


@given(st.text(max_size=400), st.lists(st.text(min_size=1, max_size=300), max_size=4))
def test_any_text_makes_a_card_within_its_limits(text: str, matched: list[str]) -> None:
    paper = replace(PAPER, title=text, abstract=text, authors=(text,))
    assert len(headline(paper, matched)) <= HEADLINE
    assert len(plain(paper_card(paper, matched).summary)) <= SUMMARY


@pytest.mark.parametrize(("count", "kind"), [(2, Card), (3, Card), (4, Item), (30, Item)])
def test_up_to_three_papers_are_full_cards_and_more_are_lines(count: int, kind: type) -> None:
    message = several(count)
    assert message.headline == f"{count} new papers for #vision"
    assert [type(block) for block in message.body] == [kind] * count
    assert message.controls == (Action(label=f"Show all {count}", command="show", arguments={"batch": "b1"}),)


def test_after_ten_lines_come_titles_alone() -> None:
    lines = [plain(block.text) for block in several(12).body]
    assert "matched" in lines[COMPACT_LINES - 1]
    assert lines[COMPACT_LINES] == PAPER.title


def test_a_channel_that_wants_it_compact_gets_lines() -> None:
    compact_one = replace(VISION, style="compact")
    assert [type(block) for block in several(1, compact_one).body] == [Item]
    assert [type(block) for block in several(3, compact_one).body] == [Item] * 3


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"together": f"away:{START - 5 * DAY}"}, "While I was away, Wed–Mon: 4 papers"),
        ({"together": f"away:{START - 9 * DAY}"}, "While I was away, 22 Nov – 1 Dec: 4 papers"),
        ({"together": f"parked:{START - DAY}"}, "While I could not post here, Sun–Mon: 4 papers"),
        ({"together": "asked:1", "asked_by": "Ann"}, "4 papers for #vision, asked for by Ann"),
    ],
)
def test_a_message_of_several_says_why_they_come_together(values: dict[str, Any], line: str) -> None:
    assert several(4, **values).headline == line


def test_a_single_paper_that_somebody_asked_for_is_signed() -> None:
    assert several(1, asked_by="Ann").body[-1] == Para(text=("Asked for by Ann",))


def test_what_is_sent_as_text_has_no_cards() -> None:
    message = several(1, as_text=True)
    assert not any(isinstance(block, Card | Item) for block in message.body)
    assert PAPER.title in repr(message.body)


def test_a_notice_of_changes_has_a_line_each() -> None:
    who = {"id": "U1", "name": "ann"}
    changes = [
        {"who": who, "what": "subscribed", "query": "flow", "rate": "about 3 a week"},
        {"who": who, "what": "paused", "query": None},
    ]
    message = notice(VISION, {"cause": "changes", "changes": changes}, {})
    ann = Person(id="U1", name="ann")
    assert [block.text for block in message.body if isinstance(block, Para)] == [
        (ann, " subscribed this channel to ", Span(text="flow", code=True), " (about 3 a week)."),
        (ann, " paused ", "this channel", "."),
    ]


def test_a_shared_paper_is_signed() -> None:
    by = {"id": "U1", "name": "Ann"}
    message = notice(VISION, {"cause": "share", "paper": PAPER.id, "by": by}, {PAPER.id: PAPER})
    assert message.body[-1] == Para(text=("Shared by ", Person(id="U1", name="Ann")))


def test_that_everything_matches_everything_is_not_said() -> None:
    alone, among = ("*",), ("*", "world model")
    assert (headline(PAPER, alone), paper_card(PAPER, alone).matched) == (PAPER.title, ())
    assert "matched" not in plain_text(compact(PAPER, alone))
    assert headline(PAPER, among) == f"{PAPER.title} · matched: world model"
    assert paper_card(PAPER, among).matched == ("world model",)


def test_words_in_bold_take_no_more_room_than_others() -> None:
    sentence = " ".join(["Flow and sound and text,", *["one more word"] * 13]) + "."
    assert len(sentence) <= SUMMARY
    shown = summary(replace(PAPER, abstract=sentence), ("flow OR sound OR text",))
    assert plain_text(shown) == sentence
    assert [piece.text for piece in shown if isinstance(piece, Span)] == ["Flow", "sound", "text"]
