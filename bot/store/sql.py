"""Small pieces of SQL that several tables share, for both databases."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Table, Text, TypeDecorator
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
SLICE = 5_000  # bound values a statement: SQLite takes 32,766 by default, PostgreSQL 65,535


class PlainText(TypeDecorator[str]):
    """TEXT that takes any string, whoever sent it.

    PostgreSQL holds no NUL, and UTF-8 no half of a character: each becomes U+FFFD, so that a name with
    one in it cannot break the transaction that notes it.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:  # noqa: ARG002
        """`value` as it is stored and looked for."""
        return value if value is None else _UNSTORABLE.sub("\ufffd", value)


def upsert(connection: AsyncConnection, table: Table) -> Any:
    """INSERT for `table` that knows ON CONFLICT in this connection's dialect."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def slices(values: Iterable[T], size: int = SLICE) -> Iterator[Sequence[T]]:
    """`values` in runs of at most `size`."""
    rest = iter(values)
    while run := tuple(islice(rest, size)):
        yield run
