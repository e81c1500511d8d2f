"""What adapters keep: bytes by platform, workspace and key; sealing is the host's."""

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import adapter_state as state
from bot.store.schema import workspaces
from bot.store.sql import upsert


async def get(connection: AsyncConnection, platform: str, workspace: str, key: str, now: int) -> bytes | None:
    """What is kept and has not expired at `now` (epoch ms)."""
    query = select(state.c.value).where(
        state.c.platform == platform,
        state.c.workspace == workspace,
        state.c.key == key,
        or_(state.c.expires_at.is_(None), state.c.expires_at > now),
    )
    return (await connection.execute(query)).scalar_one_or_none()


async def workspaces_with(connection: AsyncConnection, platform: str, key: str, now: int) -> list[str]:
    """The workspaces for which something is kept under `key` at `now` (epoch ms), without those now gone."""
    # By the workspaces, of which there are few, and not through all events that were ever marked.
    kept = and_(state.c.platform == workspaces.c.platform, state.c.workspace == workspaces.c.key)
    query = select(workspaces.c.key).join(state, and_(kept, state.c.key == key))
    query = query.where(workspaces.c.platform == platform, workspaces.c.gone_at.is_(None))
    query = query.where(or_(state.c.expires_at.is_(None), state.c.expires_at > now))
    return list((await connection.execute(query.order_by(workspaces.c.key))).scalars())


async def put(
    connection: AsyncConnection,
    platform: str,
    workspace: str,
    key: str,
    value: bytes,
    expires_at: int | None,
) -> None:
    """Keep `value` until `expires_at` (epoch ms), or for ever."""
    changed = {"value": value, "expires_at": expires_at}
    insert = upsert(connection, state).values(platform=platform, workspace=workspace, key=key, **changed)
    await connection.execute(
        insert.on_conflict_do_update(index_elements=["platform", "workspace", "key"], set_=changed)
    )


async def drop(connection: AsyncConnection, platform: str, workspace: str, key: str) -> bool:
    """Forget `key`; whether it was there."""
    gone = delete(state).where(
        state.c.platform == platform, state.c.workspace == workspace, state.c.key == key
    )
    return (await connection.execute(gone)).rowcount > 0


async def drop_workspace(connection: AsyncConnection, platform: str, workspace: str) -> None:
    """Forget all that is kept of `workspace`, its secrets first of all."""
    await connection.execute(
        delete(state).where(state.c.platform == platform, state.c.workspace == workspace)
    )


async def prune(connection: AsyncConnection, now: int) -> None:
    """Drop what has expired at `now` (epoch ms)."""
    await connection.execute(delete(state).where(state.c.expires_at <= now))
