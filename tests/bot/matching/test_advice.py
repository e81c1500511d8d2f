"""Other forms of a query, for advice."""

import pytest

from bot.matching.advice import as_phrase, foreign_script, with_test
from bot.matching.errors import QueryError
from bot.matching.parser import parse


@pytest.mark.parametrize(
    ("query", "phrase"),
    [
        ("world model", '"world model"'),
        ("image to video", '"image to video"'),
        ("-survey world model title:flow", '-survey "world model" title:flow'),
        ("world", None),
        ('world "model"', None),
        ("world -toy model", None),
        ("world OR model", None),
        ("world mod*", None),
        ('"world model"', None),
        ("title:world title:model", None),
    ],
)
def test_words_side_by_side_can_be_one_phrase_in_the_order_typed(query: str, phrase: str | None) -> None:
    made = as_phrase(parse(query))
    assert (made and made.plain) == phrase
    assert made is None or parse(made.canonical) == made


@pytest.mark.parametrize(
    ("query", "louder"),
    [
        ("flow", "flow upvotes>=20"),
        ("flow OR diffusion", "(flow OR diffusion) upvotes>=20"),
        ("flow upvotes>=20", "flow upvotes>=20"),
        ("*", "upvotes>=20"),
    ],
)
def test_a_query_can_ask_for_one_more_thing(query: str, louder: str) -> None:
    assert with_test(parse(query), "upvotes>=20").plain == louder


def test_a_test_that_is_none_is_refused() -> None:
    with pytest.raises(QueryError):
        with_test(parse("flow"), "upvotes>=lots")


@pytest.mark.parametrize(
    ("query", "foreign"),
    [
        ("扩散模型", True),
        ("扩散 OR модель", True),
        ("GPT模型", False),
        ("flow 扩散", False),
        ("*", False),
        ("lévy", False),
    ],
)
def test_words_in_another_script_are_told_from_english(query: str, foreign: bool) -> None:
    assert foreign_script(parse(query)) is foreign
