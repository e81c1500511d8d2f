"""A message of many items within a platform's limits: whole items, and how many there are besides."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from bot.chat.message import Block, Item, Message, Span, Text

M = TypeVar("M", bound=Message)

ALL_PAPERS = "https://huggingface.co/papers"  # where the feed itself shows the day's papers
ON_ITS_PAGE: Text = (" on ", Span(text="Hugging Face", url=ALL_PAPERS))


def fitted(message: M, fits: Callable[[M], bool], behind: Text = ()) -> M:
    """`message` with as many of its items, whole, as `fits` says that there is room for.

    The others are counted ("and 49 more") in the place of the last item, so that what is shown and
    what is counted is all. `behind` follows the number: where no button leads to the others, such
    as behind a webhook, ON_ITS_PAGE does. Asks `fits` some ten times at most, whatever the number.
    """
    total = sum(isinstance(block, Item) for block in message.body)
    low, high = (total, total) if fits(message) else (0, max(0, total - 1))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(_with(message, middle, total, behind)) else (low, middle - 1)
    return _with(message, low, total, behind)


def _with(message: M, shown: int, total: int, behind: Text) -> M:
    """`message` with the first `shown` of its `total` items."""
    if shown == total:
        return message
    body: list[Block] = []
    number = 0
    for block in message.body:
        number += isinstance(block, Item)
        if not isinstance(block, Item) or number <= shown:
            body.append(block)
        elif number == total:
            body.append(Item(text=(f"and {total - shown} more", *behind)))
    return replace(message, body=tuple(body))
