"""A person at a real terminal: another process, on a pseudo-terminal of its own."""

import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")
termios = pytest.importorskip("termios", reason="there are no pseudo-terminals here")
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 15  # seconds
TAB, ENTER, CTRL_C, CTRL_D, CTRL_U = "\t", "\r", "\x03", "\x04", "\x15"
STEERING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x1b]*\x1b\\|\x1b[=>]|[\r\x08]")


class Seat:
    """Types into the other process, and reads what it shows."""

    def __init__(self, module: str = "tests.adapters.terminal_stage") -> None:
        self.ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (40, 100))
        environment = {**os.environ, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=ROOT,
            env=environment,
            start_new_session=True,
        )
        os.close(theirs)
        self.raw = ""

    def type(self, *keys: str) -> None:
        os.write(self.ours, "".join(keys).encode())

    @property
    def shown(self) -> str:
        """All that was shown so far, without what steers the terminal."""
        return STEERING.sub("", self.raw)

    def ready(self, times: int = 1) -> None:
        """Wait until an empty prompt has been shown that often."""
        self.until("Ctrl-D leaves", times)

    def until(self, text: str, times: int = 1) -> str:
        """Wait until `text` has been shown that often; gives all that was shown."""
        while self.shown.count(text) < times:
            assert self._more(), f"waited for {text!r}, saw:\n{self.shown}"
        return self.shown

    def end(self) -> int:
        """Read to the end; gives the exit code."""
        while self._more():
            pass
        return self.process.wait(PATIENCE)

    def _more(self) -> bool:
        if not select.select([self.ours], [], [], PATIENCE)[0]:
            return False
        try:
            piece = os.read(self.ours, 65_536)
        except OSError:  # Linux says so when the other side has closed
            return False
        self.raw += piece.decode(errors="replace")
        return bool(piece)


@pytest.fixture
def seat() -> Iterator[Seat]:
    seat = Seat()
    yield seat
    seat.process.kill()
    seat.process.wait()
    os.close(seat.ours)


def test_a_command_is_answered_and_ctrl_d_ends_the_process(seat: Seat) -> None:
    seat.ready()
    seat.type("/papers list", ENTER)
    seat.until("#general heard list")
    seat.ready(times=2)
    seat.type(CTRL_D)
    seat.until("the end, left=True")
    assert seat.end() == 0


def test_tab_completes_commands_and_what_the_core_suggests(seat: Seat) -> None:
    seat.ready()
    seat.type("/papers sett", TAB)
    seat.until("settings")
    seat.type(CTRL_U, "subscribe diffe", TAB)
    seat.until("difference")
    seat.type(ENTER)
    seat.until("#general heard subscribe difference")


def test_a_card_appears_above_the_line_that_is_being_typed(seat: Seat) -> None:
    seat.ready()
    seat.type("/papers li")
    seat.until("/papers li")
    os.kill(seat.process.pid, signal.SIGUSR1)
    shown = seat.until("/papers li", times=2)
    assert "World Models at Scale" in shown[: shown.rindex("/papers li")]
    assert "\x1b]8;" in seat.raw  # the title is a link
    seat.type("st", ENTER)
    seat.until("#general heard list")


def test_the_number_on_a_posted_card_presses_it_in_its_own_channel(seat: Seat) -> None:
    seat.ready()
    os.kill(seat.process.pid, signal.SIGUSR1)
    seat.until("[1] Why / pause…")
    seat.type("1", ENTER)
    seat.until("pressed why 2501.00001")


def test_joining_changes_the_prompt(seat: Seat) -> None:
    seat.ready()
    seat.type("/join #vision", ENTER)
    seat.until("#vision heard nothing")
    seat.until("#vision › ")


def test_ctrl_c_clears_the_line_and_on_an_empty_one_leaves(seat: Seat) -> None:
    seat.ready()
    seat.type("/papers nonsense", CTRL_C)
    seat.ready(times=2)
    seat.type(CTRL_C)
    seat.until("the end, left=True")
    assert "heard nonsense" not in seat.shown
    assert seat.end() == 0


def test_a_form_asks_field_by_field_and_only_for_what_was_wrong_again(seat: Seat) -> None:
    seat.ready()
    seat.type("settings", ENTER)
    seat.until("How cards look\n› full")
    seat.type(CTRL_U, "com", TAB)
    seat.until("compact")
    seat.type(ENTER)
    seat.until("Time zone\n›")
    seat.type("Mars", ENTER)
    shown = seat.until("Time zone\n› Mars", times=2)
    assert "Mars is no zone: try Europe/Berlin" in shown
    seat.type(CTRL_U, "Europe/Berlin", ENTER)
    seat.until("Saved")
    assert "How cards look\n›" not in seat.shown.partition("Mars is no zone")[2]


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
def test_a_form_says_how_it_is_left_and_that_works_on_a_filled_field(seat: Seat, key: str) -> None:
    seat.ready()
    seat.type("settings", ENTER)
    shown = seat.until("How cards look\n› full")
    assert "Ctrl-C leaves the form" in shown
    seat.type(key)
    seat.until("nothing was changed")
    seat.ready(times=2)


def test_ctrl_c_once_too_often_does_not_leave_the_bot_along_with_the_form(seat: Seat) -> None:
    seat.ready()
    seat.type("settings", ENTER)
    seat.until("How cards look\n› full")
    seat.type(CTRL_C)
    seat.ready(times=2)
    seat.type(CTRL_C)
    seat.ready(times=3)
    seat.type(CTRL_C)
    seat.until("the end, left=True")


@pytest.mark.parametrize(
    ("line", "answer"), [("/join #vision", "#vision heard nothing"), ("/papers list", "heard list")]
)
def test_a_command_typed_in_a_field_leaves_the_form_and_is_done(seat: Seat, line: str, answer: str) -> None:
    seat.ready()
    seat.type("settings", ENTER)
    seat.until("How cards look\n› full")
    seat.type(CTRL_U, line, ENTER)
    seat.until("nothing was changed")
    seat.until(answer)


def test_sigterm_ends_the_process_and_leaves_the_terminal_as_it_was(seat: Seat) -> None:
    seat.ready()
    local_flags = 3
    assert not termios.tcgetattr(seat.ours)[local_flags] & termios.ECHO
    os.kill(seat.process.pid, signal.SIGTERM)
    seat.until("the end, left=False")
    assert termios.tcgetattr(seat.ours)[local_flags] & termios.ECHO
    assert seat.end() == 0


def test_closing_the_window_ends_the_process(seat: Seat) -> None:
    seat.ready()
    os.close(seat.ours)
    seat.ours = os.open(os.devnull, os.O_RDONLY)
    traceback = 1
    assert seat.process.wait(PATIENCE) != traceback
