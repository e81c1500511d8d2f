"""Typed text, taken apart into tokens that remember the column they stand in.

Cleaning puts one plain character in the place of each curly quote, long dash and full-width form, so a
column in the cleaned text is the column that was typed.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum

from bot.matching.errors import QueryError
from bot.matching.query import FIELDS, NUMBERS
from bot.matching.spelling import FARTHEST, distance


class Kind(Enum):
    """What a token is; the value is how it is called in messages."""

    WORD = "a word"
    PHRASE = "a phrase"
    FIELD = "a field"
    NUMBER = "a number"
    OPEN = "("
    CLOSE = ")"
    OR = "OR"
    AND = "AND"
    NOT = "NOT"
    COMMA = ","
    LINE = "a line break"
    END = "the end"


@dataclass(frozen=True, slots=True)
class Token:
    """A token at column `at` of the typed text, `end` excluded.

    `text` is its body: a word, the inside of a phrase, a field's name, the value a number is held
    against (whose `name` and `sign` are set). `star`: an asterisk follows a phrase's closing quote.
    """

    kind: Kind
    text: str
    at: int
    end: int
    name: str = ""
    sign: str = ""
    star: bool = False


_PLAIN = str.maketrans(
    dict.fromkeys("“”„‟«»‹›‚″〝〞「」『』", '"')
    | dict.fromkeys("‐‑‒–—―−﹣⁃", "-")
    | dict.fromkeys("‘’ʼ", "'")
    | dict.fromkeys("\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", " ")
    | {0xFF00 + code - 0x20: chr(code) for code in range(0x21, 0x7F)}  # full-width forms
    | {"、": ",", "﹐": ",", "\u3000": " "}
)
_TOKEN = re.compile(
    r"""
      (?P<line>   \s*[\n\r\v\f\x85\u2028\u2029]\s* )
    | (?P<space>  \s+ )
    | (?P<comma>  [,;] )
    | (?P<open>   \( )
    | (?P<close>  \) )
    | (?P<or>     \|+ )
    | (?P<and>    &+ )
    | (?P<not>    [-!]+ (?=[^\s!-]) | ! )
    | (?P<phrase> "(?P<inside>[^"]*)" (?P<star>\*?) | '(?P<single>[^\s'"][^'"]*)' (?=[\s()|,;]|$) )
    | (?P<quote>  " )
    | (?P<number> (?P<name>[A-Za-z]+) \s*:?\s* (?P<sign>>=|=>|<=|=<|==|>|<|=|≥|≤)
                  \s* (?P<value>[^\s()|,;"]*) )
    | (?P<field>  (?P<called>[A-Za-z]+) : (?!//) (?P<apart>\s*) )
    | (?P<word>   (?: \\. | (?<=\d),(?=\d{3}(?!\d)) | &(?!&) | [^\s"()|,;&] )+ )
    """,
    re.VERBOSE,
)
_WORD = re.compile(r"""(?: \\. | [^\s"()|,;] )+""", re.VERBOSE)
_SIMPLE = {
    "line": Kind.LINE, "comma": Kind.COMMA, "open": Kind.OPEN, "close": Kind.CLOSE,
    "or": Kind.OR, "and": Kind.AND, "not": Kind.NOT,
}  # fmt: skip

_SHORTEST_NAME = 3  # letters: what is shorter before a colon is a word, as in v:1
_FIELDS_ARE = "title: abstract: author: org: keyword: has:"
_NUMBERS_ARE = "upvotes, comments and stars"


def tokens(text: str) -> list[Token]:
    """The tokens of `text`, then an END. Raises QueryError for an open quote or an unknown field."""
    return [*_scanned(text.translate(_PLAIN), text), Token(Kind.END, "", len(text), len(text))]


def _scanned(plain: str, text: str) -> Iterator[Token]:
    at = 0
    while match := _TOKEN.match(plain, at):
        at = match.end()
        if match.lastgroup != "space":
            token = _token(match, text)
            at = token.end
            yield token


def _token(match: re.Match[str], text: str) -> Token:
    at, end = match.span()
    match match.lastgroup:
        case "quote":
            raise QueryError('This quote is never closed: put a " where the phrase ends', text, at)
        case "phrase":
            return Token(
                Kind.PHRASE, match["inside"] or match["single"] or "", at, end, star=bool(match["star"])
            )
        case "number":
            return _number(match, text) or _word(match)
        case "field":
            return _field(match, text) or _word(match)
        case group:
            return Token(_SIMPLE.get(group or "", Kind.WORD), match[0], at, end)


def _word(match: re.Match[str]) -> Token:
    """What looked like a field but is a word: 10:30, n<d, http://…"""
    word = next(_WORD.finditer(match.string, match.start()))  # begins there, with a letter
    return Token(Kind.WORD, word[0], *word.span())


def _number(match: re.Match[str], text: str) -> Token | None:
    name, (at, end) = match["name"].casefold(), match.span()
    if name in NUMBERS:
        return Token(Kind.NUMBER, match["value"], at, end, name=name, sign=match["sign"])
    if name in FIELDS:
        raise QueryError(
            f"{name}: is no number: write {name}: and what to find; numbers are {_NUMBERS_ARE}", text, at
        )
    if not match["value"][:1].isdigit() or len(name) < _SHORTEST_NAME:
        return None
    meant = nearest(name, NUMBERS)
    advice = (
        f"did you mean {meant}{match['sign']}{match['value']} ?" if meant else f"numbers are {_NUMBERS_ARE}"
    )
    raise QueryError(f"There is no number {name}: {advice}", text, at)


def _field(match: re.Match[str], text: str) -> Token | None:
    name, at, apart = match["called"].casefold(), match.start(), bool(match["apart"])
    if name in FIELDS:
        return Token(Kind.FIELD, name, at, match.end())
    if meant := nearest(name, sorted(FIELDS), 1 if apart else FARTHEST):
        raise QueryError(f"There is no field {name}: did you mean {meant}: ?", text, at)
    if apart or len(name) < _SHORTEST_NAME:
        return None
    raise QueryError(
        f"There is no field {name}: fields are {_FIELDS_ARE} and to find the text itself, put it in quotes",
        text,
        at,
    )


def nearest(name: str, names: Collection[str], farthest: int = FARTHEST) -> str | None:
    """The one of `names` that a mistyped `name` most likely means, or None."""
    if len(name) < _SHORTEST_NAME:
        return None
    longer = next((other for other in names if name.startswith(other) or other.startswith(name)), None)
    near = min(names, key=lambda other: distance(name, other))
    return longer or (near if distance(name, near) <= min(farthest, len(name) // 2) else None)
