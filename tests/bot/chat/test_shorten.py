"""Text is cut at a word, after escaping, and never inside a character."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from bot.chat.message import Person, Piece, Span, Text, When
from bot.chat.shorten import cut, cut_text, fit

LIMITS = st.integers(min_value=0, max_value=40)
TEXTS = st.text(
    alphabet=st.one_of(st.characters(), st.sampled_from("&<> \n\u0301\u200d👩🇩🇪🏽a")), max_size=80
)


def backslashed(text: str) -> str:
    return re.sub(r"([*_&<])", r"\\\1", text)


def bold(text: str) -> str:
    return f"**{backslashed(text)}**"


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("world models", 12, "world models"),
        ("world models at scale", 15, "world models…"),
        ("world models at scale", 12, "world…"),
        ("supercalifragilistic", 10, "supercali…"),
        ("a supercalifragilistic", 10, "a…"),
        ("a " + "x" * 60, 50, "a " + "x" * 47 + "…"),
        ("世界モデルの規模", 5, "世界モデ…"),
        ("world", 1, "…"),
        ("world", 0, ""),
        ("", 0, ""),
    ],
)
def test_text_is_cut_behind_a_word(text: str, limit: int, short: str) -> None:
    assert cut(text, limit) == short


@pytest.mark.parametrize(
    "whole",
    ["e\u0301", "👩\u200d🔬", "🇩🇪", "👍🏽", "각", "\ud83d\ude00", "❤\ufe0f"],
    ids=["accent", "joined emoji", "flag", "skin tone", "Hangul", "surrogates", "variation"],
)
def test_no_character_is_parted(whole: str) -> None:
    text = whole * 9
    for limit in range(len(text) + 2):
        kept = cut(text, limit).removesuffix("…")
        assert kept == whole * (len(kept) // len(whole))


@pytest.mark.parametrize("escape", [str, html.escape, backslashed, bold])
@given(text=TEXTS, limit=LIMITS)
def test_what_was_cut_fits_once_escaped_and_stays_so(escape: type[str], text: str, limit: int) -> None:
    short = cut(text, limit, escape)
    assert len(escape(short)) <= limit or short == ""
    assert cut(short, limit, escape) == short
    assert fit(text, limit, escape) == (escape(short) if len(escape(short)) <= limit else "")


@given(TEXTS, LIMITS)
def test_what_is_kept_is_how_the_text_begins(text: str, limit: int) -> None:
    short = cut(text, limit)
    assert short == text or text.startswith(short.removesuffix("…"))


@given(st.text(alphabet="&<>x ", max_size=60), LIMITS)
def test_the_end_lies_never_inside_an_entity(text: str, limit: int) -> None:
    assert re.fullmatch(r"(?:&(?:amp|lt|gt);|[^&])*", fit(text, limit, html.escape))


def drawn(piece: Piece) -> str:
    match piece:
        case Span(text=text, bold=is_bold):
            return bold(text) if is_bold else html.escape(text)
        case str():
            return html.escape(piece)
        case _:
            return "a moment"


PIECES = st.lists(
    st.one_of(
        TEXTS,
        st.builds(Span, text=TEXTS, bold=st.booleans()),
        st.just(When(at=0)),
        st.just(Person(id="1", name="Ada")),
    ),
    max_size=5,
).map(tuple)


@given(PIECES, LIMITS)
def test_pieces_are_cut_to_a_common_limit(text: tuple[Piece, ...], limit: int) -> None:
    short = cut_text(text, limit, drawn)
    assert sum(len(drawn(piece)) for piece in short) <= limit
    assert cut_text(short, limit, drawn) == short
    if sum(len(drawn(piece)) for piece in text) <= limit:
        assert short == text


def test_a_piece_that_is_cut_keeps_its_look() -> None:
    short = cut_text(("We show ", Span(text="world models", bold=True), " at scale"), 20, drawn)
    assert short == ("We show ", Span(text="world…", bold=True))


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        (("We show ", Span(text="diffusion")), 14, ("We show…",)),
        (("We show diff", Span(text="usion")), 14, ("We show…",)),
        (("We show ", Span(text="diff"), "usion"), 12, ("We show…",)),
        ((Span(text="We show diff"), "usion"), 14, (Span(text="We show…"),)),
        (("We show", Span(text=" diffusion")), 10, ("We show…",)),
        (("diff", Span(text="usion")), 6, ("diff", Span(text="u…"))),
        (("We show ", Span(text="x" * 60)), 30, ("We show ", Span(text="x" * 21 + "…"))),
    ],
)
def test_a_word_of_several_pieces_is_shown_whole_or_not_at_all(text: Text, limit: int, short: Text) -> None:
    assert cut_text(text, limit, words) == short


@effort(max_examples=3_000)
@given(st.lists(st.text(alphabet="abc ", max_size=12), max_size=6), LIMITS)
def test_pieces_are_cut_where_their_text_would_be(parts: list[str], limit: int) -> None:
    pieces = tuple(Span(text=part) if number % 2 else part for number, part in enumerate(parts))
    assert "".join(map(words, cut_text(pieces, limit, words))) == cut("".join(parts), limit)


def words(piece: Piece) -> str:
    return piece.text if isinstance(piece, Span) else str(piece)


def test_a_moment_that_has_no_room_leaves_a_sign() -> None:
    assert cut_text(("Since ", When(at=0)), 8, drawn) == ("Since…",)
