"""Why a paper matches, and all queries against papers."""

import pytest

from bot.matching.evaluate import Evaluator, evidence
from bot.matching.parser import parse
from bot.matching.query import has_tests
from bot.matching.views import prepare
from bot.models import Paper, PaperId, QueryId


def paper(name: str, title: str, abstract: str = "", upvotes: int = 0, code: str | None = None) -> Paper:
    return Paper(
        id=PaperId(name), title=title, abstract=abstract, upvotes=upvotes, code_url=code, authors=("Bo Lin",)
    )


FLOW = paper("1", "Flow Matching", "We match flows with diffusion.", 7, "https://example.org/code")
TOYS = paper("2", "Toys", "A survey of toys.")


@pytest.mark.parametrize(
    ("query", "words", "fields"),
    [
        ("flow", ("flow",), ("title", "abstract")),
        ("matching OR toys", ("matching",), ("title",)),
        ("flow diffusion -video", ("diffusion", "flow"), ("abstract", "title")),
        ('"flow matching" author:lin', ("author:lin", '"flow matching"'), ("author", "title")),
        ("upvotes>=5 has:code", ("has:code", "upvotes>=5"), ("code", "upvotes")),
        ("diffus*", ("diffus*",), ("abstract",)),
        ("* -video", ("*",), ()),
        ("(flow toys) OR matching", ("matching",), ("title",)),  # of half a branch nothing is told
        ("toys", (), ()),
    ],
)
def test_evidence_tells_what_of_a_query_was_found_and_where(
    query: str, words: tuple[str, ...], fields: tuple[str, ...]
) -> None:
    found = evidence(parse(query), prepare(FLOW))
    assert (found.words, found.fields) == (words, fields)


def evaluator(*queries: str) -> Evaluator:
    made = Evaluator()
    made.apply([(QueryId(number), parse(query)) for number, query in enumerate(queries, 1)], len(queries))
    return made


def test_matches_come_by_paper_and_then_by_query() -> None:
    assert evaluator("*", "flow", "toys").matches([TOYS, FLOW]) == [("2", 1), ("2", 3), ("1", 1), ("1", 2)]


def test_a_query_can_be_exchanged_and_taken_out() -> None:
    ours = evaluator("flow", "toys")
    ours.change(QueryId(1), parse("survey"))
    assert ours.matches([TOYS]) == [("2", 1), ("2", 2)]
    ours.apply([(QueryId(1), None), (QueryId(2), None), (QueryId(3), None)], 5)
    assert ours.matches([TOYS]) == []
    assert ours.sequence == 5


def test_taking_in_the_same_changes_again_changes_nothing() -> None:
    ours = evaluator("flow")
    ours.apply([(QueryId(1), parse("flow"))], 1)
    assert ours.matches([FLOW]) == [("1", 1)]


def test_only_some_queries_can_be_asked() -> None:
    ours = evaluator("flow", "upvotes>=5", "flow has:code", "toys")
    assert ours.queries_with_tests() == {2, 3}
    assert ours.matches([FLOW], only=ours.queries_with_tests()) == [("1", 2), ("1", 3)]
    assert ours.matches([FLOW], only=[QueryId(9)]) == []


def test_a_query_that_is_exchanged_for_one_without_tests_is_not_asked_again() -> None:
    ours = evaluator("upvotes>=5")
    ours.change(QueryId(1), parse("flow"))
    assert ours.queries_with_tests() == set()


@pytest.mark.parametrize(
    ("query", "tested"),
    [("flow", False), ("author:lin", False), ("a -upvotes<=3", True), ("a OR (b has:code)", True)],
)
def test_numbers_and_links_are_what_can_change_later(query: str, tested: bool) -> None:
    assert has_tests(parse(query)) is tested
