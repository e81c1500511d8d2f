"""Log lines: an event's name and ids, with every known secret taken out, whoever wrote the line.

structlog draws both our events and the standard library's, which is where libraries log to; secrets
are scrubbed from the finished line, so tracebacks and foreign messages are covered too.
"""

import logging
import sys
from collections.abc import Iterable
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

HIDDEN = "[secret]"
SHORTEST = 6  # characters; a shorter "secret" would blank out ordinary words


class Scrubber:
    """Replaces every known secret in a line of text."""

    def __init__(self) -> None:
        self._secrets: tuple[str, ...] = ()

    def learn(self, secrets: Iterable[str]) -> None:
        """Add `secrets`; the longest is replaced first, so that no part of it stays."""
        known = {*self._secrets, *(secret for secret in secrets if len(secret) >= SHORTEST)}
        self._secrets = tuple(sorted(known, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        """`text` with the secrets taken out."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text


scrub = Scrubber()  # of the process: what one adapter must hide, no other may show


class _Scrubbed(logging.Handler):
    """Writes finished lines, scrubbed, to a stream."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line; a closed stream is nobody's error but the reader's."""
        try:
            self._stream.write(scrub(self.format(record)) + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            self.handleError(record)


def _short_time(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Put the time first: a log is read from the left."""
    return {"timestamp": event.pop("timestamp", ""), **event}


def configure(level: str = "INFO", *, as_json: bool = False, stream: TextIO | None = None) -> None:
    """Send our events and the libraries' to `stream` (standard error), from `level` up."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _short_time,
    ]
    drawn: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    )
    handler = _Scrubbed(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *drawn],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
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


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of the module `name`."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger
