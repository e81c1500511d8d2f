"""What every verb starts with: its settings, its log, one event loop, and errors as one line."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

import typer


def fail(message: str) -> NoReturn:
    """Say what is wrong on standard error and leave with 1."""
    from bot.logs import scrub

    typer.echo(scrub(message), err=True)
    raise typer.Exit(1)


def start(work: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
    """Run `work` with the core's settings; errors that a person can mend are one line and exit code 1."""
    from bot import logs
    from bot.chat.errors import AdapterError
    from bot.feeds.fetch import FetchFailed
    from bot.feeds.items import FileUnreadable
    from bot.settings import Settings, SettingsError, load, secrets_of
    from bot.store.engine import StoreError

    expected = (SettingsError, StoreError, AdapterError, FetchFailed, FileUnreadable)
    try:
        settings = load(Settings)
        logs.scrub.learn(secrets_of(settings))
        logs.configure(settings.log_level, as_json=settings.log_format == "json")
        asyncio.run(work(settings))
    except* expected as errors:
        lines = [str(error) for error in _leaves(errors)]
    else:
        return
    fail("\n".join(dict.fromkeys(lines)))


def _leaves(errors: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    """The errors themselves, out of the groups that they came in."""
    found: list[BaseException] = []
    for error in errors.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


def interactive() -> bool:
    """Whether a person sits in front of this."""
    return sys.stdin.isatty() and sys.stdout.isatty()
