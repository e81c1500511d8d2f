"""A query as data: its tree, the canonical form that all who ask the same share, and questions about it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

TEXT_FIELDS = ("title", "abstract", "author", "org", "keyword")
NAMES = frozenset({"author", "org"})  # fields of names, which have no plural
NUMBERS = ("upvotes", "comments", "stars")
LINKS = ("code", "project")  # what `has:` knows
FIELDS = frozenset({*TEXT_FIELDS, *NUMBERS, "has"})
RESERVED = frozenset({"or", "and", "not", "to"})  # as words they are always written in quotes


@dataclass(frozen=True, slots=True)
class Term:
    """Words to find: one, or a phrase when `quoted`; in `field`, or in title and abstract.

    `text` is as `matching.text.written` writes it. A quoted term takes no plurals; of a `prefix` the
    last word may go on.
    """

    text: str
    quoted: bool = False
    prefix: bool = False
    field: str | None = None

    def __str__(self) -> str:
        body = f'"{self.text}"' if self.quoted else self.text
        return f"{self.field}:{body}{'*' * self.prefix}" if self.field else f"{body}{'*' * self.prefix}"


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the paper held against a limit: `op` is >=, <= or =."""

    name: str
    op: str
    number: int

    def __str__(self) -> str:
        return f"{self.name}{self.op}{self.number}"


@dataclass(frozen=True, slots=True)
class Has:
    """Whether the paper links to its code or its project."""

    what: str

    def __str__(self) -> str:
        return f"has:{self.what}"


@dataclass(frozen=True, slots=True)
class Everything:
    """Every paper."""

    def __str__(self) -> str:
        return "*"


@dataclass(frozen=True, slots=True)
class Not:
    """What `node` does not match."""

    node: "Node"

    def __str__(self) -> str:
        return f"-{_inside(self.node)}"


@dataclass(frozen=True, slots=True)
class And:
    """What all of `nodes` match."""

    nodes: tuple["Node", ...]

    def __str__(self) -> str:
        return " ".join(map(_inside, self.nodes))


@dataclass(frozen=True, slots=True)
class Or:
    """What any of `nodes` matches."""

    nodes: tuple["Node", ...]

    def __str__(self) -> str:
        return " OR ".join(map(_inside, self.nodes))


Leaf = Term | Number | Has | Everything
Node = Leaf | Not | And | Or


def _inside(node: Node) -> str:
    return f"({node})" if isinstance(node, And | Or) else str(node)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a subscription asks for. Queries are equal when their `root` is, whatever was typed."""

    root: Node
    canonical: str = field(compare=False)  # the form that all who ask the same share; it parses to `root`
    plain: str = field(
        compare=False
    )  # as typed, in plain characters and the typed order; parses to `root` too
    typed: Node = field(compare=False)  # the tree of `plain`
    notes: tuple[str, ...] = field(
        default=(), compare=False
    )  # a line each: what was read otherwise than typed


def query_of(node: Node, notes: tuple[str, ...] = ()) -> Query:
    """The query that `node` is."""
    typed = root = simplified(node)
    while (better := simplified(in_order(root))) != root:
        root = better
    return Query(root=root, canonical=str(root), plain=str(typed), typed=typed, notes=notes)


def simplified(node: Node) -> Node:
    """The same without what changes nothing: brackets in brackets, doubled nodes, `*` beside words."""
    match node:
        case Not(node=inner):
            plain = simplified(inner)
            return plain.node if isinstance(plain, Not) else Not(plain)
        case And(nodes=nodes):
            flat = _flat(And, nodes)
            needed = tuple(inner for inner in flat if inner != Everything())
            return _joined(And, needed if any(map(is_positive, needed)) else flat)
        case Or(nodes=nodes):
            flat = _flat(Or, nodes)
            return Everything() if Everything() in flat else _joined(Or, flat)
    return node


def _flat(kind: type[And | Or], nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    plain = map(simplified, nodes)
    inner = (node.nodes if isinstance(node, kind) else (node,) for node in plain)
    return tuple(dict.fromkeys(chain.from_iterable(inner)))


def _joined(kind: type[And | Or], nodes: tuple[Node, ...]) -> Node:
    return nodes[0] if len(nodes) == 1 else kind(nodes)


def in_order(node: Node) -> Node:
    """The same with the parts of each AND and OR in a fixed order: words, groups, tests, negatives."""
    match node:
        case Not(node=inner):
            return Not(in_order(inner))
        case And(nodes=nodes) | Or(nodes=nodes):
            return type(node)(tuple(sorted(map(in_order, nodes), key=_place)))
    return node


_RANKS: Mapping[type[Node], int] = {Term: 0, Everything: 0, And: 1, Or: 1, Number: 2, Has: 2, Not: 3}


def _place(node: Node) -> tuple[int, str, str]:
    return _RANKS[type(node)], str(node).strip('"'), str(node)


def is_positive(node: Node) -> bool:
    """Whether it says what to bring, not only what to leave out."""
    match node:
        case Not():
            return False
        case And(nodes=nodes):
            return any(map(is_positive, nodes))
        case Or(nodes=nodes):
            return all(map(is_positive, nodes))
    return True


def leaves(node: Node, *, negative: bool = True) -> Iterator[Leaf]:
    """All terms and tests of it, in order; without those under a NOT unless `negative`."""
    match node:
        case Not(node=inner):
            if negative:
                yield from leaves(inner)
        case And(nodes=nodes) | Or(nodes=nodes):
            for inner in nodes:
                yield from leaves(inner, negative=negative)
        case _:
            yield node


def has_tests(query: Query) -> bool:
    """Whether its answer can change after a paper came: it asks for numbers or links."""
    return any(isinstance(leaf, Number | Has) for leaf in leaves(query.root))
