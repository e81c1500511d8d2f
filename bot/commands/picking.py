"""Which subscriptions of a channel a person means: by number, by query, or all."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.chat.command import BadArgument, Context, Param, Refused, Suggest
from bot.commands.core import Core, known
from bot.matching.errors import QueryError, TwoQueries
from bot.matching.parser import parse
from bot.matching.query import Query
from bot.store import subscriptions
from bot.store.subscriptions import Subscription

_SUGGESTED = re.compile(r"#?(\d{1,9}) · ")  # how `suggest_numbers` writes one
_NUMBER = re.compile(r"#?(\d{1,9})")
_ALL = frozenset({"all", "everything"})
_BETWEEN = re.compile(r"[\s,;&]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """The subscriptions with these `numbers` or `queries`, or `every` one."""

    numbers: tuple[int, ...] = ()
    queries: tuple[Query, ...] = ()
    every: bool = False


def parse_which(typed: str) -> Which:
    """`3`, `3 5`, `all`, or a query. Raises BadArgument with a caret."""
    if suggested := _SUGGESTED.match(typed):
        return Which(numbers=(int(suggested[1]),))
    words = [word for word in _BETWEEN.split(typed.strip().casefold()) if word and word != "and"]
    if words and all(map(_NUMBER.fullmatch, words)):
        return Which(numbers=tuple(dict.fromkeys(int(word.lstrip("#")) for word in words)))
    if len(words) == 1 and words[0] in _ALL:
        return Which(every=True)
    return Which(queries=_queries(typed))


def _queries(typed: str) -> tuple[Query, ...]:
    try:
        return (parse(typed),)
    except TwoQueries as error:
        return tuple(map(parse, error.parts))
    except QueryError as error:
        raise BadArgument("which", error.message, text=error.text, caret=error.caret) from error


def parse_number(typed: str) -> int:
    """A subscription's number, alone or as it is suggested. Raises BadArgument."""
    found = _SUGGESTED.match(typed) or _NUMBER.fullmatch(typed.strip())
    if not found:
        raise BadArgument(
            "number", "This is the number of a subscription, such as 3: list shows them.", text=typed
        )
    return int(found[1])


def pick(every: Sequence[Subscription], which: Which, where: str, word: str) -> list[Subscription]:
    """Those of `every` that `which` names, removed ones too where it names no other. Raises Refused.

    `where` is the channel's name, `word` the one that commands begin with.
    """
    if which.every:
        return [one for one in every if one.removed_at is None]
    named: list[int | Query] = [*which.numbers, *which.queries]
    found = [(name, _newest(every, name)) for name in named]
    for name, one in found:
        if one is None:
            what = f"number {name}" if isinstance(name, int) else name.plain
            raise Refused(f"{where} has no subscription {what}.", fix=f"/{word} list shows what it has.")
    return list(dict.fromkeys(one for _, one in found if one))


def _newest(every: Sequence[Subscription], name: int | Query) -> Subscription | None:
    """The one with that number or query; one that is there before those that were removed."""
    wanted = name.canonical if isinstance(name, Query) else name
    those = [one for one in every if wanted in (one.number, one.canonical)]
    return max(those, key=lambda one: (one.removed_at is None, one.number), default=None)


def pick_one(every: Sequence[Subscription], number: int, where: str, word: str) -> Subscription:
    """The one with that number, which was not removed. Raises Refused."""
    (one,) = pick(every, Which(numbers=(number,)), where, word)
    if one.removed_at is not None:
        again = f"/{word} subscribe {one.words}"
        raise Refused(f"Subscription {number} ({one.words}) was removed.", fix=f"To have it back: {again}")
    return one


def suggest_numbers(core: Core) -> Suggest:
    """Numbers with their queries, of the channel that is spoken of."""

    async def suggest(context: Context, prefix: str) -> Sequence[str]:
        if context.channel is None:
            return ()
        async with core.database.read() as connection:
            channel = await known(connection, context)
            wanted = await subscriptions.of_channel(connection, channel.id) if channel else []
        shown = [f"{one.number} · {one.words}" for one in wanted]
        return [text for text in shown if text.startswith(prefix) or prefix.casefold() in text.casefold()][
            :25
        ]

    return suggest


def which_param(core: Core, help_: str) -> Param:
    """The parameter that takes what `parse_which` reads."""
    return Param(name="which", help=help_, parse=parse_which, rest=True, suggest=suggest_numbers(core))
