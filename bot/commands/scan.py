"""Asking one query about everything that is stored, newest first, while others have their turn."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import date

from bot.clock import Clock
from bot.matching.evaluate import matches
from bot.matching.query import Query
from bot.matching.sieve import may_match
from bot.matching.views import prepare
from bot.models import Paper
from bot.store import papers
from bot.store.engine import Database

RUN = 50  # papers before others have their turn: at most about 25 ms
Found = tuple[date, Paper]  # a paper, and the newest day on which it was listed


async def scan(
    database: Database, clock: Clock, query: Query, since: date | None = None
) -> AsyncGenerator[Found, None]:
    """What `query` matches of the papers listed since `since`, newest first.

    Whoever stops early closes it (`contextlib.aclosing`), since it holds a reading transaction.
    """
    may = may_match(query)
    async with database.read() as connection, aclosing(papers.stream(connection, since, RUN)) as runs:
        async for run in runs:
            for day, paper in run:
                if may(paper) and matches(query, prepare(paper)):
                    yield day, paper
            await clock.sleep(0)


async def find(
    database: Database, clock: Clock, query: Query, *, since: date | None = None, limit: int | None = None
) -> list[Found]:
    """The newest `limit` papers (None: all) that `query` matches, of those listed since `since`."""
    found: list[Found] = []
    if limit is not None and limit <= 0:
        return found
    async with aclosing(scan(database, clock, query, since)) as scanned:
        async for entry in scanned:
            found.append(entry)
            if len(found) == limit:
                break
    return found


def as_json(day: date, paper: Paper) -> dict[str, object]:
    """One result as JSON: what `paperboy search --json` prints, a line each.

    `day` and `published` are dates (YYYY-MM-DD), `submitted_at` UTC epoch milliseconds; what a paper lacks is
    null or empty.
    """
    return {
        "id": paper.id,
        "day": day.isoformat(),
        "title": paper.title,
        "url": paper.url,
        "pdf": paper.pdf_url,
        "authors": list(paper.authors),
        "organization": paper.organization,
        "published": paper.published_on.isoformat() if paper.published_on else None,
        "submitted_at": paper.submitted_at,
        "upvotes": paper.upvotes,
        "comments": paper.comments,
        "stars": paper.stars,
        "keywords": list(paper.keywords),
        "code": paper.code_url,
        "project": paper.project_url,
        "abstract": paper.abstract,
        "ai_summary": paper.ai_summary,
    }
