"""Pieces of layout that Rich has not. Each draws whole lines where lines are not wrapped (a pipe, a file)."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.text import Text

CARETS = re.compile(r" *\^[\^~]*$")


@dataclass(frozen=True, slots=True)
class Clipped:
    """Text of at most `lines` lines; what is left out shows as an ellipsis."""

    text: Text
    lines: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the lines, or all of the text where lines are not wrapped."""
        if options.no_wrap:
            yield self.text
            return
        wrapped = self.text.wrap(console, options.max_width)
        shown = wrapped[: self.lines]
        if len(wrapped) > self.lines:
            shown[-1].append("…")
            shown[-1].truncate(options.max_width, overflow="ellipsis")
        yield from shown


@dataclass(frozen=True, slots=True)
class Hung:
    """Anything, hung on a mark: `first` before its first line, `rest` before the others."""

    content: RenderableType
    first: str
    rest: str
    style: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it, narrower by the width of the mark."""
        width = max(options.max_width - cell_len(self.rest), 1)
        style = console.get_style(self.style)
        drawn = console.render(self.content, options.update(width=width))
        for number, line in enumerate(Segment.split_lines(drawn)):
            yield Segment(self.rest if number else self.first, style)
            yield from line
            yield Segment.line()


@dataclass(frozen=True, slots=True)
class Flow:
    """Pieces side by side, as many on a line as fit; none is torn apart that fits on a line."""

    pieces: tuple[Text, ...]
    gap: str = "  "

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the lines."""
        yield from self._lines(options.max_width if not options.no_wrap else None)

    def _lines(self, width: int | None) -> Iterator[Text]:
        line = Text()
        for piece in self.pieces:
            if line and width and line.cell_len + len(self.gap) + piece.cell_len > width:
                yield line
                line = Text()
            line = Text.assemble(line, self.gap, piece) if line else piece.copy()
        if line:
            yield line


@dataclass(frozen=True, slots=True)
class Row:
    """A line of columns, and the marks that belong under it."""

    text: str
    marks: tuple[int, str] | None = None  # the cell where they start, and what they are


@dataclass(frozen=True, slots=True)
class Columns:
    """Monospaced rows: too long ones are cut into pieces, and a caret stays under what it marks."""

    rows: tuple[Row, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the rows."""
        for row in self.rows:
            # One cell stays free: a caret may stand behind the last character.
            for piece in (row,) if options.no_wrap else _pieces(row, max(options.max_width - 1, 2)):
                yield Text(piece.text, no_wrap=True, overflow="ignore")
                if piece.marks:
                    cell, marks = piece.marks
                    yield Text(" " * cell + marks, "bold red", no_wrap=True, overflow="ignore")


def rows(lines: Iterable[str], clean: Callable[[str], str] = str) -> tuple[Row, ...]:
    """`lines`, each `clean`, with every line of carets paired with the line above it.

    Carets are counted in characters as they were typed, by whoever wrote them; on the screen those
    may be twice as wide (Chinese, say) or gone (what is not `clean`).
    """
    paired: list[Row] = []
    above: str | None = None
    for line in lines:
        if above is not None and CARETS.match(line):
            paired[-1] = Row(paired[-1].text, _marks(above, line, clean))
            above = None
        else:
            paired.append(Row(clean(line)))
            above = line
    return tuple(paired)


def _marks(above: str, line: str, clean: Callable[[str], str]) -> tuple[int, str]:
    """Where the carets of `line` begin, in cells, and the carets."""
    column = line.index("^")
    behind = max(column - len(above), 0)  # what is missing at the end is marked after it
    return cell_len(clean(above[:column])) + behind, line[column:]


def _pieces(row: Row, width: int) -> Iterator[Row]:
    """`row` cut into pieces of at most `width` cells; its marks under the piece where they start."""
    start, text = 0, ""
    for character in row.text:
        if cell_len(text + character) > width:
            length = cell_len(text)
            yield Row(text, _within(row.marks, start, start + length))
            start, text = start + length, ""
        text += character
    yield Row(text, _within(row.marks, start, None))


def _within(marks: tuple[int, str] | None, start: int, end: int | None) -> tuple[int, str] | None:
    """`marks` as seen from a piece that goes from `start` up to `end` (None: the last piece)."""
    if marks is None or marks[0] < start or (end is not None and marks[0] >= end):
        return None
    return marks[0] - start, marks[1]
