"""From matches to deliveries: which (paper, query) pairs a poll brings. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from bot.models import Paper, PaperId, QueryId

Pair = tuple[PaperId, QueryId]


def before(new: Paper, stored: Paper) -> Paper:
    """`new` with the numbers of `stored`: what an edge is measured from, so that no text edit posts."""
    return replace(
        new,
        upvotes=stored.upvotes,
        comments=stored.comments,
        stars=stored.stars,
        code_url=stored.code_url,
        project_url=stored.project_url,
    )


def in_order(papers: Iterable[Paper]) -> list[Paper]:
    """`papers` as they came to the page: the order in which a channel gets them."""
    return sorted(papers, key=lambda paper: (paper.submitted_at or 0, paper.id))


def pairs(
    order: Iterable[Paper],
    new: Collection[PaperId],
    now: Mapping[PaperId, Collection[QueryId]],
    earlier: Mapping[PaperId, Collection[QueryId]],
) -> list[Pair]:
    """What is to be delivered, in the `order` of the papers.

    A new paper brings all the queries that it matches `now`. A known one brings those that it did not
    match with its `earlier` numbers: an edge.
    """
    return [
        (paper.id, query)
        for paper in order
        for query in sorted(now.get(paper.id, ()))
        if paper.id in new or query not in earlier.get(paper.id, ())
    ]
