"""From the feed to acceptance: how soon, and how many a second."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median

from benchmarks.chat import serving
from benchmarks.rig import accepted, bot, limited, made_channels
from bot.app import App
from bot.clock import SystemClock
from bot.models import Paper, PaperId
from bot.store import deliveries, outbox, papers, subscriptions
from tests.fakes.feed import item

CLOCK = SystemClock()


@asynccontextmanager
async def delivering(parts: App) -> AsyncIterator[None]:
    """The postman at work."""
    running = asyncio.create_task(parts.postman.run())
    await CLOCK.sleep(100)
    try:
        yield
    finally:
        parts.postman.stop()
        await running


async def latency() -> str:
    """A new paper, a channel with a full budget: from the poll's beginning to acceptance."""
    waits = []
    with serving() as chat:
        async with bot(chat) as (parts, feed):
            stored = await made_channels(parts, 40)
            async with parts.database.write() as connection:
                for number, channel in enumerate(stored):
                    await subscriptions.add(
                        connection, channel.workspace_id, channel.id, f"title:only{number}", "ann", 1
                    )
            async with delivering(parts):
                for number in range(len(stored)):
                    feed.publish(item(f"2512.{number:05}", f"Only{number}"), feed.today)
                    began = CLOCK.now()
                    await parts.poller.poll()
                    found = await accepted(chat, number + 1, CLOCK)
                    waits.append(found["accepted"][-1]["at"] - began)
    return f"p50 {median(waits):.0f} ms, longest {max(waits)} ms (goal: p50 ≤ 300 ms)"


async def _one_each(count: int, **limits: float) -> tuple[float, int]:
    """Posts a second when `count` channels get a message each, and how many were answered with 429."""
    with serving(**limits) as chat:
        async with bot(chat, limited(**limits)) as (parts, _feed):
            stored = await made_channels(parts, count)
            async with parts.database.write() as connection:
                for channel in stored:
                    asked = await subscriptions.add(
                        connection, channel.workspace_id, channel.id, "*", "ann", 1
                    )
                await papers.put(connection, [Paper(id=PaperId("2512.00001"), title="A paper")], 1)
                pair = (PaperId("2512.00001"), asked.query_id)
                await outbox.plan(connection, [pair], CLOCK.now())
            began = CLOCK.now()
            async with delivering(parts):
                found = await accepted(chat, count, CLOCK)
                last = max(shown["at"] for shown in found["accepted"])
    return count / ((last - began) / 1_000), found["limited"]


async def posts() -> str:
    """1,000 channels, one message each, no limits."""
    rate, _ = await _one_each(1_000)
    return f"{rate:.0f} posts/s"


async def bot_limit() -> str:
    """A bot-wide limit of 50 a second, 600 channels."""
    rate, refused = await _one_each(600, bot=50)
    return f"{rate:.1f} posts/s, {refused} answered with 429 (goal: ≥ 47.5, none)"


async def channel_limit() -> str:
    """One a second a channel: 200 channels, 10 notices each."""
    with serving(channel=1) as chat:
        async with bot(chat, limited(channel=1)) as (parts, _feed):
            stored = await made_channels(parts, 200)
            async with parts.database.write() as connection:
                for channel in stored:
                    for number in range(10):
                        payload = {"cause": "changes", "changes": []}
                        await deliveries.notice(
                            connection,
                            channel.workspace_id,
                            channel.id,
                            f"bench:{number}",
                            payload,
                            due_at=0,
                            now=CLOCK.now(),
                        )
            async with delivering(parts):
                found = await accepted(chat, 2_000, CLOCK)
    times = defaultdict(list)
    for shown in found["accepted"]:
        times[shown["channel"]].append(shown["at"])
    rates = [(len(each) - 1) * 1_000 / (max(each) - min(each)) for each in times.values()]
    share = 100 * sum(rates) / len(rates)
    return f"{share:.1f} % of the limit, {found['limited']} answered with 429 (goal: ≥ 95 %, none)"
