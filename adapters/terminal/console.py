"""The console that the terminal draws on, and whether it follows links."""

import os
from collections.abc import Mapping
from typing import IO

from rich.console import Console

# Terminals that show nothing of a link behind text, by their environment.
NO_LINKS = {"TERM_PROGRAM": {"Apple_Terminal"}, "TERM": {"linux", "dumb"}}


class Screen(Console):
    """Rich's console on `file`; with `record` it can export what it showed as SVG.

    Unlike Rich's own it leaves it to its caller what a closed output means, instead of ending the
    process.
    """

    def __init__(self, file: IO[str] | None, *, record: bool = False, terminal: bool | None = None) -> None:
        if callable(reconfigure := getattr(file, "reconfigure", None)):
            reconfigure(errors="replace")  # a character that the output cannot encode costs no message
        super().__init__(
            file=file, record=record, force_terminal=terminal, markup=False, emoji=False, highlight=False
        )

    def on_broken_pipe(self) -> None:
        """Let the error through: Rich calls this while it handles it."""
        raise  # noqa: PLE0704 - the caller is an `except` block

    def let_go(self) -> None:
        """Send what is still buffered nowhere, so that the process ends without another error."""
        try:
            descriptor = self.file.fileno()
        except (OSError, ValueError):
            return  # it is no file, or closed
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device
            os.dup2(nowhere.fileno(), descriptor)


def follows_links(console: Console, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether links may hide behind text on `console`."""
    known_not_to = any(environment.get(name) in values for name, values in NO_LINKS.items())
    return console.is_terminal and not known_not_to
