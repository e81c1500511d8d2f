"""Listings: a paper in a feed on a day. *New* is decided here: a paper is new when its first listing is."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import Listed, Paper, PaperId
from bot.store import papers as paper_rows
from bot.store.schema import listings, papers
from bot.store.sql import slices, upsert


async def put(
    connection: AsyncConnection, feed: str, given: Iterable[Listed], now: int, *, news: bool = True
) -> set[PaperId]:
    """List `given` in `feed` at `now` (epoch ms); the papers that were not listed there before.

    `news`: they are new to everybody, rather than read later out of the past.
    """
    days: dict[PaperId, date] = {}
    for entry in given:
        days[entry.paper.id] = min(entry.day, days.get(entry.paper.id, entry.day))
    known = await known_in(connection, feed, days)
    for some in slices(sorted(known)):
        seen = update(listings).where(listings.c.feed == feed, listings.c.paper_id.in_(some))
        await connection.execute(seen.values(last_seen_at=now))
    rows = [
        {
            "feed": feed,
            "paper_id": paper,
            "day": day.isoformat(),
            "first_seen_at": now,
            "last_seen_at": now,
            "news": news,
        }
        for paper, day in sorted(days.items())
        if paper not in known
    ]
    if rows:
        await connection.execute(upsert(connection, listings).on_conflict_do_nothing(), rows)
    return days.keys() - known.keys()


async def known_in(connection: AsyncConnection, feed: str, ids: Iterable[PaperId]) -> dict[PaperId, date]:
    """Those of `ids` that are listed in `feed`, each with its day."""
    known: dict[PaperId, date] = {}
    columns = select(listings.c.paper_id, listings.c.day).where(listings.c.feed == feed)
    for some in slices(sorted(set(ids))):
        for row in await connection.execute(columns.where(listings.c.paper_id.in_(some))):
            known[PaperId(row.paper_id)] = date.fromisoformat(row.day)
    return known


async def news_since(connection: AsyncConnection, moment: int) -> list[Paper]:
    """Papers that a poll first found at or after `moment` (epoch ms), oldest first."""
    query = (
        select(*paper_rows.COLUMNS)
        .join(listings, listings.c.paper_id == papers.c.id)
        .where(listings.c.news)
        .group_by(papers.c.id)
        .having(func.min(listings.c.first_seen_at) >= moment)
        .order_by(papers.c.submitted_at.asc().nulls_first(), papers.c.id)
    )
    return [paper_rows.to_paper(row) for row in await connection.execute(query)]


async def span(connection: AsyncConnection) -> tuple[date, date] | None:
    """The oldest and the newest day that hold papers."""
    query = select(func.min(listings.c.day), func.max(listings.c.day))
    oldest, newest = (await connection.execute(query)).one()
    return (date.fromisoformat(oldest), date.fromisoformat(newest)) if oldest else None


async def days_of(connection: AsyncConnection, feed: str) -> set[date]:
    """The days of `feed` that hold papers."""
    query = select(listings.c.day).where(listings.c.feed == feed).distinct()
    return {date.fromisoformat(day) for day in (await connection.execute(query)).scalars()}


async def days_around(connection: AsyncConnection, day: date) -> tuple[date, ...]:
    """The nearest day before `day` that holds papers, and the nearest after it, as far as there are any."""
    before = select(func.max(listings.c.day)).where(listings.c.day < day.isoformat())
    after = select(func.min(listings.c.day)).where(listings.c.day > day.isoformat())
    found = [(await connection.execute(query)).scalar() for query in (before, after)]
    return tuple(date.fromisoformat(near) for near in found if near)
