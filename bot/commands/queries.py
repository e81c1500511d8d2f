"""Queries as people type them: how a parameter reads one, and what is asked where it may be several."""

import re
from collections.abc import Callable, Mapping
from typing import NoReturn

from bot.chat.command import BadArgument, Kind, Param
from bot.chat.message import HEADLINE, Action, Item, Reply, Span
from bot.chat.shorten import cut
from bot.commands.core import Asks
from bot.commands.no_query import check_paper, check_person, check_place
from bot.matching.errors import QueryError, TwoQueries
from bot.matching.parser import parse
from bot.matching.query import Query
from bot.matching.threshold import with_threshold

QUERY_HELP = 'words, "a phrase", -not, OR, title:…, upvotes>=20'
THRESHOLD_HELP = "only papers with at least so many upvotes"
_LABEL = 40  # characters of a button that names a query
_OFFERED = 4  # queries that have a button of their own
_UPVOTES = re.compile(r"(?:>=|▲)?\s*([0-9]{1,9})\+?|none", re.IGNORECASE)
_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five"}


def parse_query(typed: str) -> Query:
    """The query that was typed. Raises BadArgument with a caret; Asks where it may be several, or is none."""
    return _read(typed, _which_one)


def parse_wanted(typed: str) -> Query:
    """Like `parse_query`, for a subscription: each of several queries can have its own, in a channel."""
    check_place(typed)
    return _read(typed, _one_or_several)


def _read(typed: str, question: Callable[[TwoQueries], Reply]) -> Query:
    """The query that was typed; the `question` is asked where it may be several. Raises BadArgument, Asks."""
    check_person(typed)
    check_paper(typed)
    try:
        return parse(typed)
    except TwoQueries as error:
        raise Asks(question(error)) from error
    except QueryError as error:
        _refuse(error)


def parse_each(typed: str) -> tuple[Query, ...]:
    """Queries, one a line, as a button names them. Raises BadArgument."""
    return tuple(map(parse_query, typed.splitlines()))


def parse_threshold(typed: str) -> int:
    """A number of upvotes, `none` for 0. Raises BadArgument."""
    found = _UPVOTES.fullmatch(typed.strip())
    if found is None:
        raise BadArgument("threshold", "This is a number of upvotes, such as 20; 0 is for all.", text=typed)
    return int(found[1] or 0)


THRESHOLD = Param(name="threshold", help=THRESHOLD_HELP, kind=Kind.INTEGER, parse=parse_threshold, ask=True)


def limited(query: Query, least: int | None) -> Query:
    """`query` with that threshold; as it is for None. Raises BadArgument where it has no room for one."""
    try:
        return query if least is None else with_threshold(query, least)
    except QueryError as error:
        raise BadArgument("threshold", f"With a threshold: {error.message}.") from error


def _refuse(error: QueryError) -> NoReturn:
    raise BadArgument("query", error.message, text=error.text, caret=error.caret) from error


def _one_or_several(error: TwoQueries) -> Reply:
    count = in_words(len(error.parts))
    first, *others = error.parts
    several = {"query": first, "also": "\n".join(others)}
    one = again("One with OR", {"query": error.either})
    return _question(f"One subscription with OR, or {count}?", error, one, again(count.capitalize(), several))


def _which_one(error: TwoQueries) -> Reply:
    each = (again(part, {"query": part}) for part in error.parts[:_OFFERED])
    return _question(
        "All with OR, or one of them?", error, again("All with OR", {"query": error.either}), *each
    )


def again(label: str, arguments: Mapping[str, str]) -> Action:
    """The command that was typed, once more with other `arguments`; the dispatcher fills in the rest."""
    return Action(label=cut(label, _LABEL), command="", arguments=arguments)


def _question(text: str, error: TwoQueries, *controls: Action) -> Reply:
    parts = tuple(Item(text=(Span(text=part, code=True),)) for part in error.parts)
    return Reply(headline=cut(text, HEADLINE), body=parts, controls=controls)


def in_words(count: int) -> str:
    """`two`, `three`; figures from six on."""
    return _NUMBERS.get(count, str(count))
