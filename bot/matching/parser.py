"""What a person typed, read as a query: a recursive-descent parser whose errors show the place.

either = both { OR both }
both   = one { [AND] one }
one    = { NOT } ( "(" either ")" | field | number | phrase | word | "*" )
"""

from itertools import accumulate

from bot.matching.errors import QueryError, TwoQueries
from bot.matching.lexer import Kind, Token, nearest, tokens
from bot.matching.query import (
    LINKS,
    NAMES,
    NUMBERS,
    RESERVED,
    And,
    Everything,
    Has,
    Node,
    Not,
    Number,
    Or,
    Query,
    Term,
    is_positive,
    query_of,
)
from bot.matching.reading import STARTS, Note, queries, read
from bot.matching.text import written

LONGEST = 500  # characters
MOST_ATOMS = 64
DEEPEST = 20  # brackets inside one another
SHORTEST_PREFIX = 3  # letters
_MOST_DIGITS = 9
_SIGNS = {"≥": ">=", "=>": ">=", "≤": "<=", "=<": "<=", "==": "="}
_ATOMS = frozenset({Kind.WORD, Kind.PHRASE, Kind.NUMBER})


def parse(text: str) -> Query:
    """The query that a person typed.

    Raises QueryError, and nothing else, for what is no query; its subclass TwoQueries where a comma or
    a line break leaves open whether one query is meant or several.
    """
    _check_size(len(text.rstrip()), text)
    notes: list[str] = []
    groups, mark = queries(_checked(read(tokens(text), notes.append), text), text)
    if not groups:
        raise QueryError("Say what to look for, for example  diffusion model", text, 0)
    nodes = [_positive(_Parser(group, text, notes.append).whole(), group, text) for group in groups]
    alone = list(dict.fromkeys(query_of(node, tuple(dict.fromkeys(notes))) for node in nodes))
    if len(alone) == 1:
        return _printable(alone[0], text)
    either = _printable(query_of(Or(tuple(nodes))), text)
    raise TwoQueries(text, mark, either=either.plain, parts=tuple(query.plain for query in alone))


def _check_size(length: int, text: str) -> None:
    if length > LONGEST:
        message = f"That is {length} characters, and a query has {LONGEST} at most: make two of it"
        raise QueryError(message, text, min(LONGEST, len(text)))


def _checked(read: list[Token], text: str) -> list[Token]:
    """The tokens, which are not too many and not too deep."""
    atoms = [token for token in read if token.kind in _ATOMS]
    if len(atoms) > MOST_ATOMS:
        raise QueryError(
            f"A query has {MOST_ATOMS} words at most: make two of it", text, atoms[MOST_ATOMS].at
        )
    depth = 0
    for token in read:
        depth += (token.kind is Kind.OPEN) - (token.kind is Kind.CLOSE)
        if depth > DEEPEST:
            raise _too_deep(text, token.at)
    return read


def _too_deep(text: str, at: int) -> QueryError:
    return QueryError(f"Brackets stand {DEEPEST} deep at most: take some out", text, at)


def _printable(query: Query, text: str) -> Query:
    """The query, whose printed forms can be parsed again."""
    for printed in (query.canonical, query.plain):
        _check_size(len(printed), text)
        if _depth(printed) > DEEPEST:
            raise _too_deep(text, max(0, text.find("(")))
    return query


def _depth(printed: str) -> int:
    """How deep its brackets stand; inside of phrases there are none."""
    return max(accumulate((char == "(") - (char == ")") for char in printed))


def _positive(node: Node, group: list[Token], text: str) -> Node:
    """The node, which says what to bring."""
    if is_positive(node):
        return node
    at = next(token.at for token in group if token.kind is Kind.NOT)
    raise QueryError(
        "This only says what to leave out: add what to look for, or * for everything, for example  * -video",
        text,
        at,
    )


