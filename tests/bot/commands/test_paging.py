"""Long answers in pages."""

import pytest

from bot.chat.command import BadArgument
from bot.commands.paging import page_of, parse_page


@pytest.mark.parametrize(
    ("entries", "number", "shown", "place"),
    [
        ("", 1, "", None),
        ("abc", 1, "abc", None),
        ("abcd", 1, "abc", (1, 2)),
        ("abcd", 2, "d", (2, 2)),
        ("abcdef", 2, "def", (2, 2)),
        ("abcd", 999_999, "d", (2, 2)),
    ],
)
def test_a_page_shows_its_part_and_none_lies_beyond_the_last(
    entries: str, number: int, shown: str, place: tuple[int, int] | None
) -> None:
    page = page_of(entries, number, 3)
    assert ("".join(page.shown), page.place) == (shown, place)


@pytest.mark.parametrize(("number", "labels"), [(1, ["Next"]), (2, ["Previous", "Next"]), (3, ["Previous"])])
def test_a_page_turns_only_to_pages_that_there_are(number: int, labels: list[str]) -> None:
    turns = page_of("abcdefg", number, 3).turns("search", {"query": "x"})
    assert [turn.label for turn in turns] == labels
    assert all(turn.command == "search" and turn.arguments["query"] == "x" for turn in turns)
    assert [turn.arguments["page"] for turn in turns] == [
        str(number + step) for step in (-1, 1) if 1 <= number + step <= 3
    ]


@pytest.mark.parametrize("text", ["0", "-1", "x", "", "1.5", "²", "9999999"])
def test_what_is_no_page_is_refused(text: str) -> None:
    with pytest.raises(BadArgument, match="A page is a number from 1"):
        parse_page(text)


def test_a_page_is_a_number() -> None:
    assert parse_page("12") == 12
