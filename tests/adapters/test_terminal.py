"""The terminal without anybody at it: posts go to a pipe, commands come from one."""

import asyncio
import io
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import ClassVar, TextIO

import pytest

from adapters.terminal import person
from adapters.terminal.adapter import Adapter
from adapters.terminal.console import Screen
from adapters.terminal.numbers import Numbers, Pressable
from adapters.terminal.session import GENERAL
from adapters.terminal.settings import TerminalSettings
from bot.chat.adapter import ChatAdapter
from bot.chat.command import Who
from bot.chat.contract import AdapterContract, MemoryHost, Rig
from bot.chat.errors import WorkspaceUnreachable
from bot.clock import SystemClock
from tests.adapters.terminal_stage import VISION, StageCommands, paper_message
from tests.fakes.clock import FakeClock

ROOT = Path(__file__).resolve().parents[2]


class TerminalRig(Rig):
    """A terminal that writes to a file; a message there begins with its channel and time."""

    def __init__(self, adapter: ChatAdapter, file: io.StringIO) -> None:
        self.adapter, self.channel, self._file = adapter, GENERAL, file

    def accepted(self) -> Sequence[object]:
        return re.findall(
            r"(?m)^\S*#general\S* · \d\d:\d\d", self._file.getvalue().replace("\x1b[0m\x1b[2m", "")
        )

    def shown(self) -> str:
        return self._file.getvalue()


@asynccontextmanager
async def terminal_rig(*, window: bool) -> AsyncIterator[Rig]:
    file = io.StringIO()
    screen = Screen(file, terminal=window)
    async with Adapter(TerminalSettings(), MemoryHost(), SystemClock(), console=screen) as adapter:
        yield TerminalRig(adapter, file)


class TestTerminalInAPipe(AdapterContract):
    """The terminal keeps every promise of the port where it is piped."""

    window: ClassVar[bool] = False

    def rig(self) -> AbstractAsyncContextManager[Rig]:
        return terminal_rig(window=self.window)


class TestTerminalInAWindow(TestTerminalInAPipe):
    """And where somebody looks at it."""

    window = True


class Stage:
    """An adapter that was given some lines to read, and what came of it."""

    def __init__(self) -> None:
        self.host, self.commands, self.file = MemoryHost(), StageCommands(), io.StringIO()

    async def hear(self, *lines: str) -> list[str]:
        """What is shown once the terminal has read `lines` from a pipe."""
        with piped("\n".join(lines).encode()) as stream:
            async with self.adapter(stream) as adapter:
                await adapter.listen(self.commands)
        return self.file.getvalue().splitlines()

    def adapter(self, stream: TextIO | None = None) -> Adapter:
        return Adapter(
            TerminalSettings(),
            self.host,
            FakeClock(),
            console=Screen(self.file, terminal=False),
            stream=stream,
        )


@pytest.fixture
def stage() -> Stage:
    return Stage()


@contextmanager
def piped(content: bytes) -> Iterator[TextIO]:
    """A pipe that holds `content` and has ended."""
    reading, writing = os.pipe()
    os.write(writing, content)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as stream:
        yield stream


def nothing() -> TextIO:
    """An input that ends at once."""
    return Path(os.devnull).open(encoding="utf-8")


async def test_each_line_is_shown_and_then_answered(stage: Stage) -> None:
    assert await stage.hear("/papers list", "", "more") == [
        "#general › /papers list",
        "│ #general heard list",
        "│ [1] Undo",
        "",
        "#general › more",
        "│ #general heard more",
        "│ [2] Undo",
        "",
    ]


async def test_the_person_at_the_terminal_is_the_operator(stage: Stage) -> None:
    await stage.hear("list")
    (context,) = stage.commands.contexts
    assert context.rights is Who.OPERATOR
    assert (context.platform, context.workspace, context.user.id) == ("terminal", "local", "local")
    assert context.user.name


async def test_a_number_presses_what_it_stands_before(stage: Stage) -> None:
    await stage.hear("list", "[1]")
    assert stage.commands.calls[-1] == ("#general", "press undo list")


