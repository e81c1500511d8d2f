"""The demo shows the product, by itself, and ends."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a person without a terminal sees, in a folder where nothing is set."""
    folder = tmp_path_factory.mktemp("demo")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "demo"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(folder.iterdir()) == []  # it leaves nothing behind
    return done.stdout


@pytest.mark.parametrize(
    "part",
    [
        r"poll: 13 papers known now",
        r"✓ #general now gets papers matching",
        r"\n.*agents -survey OR\n.*\^",  # a caret error
        r"▲ \d+ · \d+ comments · ★ \d+ · matched:",  # a card
        r"11 new papers for #everything",
        r"Show all 11",
        r"4 papers match robots",
        r"make run\n.*docs/slack.md\n.*make run",
    ],
)
def test_the_reader_sees(shown: str, part: str) -> None:
    assert re.search(part, shown), shown[-2_000:]
