"""Small pieces of SQL that several tables share, for both databases."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")
SLICE = 5_000  # bound values a statement: SQLite takes 32,766 by default, PostgreSQL 65,535


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
