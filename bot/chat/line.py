r"""The typed line, `<command> name:value words …`, and the values it stands for.

A button travels as the same line that a person could type, so there is one way to read a command.
`parse(print_line(name, arguments))` gives the arguments back, whatever they hold. Inside quotes
`\"` is a quote, `\\` a backslash and `\n` a line break; free words are taken as they stand.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.chat.command import BadArgument, Command, Kind

_DOUBLE = "“”„‟«»″＂"
_SINGLE = "‘’‚‛‹›′＇"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_BREAKS = "\u0085\u2028\u2029"
_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_INVISIBLE = (
    "\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"  # hyphen, spaces, joiners, marks: width 0
)
_DIRECTIONS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}  # Unicode's bidi classes
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_PLAIN: dict[int, int] = (
    _FULL_WIDTH
    | dict.fromkeys(map(ord, _DOUBLE), ord('"'))
    | dict.fromkeys(map(ord, _SINGLE), ord("'"))
    | dict.fromkeys(map(ord, _DASHES), ord("-"))
    | dict.fromkeys(map(ord, _BREAKS), ord("\n"))
    | dict.fromkeys(map(ord, _SPACES), ord(" "))
)

TO_TYPE = "To type: "  # what stands before the line that a reply says to type

_BARE = re.compile(r'[^\s"\\]+')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_QUOTED = r'"(?:[^"\\]|\\.)*"(?=\s|$)'
_FREE = r'(?:"[^"]*"|\S)+|\s+'  # a word with whatever quotes it holds, or the space between two
_NEVER = r"(?!)"
_TOWARDS = "(?:in|into|to|for|from|on)"  # what people write before a channel


class UnknownCommand(Exception):
    """The first `word` names no command; `rest` is what follows it, as typed. Both are empty for no text."""

    def __init__(self, word: str, rest: str) -> None:
        super().__init__(f"There is no command {word}.")
        self.word, self.rest = word, rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a line asks for: a command with its arguments as text, or its form."""

    command: Command
    values: dict[str, str]
    form: bool = False


def clean(text: str) -> str:
    """What a phone's keyboard put into `text`, as plain characters.

    Quotes, dashes, full-width forms, spaces and line breaks become their plain forms one for one;
    only what cannot be seen (controls of writing direction, zero-width characters) goes. So a
    caret under the clean text stands under the character that was typed: see `typed_column`.
    """
    return "".join(filter(_visible, text)).translate(_PLAIN)


def typed_column(text: str, column: int) -> int:
    """Where the character at `column` of `clean(text)` stands in `text`; its end for one beyond."""
    seen = [place for place, character in enumerate(text) if _visible(character)]
    return seen[column] if column < len(seen) else len(text)


def without_name(line: str, name: str) -> str:
    """`line` without a leading `name` such as "/papers", if that is its first word."""
    first, *rest = line.split(maxsplit=1) or [""]
    return "".join(rest).strip() if first.casefold() == name.casefold() else line.strip()


def parse(line: str, table: Sequence[Command]) -> Line:
    """Read `line`, which is clean where a person typed it.

    A leading `?` asks for the command's form. Words whose prefix names one of the command's
    parameters are that argument; all others go, untouched, to the parameter that takes the rest.
    Raises UnknownCommand, or BadArgument with a caret.
    """
    text = line.strip()
    form = len(text) > 1 and text[0] == "?" and not text[1].isspace()
    command, start = _command(text, int(form), table)
    return Line(command=command, values=_arguments(command, text, start), form=form)


def print_line(command: str, arguments: Mapping[str, str], *, form: bool = False) -> str:
    """The line that runs `command` (its name) with `arguments`, or opens its form with them."""
    words = [command, *(f"{name}:{_quote(value)}" for name, value in arguments.items())]
    return ("?" if form else "") + " ".join(words)


