"""The files around the code fit it and one another."""

import json
import re
import tomllib
from collections.abc import Iterator
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import bot

ROOT = Path(__file__).resolve().parents[1]
PIN = re.compile(r"[a-z0-9][\w.-]*==[\w.+!]+( ; [^@/]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
LOCKS = ("requirements.txt", "requirements-dev.txt")


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def project() -> dict[str, Any]:
    return tomllib.loads(read("pyproject.toml"))


def locked(name: str) -> Iterator[tuple[Requirement, list[str]]]:
    """Each requirement of a lock file, with its hashes."""
    for line in read(name).replace("\\\n", " ").splitlines():
        requirement, *hashes = line.split(" --hash=sha256:")
        yield Requirement(requirement.strip()), [each.strip() for each in hashes]


def versions(name: str) -> dict[str, str]:
    """Package → the version that a lock file pins."""
    return {
        canonicalize_name(requirement.name): str(requirement.specifier).removeprefix("==")
        for requirement, _ in locked(name)
    }


class TestLocks:
    """Installing is repeatable: one version, known by its hash, from whatever index pip is set up with."""

    @pytest.mark.parametrize("name", LOCKS)
    def test_every_requirement_is_one_version_with_hashes(self, name: str) -> None:
        found = list(locked(name))
        assert found
        for requirement, hashes in found:
            assert re.fullmatch(r"==[\w.+!]+", str(requirement.specifier)), requirement
            assert hashes and all(re.fullmatch("[0-9a-f]{64}", each) for each in hashes), requirement

    @pytest.mark.parametrize("name", LOCKS)
    def test_a_lock_holds_pins_and_hashes_and_no_place_to_download_from(self, name: str) -> None:
        assert all(PIN.fullmatch(line) for line in read(name).splitlines())

    def test_what_the_project_asks_for_is_in_the_locks(self) -> None:
        package, groups = project()["project"], project()["dependency-groups"]
        extras = package["optional-dependencies"]
        asked = {
            "requirements.txt": [*package["dependencies"], *extras["postgres"]],
            "requirements-dev.txt": [*package["dependencies"], *chain(*extras.values()), *groups["dev"]],
        }
        for name, requirements in asked.items():
            pinned = versions(name)
            for requirement in map(Requirement, requirements):
                version = pinned.get(canonicalize_name(requirement.name), "0")
                assert version in requirement.specifier, f"{requirement}, but {name} has {version}"

    def test_tests_run_with_what_is_deployed(self) -> None:
        assert versions("requirements.txt").items() <= versions("requirements-dev.txt").items()


class TestPackage:
    """The package's own facts are said once, or agree."""

    def test_the_version_is_the_same_everywhere(self) -> None:
        assert project()["project"]["version"] == bot.__version__

    def test_the_console_script_exists(self) -> None:
        for target in project()["project"]["scripts"].values():
            module, _, name = target.partition(":")
            assert callable(getattr(import_module(module), name))

    def test_the_python_to_deploy_with_is_one_that_the_project_takes(self) -> None:
        assert read(".python-version").strip() in SpecifierSet(project()["project"]["requires-python"])

    def test_the_builder_asks_for_the_same_python(self) -> None:
        asked = tuple(re.findall(r"\d+", project()["project"]["requires-python"]))
        assert f"sys.version_info < ({', '.join(asked)})" in read(".ci/venv")
        assert f"needs Python {'.'.join(asked)} or later" in read(".ci/venv")

    def test_what_is_not_released_stands_on_top_of_the_changelog(self) -> None:
        assert re.findall("^## (.*)$", read("CHANGELOG.md"), re.MULTILINE)[0] == "[Unreleased]"


class TestHeroku:
    """What Heroku reads."""

    def test_a_worker_runs_and_a_release_migrates_and_no_web_process_can_put_them_to_sleep(self) -> None:
        lines = dict(line.split(": ", 1) for line in read("Procfile").splitlines())
        runs = {"worker": "python -m bot run", "web": "python -m bot run"}  # whichever is scaled to one
        assert lines == {"release": "python -m bot migrate", **runs}

    def test_one_worker_starts_beside_a_database_that_lasts(self) -> None:
        app = json.loads(read("app.json"))
        assert app["formation"] == {"worker": {"quantity": 1}, "web": {"quantity": 0}}
        assert [addon["plan"].partition(":")[0] for addon in app["addons"]] == ["heroku-postgresql"]

    def test_the_button_asks_for_settings_that_exist_and_describes_them(self) -> None:
        known = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", read(".env.example"), re.MULTILINE))
        asked = json.loads(read("app.json"))["env"]
        assert set(asked) <= known
        assert all(variable["description"] and not variable["required"] for variable in asked.values())
