"""A query's threshold: the upvotes that it asks for on top of all else. It is part of the query itself."""

from dataclasses import replace
from typing import TypeGuard

from bot.matching.parser import parse
from bot.matching.query import And, Everything, Node, Number, Query, is_positive, query_of


def threshold_of(query: Query) -> int:
    """The upvotes that every paper of `query` must have; 0 where it asks for none."""
    return max((test.number for test in _nodes(query.typed) if _is_threshold(test)), default=0)


def with_threshold(query: Query, least: int) -> Query:
    """`query` asking for at least `least` upvotes, in place of what it asked for; 0 asks for none.

    What stands inside of OR or NOT stays. A note says what was replaced. Raises QueryError where the
    query becomes too long, as `parse` does.
    """
    before = threshold_of(query)
    if before == least:
        return query
    rest = tuple(node for node in _nodes(query.typed) if not _is_threshold(node))
    base = rest if any(map(is_positive, rest)) else (Everything(), *rest)
    test = Number("upvotes", ">=", least)
    found = parse(query_of(And((*base, test) if least else base)).plain)
    replaced = (f"{test} took the place of upvotes>={before}",) if before and least else ()
    return replace(found, notes=(*query.notes, *replaced))


def _nodes(node: Node) -> tuple[Node, ...]:
    """What must hold together, each by itself."""
    return node.nodes if isinstance(node, And) else (node,)


def _is_threshold(node: Node) -> TypeGuard[Number]:
    return isinstance(node, Number) and (node.name, node.op) == ("upvotes", ">=")
