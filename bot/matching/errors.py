"""What is wrong with a query, said so that its author can mend it."""

import unicodedata

_ROOM = 60  # columns of a drawn query: what a phone shows


class QueryError(Exception):
    """`message` says in one line what is wrong and how to mend it.

    `caret` is the 0-based column in `text`, as it was typed, where the fault stands.
    """

    def __init__(self, message: str, text: str, caret: int) -> None:
        super().__init__(message)
        self.message, self.text, self.caret = message, text, caret

    def drawn(self) -> str:
        """Two lines: the text around the fault, and a caret under it."""
        start = max(0, min(self.caret - _ROOM // 2, len(self.text) - _ROOM))
        line = ("…" if start else "") + self.text[start : start + _ROOM]
        caret = self.caret - start + bool(start)
        tail = "…" if start + _ROOM < len(self.text) else ""
        return f"{_one_line(line)}{tail}\n{' ' * _columns(line[:caret])}^"


class TwoQueries(QueryError):
    """A comma or a line break stands between queries; only the person knows what was meant.

    `either` is one query that brings what any of them would; `parts` are the queries by themselves.
    """

    def __init__(self, text: str, caret: int, *, either: str, parts: tuple[str, ...]) -> None:
        super().__init__("Is that one subscription with OR between, or several?", text, caret)
        self.either, self.parts = either, parts


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)


def _columns(text: str) -> int:
    """How many columns `text` takes in a monospaced font."""
    return sum(map(_width, text))


def _width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
