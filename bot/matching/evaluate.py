"""Whether a query matches a paper, and what in it did; the plain evaluator of all queries."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter, eq, ge, le

from bot.matching.atoms import finder
from bot.matching.query import And, Everything, Has, Leaf, Node, Not, Number, Or, Query, Term, has_tests
from bot.matching.views import PaperText, prepare
from bot.models import Paper, PaperId, QueryId

Test = Callable[[PaperText], bool]
_OPERATORS: Mapping[str, Callable[[int, int], bool]] = {">=": ge, "<=": le, "=": eq}
Change = tuple[QueryId, Query | None]  # a query to match from now on, or None for no longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What of a query a paper has: `words` as the query language writes them, and `fields` that hold them."""

    words: tuple[str, ...]
    fields: tuple[str, ...]


def matches(query: Query, paper: PaperText) -> bool:
    """Whether `query` wants `paper`."""
    return _test_of(query.root)(paper)


def evidence(query: Query, paper: PaperText) -> Evidence:
    """What of `query` is in `paper`, in canonical order; nothing where it does not match."""
    hits = _hits(query.root, paper) if matches(query, paper) else ()
    return Evidence(
        words=tuple(map(str, hits)),
        fields=tuple(dict.fromkeys(name for hit in hits for name in _fields(hit, paper))),
    )


class Evaluator:
    """All queries against papers, one by one: what a faster index must agree with.

    Call `matches` for some papers at a time where others have to be served between; 10,000 queries
    take about 15 ms a paper.
    """

    def __init__(self) -> None:
        self.sequence = 0  # the last change of subscriptions that is in
        self._tests: dict[QueryId, Test] = {}
        self._on_edges: set[QueryId] = set()

    def apply(self, changes: Iterable[Change], sequence: int) -> None:
        """Take in all changes up to `sequence`; taking them in again changes nothing."""
        for query_id, query in changes:
            self.change(query_id, query)
        self.sequence = sequence

    def change(self, query_id: QueryId, query: Query | None) -> None:
        """Match `query` from now on, or nothing under this id."""
        self._tests.pop(query_id, None)
        self._on_edges.discard(query_id)
        if query:
            self._tests[query_id] = _compiled(query.root)
            if has_tests(query):
                self._on_edges.add(query_id)

    def queries_with_tests(self) -> frozenset[QueryId]:
        """The queries whose answer can change after a paper came: those with number tests or has:."""
        return frozenset(self._on_edges)

    def matches(
        self, papers: Sequence[Paper], only: Collection[QueryId] | None = None
    ) -> list[tuple[PaperId, QueryId]]:
        """Which of the queries (of `only` these) want which of `papers`: by paper as given, then by query."""
        asked = self._tests.keys() if only is None else self._tests.keys() & set(only)
        tests = [(query_id, self._tests[query_id]) for query_id in sorted(asked)]
        return [
            (paper.id, query_id)
            for paper, prepared in zip(papers, map(prepare, papers), strict=True)
            for query_id, test in tests
            if test(prepared)
        ]


@lru_cache(maxsize=1024)
def _test_of(node: Node) -> Test:
    return _compiled(node)


def _compiled(node: Node) -> Test:
    match node:
        case Term():
            return finder(node)
        case Number(name=name, op=op, number=number):
            value, holds = attrgetter(name), _OPERATORS[op]
            return lambda paper: holds(value(paper.paper), number)
        case Has(what=what):
            link = attrgetter(f"{what}_url")
            return lambda paper: bool(link(paper.paper))
        case Everything():
            return _always
        case Not(node=inner):
            test = _compiled(inner)
            return lambda paper: not test(paper)
        case And(nodes=nodes):
            return _all(tuple(map(_compiled, nodes)))
        case Or(nodes=nodes):
            return _any(tuple(map(_compiled, nodes)))


def _always(_paper: PaperText) -> bool:
    return True


def _all(tests: tuple[Test, ...]) -> Test:
    def test(paper: PaperText) -> bool:
        for one in tests:  # noqa: SIM110 - runs for each query and paper, and is twice as quick as all(…)
            if not one(paper):
                return False
        return True

    return test


def _any(tests: tuple[Test, ...]) -> Test:
    def test(paper: PaperText) -> bool:
        for one in tests:  # noqa: SIM110 - as above
            if one(paper):
                return True
        return False

    return test


def _hits(node: Node, paper: PaperText) -> tuple[Leaf, ...]:
    """The leaves that made `node` match `paper`, each once."""
    match node:
        case Not():
            return ()
        case And(nodes=nodes):
            inner = nodes
        case Or(nodes=nodes):
            inner = tuple(one for one in nodes if _test_of(one)(paper))
        case _:
            return (node,)
    return tuple(dict.fromkeys(hit for one in inner for hit in _hits(one, paper)))


def _fields(hit: Leaf, paper: PaperText) -> tuple[str, ...]:
    match hit:
        case Term(field=None):
            return tuple(name for name in ("title", "abstract") if _test_of(replace(hit, field=name))(paper))
        case Term(field=str(name)) | Number(name=name) | Has(what=name):
            return (name,)
        case _:
            return ()