async def test_a_number_acts_in_the_channel_where_it_was_shown(stage: Stage) -> None:
    await stage.hear("list", "/join #vision", "1")
    assert stage.commands.calls[-1] == ("#general", "press undo list")


async def test_a_number_that_stands_nowhere_says_what_to_type(stage: Stage) -> None:
    assert "✗ Nothing here has the number 2025. To look for it among papers: /papers search 2025" in (
        await stage.hear("2025")
    )


async def test_joining_opens_a_channel_and_says_how_things_stand_there(stage: Stage) -> None:
    shown = await stage.hear("/join Vision", "list")
    assert "│ #vision heard nothing" in shown
    assert "#vision › list" in shown
    assert stage.host.channels == {GENERAL.key: "#general", VISION.key: "#vision"}


async def test_a_channel_of_a_platform_without_commands_is_joined_like_others(stage: Stage) -> None:
    shown = await stage.hear("/join webhook:ml", "list", "/join")
    assert stage.commands.calls == [("ml", "check"), ("ml", ""), ("ml", "list")]
    assert "│ You are in webhook:ml. Joined: #general, webhook:ml. /join #name goes to another" in "".join(
        shown
    )
    context = stage.commands.contexts[-1]
    assert context.channel is not None
    assert (context.platform, context.channel.key.id) == ("webhook", "ml")
    assert set(stage.host.channels) == {GENERAL.key}  # whether it takes posts is for the core to say


async def test_a_channel_where_nothing_can_be_posted_is_not_gone_to(stage: Stage) -> None:
    shown = await stage.hear("/join webhook:unknown", "/join", "/join two words")
    assert "✗ I cannot post in unknown yet." in shown
    assert not any("Undo" in line for line in shown)
    assert any("You are in #general." in line for line in shown)
    assert any(line.startswith('✗ "two words" is no name of a channel.') for line in shown)


async def test_the_same_person_can_speak_of_another_channel(stage: Stage) -> None:
    await stage.hear("list")
    (context,) = stage.commands.contexts
    there, webhook, nowhere = [
        await context.elsewhere(name) for name in ("#vision", "webhook:ml", "two words")
    ]
    assert there is not None
    assert there.channel == VISION
    assert there.user == context.user
    assert webhook is not None
    assert webhook.platform == "webhook"
    assert nowhere is None


async def test_help_says_what_else_can_be_typed_here(stage: Stage) -> None:
    shown = await stage.hear("/help query")
    assert stage.commands.calls == [("#general", "help query")]
    assert any("/join #name" in line for line in shown)


async def test_quit_ends_the_reading(stage: Stage) -> None:
    await stage.hear("/quit", "list")
    assert stage.commands.calls == []


async def test_a_form_is_shown_as_the_line_to_type(stage: Stage) -> None:
    shown = await stage.hear("settings")
    assert "│ To type: /papers settings style:full number:7 zone:…" in shown
    assert not any("[style:…]" in line for line in shown)
    assert "│ • style  How cards look (full, compact)" in shown


async def test_what_is_typed_may_be_anything(stage: Stage) -> None:
    with piped(b"caf\xc3\xa9\r\n\xff\xfe\x00\x1b[2J\nlast line has no end") as stream:
        async with stage.adapter(stream) as adapter:
            await adapter.listen(stage.commands)
    assert [what for _, what in stage.commands.calls] == ["café", "��\x00\x1b[2J", "last line has no end"]
    assert "\x1b" not in stage.file.getvalue()


