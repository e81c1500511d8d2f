"""Lines that are too long for a button: what is kept under their hash."""

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import presses
from bot.store.sql import upsert


async def put(connection: AsyncConnection, lines: dict[str, str], now: int) -> None:
    """Keep each line under its key; `now` (epoch ms) counts as a use."""
    rows = [{"key": key, "line": line, "used_at": now} for key, line in sorted(lines.items())]
    if rows:
        insert = upsert(connection, presses)
        await connection.execute(
            insert.on_conflict_do_update(index_elements=["key"], set_={"used_at": now}), rows
        )


async def use(connection: AsyncConnection, key: str, now: int) -> str | None:
    """The line under `key`, used at `now` (epoch ms)."""
    query = select(presses.c.line).where(presses.c.key == key)
    line = (await connection.execute(query)).scalar_one_or_none()
    if line is not None:
        await connection.execute(update(presses).where(presses.c.key == key).values(used_at=now))
    return line


async def prune(connection: AsyncConnection, before: int) -> None:
    """Forget what was last used before `before` (epoch ms)."""
    await connection.execute(delete(presses).where(presses.c.used_at < before))
