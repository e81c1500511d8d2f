"""Queries and subscriptions' numbers as people type them: the parsers of parameters, and what they suggest."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.chat.command import BadArgument, Context, Kind, Param, Refused, Suggest
from bot.chat.message import HEADLINE, Action, Item, Reply, Span
from bot.chat.shorten import cut
from bot.commands.core import Asks, Core, known
from bot.matching.errors import QueryError, TwoQueries
from bot.matching.parser import parse
from bot.matching.query import Query
from bot.store import subscriptions
from bot.store.subscriptions import Subscription

QUERY_HELP = 'words, "a phrase", -not, OR, title:…, upvotes>=20'
_NUMBER = re.compile(r"#?(\d{1,9})(?: · .*)?", re.DOTALL)  # alone, or as it is suggested
_COUNTS = {2: "two", 3: "three", 4: "four", 5: "five"}


def parse_query(typed: str) -> Query:
    """The query that was typed. Raises BadArgument with a caret, or Asks where it can be one or several."""
    try:
        return parse(typed)
    except TwoQueries as error:
        raise Asks(_which_one(error)) from error
    except QueryError as error:
        raise _bad(error) from error


def parse_wanted(typed: str) -> Query:
    """Like `parse_query`, for `subscribe`: what was typed can also become several subscriptions."""
    try:
        return parse(typed)
    except TwoQueries as error:
        raise Asks(_one_or_several(error)) from error
    except QueryError as error:
        raise _bad(error) from error


def parse_each(typed: str) -> tuple[Query, ...]:
    """Queries, a line each, as the button *Two* names them. Raises BadArgument."""
    try:
        return tuple(map(parse, typed.splitlines()))
    except QueryError as error:
        raise _bad(error) from error


def _bad(error: QueryError) -> BadArgument:
    return BadArgument("query", error.message, text=error.text, caret=error.caret)


def _one_or_several(error: TwoQueries) -> Reply:
    first, *others = error.parts
    count = words_for(len(error.parts))
    several = {"query": first, "also": "\n".join(others)}
    return _question(
        f"One subscription with OR, or {count}?",
        (_again("One with OR", {"query": error.either}), _again(count.capitalize(), several)),
        error,
    )


def _which_one(error: TwoQueries) -> Reply:
    each = tuple(_again(part, {"query": part}) for part in error.parts[:4])
    return _question("All with OR, or one of them?", (_again("All with OR", {"query": error.either}), *each), error)


def _again(label: str, arguments: Mapping[str, str]) -> Action:
    """The command that was typed, with other arguments; whoever gives the reply knows which it was."""
    return Action(label=cut(label, 40), command="", arguments=arguments)


def _question(text: str, controls: tuple[Action, ...], error: TwoQueries) -> Reply:
    parts = tuple(Item(text=(Span(text=part, code=True),)) for part in error.parts)
    return Reply(headline=cut(text, HEADLINE), body=parts, controls=controls)


def words_for(count: int) -> str:
    """`two`, `three`; figures from six on."""
    return _COUNTS.get(count, str(count))
