"""The fake Slack in a process of its own, with workspaces that have the app."""

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from subprocess import PIPE, Popen
from typing import Any

from aiohttp import web

from bot.clock import SystemClock
from tests.fakes.slack import Rules, SlackServer

PEOPLE = 100  # who take turns: each may ask for so much a minute
KEY = "bXktdGVzdC1rZXktb2YtMzItYnl0ZXMtZXhhY3RseSE="


@contextmanager
def serving(workspaces: int) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Its address, and the tokens of `workspaces` workspaces by id, while the block runs.

    The bot's variables point to it. A channel takes a post a second, a workspace five.
    """
    command = [sys.executable, "-m", "benchmarks.slack", str(workspaces)]
    with Popen(command, stdout=PIPE, text=True) as process:
        assert process.stdout
        try:
            said = json.loads(process.stdout.readline())
            os.environ.update(said["variables"])
            yield said["url"], said["tokens"]
        finally:
            process.kill()


async def _main(workspaces: int) -> None:
    clock = SystemClock()
    slack = SlackServer(clock, Rules(channel=1, workspace=5))

    async def stats(_request: web.Request) -> web.Response:
        accepted = [{"channel": post.channel, "at": post.at} for post in slack.posts]
        return web.json_response({"accepted": accepted, "limited": slack.limited})

    async def said(request: web.Request) -> web.Response:
        """How long (ms) the bot takes to acknowledge so many of each, one after another."""
        times: dict[str, list[float]] = {"mentions": [], "commands that read": [], "commands that write": []}
        people = [slack.user(f"U9{number}", team="T0").id for number in range(PEOPLE)]
        slack.channels["C1T0"].members.update(people)
        for number in range(int(request.query["count"])):
            who, style = people[number % PEOPLE], ("compact", "full")[number % 2]
            doing = {
                "mentions": slack.mention(who, "C1T0", "list"),
                "commands that read": slack.command(who, "C1T0", "list"),
                "commands that write": slack.command(who, "C1T0", f"settings style:{style}"),
            }
            for what, done in doing.items():
                began = time.perf_counter()
                await done
                times[what].append((time.perf_counter() - began) * 1_000)
        return web.json_response(times)

    slack.app.add_routes([web.get("/_stats", stats), web.get("/_said", said)])
    async with slack:
        tokens = {f"T{number}": slack.install(f"T{number}").token for number in range(workspaces)}
        variables = {
            "SLACK_API_URL": slack.url,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_CLIENT_ID": slack.client_id,
            "SLACK_CLIENT_SECRET": slack.client_secret,
            "PAPERBOY_SECRET_KEY": KEY,
        }
        print(json.dumps({"url": slack.origin, "tokens": tokens, "variables": variables}), flush=True)
        await asyncio.Event().wait()


def _workspaces() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("workspaces", type=int)
    given: Any = parser.parse_args()
    return int(given.workspaces)


if __name__ == "__main__":
    asyncio.run(_main(_workspaces()))
