"""Tokens as people mean them: what is an operator, what a word, and what was typed by habit.

Says in notes, a line each, what it reads otherwise than it stands.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import dropwhile

from bot.matching.errors import QueryError
from bot.matching.lexer import Kind, Token
from bot.matching.text import parts_of

STARTS = frozenset({Kind.WORD, Kind.PHRASE, Kind.NUMBER, Kind.FIELD, Kind.OPEN, Kind.NOT})
_ENDS = frozenset({Kind.WORD, Kind.PHRASE, Kind.NUMBER, Kind.CLOSE})
_OPERATORS = {"or": Kind.OR, "and": Kind.AND, "not": Kind.NOT}
_JOINING = frozenset(_OPERATORS.values())
_BINARY = frozenset({Kind.OR, Kind.AND})

Note = Callable[[str], None]


def read(tokens: list[Token], note: Note) -> list[Token]:
    """The tokens with their meaning, without what means nothing."""
    return _without_habits(_with_operators(_without_symbols(tokens, note), note), note)


def _without_symbols(tokens: list[Token], note: Note) -> list[Token]:
    kept = [
        token
        for before, token in zip([None, *tokens], tokens, strict=False)
        if _says_something(before, token)
    ]
    for token in tokens:
        if token not in kept:
            note(_left_aside(token.text))
    return kept


def _says_something(before: Token | None, token: Token) -> bool:
    """Whether a token counts; after a field everything does, so that its error can be shown."""
    if token.kind is not Kind.WORD or (before and before.kind is Kind.FIELD):
        return True
    return "*" in token.text or bool(parts_of(token.text))


def _left_aside(symbol: str) -> str:
    if symbol.strip("-"):
        return f"left {symbol} aside: only letters and digits can be looked for"
    return f"left {symbol} aside: to leave papers out, write -video without a space"


def _without_habits(tokens: list[Token], note: Note) -> list[Token]:
    """Without a leading # and a leading `to`: #vision, subscribe to vision."""
    first, *rest = tokens
    if first.kind is Kind.WORD and first.text.startswith("#"):
        note("dropped the leading #")
        first = replace(first, text=first.text.lstrip("#"), at=first.at + 1)
    if first.kind is Kind.WORD and first.text.casefold() == "to" and rest[0].kind in STARTS:
        note("dropped the leading 'to'")
        return rest
    return [first, *rest]


def _with_operators(tokens: list[Token], note: Note) -> list[Token]:
    read: list[Token] = []
    before: Token | None = None  # the one before, line breaks aside
    for token, after in zip(tokens, [*tokens[1:], tokens[-1]], strict=True):
        meant = _meant(before, token, after, note) if token.kind is Kind.WORD else token
        read.append(meant)
        before = before if meant.kind is Kind.LINE else meant
    return read


def _meant(before: Token | None, word: Token, after: Token, note: Note) -> Token:
    """`word` as an operator where it is one.

    Capitals always are, "or" and "and" between two things to match, "not" after "and": people who write
    "attention is not all you need" look for a word.
    """
    kind = _OPERATORS.get(word.text.casefold())
    if kind is None or (before and before.kind is Kind.FIELD):
        return word
    if word.text.isupper():
        return replace(word, kind=kind)
    left = before.kind if before else None
    if kind is Kind.NOT:
        if left is Kind.AND and after.kind in STARTS:
            return replace(word, kind=kind)
        note(f"looks for the word '{word.text}': to leave papers out, write -video or NOT video")
        return word
    if left is Kind.COMMA or (left in _ENDS and after.kind in STARTS):
        if kind is Kind.OR and left is not Kind.COMMA:
            note(f"read '{word.text}' as OR: to look for the word, put it in quotes")
        return replace(word, kind=kind)
    return word


def queries(tokens: list[Token], text: str) -> tuple[list[list[Token]], int]:
    """The tokens of each query in `text`, with an END each, and the column of the first mark between two.

    Commas and line breaks part queries, but not inside brackets, and no line break beside an operator.
    Raises QueryError for a comma inside brackets.
    """
    groups: list[list[Token]] = [[]]
    marks: list[int] = []
    depth = 0
    for before, token, after in zip([tokens[-1], *tokens], tokens, [*tokens[1:], tokens[-1]], strict=False):
        depth = max(0, depth + (token.kind is Kind.OPEN) - (token.kind is Kind.CLOSE))
        if _parts(before, token, after, depth, text):
            groups.append([])
            marks.append(token.at)
        elif token.kind not in (Kind.LINE, Kind.END):
            groups[-1].append(token)
    first, *others = groups
    whole = [first, *(list(dropwhile(lambda token: token.kind in _BINARY, group)) for group in others)]
    return [[*group, _end(group[-1])] for group in whole if group], marks[0] if marks else 0


def _parts(before: Token, token: Token, after: Token, depth: int, text: str) -> bool:
    if token.kind is Kind.COMMA and depth:
        raise QueryError(
            "A comma inside brackets: write OR between, for example  (cats OR dogs)", text, token.at
        )
    if token.kind is Kind.LINE:
        return not depth and before.kind not in {*_JOINING, Kind.FIELD} and after.kind not in _BINARY
    return token.kind is Kind.COMMA


def _end(last: Token) -> Token:
    return Token(Kind.END, "", last.end - 1, last.end)
