r"""Text as a person reads it: accents written in TeX become letters, line breaks become spaces.

Nothing else is touched: angle brackets, markup and all other LaTeX stay as their author wrote them.
"""

import re
import unicodedata

# TeX's accents and the combining characters they mean (The TeXbook, chapter 9; \k and \r from LaTeX).
_ACCENTS = {
    "`": "\u0300", "'": "\u0301", "’": "\u0301", "´": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304",
    "u": "\u0306", ".": "\u0307", '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323",
    "c": "\u0327", "k": "\u0328",
}  # fmt: skip
_LETTERS = {
    "AA": "Å", "AE": "Æ", "DH": "Ð", "DJ": "Đ", "NG": "Ŋ", "OE": "Œ", "TH": "Þ", "L": "Ł", "O": "Ø",
    "aa": "å", "ae": "æ", "dh": "ð", "dj": "đ", "ng": "ŋ", "oe": "œ", "th": "þ", "ss": "ß",
    "l": "ł", "o": "ø", "i": "ı", "j": "ȷ",
}  # fmt: skip
_DOTTED = {"ı": "i", "ȷ": "j"}  # Unicode's í is made of i: the accent takes the dot's place by itself

_BASE = r"\\[ij](?![A-Za-z])\s?|[^\W\d_]"
_TEX = re.compile(
    rf"""
      \\\\ | \\\$ | \$ (?=\S) [^$]* (?<=[^\s\\]) \$ (?!\d)       # a line break, a dollar, mathematics: kept
    | (?<=[^\W\d_]) \\ (?P<own> ['’]s ) (?![^\W\d_])              # "the query\'s": an apostrophe, no accent
    | (?P<open> \{{ )?
      \\ (?: (?: (?P<sign> [`'’´^~=."] ) | (?P<word> [uvHcdkr] ) (?: \s+ | (?=\{{) ) )
             (?: \{{ \s* (?P<braced> {_BASE} ) \s* \}} | (?P<bare> {_BASE} ) )
           | (?P<letter> {"|".join(_LETTERS)} ) (?! [A-Za-z(_^] ) (?: \{{\}} | \s+ (?=[^\W\d_]) )?
         )
      (?(open) \}} )
    """,
    re.VERBOSE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")  # half a character: no encoding can carry it
_NESTED = 3  # accents on one letter, as in Vietnamese


def shown(text: str) -> str:
    r"""`text` as a person reads it, on one line: `L\'evy` is Lévy, `{\L}` is Ł, control characters are gone.

    Never raises; a second time changes nothing but text that only then looks like a TeX accent.
    """
    plain = _SURROGATE.sub("\ufffd", _CONTROL.sub("", text))
    return " ".join(letters(plain).split())


def letters(text: str) -> str:
    r"""`text` with TeX's accents and letters as Unicode (`Erd\H{o}s` is Erdős), otherwise as it is."""
    for _ in range(_NESTED):
        if "\\" not in text:
            break
        text = _TEX.sub(_letter, text)
    return text


def _letter(match: re.Match[str]) -> str:
    if own := match["own"]:
        return own
    if name := match["letter"]:
        return _LETTERS[name]
    accent = match["sign"] or match["word"]
    return _accented(match, _ACCENTS[accent]) if accent else match[0]


def _accented(match: re.Match[str], mark: str) -> str:
    base = (match["braced"] or match["bare"]).strip().removeprefix("\\")
    letter = unicodedata.normalize("NFC", _DOTTED.get(base, base) + mark)
    return letter if len(letter) == 1 else match[0]
