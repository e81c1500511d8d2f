"""Which pairs a poll brings: new papers by all their matches, known ones by edges alone."""

from bot.delivery.plan import before, in_order, pairs
from bot.models import Paper, PaperId, QueryId

A, B = PaperId("2501.99001"), PaperId("2501.99002")
ONE, TWO = QueryId(1), QueryId(2)


def test_a_new_paper_brings_every_query_that_it_matches() -> None:
    assert pairs([Paper(id=A, title="a")], {A}, {A: {TWO, ONE}}, {A: {ONE}}) == [(A, ONE), (A, TWO)]


def test_a_known_paper_brings_only_what_it_did_not_match_before() -> None:
    assert pairs([Paper(id=A, title="a")], set(), {A: {ONE, TWO}}, {A: {ONE}}) == [(A, TWO)]


def test_an_edge_is_measured_with_the_new_text_and_the_old_numbers() -> None:
    old = Paper(id=A, title="Old", upvotes=1, code_url=None)
    new = Paper(id=A, title="New", upvotes=9, code_url="https://code.example/x")
    assert before(new, old) == Paper(id=A, title="New", upvotes=1, code_url=None)


def test_papers_leave_in_the_order_in_which_they_came_to_the_page() -> None:
    late, early = Paper(id=A, title="a", submitted_at=9), Paper(id=B, title="b", submitted_at=3)
    assert in_order([late, early]) == [early, late]