def typed_line(command: str, arguments: Mapping[str, str], table: Sequence[Command]) -> str:
    """The same line as a person would type it: free words without a name, where that says the same."""
    line = print_line(command, arguments)
    wanted = parse(line, table)
    rest = next((param.name for param in wanted.command.params if param.rest), "")
    named = {name: value for name, value in arguments.items() if name != rest}
    free = f"{print_line(command, named)} {arguments.get(rest, '')}".rstrip()
    try:
        return free if "\n" not in free and parse(free, table) == wanted else line
    except BadArgument:
        return line


def _visible(character: str) -> bool:
    return character not in _INVISIBLE and unicodedata.bidirectional(character) not in _DIRECTIONS


def _command(text: str, start: int, table: Sequence[Command]) -> tuple[Command, int]:
    """The command named at `start` of `text`, two words before one, and where its arguments begin."""
    names = {name: command for command in table for name in (command.name, *command.aliases)}
    words = list(re.finditer(r"\S+", text[start:]))[:2]
    for count in range(len(words), 0, -1):
        name = " ".join(word.group() for word in words[:count]).casefold()
        if name in names:
            return names[name], start + words[count - 1].end()
    word = words[0].group() if words else ""
    raise UnknownCommand(word, text[start + len(word) :].strip())


def _quote(value: str) -> str:
    if _BARE.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _arguments(command: Command, text: str, start: int) -> dict[str, str]:
    """The arguments of `command` in `text` from `start` on."""
    rest = next((param.name for param in command.params if param.rest), "")
    values: dict[str, str] = {}
    free = ""
    for found in _words(command, rest).finditer(text, start):
        if found["name"]:
            name = found["name"].casefold()
            values[name] = _named(name, found, values)
        elif rest or found["free"].isspace():
            free += found["free"]
        else:
            raise _unexpected(command, found)
    return values | _rest(rest, free.strip())


def _words(command: Command, rest: str) -> re.Pattern[str]:
    """What splits the arguments of `command`; a name counts at the beginning of a word alone.

    `in` and the like before a channel belong to it: subscribe agents in channel:#vision.
    """
    named_ones = [param for param in command.params if not param.rest]
    names = "|".join(re.escape(param.name) for param in named_ones) or _NEVER
    places = "|".join(re.escape(param.name) for param in named_ones if param.kind is Kind.CHANNEL) or _NEVER
    named = rf"(?:{_TOWARDS}\s+(?=(?:{places}):))?(?P<name>{names}):(?P<value>{_QUOTED}|\S*)(?:\s+|$)"
    whole = rf"{re.escape(rest)}:{_QUOTED}" if rest else _NEVER
    return re.compile(rf"{named}|(?P<free>{whole}|{_FREE})", re.DOTALL | re.IGNORECASE)


def _named(name: str, found: re.Match[str], values: Mapping[str, str]) -> str:
    """The value of a named argument. Raises BadArgument for an open quote or a second value."""
    if name in values:
        raise BadArgument(name, f"{name}: is given twice.", text=found.string, caret=found.start("name"))
    value = found["value"]
    if not value.startswith('"'):
        return value
    if not re.fullmatch(_QUOTED, value, re.DOTALL):
        why = 'This quote has no end: close it with " and a space.'
        raise BadArgument(name, why, text=found.string, caret=found.start("value"))
    return _unquote(value)


def _rest(rest: str, free: str) -> dict[str, str]:
    """What was typed without a name, or behind the name of the parameter that takes it."""
    if not free:
        return {}
    named = re.fullmatch(rf"{re.escape(rest)}:({_QUOTED})", free, re.DOTALL | re.IGNORECASE)
    verbatim = re.sub(rf"^{re.escape(rest)}:\s*", "", free, flags=re.IGNORECASE)
    return {rest: _unquote(named[1]) if named else verbatim}


def _unquote(quoted: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found[1] == "n" else found[1], quoted[1:-1])


def _unexpected(command: Command, found: re.Match[str]) -> BadArgument:
    """The error of a word that a command without free words cannot place."""
    names = ", ".join(f"{param.name}:…" for param in command.params if not param.hidden) or "nothing"
    why = f"{command.name} has no use for “{found['free']}”; it takes {names}."
    return BadArgument("", why, text=found.string, caret=found.start())
