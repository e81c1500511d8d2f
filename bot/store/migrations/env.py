"""Alembic's entry: runs the revisions on the connection that `migrate.py` passes."""

from alembic import context

from bot.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by rebuilding it
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