class _Parser:
    """Reads one query from its tokens, of which the last is an END."""

    def __init__(self, tokens: list[Token], text: str, note: Note) -> None:
        self.tokens, self.text, self.note = tokens, text, note
        self.position = 0

    @property
    def here(self) -> Token:
        return self.tokens[self.position]

    def take(self) -> Token:
        token = self.here
        self.position += token.kind is not Kind.END
        return token

    def took(self, kind: Kind) -> bool:
        return self.here.kind is kind and self.take() is not None

    def wrong(self, message: str, token: Token) -> QueryError:
        return QueryError(message, self.text, token.at)

    def whole(self) -> Node:
        node = self.either(None)
        if self.here.kind is not Kind.END:
            raise self.wrong("This bracket closes nothing: take it out", self.here)
        return node

    def either(self, field: str | None) -> Node:
        nodes = [self.both(field)]
        while self.took(Kind.OR):
            nodes.append(self.both(field))
        return Or(tuple(nodes))

    def both(self, field: str | None) -> Node:
        nodes = [self.one(field)]
        while self.took(Kind.AND) or self.here.kind in STARTS:
            nodes.append(self.one(field))
        return And(tuple(nodes))

    def one(self, field: str | None) -> Node:
        negative = False
        while self.took(Kind.NOT):
            negative = not negative
        start = self.here
        node = self.operand(field)
        if negative and node == Everything():
            raise self.wrong(
                "This leaves out everything: say what to leave out, for example  * -video", start
            )
        return Not(node) if negative else node

    def operand(self, field: str | None) -> Node:
        before, token = self.tokens[self.position - 1] if self.position else None, self.take()
        match token.kind:
            case Kind.WORD:
                return self.word(token, field)
            case Kind.PHRASE:
                return self.phrase(token, field)
            case Kind.OPEN:
                return self.group(token, field)
            case Kind.FIELD | Kind.NUMBER if field:
                raise self.wrong(
                    f"Inside {field}:( … ) stand words and phrases only: put this after it", token
                )
            case Kind.FIELD:
                return self.field(token)
            case Kind.NUMBER:
                return self.number(token, token.name, token.sign)
        raise self.wrong(_missing(before, token), token)

    def group(self, opening: Token, field: str | None) -> Node:
        node = self.either(field)
        if not self.took(Kind.CLOSE):
            raise self.wrong("This bracket is never closed: put a ) where the group ends", opening)
        return node

    def word(self, token: Token, field: str | None) -> Node:
        body, star = token.text.rstrip("*"), token.text.endswith("*")
        if not body and not field:
            return Everything()
        if "*" in body:
            raise QueryError(
                "A * stands only at the end of a word, for example  diffus*",
                self.text,
                token.at + body.index("*"),
            )
        text = written(body, "-")
        quoted = text in RESERVED and not star
        return self.term(token, Term(text, quoted=quoted, prefix=star, field=field))

    def phrase(self, token: Token, field: str | None) -> Node:
        if token.text.rstrip().endswith("*"):
            self.note('a * inside quotes stands for nothing: write "world mod"* for words that go on')
        return self.term(token, Term(written(token.text, " "), quoted=True, prefix=token.star, field=field))

    def term(self, token: Token, term: Term) -> Term:
        if not term.text:
            raise self.wrong("Nothing to look for here: only letters and digits can be found", token)
        if term.prefix and term.text.isascii() and sum(map(str.isalnum, term.text)) < SHORTEST_PREFIX:
            raise self.wrong(
                f"Before a * stand {SHORTEST_PREFIX} letters or more, for example  diffus*", token
            )
        return term

    def field(self, field: Token) -> Node:
        value = self.here
        if field.text == "has":
            return self.has(self.take())
        if field.text in NUMBERS:
            self.note(f"read {field.text}:{value.text} as {field.text}>={value.text}")
            return self.number(self.take(), field.text, ">=")
        if value.kind is Kind.NOT:
            raise self.wrong(f"The minus stands before the field: write -{field.text}:video", value)
        if value.kind not in (Kind.WORD, Kind.PHRASE, Kind.OPEN):
            raise self.wrong(f"After {field.text}: stands a word, a phrase or ( … ), without a comma", field)
        node = self.operand(field.text)
        self.explain_names(field.text, value)
        return node

    def explain_names(self, field: str, value: Token) -> None:
        """Notes that in `author:yann lecun` only yann is a name."""
        after = self.here
        if field in NAMES and value.kind is after.kind is Kind.WORD:
            whole = f'{field}:"{value.text} {after.text}"'
            self.note(f"{field}: takes {value.text} only: for the whole name write {whole}")

    def has(self, value: Token) -> Has:
        what = value.text.casefold()
        if value.kind is Kind.WORD and what in LINKS:
            return Has(what)
        meant = nearest(what, LINKS) or "code"
        raise self.wrong(f"has: knows {' and '.join(LINKS)}: write has:{meant}", value)

    def number(self, value: Token, name: str, sign: str) -> Number:
        if not (value.text.isdecimal() and len(value.text) <= _MOST_DIGITS):
            at = value.end - len(value.text)
            raise QueryError(
                f"{name} takes a whole number, for example  {name}>=20", self.text, min(at, value.end - 1)
            )
        return self.limited(value, Number(name, _SIGNS.get(sign, sign), int(value.text)))

    def limited(self, value: Token, test: Number) -> Number:
        """The test with >= or <= in place of > and <, which say the same of whole numbers."""
        if test.op == ">":
            return Number(test.name, ">=", test.number + 1)
        if test.op == "<" and not test.number:
            raise self.wrong(f"{test.name} are never below 0: write {test.name}=0", value)
        return Number(test.name, "<=", test.number - 1) if test.op == "<" else test


def _missing(before: Token | None, token: Token) -> str:
    """What is wrong where `token` stands in the place of something to match."""
    wanted = before.kind.value if before else ""
    if before is None or before.kind is Kind.OPEN:
        if token.kind is Kind.CLOSE:
            return (
                "Nothing stands in these brackets: take them out" if before else "This bracket closes nothing"
            )
        if token.kind is Kind.END:
            return "This bracket is never closed: put a ) where the group ends"
        return f"{token.kind.value} has nothing before it: say what to match on both sides"
    if token.kind is Kind.END:
        return f"This ends after {wanted}: say what else to match, for example  diffusion {wanted} flow"
    return f"Nothing stands between {wanted} and {token.kind.value}: say what to match there"
