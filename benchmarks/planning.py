"""A large poll: 100 papers for 10,000 subscriptions of 2,000 channels."""

import random
import time

from sqlalchemy import func, select

from benchmarks.chat import serving
from benchmarks.rig import SHARED, bot, made_channels
from bot.store import subscriptions
from bot.store.schema import deliveries
from tests.fakes.feed import item

CHANNELS, EACH, PAPERS = 2_000, 5, 100


def _keywords() -> list[str]:
    """What people subscribe to: the real feed's keywords, or made-up ones."""
    file = SHARED / "keywords.tsv"
    if file.exists():
        return [line.split("\t")[0] for line in file.read_text("utf-8").splitlines()]
    return [f"word{number}" for number in range(3_000)]


async def poll() -> str:
    """Seconds from the poll's beginning to its commit, and deliveries a second."""
    words, chance = _keywords(), random.Random(7)
    with serving() as chat:
        async with bot(chat) as (parts, feed):
            stored = await made_channels(parts, CHANNELS)
            async with parts.database.write() as connection:
                for channel in stored:
                    for word in chance.sample(words, EACH):
                        query = f'"{word}"' if " " in word else word
                        await subscriptions.add(connection, channel.workspace_id, channel.id, query, "ann", 1)
            for number in range(PAPERS):
                text = ". ".join(chance.sample(words, 25))
                feed.publish(item(f"2512.{number:05}", f"Paper {number}", summary=text), feed.today)
            began = time.perf_counter()
            await parts.poller.poll()
            took = time.perf_counter() - began
            async with parts.database.read() as connection:
                planned = (
                    await connection.execute(select(func.count()).select_from(deliveries))
                ).scalar_one()
    return f"{took:.1f} s, {planned} deliveries, {planned / took:.0f} a second"
