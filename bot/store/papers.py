"""Papers: stored once, whatever lists them. They are never pruned."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.models import Paper, PaperId
from bot.store.schema import listings, papers
from bot.store.sql import slices, upsert

COLUMNS = tuple(column for column in papers.c if column.name != "stored_at")


def to_paper(row: Row[Any]) -> Paper:
    """The paper that a row with all of `COLUMNS` holds."""
    return Paper(
        id=PaperId(row.id),
        title=row.title,
        abstract=row.abstract,
        authors=tuple(row.authors),
        organization=row.organization,
        published_on=date.fromisoformat(row.published_on) if row.published_on else None,
        submitted_at=row.submitted_at,
        upvotes=row.upvotes,
        comments=row.comments,
        stars=row.stars,
        keywords=tuple(row.keywords),
        ai_summary=row.ai_summary,
        code_url=row.code_url,
        project_url=row.project_url,
        thumbnail=row.thumbnail,
    )


def _values(paper: Paper, now: int) -> dict[str, Any]:
    values = {column.name: getattr(paper, column.name) for column in COLUMNS}
    values["published_on"] = paper.published_on.isoformat() if paper.published_on else None
    values["authors"], values["keywords"] = list(paper.authors), list(paper.keywords)
    return values | {"stored_at": now}


async def put(connection: AsyncConnection, given: Iterable[Paper], now: int) -> None:
    """Store `given`, or renew what is stored of them, at `now` (epoch ms)."""
    rows = sorted((_values(paper, now) for paper in given), key=lambda row: str(row["id"]))
    insert = upsert(connection, papers)
    renewed = {column.name: insert.excluded[column.name] for column in COLUMNS if column.name != "id"}
    statement = insert.on_conflict_do_update(index_elements=["id"], set_=renewed)
    if rows:
        await connection.execute(statement, rows)


async def add(connection: AsyncConnection, given: Iterable[Paper], now: int) -> None:
    """Store those of `given` that are not stored: a file's numbers may be older than ours."""
    rows = sorted((_values(paper, now) for paper in given), key=lambda row: str(row["id"]))
    if rows:
        await connection.execute(upsert(connection, papers).on_conflict_do_nothing(), rows)


async def get(connection: AsyncConnection, ids: Iterable[PaperId]) -> dict[PaperId, Paper]:
    """Those of `ids` that are stored."""
    found: dict[PaperId, Paper] = {}
    for some in slices(sorted(set(ids))):
        for row in await connection.execute(select(*COLUMNS).where(papers.c.id.in_(some))):
            found[PaperId(row.id)] = to_paper(row)
    return found


def _newest_first(since: date | None, until: date | None = None) -> Select[Any]:
    day = func.max(listings.c.day).label("day")
    query = select(*COLUMNS, day).join(listings, listings.c.paper_id == papers.c.id).group_by(papers.c.id)
    if since is not None:
        query = query.where(listings.c.day >= since.isoformat())
    if until is not None:
        query = query.where(listings.c.day <= until.isoformat())
    return query.order_by(day.desc(), papers.c.submitted_at.desc().nulls_last(), papers.c.id.desc())


async def listed(
    connection: AsyncConnection, since: date | None = None, until: date | None = None
) -> list[tuple[date, Paper]]:
    """Papers listed from `since` to `until`, each with its newest day, newest first."""
    rows = await connection.execute(_newest_first(since, until))
    return [(date.fromisoformat(row.day), to_paper(row)) for row in rows]


async def stream(
    connection: AsyncConnection, since: date | None = None, run: int = 200
) -> AsyncGenerator[Sequence[tuple[date, Paper]], None]:
    """Like `listed`, in runs, for those who stop early or let others work in between.

    Whoever may stop early closes it (`contextlib.aclosing`) before the connection.
    """
    async with aclosing(_runs(connection, _newest_first(since), run)) as runs:
        async for rows in runs:
            yield [(date.fromisoformat(row.day), to_paper(row)) for row in rows]


async def holding(
    connection: AsyncConnection, text: str, run: int = 100
) -> AsyncGenerator[Sequence[Paper], None]:
    """Papers with `text` in title or abstract, whatever its (ASCII) capitals; in runs, in no order.

    Whoever may stop early closes it (`contextlib.aclosing`) before the connection.
    """
    has_text = or_(
        *(column.icontains(text, autoescape=True) for column in (papers.c.title, papers.c.abstract))
    )
    async with aclosing(_runs(connection, select(*COLUMNS).where(has_text), run)) as runs:
        async for rows in runs:
            yield [to_paper(row) for row in rows]


async def _runs(
    connection: AsyncConnection, query: Select[Any], run: int
) -> AsyncGenerator[Sequence[Row[Any]], None]:
    """The rows of `query`, `run` at a time."""
    result = await connection.stream(query)
    try:
        async for rows in result.partitions(run):
            yield rows
    finally:  # SQLAlchemy's own `async with` leaves the cursor open when a generator is closed inside of it
        await result.close()


async def count(connection: AsyncConnection) -> int:
    """How many papers are stored."""
    return (await connection.execute(select(func.count()).select_from(papers))).scalar_one()
