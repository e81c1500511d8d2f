"""The upvotes that a query asks for are part of the query, however they were asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching.errors import QueryError
from bot.matching.evaluate import matches
from bot.matching.parser import parse
from bot.matching.threshold import threshold_of, with_threshold
from bot.matching.views import prepare
from bot.models import Paper, PaperId


@pytest.mark.parametrize(
    ("typed", "least", "plain"),
    [
        ("vision", 20, "vision upvotes>=20"),
        ("vision -video", 20, "vision -video upvotes>=20"),
        ("cats OR dogs", 20, "(cats OR dogs) upvotes>=20"),
        ("(a b) OR c", 5, "((a b) OR c) upvotes>=5"),
        ("*", 20, "upvotes>=20"),
        ("vision upvotes>=50", 20, "vision upvotes>=20"),
        ("vision upvotes>19", 30, "vision upvotes>=30"),
        ("upvotes>=5 vision upvotes>=9", 7, "vision upvotes>=7"),
        ("(a upvotes>=50) OR b", 20, "((a upvotes>=50) OR b) upvotes>=20"),
        ("vision upvotes<=90", 20, "vision upvotes<=90 upvotes>=20"),
        ("vision -upvotes>=90", 20, "vision -upvotes>=90 upvotes>=20"),
        ("vision upvotes>=20", 0, "vision"),
        ("upvotes>=20", 0, "*"),
        ("upvotes>=20 -video", 0, "* -video"),
        ("vision", 0, "vision"),
        ("vision comments>=5", 0, "vision comments>=5"),
    ],
)
def test_a_threshold_takes_its_place_beside_all_else(typed: str, least: int, plain: str) -> None:
    query = with_threshold(parse(typed), least)
    assert query.plain == plain
    assert query == parse(plain)
    assert query.canonical == parse(plain).canonical
    assert threshold_of(query) == least


@pytest.mark.parametrize(
    ("typed", "least"),
    [
        ("vision", 0),
        ("vision upvotes>=20", 20),
        ("upvotes:7", 7),
        ("upvotes>=5 vision upvotes>=9", 9),
        ("a OR upvotes>=5", 0),
        ("vision upvotes=5", 0),
    ],
)
def test_a_querys_threshold_is_what_every_paper_of_it_must_have(typed: str, least: int) -> None:
    assert threshold_of(parse(typed)) == least


def test_what_was_replaced_is_said_and_other_notes_stay() -> None:
    assert with_threshold(parse("#vision upvotes>=20"), 30).notes == (
        "dropped the leading #",
        "upvotes>=30 took the place of upvotes>=20",
    )
    assert with_threshold(parse("vision"), 30).notes == ()
    assert with_threshold(parse("vision upvotes>=20"), 20).notes == ()


def test_a_query_that_has_no_room_for_it_is_refused() -> None:
    with pytest.raises(QueryError, match="500 at most"):
        with_threshold(parse("a" * 495), 20)
    with pytest.raises(QueryError, match="64 words"):
        with_threshold(parse(" ".join(f"w{number}x" for number in range(64))), 20)


@given(
    typed=st.sampled_from(["vision", "cats OR vision", "* -cats", "vision upvotes>=3", "upvotes<=9 OR cats"]),
    least=st.integers(0, 12),
    upvotes=st.integers(0, 12),
)
def test_it_brings_what_the_rest_of_the_query_brings_from_that_number_on(
    typed: str, least: int, upvotes: int
) -> None:
    paper = prepare(Paper(id=PaperId("2512.00001"), title="Vision", upvotes=upvotes))
    rest = with_threshold(parse(typed), 0)
    assert matches(with_threshold(parse(typed), least), paper) == (matches(rest, paper) and upvotes >= least)
