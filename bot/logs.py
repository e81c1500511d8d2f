"""Log lines: an event's name and ids, with every known secret taken out, whoever wrote the line.

structlog draws both our events and the standard library's, which is where libraries log to; secrets
are scrubbed from the finished line, so tracebacks and foreign messages are covered too. What nobody
caught is written the same way.
"""

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterable
from functools import partial
from itertools import chain
from typing import Any, TextIO
from urllib.parse import quote, unquote

import structlog
from structlog.typing import EventDict, WrappedLogger

HIDDEN = "[secret]"
SHORTEST = 6  # characters; a shorter "secret" would blank out ordinary words
_PASSWORD = re.compile(r"://[^/?#:@]*:([^/?#]*)@|[?&](?:ssl)?password=([^&#]*)")  # in an address


class Scrubber:
    """Replaces every known secret in a line of text."""

    def __init__(self) -> None:
        self._secrets: tuple[str, ...] = ()
        self._shapes: dict[str, re.Pattern[str]] = {}

    def learn(self, secrets: Iterable[str]) -> None:
        """Add `secrets`, of an address the password too; short ones are left out.

        The longest is replaced first, so that no part of it stays.
        """
        known = {*self._secrets, *(form for secret in secrets for form in _forms(secret))}
        self._secrets = tuple(sorted(known, key=len, reverse=True))

    def learn_shape(self, shape: str) -> None:
        """Add whatever looks like `shape`, a regular expression: secrets that are issued while we run."""
        self._shapes[shape] = re.compile(shape)

    def __call__(self, text: str) -> str:
        """`text` with the secrets taken out."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        for shape in self._shapes.values():
            text = shape.sub(HIDDEN, text)
        return text


def _forms(secret: str) -> set[str]:
    """`secret`, and the password in it, as they may stand in a line: plain, in an address, quoted twice."""
    parts = {secret, *chain.from_iterable(_PASSWORD.findall(secret))}
    forms = {part for part in parts | {unquote(part) for part in parts} if len(part) >= SHORTEST}
    forms |= {quote(form, safe=safe) for form in forms for safe in ("", "/")}
    for quoted in (repr, json.dumps, partial(json.dumps, ensure_ascii=False)):
        forms |= {quoted(form)[1:-1] for form in forms}
    return forms


scrub = Scrubber()  # of the process: what one adapter must hide, no other may show


class _Scrubbed(logging.Handler):
    """Writes finished lines, scrubbed, to a stream."""

    def __init__(self, stream: TextIO | None) -> None:
        super().__init__()
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line; a closed stream is nobody's error but the reader's."""
        _write(self._stream, self._drawn(record))

    def _drawn(self, record: logging.LogRecord) -> str:
        try:
            return self.format(record)
        except Exception as error:  # a library's line that does not fit its values must not stop the bot
            return f"log.unreadable logger={record.name} line={record.lineno} error={error!r}"


def _write(stream: TextIO | None, line: str) -> None:
    stream = stream or sys.stderr  # asked for at each line: a prompt puts lines above itself
    if stream is None:  # a service without standard error
        return
    try:
        stream.write(scrub(line) + "\n")
        stream.flush()
    except (OSError, ValueError):  # closed, or a pipe that nobody reads; there is nowhere to say so
        return


def _short_time(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Put the time first: a log is read from the left."""
    return {"timestamp": event.pop("timestamp", ""), **event}


def configure(level: str = "INFO", *, as_json: bool = False, stream: TextIO | None = None) -> None:
    """Send our events and the libraries' to `stream` (standard error), from `level` up.

    Libraries speak from WARNING up. What nobody caught goes there too.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _short_time,
    ]
    logging.basicConfig(handlers=[_handler(stream, shared, as_json)], level=logging.WARNING, force=True)
    for ours in ("bot", "adapters"):
        logging.getLogger(ours).setLevel(level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    _catch_the_rest(stream)


def _handler(stream: TextIO | None, shared: list[Any], as_json: bool) -> logging.Handler:
    drawn: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    )
    handler = _Scrubbed(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *drawn],
        )
    )
    return handler


def _catch_the_rest(stream: TextIO | None) -> None:
    """Write the tracebacks that nobody caught as all else is written: without secrets."""

    def uncaught(error: BaseException) -> None:
        _write(stream, "".join(traceback.format_exception(error)).rstrip())

    def in_thread(args: threading.ExceptHookArgs) -> None:
        # aiosqlite's answer to a statement that was cancelled; the process ends, and nobody waits for it.
        if args.exc_value is not None and str(args.exc_value) != "Event loop is closed":
            uncaught(args.exc_value)

    sys.excepthook = lambda _kind, error, _trace: uncaught(error)
    threading.excepthook = in_thread


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of the module `name`."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger
