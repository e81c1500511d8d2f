"""Mistyped words."""

import pytest

from bot.matching.spelling import distance, suggest, words_of
from bot.models import Paper, PaperId

VOCABULARY = {
    "diffusion": 57,
    "diffusions": 2,
    "infusion": 90,
    "model": 99,
    "agents": 12,
    "agent": 40,
    "graph": 9,
    "rag": 5,
}


@pytest.mark.parametrize(
    ("word", "suggestion"),
    [
        ("difusion", "diffusion"),
        ("diffusoin", "diffusion"),
        ("dffusin", "diffusion"),
        ("diffusion", None),  # it is a word
        ("modle", "model"),
        ("grahp", "graph"),
        ("agets", "agents"),
        ("ragg", "rag"),
        ("rga", None),  # too short to tell
        ("xyzzy", None),
        ("mdoel", "model"),
        ("modxx", None),  # two edits in a short word
        ("", None),
    ],
)
def test_a_mistyped_word_gets_the_nearest_word_of_papers(word: str, suggestion: str | None) -> None:
    assert suggest(word, VOCABULARY) == suggestion


def test_of_equally_near_words_the_one_with_most_papers_is_suggested() -> None:
    assert suggest("bench", {"beach": 3, "benchy": 8}) == "benchy"


def test_nothing_is_suggested_from_an_empty_vocabulary() -> None:
    assert suggest("difusion", {}) is None


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [
        ("", "", 0),
        ("a", "", 1),
        ("ab", "ba", 1),
        ("abc", "acb", 1),
        ("kitten", "sitting", 3),
        ("ca", "abc", 3),
    ],
)
def test_edits_are_counted_with_swapped_neighbours_as_one(one: str, other: str, edits: int) -> None:
    assert distance(one, other) == distance(other, one) == edits


def test_the_words_of_a_paper_are_folded_and_hold_no_plain_numbers() -> None:
    paper = Paper(id=PaperId("1"), title="Lévy Flights in 2024", abstract="GPT-4o's flights: 3D.")
    assert words_of(paper) == {"levy", "flights", "in", "gpt", "4o", "s", "3d"}
