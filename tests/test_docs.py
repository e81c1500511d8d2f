"""What the documents name exists, and what they teach works."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")
FILE = re.compile(r"`((?:bot|adapters|tests|docs|benchmarks)/[\w./-]+)`")

GIVEN = re.compile(r"^`([\w/.]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)  # a file of its own


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    named = [page.parent / target for target in LINK.findall(text)]
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


def test_the_adapter_that_a_page_writes_keeps_every_promise(tmp_path: Path) -> None:
    for name, content in GIVEN.findall((ROOT / "docs" / "adapters.md").read_text("utf-8")):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(content, "utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_pigeon.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    assert re.search(r"^\d{2,} passed", run.stdout.splitlines()[-1])
