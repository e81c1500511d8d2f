"""Alembic's entry: runs the revisions on the connection that `migrate.py` passes."""

from typing import Any, Literal

from alembic import context

from bot.store.schema import metadata
from bot.store.sql import PlainText


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """How a revision that is written from the schema names a type of ours: as what it is on the disk."""
    return "sa.Text()" if kind == "type" and isinstance(item, PlainText) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by rebuilding it
    render_item=render_item,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
