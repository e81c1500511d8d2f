"""The fake chat platform in a process of its own, so that it takes no time from the bot's."""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import PIPE, Popen
from typing import Any

from aiohttp import web

from tests.fakes.chat import ChatServer, Rules


@contextmanager
def serving(**limits: float) -> Iterator[str]:
    """The address of a platform with `limits` (posts a second: channel, bot) while the block runs."""
    options = [f"--{name}={rate}" for name, rate in limits.items()]
    with Popen([sys.executable, "-m", "benchmarks.chat", *options], stdout=PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


async def _main(rules: Rules) -> None:
    server = ChatServer(rules=rules)

    async def stats(_request: web.Request) -> web.Response:
        accepted = [{"channel": shown.channel, "at": shown.at} for shown in server.messages]
        return web.json_response({"accepted": accepted, "limited": server.limited})

    server.app.add_routes([web.get("/_stats", stats)])
    async with server:
        print(server.url, flush=True)
        await asyncio.Event().wait()


def _rules() -> Rules:
    parser = argparse.ArgumentParser()
    parser.add_argument("--channel", type=float)
    parser.add_argument("--bot", type=float)
    given: Any = parser.parse_args()
    return Rules(channel=given.channel, bot=given.bot)


if __name__ == "__main__":
    asyncio.run(_main(_rules()))
