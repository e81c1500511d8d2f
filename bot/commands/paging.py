"""Long answers, a page at a time; a press on *Next* puts the page in the place of the one before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.chat.command import BadArgument, Kind, Param
from bot.chat.message import Action

T = TypeVar("T")


def parse_page(text: str) -> int:
    """A page's number, from 1. Raises BadArgument."""
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and int(text)):
        raise BadArgument("page", "A page is a number from 1.", text=text)
    return int(text)


PAGE = Param(name="page", help="which page of the answer", kind=Kind.INTEGER, parse=parse_page, hidden=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Page `number` of `of`, from 1, and what it shows."""

    number: int
    of: int
    shown: Sequence[T]

    @property
    def place(self) -> tuple[int, int] | None:
        """Its place for a message; None where there is only one page."""
        return (self.number, self.of) if self.of > 1 else None

    def turns(self, command: str, arguments: Mapping[str, str]) -> tuple[Action, ...]:
        """The buttons to the pages around it: `command` with `arguments` and another page."""
        pages = (("Previous", self.number - 1), ("Next", self.number + 1))
        return tuple(
            Action(label=label, command=command, arguments={**arguments, "page": str(page)})
            for label, page in pages
            if 1 <= page <= self.of
        )


def page_of(entries: Sequence[T], number: int, size: int) -> Page[T]:
    """Page `number` of `entries`, `size` a page; beyond the end it is the last."""
    of = max(1, -(-len(entries) // size))
    number = min(number, of)
    return Page(number=number, of=of, shown=entries[(number - 1) * size : number * size])
