"""A quick look before the real one: which papers a query certainly does not want.

Taking a text apart costs thirty times as much, and a search asks one query about thousands of texts. Both
sides are reduced to what the text rules leave as it is: no signs, no capitals, no endings of plurals. A
paper has a word only where the rest of the word stands in the rest of the paper.
"""

import re
from collections.abc import Callable
from os.path import commonprefix

from bot.matching import plurals
from bot.matching.atoms import atom_of
from bot.matching.query import And, Node, Or, Query, Term
from bot.models import Paper

_Test = Callable[[bytes], object]

# Text of which the rules see ASCII alone: no TeX, no accents, and other signs only where they part words.
_PLAIN = re.compile(r"[\x00-\x5b\x5d-\x7f‐‑–—‘’“”…]*")
_LETTERS = "".join(chr(code).lower() if chr(code).isalnum() else " " for code in range(128)).replace("y", "i")
_REDUCED = _LETTERS.encode().ljust(256)
_ENDINGS = b"EeSs"  # gone, and with y read as i: the plurals in -s, -es and -ies are as their singulars


def may_match(query: Query) -> Callable[[Paper], bool]:
    """A test that is false only for papers that `query` does not match; takes about 20 µs a paper."""
    test = _test(query.root)
    return lambda paper: not _is_plain(paper) or bool(test(_reduced(f" {paper.title} {paper.abstract} ")))


def _is_plain(paper: Paper) -> bool:
    return bool(_PLAIN.fullmatch(paper.abstract) and _PLAIN.fullmatch(paper.title))


def _reduced(text: str) -> bytes:
    """`text` with a space for each sign, without the letters that plurals change."""
    return text.encode("ascii", "replace").translate(_REDUCED, _ENDINGS)


def _test(node: Node) -> _Test:
    match node:
        case Term(field=None | "title" | "abstract"):
            return _pattern(node).search
        case And(nodes=nodes):
            tests = tuple(map(_test, nodes))
            return lambda text: all(test(text) for test in tests)
        case Or(nodes=nodes):
            tests = tuple(map(_test, nodes))
            return lambda text: any(test(text) for test in tests)
    return lambda _text: True


def _pattern(term: Term) -> re.Pattern[bytes]:
    """What a reduced text has where it may have `term`: its letters, in words of their own."""
    atom = atom_of(term)
    kept = (_reduced(piece).replace(b" ", b"") for piece in _IRREGULAR_END.split(atom.key))
    letters = b".*".join(b" *".join(bytes([letter]) for letter in piece) for piece in kept)
    return re.compile(b" " + letters + (b"" if atom.prefix else b" "))


def _irregular_ends() -> re.Pattern[str]:
    """What differs between a singular and its irregular plural, behind what they share: the x of matrix."""
    ends = {
        rf"(?<={shared}){singular[len(shared) :]}"
        for plural, singular in plurals._IRREGULAR.items()
        if _reduced(plural) != _reduced(singular)
        for shared in [commonprefix((plural, singular))]  # noqa: RUF071 - of letters, not of paths
    }
    return re.compile("|".join(sorted(ends)))


_IRREGULAR_END = _irregular_ends()
