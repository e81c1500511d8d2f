"""Run the named benchmarks, or all, and print a table in Markdown."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from benchmarks import delivering, planning, slacking, starting

ALL: dict[str, Callable[[], Awaitable[str]]] = {
    "help": starting.help_time,
    "memory": starting.idle_memory,
    "latency": delivering.latency,
    "posts": delivering.posts,
    "bot-limit": delivering.bot_limit,
    "channel-limit": delivering.channel_limit,
    "backfill": starting.backfill,
    "poll": planning.poll,
    "slack-posts": slacking.posts,
    "slack-memory": slacking.memory,
    "slack-memory-1000": slacking.many,
    "slack-ack": slacking.acknowledgements,
}


def main() -> None:
    """Measure one after another."""
    wanted = sys.argv[1:] or list(ALL)
    print("| benchmark | what | figure |\n|---|---|---|")
    for name in wanted:
        what = (ALL[name].__doc__ or "").splitlines()[0]
        print(f"| {name} | {what} | {asyncio.run(_figure(ALL[name]))} |", flush=True)


async def _figure(measure: Callable[[], Awaitable[str]]) -> str:
    return await measure()


if __name__ == "__main__":
    main()
