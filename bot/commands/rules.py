"""What holds for every change of a subscription: limits, no query twice, and what waits goes along."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chat.command import Refused
from bot.chat.message import Ping
from bot.commands.changing import Changing
from bot.matching.evaluate import matches
from bot.matching.parser import parse
from bot.matching.query import Query
from bot.matching.views import prepare
from bot.models import PaperId
from bot.store import deliveries, papers, pings, subscriptions, waiting
from bot.store.subscriptions import Subscription

IN_CHANNEL = 50  # subscriptions
IN_WORKSPACE = 500


async def check_room(here: Changing) -> None:
    """Raise Refused where the channel or its workspace has as many subscriptions as it may."""
    fix = f"Remove one with /{here.word} unsubscribe, or join two with OR."
    if len(await subscriptions.of_channel(here.connection, here.channel.id)) >= IN_CHANNEL:
        raise Refused(f"This channel has {IN_CHANNEL} subscriptions, the most it can have.", fix=fix)
    if await subscriptions.in_workspace(here.connection, here.channel.workspace_id) >= IN_WORKSPACE:
        raise Refused(f"This workspace has {IN_WORKSPACE} subscriptions, the most it can have.", fix=fix)


def holder(every: Iterable[Subscription], canonical: str) -> Subscription | None:
    """The one of `every` that asks `canonical` and was not removed."""
    return next((one for one in every if one.canonical == canonical and one.removed_at is None), None)


async def set_query(connection: AsyncConnection, old: Subscription, query: Query) -> Subscription:
    """`old` with another query; what waits because of it, and the new one does not want, forgets it."""
    new = await subscriptions.edit(connection, old, query.canonical, words=query.plain)
    brought = set(await deliveries.waiting_papers(connection, new.id))
    unwanted = brought - await _wanted(connection, query.canonical, brought)
    await deliveries.take_away(connection, new.id, unwanted)
    return new


async def set_ping(here: Changing, old: Subscription, ping: Ping | None) -> Subscription:
    """`old`, whose papers notify `ping` from now on; noted where that is news."""
    if old.ping == ping:
        return old
    await subscriptions.notify(here.connection, old, ping)
    await here.note("ping", old, before=pings.written(old.ping), after=pings.written(ping))
    return replace(old, ping=ping)


async def take_up(connection: AsyncConnection, one: Subscription, since: int) -> None:
    """What waits, or was skipped since `since` (epoch ms), and `one` wants now: that waits for it again."""
    pending = await waiting.pending_in(connection, one.channel_id)
    skipped = await waiting.skipped_since(connection, one.channel_id, since)
    wanted = await _wanted(connection, one.canonical, {*pending, *skipped})
    await waiting.bring(connection, one.channel_id, one.id, wanted)
    await deliveries.revive(connection, [one.id], since)


async def _wanted(connection: AsyncConnection, canonical: str, ids: Iterable[PaperId]) -> set[PaperId]:
    """Those of `ids` that the query wants as they are stored."""
    query = parse(canonical)
    stored = await papers.get(connection, ids)
    return {paper.id for paper in stored.values() if matches(query, prepare(paper))}
