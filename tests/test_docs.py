"""What the documents name exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")
CODE = re.compile(r"^```.*?^```$|`\[[^`\n]*`", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`((?:bot|adapters|tests|docs|benchmarks)/[\w./-]+)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    named = [page.parent / target for target in LINK.findall(CODE.sub("", text))]
    named += [ROOT / target for target in FILE.findall(text)]
    assert [str(path) for path in named if not path.exists()] == []


def test_the_tour_names_every_room() -> None:
    tour = (ROOT / "docs" / "tour.md").read_text("utf-8")
    rooms = [
        path.name for path in (ROOT / "bot").iterdir() if path.is_dir() and not path.name.startswith("_")
    ]
    assert [room for room in rooms if f"bot/{room}" not in tour and room != "cli"] == []


def test_the_readme_speaks_of_make_targets_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"^make (\w+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
