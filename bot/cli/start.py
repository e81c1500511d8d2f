"""What every verb starts with: its settings, its log, one event loop, and errors as one line."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NoReturn

import typer

BUSY = "The database is busy or away: nothing was changed. Try again in a moment."
BUG = "This is a bug in Paperboy. Please report it, with the lines above."


def fail(message: str) -> NoReturn:
    """Say what is wrong on standard error and leave with 1."""
    from bot.logs import scrub

    typer.echo(scrub(message), err=True)
    raise typer.Exit(1)


def start(work: Callable[[Any], Coroutine[Any, Any, None]], *, though_wrong: bool = False) -> None:
    """Run `work` with the core's settings; errors that a person can mend are one line and exit code 1.

    With `though_wrong` a setting that cannot be read has its default, and `work` says so. A bug is 1
    too, and is shown with its traceback: without the secrets, as all that is logged.
    """
    from bot import logs
    from bot.settings import Settings, load, readable

    errors: Sequence[Exception] = ()
    try:
        settings = readable(Settings) if though_wrong else load(Settings)
        logs.scrub.learn(settings.secrets)
        logs.configure(settings.log_level, as_json=settings.log_format == "json")
        asyncio.run(work(settings))
    except* Exception as group:
        errors = _leaves(group)
    for error in errors:
        if isinstance(error, typer.Exit | BrokenPipeError):
            raise error
    if errors:
        fail("\n".join(dict.fromkeys(map(_line, errors))))


def _line(error: Exception) -> str:
    """What a person is told of `error`."""
    from bot.chat.errors import AdapterError
    from bot.commands.checked import TableError
    from bot.feeds.fetch import FetchFailed
    from bot.feeds.items import FileUnreadable
    from bot.logs import get_logger
    from bot.settings import SettingsError
    from bot.store.engine import StoreError, is_busy

    mendable = (SettingsError, StoreError, AdapterError, FetchFailed, FileUnreadable, TableError)
    if isinstance(error, mendable):
        return str(error)
    if is_busy(error):
        return BUSY
    if isinstance(error, OSError):
        _let_go_of_output()
        return f"The system refuses: {error}"
    get_logger(__name__).error("cli.bug", exc_info=error)
    return BUG


def _let_go_of_output() -> None:
    """Send what standard output still holds nowhere where it cannot be written: else the exit code is 120."""
    try:
        sys.stdout.flush()
    except OSError:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device
            os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _leaves(group: BaseExceptionGroup[Any]) -> list[Any]:
    """The errors themselves, out of the groups that they came in."""
    found: list[Any] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
