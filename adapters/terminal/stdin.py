"""Lines of standard input that is no terminal: a file, a pipe, /dev/null, or nothing at all.

A thread of its own reads each piece, straight from the descriptor: no event loop can wait for a
regular file, and a daemon that waits for input keeps neither the process nor a lock of the stream
when everything else has ended.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from threading import Thread
from typing import TextIO

from adapters.terminal.limits import LONGEST_LINE


async def lines(stream: TextIO | None) -> AsyncIterator[str]:
    """The lines of `stream` without their ends, until it ends; bytes that are no UTF-8 are replaced."""
    if (descriptor := _descriptor(stream)) is None:
        return
    rest = b""
    while piece := await _piece(descriptor):
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield _text(line)
        if len(rest) >= LONGEST_LINE:
            yield _text(rest)
            rest = b""
    if rest:
        yield _text(rest)


def _text(line: bytes) -> str:
    return line.decode(errors="replace").removesuffix("\r").removeprefix("\ufeff")


def _descriptor(stream: TextIO | None) -> int | None:
    """The descriptor behind `stream`; None where it is closed or none was given."""
    try:
        return stream.fileno() if stream else None
    except (OSError, ValueError):
        return None


async def _piece(descriptor: int) -> bytes:
    """What can be read next; nothing at the end, or when the other side hung up."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bytes] = loop.create_future()

    def settle(piece: bytes) -> None:
        if not answer.done():
            answer.set_result(piece)

    def read() -> None:
        try:
            piece = os.read(descriptor, LONGEST_LINE)
        except OSError:
            piece = b""
        with suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits
            loop.call_soon_threadsafe(settle, piece)

    Thread(target=read, name="stdin", daemon=True).start()
    return await answer
