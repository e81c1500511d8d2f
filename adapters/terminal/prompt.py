"""The prompt: lines typed with completion while messages appear above it.

The only module here that imports prompt-toolkit; it is imported when somebody sits at a terminal.
"""

import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import IO, TextIO, cast

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import create_input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import create_output
from prompt_toolkit.patch_stdout import patch_stdout

from adapters.terminal.complete import Offer, Question
from bot.chat.command import Param

MENU_LINES = 6  # kept free below the line, for what Tab offers
Offers = Callable[[str], Iterator[Offer | Question]]
Suggestions = Callable[[Question], Awaitable[Sequence[str]]]


class Prompt:
    """Asks for lines on `stream`, draws itself on `screen`.

    Signals, and errors in tasks of others, stay with the app: prompt-toolkit would take both.
    """

    def __init__(self, stream: TextIO, screen: IO[str], offers: Offers, suggest: Suggestions) -> None:
        source, target = create_input(stdin=stream), create_output(stdout=cast("TextIO", screen))
        self._commands: PromptSession[str] = PromptSession(
            input=source,
            output=target,
            completer=_Offered(offers, suggest),
            reserve_space_for_menu=MENU_LINES,
            complete_while_typing=False,  # Tab asks; typing must not ask the store at every letter
        )
        self._fields: PromptSession[str] = PromptSession(
            input=source, output=target, reserve_space_for_menu=MENU_LINES, key_bindings=_ends_on_ctrl_d()
        )
        self._interrupted = False  # a form was: who presses Ctrl-C once more must not end the bot

    async def line(self, channel: str, hint: str) -> str | None:
        """The next line; None when the person leaves (Ctrl-D, or Ctrl-C with nothing typed)."""
        while True:
            stays, self._interrupted = self._interrupted, False
            try:
                return await self._commands.prompt_async(
                    _named(channel),
                    placeholder=[("fg:ansibrightblack", hint)],
                    set_exception_handler=False,
                    handle_sigint=False,
                )
            except KeyboardInterrupt:
                if not (stays or self._commands.default_buffer.text):
                    return None
            except (EOFError, OSError):  # Ctrl-D, or the window was closed
                return None

    async def field(self, param: Param, value: str) -> str | None:
        """What is entered for `param`, which holds `value`; None when the form is left."""
        try:
            return await self._fields.prompt_async(
                [("bold", param.name), ("fg:ansibrightblack", f"  {param.help}\n"), ("", "› ")],
                default=value,
                completer=_Chosen(param.choices),
                set_exception_handler=False,
                handle_sigint=False,
            )
        except KeyboardInterrupt:
            self._interrupted = True
            return None
        except (EOFError, OSError):
            return None

    async def above(self, show: Callable[[], None]) -> None:
        """Call `show` so that what it prints stands above the line that is being typed."""
        await run_in_terminal(show)


def _ends_on_ctrl_d() -> KeyBindings:
    """Ctrl-D leaves whatever stands in the line; prompt-toolkit would delete a character."""
    bindings = KeyBindings()

    @bindings.add("c-d")
    def _leave(event: KeyPressEvent) -> None:
        event.app.exit(exception=EOFError)

    return bindings


def strays_above() -> AbstractContextManager[None]:
    """Keeps what others write to a terminal's standard error (log lines) off the line being typed."""
    return patch_stdout(raw=True) if sys.stderr and sys.stderr.isatty() else nullcontext()


def _named(name: str) -> StyleAndTextTuples:
    return [("fg:ansicyan bold", name), ("", " › ")]


class _Offered(Completer):
    """Completes commands."""

    def __init__(self, offers: Offers, suggest: Suggestions) -> None:
        self._offers, self._suggest = offers, suggest

    def get_completions(self, _document: Document, _event: CompleteEvent) -> list[Completion]:
        """Nothing: the prompt asks asynchronously."""
        return []

    async def get_completions_async(
        self, document: Document, _event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """What may stand at the cursor."""
        for offer in self._offers(document.text_before_cursor):
            if isinstance(offer, Question):
                for value in await self._suggest(offer):
                    yield _completion(offer.offer(value))
            else:
                yield _completion(offer)


class _Chosen(Completer):
    """Completes one of a few values."""

    def __init__(self, choices: Sequence[str]) -> None:
        self._choices = choices

    def get_completions(self, document: Document, _event: CompleteEvent) -> list[Completion]:
        """The values that begin as typed."""
        typed = document.text_before_cursor
        return [Completion(choice, -len(typed)) for choice in self._choices if choice.startswith(typed)]


def _completion(offer: Offer) -> Completion:
    return Completion(offer.text, -offer.replaces, display_meta=offer.about)
