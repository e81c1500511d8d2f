"""What people type for a query that is none: a person, a paper, a channel at its end. Pure."""

import re

from bot.chat.command import BadArgument
from bot.chat.message import HEADLINE, Action, Reply
from bot.chat.shorten import cut
from bot.commands.core import Asks
from bot.commands.paper_ids import parse_paper
from bot.models import PaperId

_LABEL = 40  # characters
_QUOTED = re.compile(r'"[^"]*"')
_PERSON = re.compile(r"(?<![^\s(|,;])@[^\W\d][\w.-]*")  # not recall@10, nor @1
_BETWEEN = re.compile(r'[\s()|,;"]+')
# "#vision" alone is a topic as people type it; behind "in" it is a place.
_PLACE = re.compile(
    r"(?P<query>.*\S)\s+(?P<word>in|into|to|for)\s+(?P<channel>#[\w-]+)", re.IGNORECASE | re.DOTALL
)


def check_person(typed: str) -> None:
    """Raise BadArgument where `typed` mentions somebody: authors are no people of the platform."""
    found = _PERSON.search(_QUOTED.sub(lambda quoted: " " * len(quoted[0]), typed))
    if found:
        why = f"{found[0]} is somebody here. Authors of papers are found with author:, as in author:hinton"
        raise BadArgument("query", why, text=typed, caret=found.start())


def check_paper(typed: str) -> None:
    """Raise Asks where `typed` holds a paper's id or address, which stands in no title or abstract."""
    for text in (typed, *_BETWEEN.split(typed)):
        if paper := _paper(text):
            one = {"paper": paper}
            show = Action(label="Show it", command="card", arguments=one)
            share = Action(label="Share it here", command="share", arguments=one)
            what = f"{paper} is one paper, and a query is words that papers have in common."
            raise Asks(Reply(headline=cut(what, HEADLINE), controls=(show, share)))


def check_place(typed: str) -> None:
    """Raise Asks where `typed` ends with what may be a channel."""
    found = _PLACE.fullmatch(typed.strip())
    if found is None:
        return
    query, word, channel = found["query"], found["word"], found["channel"]
    there = {"query": query, "channel": channel}
    plain = f"{query} {word} {channel[1:]}"
    choices = (
        _again(f"{query} in channel:{channel}", there),
        _again(f"All words: {plain}", {"query": plain}),
    )
    raise Asks(Reply(headline=cut(f"Did you mean channel:{channel}?", HEADLINE), controls=choices))


def _paper(text: str) -> PaperId | None:
    try:
        return parse_paper(text)
    except BadArgument:
        return None


def _again(label: str, arguments: dict[str, str]) -> Action:
    """The command that was typed, with other arguments."""
    return Action(label=cut(label, _LABEL), command="", arguments=arguments)
