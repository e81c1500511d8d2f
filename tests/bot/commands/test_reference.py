"""The page that lists the commands says what the code says."""

from pathlib import Path

from bot.commands.reference import declared, page

DOCS = Path(__file__).resolve().parents[3] / "docs"


def test_the_reference_in_the_docs_is_the_one_that_the_table_gives() -> None:
    written = (DOCS / "commands.md").read_text(encoding="utf-8")
    assert written == page(declared()), "python -m bot.commands.reference > docs/commands.md"


def test_the_reference_names_every_command_that_people_type() -> None:
    text = page(declared())
    for command in declared():
        assert (f"# {command.name}\n" in text) == bool(command.examples)
