"""What commands need to advise on a query: other forms of it, and its words."""

from bot.matching.parser import parse
from bot.matching.query import RESERVED, And, Node, Query, Term, leaves, query_of


def as_phrase(query: Query) -> Query | None:
    """The same with its plain words as one phrase, in the order typed: world model → "world model".

    None unless two or more plain words stand side by side, outside of brackets and OR.
    """
    nodes = query.typed.nodes if isinstance(query.typed, And) else ()
    at = [index for index, node in enumerate(nodes) if _is_plain(node)]
    if len(at) < 2 or at[-1] - at[0] >= len(at):
        return None
    phrase = Term(
        " ".join(node.text for node in nodes if isinstance(node, Term) and _is_plain(node)), quoted=True
    )
    return query_of(And((*nodes[: at[0]], phrase, *nodes[at[-1] + 1 :])))


def _is_plain(node: Node) -> bool:
    if not isinstance(node, Term) or node.field or node.prefix:
        return False
    return not node.quoted or node.text in RESERVED


def with_test(query: Query, test: str) -> Query:
    """The query with one more thing to hold, such as `upvotes>=20`; raises QueryError as `parse` does."""
    return query_of(And((query.typed, parse(test).typed)))


def foreign_script(query: Query) -> bool:
    """Whether it looks for words, and none has a Latin letter or a digit; the feed is in English."""
    texts = [leaf.text for leaf in leaves(query.root, negative=False) if isinstance(leaf, Term)]
    return bool(texts) and not any(char.isascii() and char.isalnum() for text in texts for char in text)
