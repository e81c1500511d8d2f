"""What was missed during a pause: what was listed, or left unsent, since it began."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.core import Core
from bot.commands.preview import matching
from bot.matching.parser import parse
from bot.matching.views import prepare
from bot.models import Paper, PaperId
from bot.store import deliveries, listings, papers, waiting
from bot.store.channels import StoredChannel
from bot.store.subscriptions import Subscription


async def missed(
    core: Core, channel: StoredChannel, since: int, those: Sequence[Subscription]
) -> tuple[Paper, ...]:
    """What `those` would have brought to `channel` since `since` (epoch ms), oldest first.

    Asked after the pause has ended: what is planned from then on comes by itself, and is left out.
    """
    async with core.database.read() as connection:
        found = await _since(connection, channel, since)
        known = await _known(connection, channel, list(found))
    texts = [prepare(paper) for paper in found.values() if paper.id not in known]
    wanted: set[PaperId] = set()
    for one in those:
        wanted.update(paper.id for paper in await matching(core.clock, parse(one.canonical), texts))
    return tuple(text.paper for text in texts if text.paper.id in wanted)


async def _since(connection: AsyncConnection, channel: StoredChannel, since: int) -> dict[PaperId, Paper]:
    """The papers that came since, and those that had come before and were skipped since."""
    skipped = await waiting.skipped_since(connection, channel.id, since)
    before = await papers.get(connection, skipped)
    listed = await listings.news_since(connection, since)
    return {paper: before[paper] for paper in skipped if paper in before} | {
        paper.id: paper for paper in listed
    }


async def _known(connection: AsyncConnection, channel: StoredChannel, ids: Sequence[PaperId]) -> set[PaperId]:
    """Those of `ids` that were posted in `channel`, or will be."""
    return {
        *await deliveries.settled_here(connection, channel.id, ids),
        *await waiting.pending_in(connection, channel.id),
    }
