"""Log lines hold what happened, and no secret, whoever wrote them."""

import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from functools import partial
from urllib.parse import quote

import pytest
import structlog

from bot import logs
from bot.logs import HIDDEN, Scrubber, get_logger
from tests.bot.store.test_engine import child

TOKEN = "xoxb-0123456789-abc"
ODD = "p\"ä\\ss'w/ö@rd"
ADDRESS = "postgresql://bot:s3cr%40t-Passw0rd@db.example:5432/papers"


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Where lines go; all that `configure` changes is put back afterwards."""
    root, ours = logging.getLogger(), [logging.getLogger(name) for name in ("bot", "adapters")]
    handlers, levels = root.handlers[:], [logger.level for logger in (root, *ours)]
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(logs, "scrub", Scrubber())
    root.handlers.clear()  # pytest's own: `configure` would close them
    yield io.StringIO()
    root.handlers[:] = handlers
    for logger, level in zip((root, *ours), levels, strict=True):
        logger.setLevel(level)
    structlog.reset_defaults()


def leak(token: str) -> None:
    """Raise an error with `token` in its text, and in a local."""
    copy = f"Bearer {token}"
    raise ValueError(f"401 for {copy}")


class TestScrubber:
    """Known secrets are taken out of any text."""

    @staticmethod
    def knowing(*secrets: str) -> Scrubber:
        scrub = Scrubber()
        scrub.learn(secrets)
        return scrub

    def test_no_part_of_a_longer_secret_stays(self) -> None:
        scrub = self.knowing("abcdef", "abcdefghij")
        scrub.learn(["0abcdefghijk"])
        assert scrub("x abcdefghij 0abcdefghijk abcdef") == f"x {HIDDEN} {HIDDEN} {HIDDEN}"

    def test_a_short_one_would_blank_out_ordinary_words(self) -> None:
        assert self.knowing("", "in", "paper")("in this paper") == "in this paper"

    def test_one_that_is_issued_later_is_known_by_its_shape(self) -> None:
        scrub = Scrubber()
        scrub.learn_shape(r"xox[a-z](?:\.xox[a-z])?-[\w-]+")
        assert scrub(f"{TOKEN}, xoxe.xoxb-1-a_b: xox, xoxo") == f"{HIDDEN}, {HIDDEN}: xox, xoxo"

    def test_the_password_behind_an_address_is_one_too(self) -> None:
        scrub = self.knowing("postgresql://h/x?password=s3cr%40t&user=bot")
        assert scrub("s3cr@t of bot") == f"{HIDDEN} of bot"

    @pytest.mark.parametrize(
        "text", [ADDRESS, "s3cr%40t-Passw0rd", "password=s3cr@t-Passw0rd", "s3cr%40t-Passw0rd@db"]
    )
    def test_the_password_of_an_address_is_a_secret_by_itself(self, text: str) -> None:
        assert "Passw0rd" not in self.knowing(ADDRESS)(text)

    def test_an_address_without_password_keeps_its_host(self) -> None:
        assert self.knowing("sqlite:///paperboy.db")("db.example:5432") == "db.example:5432"

    def test_it_is_found_as_it_is_written_in_a_line(self) -> None:
        scrub, unescaped = self.knowing(ODD), partial(json.dumps, ensure_ascii=False)
        for draw in (str, repr, json.dumps, unescaped, quote, lambda text: json.dumps({"a": repr(text)})):
            said = scrub(f"password {draw(ODD)}!")
            assert HIDDEN in said and "rd" not in said.removeprefix("password")


@pytest.mark.parametrize("as_json", [False, True])
class TestLines:
    """Our events, the libraries' lines, tracebacks: in text and in JSON."""

    @pytest.fixture(autouse=True)
    def start(self, stream: io.StringIO, as_json: bool) -> None:
        logs.configure("INFO", as_json=as_json, stream=stream)
        logs.scrub.learn([TOKEN, ODD, ADDRESS])

    def test_an_event_is_one_line_with_its_ids_and_no_secret(
        self, stream: io.StringIO, as_json: bool
    ) -> None:
        get_logger("bot.x").info("delivery.posted", delivery=7, token=TOKEN, odd=ODD, url=ADDRESS)
        [line] = stream.getvalue().splitlines()
        assert "delivery.posted" in line and "bot.x" in line and "info" in line
        assert line.count(HIDDEN) == 3 and TOKEN not in line and "rd" not in line
        if as_json:
            read = json.loads(line)
            assert (read["event"], read["delivery"], read["level"]) == ("delivery.posted", 7, "info")
            assert next(iter(read)) == "timestamp"

    def test_what_a_library_logs_is_scrubbed(self, stream: io.StringIO) -> None:
        logging.getLogger("some.library").warning("sent %s to %r", TOKEN, ODD)
        [line] = stream.getvalue().splitlines()
        assert line.count(HIDDEN) == 2 and "some.library" in line

    def test_libraries_speak_only_from_warning_up_and_we_from_our_level(self, stream: io.StringIO) -> None:
        logging.getLogger("some.library").info("chatter")
        get_logger("bot.x").debug("detail")
        get_logger("adapters.x.y").info("told")
        assert [("told" in line) for line in stream.getvalue().splitlines()] == [True]

    def test_tracebacks_are_scrubbed(self, stream: io.StringIO) -> None:
        for say in (get_logger("bot.x").exception, logging.getLogger("some.library").exception):
            try:
                leak(TOKEN)
            except ValueError:
                say("poll.failed")
        said = stream.getvalue()
        assert said.count("ValueError: 401 for Bearer [secret]") == 2 and TOKEN not in said
        assert "leak(TOKEN)" in said  # where it was

    def test_a_chain_of_errors_is_scrubbed(self, stream: io.StringIO) -> None:
        try:
            try:
                leak(ADDRESS)
            except ValueError as error:
                raise ExceptionGroup(TOKEN, [RuntimeError(ODD)]) from error
        except* RuntimeError:
            get_logger("bot.x").exception("poll.failed")
        said = stream.getvalue()
        assert "RuntimeError" in said and not any(secret in said for secret in (TOKEN, ODD, "Passw0rd"))

    def test_a_closed_stream_stops_nobody(self, stream: io.StringIO) -> None:
        stream.close()
        get_logger("bot.x").info("feed.polled")
        logging.getLogger("some.library").error("x")


