"""The reference of the query language: what it shows is so."""

import re
from pathlib import Path

import pytest

from bot.matching import parser
from bot.matching.evaluate import matches
from bot.matching.parser import parse
from bot.matching.query import FIELDS
from bot.matching.views import prepare
from bot.models import Paper, PaperId

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "query-language.md").read_text(encoding="utf-8")
CODE = re.compile(r"`([^`]+)`")


def table(heading: str) -> list[list[str]]:
    """The rows of the first table under `heading`."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [
        [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in lines[2:]
    ]


def codes(cells: list[str]) -> list[str]:
    return [code for cell in cells for code in CODE.findall(cell)]


EXAMPLES = [
    *codes([row[0] for row in table("In one minute")]),
    *codes([row[1] for row in table("Words")]),
    *codes([cell for row in table("Together, either, not") for cell in row]),
    *codes([row[2] for row in table("Fields")]),
    *codes([row[0] for row in table("Numbers and links")]),
    *codes([cell for row in table("One form for all") for cell in row]),
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_in_a_table_is_a_query(example: str) -> None:
    assert parse(parse(example).canonical) == parse(example)


def test_the_tables_are_read_at_all() -> None:
    assert len(EXAMPLES) > 40


@pytest.mark.parametrize("row", table("Words"), ids=lambda row: row[1])
def test_a_word_finds_what_the_page_says(row: list[str]) -> None:
    (query,) = map(parse, codes(row[1:2]))
    for text, hit in [(row[2], True), (row[3], False)]:
        for example in filter(None, re.split(r", | …", text)):
            paper = Paper(id=PaperId("1"), title=example.strip("`"))
            assert matches(query, prepare(paper)) is hit, example


@pytest.mark.parametrize("row", table("Together, either, not"), ids=lambda row: row[0])
def test_what_is_also_written_is_the_same_query(row: list[str]) -> None:
    (query,) = codes(row[:1])
    assert all(parse(other) == parse(query) for other in codes(row[2:]))


@pytest.mark.parametrize("row", table("One form for all"), ids=lambda row: row[0])
def test_two_ways_are_one_query(row: list[str]) -> None:
    one, other = codes(row)
    assert parse(one).canonical == parse(other).canonical


def test_every_field_and_limit_is_on_the_page() -> None:
    shown = {code.rstrip(":") for row in table("Fields") for code in codes(row[:1])}
    shown |= {re.split(r"[^a-z]", code)[0] for code in codes([row[0] for row in table("Numbers and links")])}
    assert shown - {"rag"} == FIELDS
    assert f"{parser.LONGEST} characters, {parser.MOST_ATOMS} words, brackets {parser.DEEPEST} deep" in PAGE
