"""Rules of the house that ruff, mypy and import-linter do not check.

Each checker is a function of source text, and is first shown a snippet that breaks its rule.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parents[1]
LINES = 400  # of a module
LONGER: Mapping[str, str] = {}  # path of a module that may be longer → why

PLATFORM = re.compile(r"slack|discord|telegram|mattermost|whatsapp|zulip|msteams|\bteams\b", re.IGNORECASE)
TIME = re.compile(
    r"time\.(time|monotonic|perf_counter|process_time)(_ns)?|(time|asyncio|anyio)\.sleep"
    r"|datetime\.(datetime\.(now|utcnow|today)|date\.today)"
    r"|.*loop(\(\))?\.(time|call_later|call_at)"
)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A module; `path` starts at the repository's root."""

    path: str
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def snippet(text: str, path: str = "bot/snippet.py") -> Source:
    return Source(path=path, text=text, tree=ast.parse(text))


def sources(*rooms: str) -> list[Source]:
    paths = sorted(path for room in rooms for path in (ROOT / room).rglob("*.py"))
    return [snippet(path.read_text("utf-8"), path.relative_to(ROOT).as_posix()) for path in paths]


def words(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of all identifiers and strings but docstrings, which may give examples."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) not in docstrings:
            for _, value in ast.iter_fields(node):
                for word in value if isinstance(value, list) else [value]:
                    if isinstance(word, str):
                        yield getattr(node, "lineno", 0), word


def platform_names(source: Source) -> list[str]:
    found = sorted((line, word) for line, word in words(source.tree) if PLATFORM.search(word))
    return [f"{source.path}:{line}: {word}" for line, word in found]


def imported_names(tree: ast.Module) -> dict[str, str]:
    """What a name stands for in a module: `from time import sleep as nap` gives nap → time.sleep."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                names |= {alias.asname: alias.name for alias in aliases if alias.asname}
            case ast.ImportFrom(module=str(module), names=aliases):
                names |= {alias.asname or alias.name: f"{module}.{alias.name}" for alias in aliases}
    return names


def times_read(source: Source) -> list[str]:
    """Where the time is read or slept through."""
    names = imported_names(source.tree)
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute | ast.Name):
            first, dot, rest = ast.unparse(node).partition(".")
            if TIME.fullmatch(names.get(first, first) + dot + rest):
                found.append((node.lineno, ast.unparse(node)))
    return [f"{source.path}:{line}: {name}" for line, name in sorted(found)]


def functions(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, Function]]:
    """Every function below `node`, with its qualified name."""
    for child in ast.iter_child_nodes(node):
        named = isinstance(child, Function | ast.ClassDef)
        name = f"{prefix}.{child.name}" if isinstance(child, Function | ast.ClassDef) else prefix
        if isinstance(child, Function):
            yield name, child
        yield from functions(child, name if named else prefix)


def body_lengths(source: Source) -> dict[str, int]:
    """Lines of each function's statements; what has none (a docstring, dots) is not counted."""
    lengths = {}
    for name, function in functions(source.tree, source.name):
        body = [
            statement
            for statement in function.body
            if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        ]
        if body:
            lengths[name] = (body[-1].end_lineno or 0) - body[0].lineno + 1
    return lengths


def public_functions(source: Source) -> dict[str, Function]:
    """Functions and methods that others may call: nothing in their qualified name is private."""
    nested = {id(inner) for _, outer in functions(source.tree) for _, inner in functions(outer)}
    return {
        name: function
        for name, function in functions(source.tree, source.name)
        if id(function) not in nested and not re.search(r"\._", name)
    }


def untyped(source: Source) -> list[str]:
    return [name for name, function in public_functions(source).items() if not is_typed(name, function)]


def is_typed(name: str, function: Function) -> bool:
    taken = function.args
    given = [*taken.posonlyargs, *taken.args, *taken.kwonlyargs, taken.vararg, taken.kwarg]
    return function.returns is not None and all(
        argument is None or argument.annotation or argument.arg in {"self", "cls"} for argument in given
    )


def undocumented(source: Source) -> list[str]:
    return [name for name, function in public_functions(source).items() if not ast.get_docstring(function)]


def imports(source: Source, known: Iterable[str]) -> set[str]:
    """The modules of `known` that `source` imports anywhere: at its top, in functions, for types."""
    package = source.name.split(".") + ["__init__"] * source.path.endswith("/__init__.py")
    wanted: set[str] = set()
    for node in ast.walk(source.tree):
        match node:
            case ast.Import(names=aliases):
                wanted |= {alias.name for alias in aliases}
            case ast.ImportFrom(module=module, names=aliases, level=level):
                base = ".".join([*(package[:-level] if level else []), *([module] if module else [])])
                members = {f"{base}.{alias.name}" for alias in aliases}
                wanted |= (members & set(known)) or {base}
    return wanted & set(known) - {source.name}


def import_cycle(modules: list[Source]) -> list[str]:
    """Modules that import one another in a ring, or nothing."""
    known = {source.name for source in modules}
    try:
        TopologicalSorter({source.name: imports(source, known) for source in modules}).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def long_modules(modules: list[Source]) -> dict[str, int]:
    lengths = {source.path: len(source.text.splitlines()) for source in modules}
    return {path: lines for path, lines in lengths.items() if lines > LINES}


CODE = sources("bot", "adapters")


def test_the_checkers_see_the_code() -> None:
    assert {"bot/clock.py", "bot/chat/adapter.py", "bot/models.py"} <= {source.path for source in CODE}


class TestPlatforms:
    """The core knows no platform."""

    def test_a_platforms_name_is_found_in_names_and_strings_but_not_in_docstrings(self) -> None:
        bad = snippet(
            '"""As in Slack."""\nimport discord as chat\nclass SlackThing: ...\ndef f(telegram_id): ...\n'
            'x.slack = g(teams=1)\ny = "on Discord"\nz = f"{x} Mattermost"\nfrom a import zulip\n'
        )
        assert [int(found.split(":")[1]) for found in platform_names(bad)] == [2, 3, 4, 5, 5, 6, 7, 8]
        assert platform_names(snippet('"""As in Slack."""\nteamsters = "steams"  # Slack\n')) == []

    def test_only_the_composition_root_names_a_platform(self) -> None:
        core = [source for source in sources("bot") if source.path != "bot/app.py"]
        assert [found for source in core for found in platform_names(source)] == []


class TestTime:
    """Only the clock reads the time, so that tests and the demo can bring their own."""

    def test_every_way_to_read_the_time_or_to_sleep_is_found(self) -> None:
        bad = snippet(
            "import time, asyncio, datetime as dt\nfrom time import sleep as nap, monotonic_ns\n"
            "from datetime import datetime, date as day\n"
            "time.time()\ntime.monotonic()\nnap(1)\nmonotonic_ns()\nf(key=time.perf_counter)\n"
            "dt.datetime.now()\ndt.date.today()\ndatetime.now(UTC)\ndatetime.utcnow()\nday.today()\n"
            "asyncio.sleep(0)\nasyncio.get_running_loop().time()\nself.loop.call_later(1, f)\n"
        )
        assert [int(found.split(":")[1]) for found in times_read(bad)] == list(range(4, 17))

    def test_telling_times_apart_is_not_reading_the_time(self) -> None:
        good = snippet("moment.time()\nclock.now()\nawait clock.sleep(5)\ndatetime.fromtimestamp(0, UTC)\n")
        assert times_read(good) == []

    def test_nothing_but_the_clock_reads_the_time_or_sleeps(self) -> None:
        found = {source.path: times_read(source) for source in CODE}
        assert found.pop("bot/clock.py"), "the checker does not see what the clock does"
        assert [place for places in found.values() for place in places] == []


class TestSize:
    """Functions and modules are small."""

    def test_a_body_counts_from_its_first_statement_to_its_last(self) -> None:
        bad = snippet(
            'def f():\n    """Two\n    lines."""\n    a = 1\n\n    return [\n        a,\n    ]\n'
            'class C:\n    def g(self): ...\n    def h(self):\n        """H."""\n        def i(): return 1\n'
        )
        lengths = {"bot.snippet.f": 5, "bot.snippet.C.h": 1, "bot.snippet.C.h.i": 1}
        assert body_lengths(bad) == lengths

    def test_functions_are_short(self) -> None:
        lengths = {name: lines for source in CODE for name, lines in body_lengths(source).items()}
        middle, ninetieth = median(lengths.values()), quantiles(lengths.values(), n=10)[-1]
        longest = sorted(lengths.items(), key=lambda length: -length[1])[:15]
        said = "\n".join(f"{lines:4} {name}" for name, lines in longest)
        assert middle <= 5 and ninetieth <= 20, f"{middle=} {ninetieth=}, longest:\n{said}"

    def test_a_long_module_is_found(self) -> None:
        assert long_modules([snippet("pass\n" * (LINES + 1))]) == {"bot/snippet.py": LINES + 1}
        assert long_modules([snippet("pass\n" * LINES)]) == {}

    def test_modules_are_short_or_have_a_reason(self) -> None:
        assert set(long_modules(CODE)) == set(LONGER), long_modules(CODE)


class TestPublicFunctions:
    """What others call says what it takes and gives."""

    def test_public_is_what_has_no_private_part_and_stands_in_no_function(self) -> None:
        bad = snippet(
            "def f():\n    def g(): ...\nclass C:\n    def h(self): ...\n    def _i(self): ...\n"
            "    def __eq__(self, o): ...\nclass _D:\n    def j(self): ...\nif True:\n    def k(): ...\n"
        )
        assert list(public_functions(bad)) == ["bot.snippet.f", "bot.snippet.C.h", "bot.snippet.k"]

    def test_a_missing_annotation_or_docstring_is_found(self) -> None:
        bad = snippet(
            "def f(a: int): ...\ndef g(a) -> int: ...\ndef h(*a) -> int: ...\nasync def i(*, a) -> int: ...\n"
            'class C:\n    def j(self) -> int:\n        """J."""\n'
        )
        assert [name.split(".")[2:] for name in untyped(bad)] == [["f"], ["g"], ["h"], ["i"]]
        assert undocumented(bad) == untyped(bad)

    def test_all_are_typed(self) -> None:
        assert [name for source in CODE for name in untyped(source)] == []

    def test_nearly_all_are_documented(self) -> None:
        missing = [name for source in CODE for name in undocumented(source)]
        assert len(missing) <= 0.05 * sum(len(public_functions(source)) for source in CODE), missing


class TestCycles:
    """No module needs itself, not even for its types."""

    def test_a_cycle_is_found_wherever_the_import_stands(self) -> None:
        first = snippet("from bot.chat import second", "bot/chat/__init__.py")
        second = snippet("if TYPE_CHECKING:\n    from bot.third import X", "bot/chat/second.py")
        third = snippet("def f():\n    import bot.chat", "bot/third.py")
        assert set(import_cycle([first, second, third])) == {"bot.chat", "bot.chat.second", "bot.third"}
        assert import_cycle([first, second]) == []

    def test_relative_imports_are_understood(self) -> None:
        known = {"bot.chat", "bot.chat.message", "bot.models"}
        text = "from .message import X\nfrom .. import models\nfrom . import y"
        assert imports(snippet(text, "bot/chat/adapter.py"), known) == known
        assert imports(snippet(text, "bot/chat/__init__.py"), known) == known - {"bot.chat"}

    def test_no_module_imports_itself_by_way_of_others(self) -> None:
        assert import_cycle(CODE) == []