class TestProcess:
    """A process of its own."""

    @pytest.mark.parametrize("run", ["leak()", "thread = Thread(target=leak); thread.start(); thread.join()"])
    def test_what_nobody_caught_is_shown_without_its_secrets(self, run: str) -> None:
        code = (
            "from threading import Thread; from bot import logs\n"
            "logs.configure(); logs.scrub.learn(['hidden-token'])\n"
            "def leak(): raise ValueError('hidden-' + 'token')\n"
            f"{run}"
        )
        ended = child(code)
        assert ended.returncode == (run == "leak()") and "hidden-token" not in ended.stderr
        assert ended.stderr.splitlines()[0].startswith("Traceback")
        assert ended.stderr.splitlines()[-1] == "ValueError: [secret]"

    def test_a_line_that_does_not_fit_its_values_is_said_and_stops_nobody(self) -> None:
        code = (
            "import logging; from bot import logs; logs.configure(); logs.scrub.learn(['hidden-token'])\n"
            "logging.getLogger('some.library').warning('%d papers for %s', 'hidden-token')\n"
            "print('still here')"
        )
        ended = child(code)
        [line] = ended.stderr.splitlines()
        assert "log.unreadable" in line and "some.library" in line and "hidden-token" not in line
        assert ended.stdout == "still here\n"

    @pytest.mark.parametrize("close", ["os.close(2)", "sys.stderr.close()", "sys.stderr = None"])
    def test_a_process_without_standard_error_goes_on(self, close: str) -> None:
        code = (
            "import os, sys, logging; from bot import logs\n"
            f"{close if 'None' in close else 'pass'}\n"
            "logs.configure()\n"
            f"{close}\n"
            "logs.get_logger('bot.x').info('feed.polled'); logging.getLogger('y').warning('x %d', 'a')\n"
            "print('still here')"
        )
        assert child(code).stdout == "still here\n"
