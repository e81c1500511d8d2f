"""The schema's history (Alembic); `migrate.py` is the only way in."""