async def test_a_line_without_end_is_read_in_pieces(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_text("x" * 300_000)
    with path.open() as stream:
        async with stage.adapter(stream) as adapter:
            await adapter.listen(stage.commands)
    assert sum(len(what) for _, what in stage.commands.calls) == 300_000


@pytest.mark.parametrize("closed", [True, False])
async def test_no_input_is_the_end_of_it(stage: Stage, closed: bool) -> None:
    with nothing() as stream:
        if closed:
            stream.close()
        async with stage.adapter(stream) as adapter:
            await adapter.listen(stage.commands)
            assert not adapter.left


async def test_listening_can_be_cancelled_while_nothing_is_typed(stage: Stage) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as stream, os.fdopen(writing, "w"):
        async with stage.adapter(stream) as adapter:
            listening = asyncio.create_task(adapter.listen(stage.commands))
            await asyncio.sleep(0)
            listening.cancel()
            with pytest.raises(asyncio.CancelledError):
                await listening


async def test_posts_name_their_channel_and_have_their_own_references(stage: Stage) -> None:
    async with stage.adapter() as adapter:
        first = await adapter.post(VISION, paper_message(), idempotency_key="a")
        second = await adapter.post(GENERAL, paper_message(), idempotency_key="b")
    assert (first.channel, second.channel) == (VISION.key, GENERAL.key)
    assert first.id != second.id
    assert "#vision · " in stage.file.getvalue()


async def test_a_closed_output_is_told_as_such_and_stays_so(stage: Stage) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as file:
        os.close(reading)
        adapter = Adapter(TerminalSettings(), stage.host, FakeClock(), console=Screen(file))
        for _ in range(2):
            with pytest.raises(WorkspaceUnreachable):
                await adapter.post(GENERAL, paper_message(), idempotency_key="a")
        assert [problem.what for problem in await adapter.check(GENERAL)]


async def test_the_terminal_is_where_its_person_can_be_told_something(stage: Stage) -> None:
    assert await stage.adapter().direct("local", "local") == GENERAL
    assert await stage.adapter().direct("T1", "U1") is None


def test_an_action_shown_again_keeps_its_number_and_the_oldest_are_forgotten() -> None:
    numbers = Numbers(keep=2)
    one, two, three = (Pressable(channel=GENERAL, value=value) for value in "abc")
    assert [numbers.of(action) for action in (one, two, one, three)] == [1, 2, 1, 3]
    assert [numbers.at(number) for number in (1, 2, 3)] == [one, None, three]
    assert numbers.of(two) == 4


@pytest.mark.parametrize(
    ("variable", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (":Asia/Tokyo", "Asia/Tokyo"),
        ("EST5EDT,M3.2.0,M11.1.0", None),
        ("Mars/Olympus", None),
        ("../../etc/passwd", None),
        ("Europe", None),
    ],
)
def test_the_zone_of_the_machine_is_what_tz_says(
    monkeypatch: pytest.MonkeyPatch, variable: str, zone: str | None
) -> None:
    monkeypatch.setenv("TZ", variable)
    assert person.zone_name() == zone


@pytest.mark.parametrize(
    ("target", "zone"),
    [("zoneinfo/Europe/Paris", "Europe/Paris"), ("zoneinfo/Nowhere", None), ("else", None)],
)
def test_without_tz_the_zone_is_where_localtime_points(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, target: str, zone: str | None
) -> None:
    monkeypatch.delenv("TZ", raising=False)
    monkeypatch.setattr(person, "LOCALTIME", tmp_path / "localtime")
    (tmp_path / "localtime").symlink_to(tmp_path / target)
    assert person.zone_name() == zone


def test_the_word_for_commands_is_the_one_that_the_core_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERBOY_COMMAND", "articles")
    assert TerminalSettings().paperboy_command == "articles"
    assert not TerminalSettings().configured


def run(*arguments: str, stdin: TextIO | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=ROOT, stdin=stdin, capture_output=True, text=True, timeout=20, check=False
    )


def test_the_process_ends_though_its_input_stays_open() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as stream, os.fdopen(writing, "w"):
        ended = run("-m", "tests.adapters.terminal_stage", "cancel", stdin=stream)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_process_ends_well_though_nobody_reads_its_output(tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    lines.write_text("list\n" * 5_000)
    with lines.open() as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.adapters.terminal_stage"],
            cwd=ROOT,
            stdin=stream,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert (process.wait(20), process.stderr.read()) == (0, "")
        process.stderr.close()


def test_what_only_a_prompt_needs_is_not_imported() -> None:
    code = "import sys, adapters.terminal.adapter; sys.exit('prompt_toolkit' in sys.modules)"
    assert run("-c", code).returncode == 0
