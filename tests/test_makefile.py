"""`make`, with a stand-in for Python that writes down what it is asked to do."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from subprocess import PIPE

import pytest

ROOT = Path(__file__).resolve().parents[1]

STAND_IN = """#!/bin/sh
case "$*" in
  "-c "*) exit {too_old} ;;
  --version) echo "Python 3.99.0" ;;
  *) echo "$*" >> "{log}" ;;
esac
case "$*" in
  *"-m venv"*) rm -rf .venv; mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
  *"-m {broken}"*) echo "{broken} is broken"; exit 3 ;;
esac
"""
STEPS = {
    "-m venv": "venv",
    "--require-hashes": "packages",
    "--editable": "project",
}

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")


class Checkout:
    """The project's files that `make` needs, and a Python that only takes notes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder.parent / "log"
        self.python = folder.parent / "python3"
        (folder / ".ci").mkdir(parents=True)
        for name in ("Makefile", ".ci/venv", "requirements-dev.txt", "pyproject.toml"):
            shutil.copy(ROOT / name, folder / name)
        self.with_python()

    def with_python(self, *, too_old: bool = False, broken: str = "nothing") -> None:
        """Put another Python in place, also where an earlier one was copied to."""
        text = STAND_IN.format(log=self.log, too_old=int(too_old), broken=broken)
        for python in (self.python, self.folder / ".venv/bin/python"):
            if python.parent.exists():
                python.write_text(text)
                python.chmod(0o755)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = ["make", "--no-print-directory", "PYTHON=../python3", *arguments]
        # Under `make test`, the outer make's variables would reach down to here.
        own = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        return subprocess.Popen(command, cwd=self.folder, env=own, stdout=PIPE, stderr=PIPE, text=True)

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        with self.start(*arguments) as process:
            said, complained = process.communicate(timeout=30)
        return subprocess.CompletedProcess(process.args, process.returncode, said, complained)

    def append(self, name: str) -> None:
        with (self.folder / name).open("a") as file:
            file.write("# changed\n")

    def targets(self) -> list[str]:
        """What the Makefile can make."""
        return re.findall(r"^(\w+):", (self.folder / "Makefile").read_text(), re.MULTILINE)

    def did(self) -> list[str]:
        """What Python was asked to do since the last call, in short."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return [
            next((step for mark, step in STEPS.items() if mark in line), line.removeprefix("-m "))
            for line in lines
        ]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "a path with spaces" / "paperboy")


def test_help_lists_every_target(checkout: Checkout) -> None:
    listed = re.findall(r"^make (\w+) ", checkout.make("help").stdout, re.MULTILINE)
    assert {*listed, "help", "venv"} == set(checkout.targets()) and len(listed) == 5


def test_help_is_what_make_alone_says_and_builds_nothing(checkout: Checkout) -> None:
    assert checkout.make().stdout == checkout.make("help").stdout
    assert checkout.did() == []


def test_each_target_is_enough_by_itself_and_builds_once(checkout: Checkout) -> None:
    first, second = checkout.make("demo"), checkout.make("demo")
    assert (first.returncode, second.returncode) == (0, 0)
    assert checkout.did() == ["venv", "packages", "project", "bot demo", "bot demo"]
    assert (len(first.stdout.splitlines()), first.stderr, second.stdout) == (3, "", "")


def test_targets_that_run_side_by_side_build_once(checkout: Checkout) -> None:
    assert checkout.make("-j4", "demo", "run", "bench").returncode == 0
    done = checkout.did()
    assert done[:3] == ["venv", "packages", "project"] and sorted(done[3:]) == [
        "benchmarks",
        "bot demo",
        "bot run",
    ]


def test_other_pins_build_it_anew(checkout: Checkout) -> None:
    checkout.make("demo")
    checkout.did()
    checkout.append("requirements-dev.txt")
    checkout.make("demo")
    assert checkout.did() == ["venv", "packages", "project", "bot demo"]


def test_another_project_file_only_installs_the_project(checkout: Checkout) -> None:
    checkout.make("demo")
    checkout.did()
    checkout.append("pyproject.toml")
    checkout.make("demo")
    assert checkout.did() == ["project", "bot demo"]


def test_a_moved_checkout_builds_it_anew(checkout: Checkout) -> None:
    checkout.make("demo")
    checkout.did()
    checkout.folder = checkout.folder.rename(checkout.folder.with_name("elsewhere"))
    checkout.make("demo")
    assert checkout.did() == ["venv", "packages", "project", "bot demo"]


def test_a_failing_installer_is_quoted_and_tried_again(checkout: Checkout) -> None:
    checkout.with_python(broken="pip")
    failed = checkout.make("demo")
    assert failed.returncode != 0 and failed.stderr.startswith("pip is broken\n")
    assert checkout.did() == ["venv", "packages"]
    checkout.with_python()
    assert checkout.make("demo").returncode == 0
    assert checkout.did() == ["venv", "packages", "project", "bot demo"]


def test_a_failing_test_fails_make(checkout: Checkout) -> None:
    checkout.with_python(broken="pytest")
    assert checkout.make("test").returncode != 0
    assert checkout.did()[-1].startswith("pytest ")


def test_arguments_reach_pytest(checkout: Checkout) -> None:
    checkout.make("test", "ARGS=-k 'a or b'")
    assert checkout.did()[-1].endswith(" -k a or b")


def test_a_python_that_is_too_old_gets_one_sentence(checkout: Checkout) -> None:
    checkout.with_python(too_old=True)
    refused = checkout.make("demo")
    sentence, makes_own = refused.stderr.splitlines()
    assert refused.returncode != 0 and refused.stdout == "" and makes_own.startswith("make:")
    assert sentence.startswith("Paperboy needs Python 3.11 or later (tried: ../python3): ")
    assert checkout.did() == [] and not (checkout.folder / ".venv").exists()


def test_the_next_python_is_tried_where_the_first_is_missing(checkout: Checkout) -> None:
    assert checkout.make("demo", "PYTHON=no-such-python ../python3").returncode == 0
    assert checkout.did()[0] == "venv"


def test_a_second_make_waits_for_the_one_that_builds(checkout: Checkout) -> None:
    lock = checkout.folder / ".venv.lock"
    lock.mkdir()
    with checkout.start("demo") as waiting:
        assert waiting.stdout is not None and waiting.stdout.readline().startswith("Waiting for another make")
        assert checkout.did() == []
        lock.rmdir()
        waiting.communicate(timeout=30)
    assert waiting.returncode == 0 and not lock.exists()
    assert checkout.did() == ["venv", "packages", "project", "bot demo"]
