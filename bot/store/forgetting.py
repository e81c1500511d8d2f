"""Forgetting a workspace: nothing that belongs to it is kept, and nothing of another one goes.

It begins with one small transaction, after which the workspace is nobody's: if the bot comes back, that is
a new one. What it had is then deleted in slices, so that nobody waits long for the database. Whoever is
interrupted leaves a workspace that is due at once, and is forgotten to its end the next time.
"""

from dataclasses import dataclass

from sqlalchemy import Table, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.store import adapter_state, subscriptions
from bot.store.engine import Database
from bot.store.schema import audit, channels, deliveries, workspaces
from bot.store.schema import subscriptions as subscription_rows
from bot.store.workspaces import COLUMNS, Workspace

SLICE = 1_000  # rows a transaction: some 20 ms on SQLite, with what hangs on them
PAUSE = 20  # ms between two, for whoever else wants to write


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """How much a workspace has."""

    channels: int
    subscriptions: int
    deliveries: int


async def contents(connection: AsyncConnection, workspace: Workspace) -> Contents:
    """What there is of `workspace`."""
    counts = {}
    for table in (channels, subscription_rows, deliveries):
        query = select(func.count()).select_from(table).where(table.c.workspace_id == workspace.id)
        counts[table.name] = (await connection.execute(query)).scalar_one()
    return Contents(**counts)


async def due(connection: AsyncConnection, before: int) -> list[Workspace]:
    """Those that the bot was removed from at or before `before` (epoch ms)."""
    query = select(*COLUMNS).where(workspaces.c.gone_at <= before).order_by(workspaces.c.id)
    return [Workspace(**row._mapping) for row in await connection.execute(query)]


async def forget(database: Database, clock: Clock, workspace: Workspace) -> bool:
    """Delete all that there is of `workspace`; False where the bot came or went since: nothing is done."""
    async with database.write() as connection:
        if not await _begin(connection, workspace):
            return False
    for table in (deliveries, audit, subscription_rows, channels):
        while await _slice(database, table, workspace.id) == SLICE:
            await clock.sleep(PAUSE)
    async with database.write() as connection:
        await connection.execute(delete(workspaces).where(workspaces.c.id == workspace.id))
    return True


async def _begin(connection: AsyncConnection, workspace: Workspace) -> bool:
    """From now on `workspace` is nobody's, its adapter's things are gone; False where it has changed."""
    w = workspaces.c
    same = w.id == workspace.id, w.key == workspace.key, w.gone_at.is_not_distinct_from(workspace.gone_at)
    nobodys = update(workspaces).where(*same).values(key=f"forgotten:{workspace.id}", gone_at=0)
    if not (await connection.execute(nobodys)).rowcount:
        return False
    await adapter_state.drop_workspace(connection, workspace.platform, workspace.key)
    return True


async def _slice(database: Database, table: Table, workspace: int) -> int:
    """Delete some rows of `table`; how many."""
    some = select(table.c.id).where(table.c.workspace_id == workspace).limit(SLICE)
    async with database.write() as connection:
        if table is subscription_rows:  # whoever matches is to know that nobody asks these any more
            await subscriptions.touch_those(connection, some)
        deleted = await connection.execute(delete(table).where(table.c.id.in_(some)))
    return deleted.rowcount
