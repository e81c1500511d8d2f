"""What is known of each feed: when it was last read whole, and what its server said of each address."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.feeds.fetch import Validators
from bot.store.schema import feeds, fetches
from bot.store.sql import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """A feed's memory; moments are epoch ms. `failure` says why the last poll was not complete."""

    seeded_at: int | None = None
    complete_at: int | None = None
    failures: int = 0
    failure: str | None = None
    next_poll_at: int = 0
    refreshed_at: int | None = None


async def state(connection: AsyncConnection, feed: str) -> FeedState:
    """What is known of `feed`; the beginning where nothing is."""
    columns = [feeds.c[name] for name in FeedState.__slots__]
    row = (await connection.execute(select(*columns).where(feeds.c.name == feed))).one_or_none()
    return FeedState(**row._mapping) if row else FeedState()


async def failing(connection: AsyncConnection) -> list[str]:
    """Why the last polls of feeds were not complete, each reason once."""
    rows = await connection.execute(select(feeds.c.failure).where(feeds.c.failure.is_not(None)).distinct())
    return sorted(rows.scalars())


async def put_state(connection: AsyncConnection, feed: str, **values: Any) -> None:
    """Set `values` (fields of FeedState) of `feed`."""
    insert = upsert(connection, feeds).values(name=feed, **values)
    await connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_=values))


async def validators(
    connection: AsyncConnection, feed: str, days: Iterable[date]
) -> dict[date, dict[str, Validators]]:
    """What the server said of each address of `days` when it was last read, by day and address."""
    wanted = [day.isoformat() for day in days]
    query = select(fetches).where(fetches.c.feed == feed, fetches.c.day.in_(wanted))
    known: dict[date, dict[str, Validators]] = {}
    for row in await connection.execute(query):
        kept = Validators(etag=row.etag, last_modified=row.last_modified)
        known.setdefault(date.fromisoformat(row.day), {})[row.url] = kept
    return known


async def put_validators(
    connection: AsyncConnection, feed: str, day: date, given: Mapping[str, Validators]
) -> None:
    """Replace what is kept of the addresses of `day`."""
    await connection.execute(delete(fetches).where(fetches.c.feed == feed, fetches.c.day == day.isoformat()))
    rows = [
        {"feed": feed, "url": url, "day": day.isoformat(), "etag": v.etag, "last_modified": v.last_modified}
        for url, v in sorted(given.items())
    ]
    if rows:
        await connection.execute(upsert(connection, fetches).on_conflict_do_nothing(), rows)


async def forget_validators(connection: AsyncConnection, feed: str, before: date) -> None:
    """Drop what is kept of days before `before`: they are not asked again."""
    old = delete(fetches).where(fetches.c.feed == feed, fetches.c.day < before.isoformat())
    await connection.execute(old)
