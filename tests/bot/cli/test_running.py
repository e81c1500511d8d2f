"""`run` and `type`: the bot at work, as a process that takes lines, signals and closed pipes as they come."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from subprocess import DEVNULL
from typing import Any

import pytest
from aiohttp import web

from bot import app
from bot.chat.contract import Fault
from bot.cli.acting import Acting
from bot.clock import MINUTE, SystemClock
from bot.feeds.items import FEED
from bot.settings import Settings, load
from tests.fakes import feed as fakes
from tests.fakes.faulty import Take, limited
from tests.fakes.feed import FakeFeed, item
from tests.fakes.process import PATIENCE, Done, Shell
from tests.fakes.webhooks import TOKEN, WebhookServer


class Webhooks(WebhookServer):
    """Webhooks that can be slow: each post waits until `goes_on` is set; `limits` are answered with 429."""

    def __init__(self) -> None:
        super().__init__()
        self.limits: list[float] = []  # seconds
        self.arrived, self.goes_on = asyncio.Event(), asyncio.Event()
        self.goes_on.set()

    async def answer(self, request: web.Request, place: str, take: Take) -> web.StreamResponse:
        self.arrived.set()
        await self.goes_on.wait()
        if self.limits:
            return limited(self.limits.pop())
        return await super().answer(request, place, take)

    @property
    def titles(self) -> list[str]:
        """Of all cards that were posted."""
        blocks = [block for received in self.taken for block in received.payload["blocks"]]
        return [block["title"] for block in blocks if block["type"] == "card"]


@pytest.fixture
async def webhooks(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Webhooks]:
    """The place behind the webhook `ml`, which subscribes to everything; the feed is seeded."""
    async with Webhooks() as webhooks:
        shell.environment["WEBHOOK_URLS"] = webhooks.address("json")
        monkeypatch.setenv("WEBHOOK_URLS", webhooks.address("json"))
        settings = load(Settings, _env_file=None, database_url=shell.environment["DATABASE_URL"])
        async with app.built(settings) as parts, Acting(parts) as operator:
            reply = await parts.commands.typed(await operator.context("webhook:ml"), "subscribe *")
            assert not reply.error
        seed(shell)
        yield webhooks


SEEDED = "INSERT INTO feeds (name, seeded_at, complete_at, failures, next_poll_at) VALUES (?, ?, ?, 0, ?)"


def seed(shell: Shell, next_poll_in: int = 0) -> None:
    """Let the feed have been polled a moment ago, empty, and be due again in so many ms."""
    now = SystemClock().now()
    shell.execute(SEEDED, FEED, now, now, now + next_poll_in)


def numbered(*numbers: int, title: str = "Diffusion") -> list[dict[str, Any]]:
    return [
        item(f"2511.99{n:03}", f"{title} {n}", submittedOnDailyAt=f"2025-11-26T03:{n:02}:00.000Z")
        for n in numbers
    ]


# Once


async def test_a_feed_is_seeded_and_commands_are_answered_then_exactly_what_matches_is_posted(
    bare: Shell, feed: FakeFeed
) -> None:
    feed.publish_all(numbered(1, 2), feed.today)
    lines = '/papers subscribe "diffusion model"\n/papers list\n'
    first = await bare.run("run", "--once", typed=lines, PREVIEW_DAYS="30")
    assert len(feed.asked) == 3  # the past is read by a bot that stays
    assert first.code == 0 and '✓ #general now gets papers matching "diffusion model"' in first.out
    assert "#general has 1 subscription." in first.out and "Diffusion 1" not in first.out
    feed.publish_all([*numbered(3, title="A Diffusion Model"), *numbered(4, title="Robots")], feed.today)
    second = await bare.run("run", "--once")
    assert second.code == 0 and second.out.count("A Diffusion Model 3") == 1 and "Robots" not in second.out
    third = await bare.run("run", "--once")
    assert (third.code, third.out) == (0, "")


async def test_what_the_budget_would_hold_leaves_as_one_message(
    shell: Shell, feed: FakeFeed, webhooks: Webhooks
) -> None:
    for numbers in ([1, 2, 3], [4, 5]):
        feed.publish_all(numbered(*numbers), feed.today)
        assert (await shell.run("run", "--once")).code == 0
    assert [received.payload["headline"] for received in webhooks.taken][3:] == ["2 new papers for ml"]
    assert webhooks.titles == [f"Diffusion {number}" for number in range(1, 6)]


async def test_a_retry_after_is_waited_for(shell: Shell, feed: FakeFeed, webhooks: Webhooks) -> None:
    feed.publish_all(numbered(1), feed.today)
    webhooks.limits.append(1)
    done = await shell.run("run", "--once")
    assert (done.code, webhooks.titles, webhooks.limits) == (0, ["Diffusion 1"], [])


async def test_nothing_else_is_waited_for(shell: Shell, feed: FakeFeed, webhooks: Webhooks) -> None:
    feed.publish_all(numbered(1), feed.today)
    await webhooks.fail(Fault.REFUSED)
    assert (await shell.run("run", "--once")).code == 0
    await webhooks.up()
    assert (await shell.run("run", "--once")).code == 0
    assert shell.rows("SELECT state FROM deliveries WHERE kind = 'paper'") == [("sent",)]


async def test_the_terminal_has_its_card_though_another_platform_is_away(
    shell: Shell, feed: FakeFeed, webhooks: Webhooks
) -> None:
    await shell.run("type", "/papers subscribe *")
    feed.publish_all(numbered(1), feed.today)
    await webhooks.down()
    assert "Diffusion 1" in (await shell.run("run", "--once")).out


# Standard input and output


@pytest.mark.parametrize(
    "given",
    [{"stdin": DEVNULL}, {"stdin": None, "preexec_fn": lambda: os.close(0)}],
    ids=["/dev/null", "closed"],
)
async def test_without_an_input_it_polls_and_ends(shell: Shell, given: dict[str, Any]) -> None:
    done = await shell.run("run", "--once", **given)
    assert (done.code, done.out) == (0, "") and "Traceback" not in done.err


async def test_when_nobody_reads_any_more_it_ends_well(shell: Shell) -> None:
    reading, writing = os.pipe()
    async with shell.start("run", "--once", stdout=writing) as running:
        os.close(writing)
        await running.type("/papers help\n")
        assert await asyncio.to_thread(os.read, reading, 10)
        os.close(reading)
        await running.type("/papers list\n" * 50)
        assert running.process.stdin
        running.process.stdin.close()
        done = await running.end()
    assert done.code == 0 and "Traceback" not in done.err


async def test_lines_that_are_no_text_are_answered_all_the_same(shell: Shell) -> None:
    async with shell.start("run", "--once") as running:
        assert running.process.stdin
        running.process.stdin.write(b"/papers search \xff\xfe\x00\n\n   \n/papers list")
        running.process.stdin.close()
        done = await running.end()
    assert done.code == 0 and "/papers list" in done.out and "Traceback" not in done.err


# A bot that stays


async def test_a_command_beside_a_running_bot_brings_a_card_to_its_webhook(
    shell: Shell, feed: FakeFeed, webhooks: Webhooks
) -> None:
    feed.publish_all([*numbered(1), *numbered(2, title="Robots")], feed.today)
    asked, goes_on = asyncio.Event(), asyncio.Event()
    feed.fail(slow(asked, goes_on))
    async with shell.start("run", LOG_FORMAT="json") as running:
        await asked.wait()
        for line in ("unsubscribe 1", "subscribe robots"):
            done = await shell.run("type", f"/papers {line}", "--channel", "webhook:ml")
            assert done.code == 0, done.said
        goes_on.set()
        await running.says("delivery.sent")
        running.kill(signal.SIGTERM)
        stopped = await running.end()
    assert (stopped.code, webhooks.titles) == (0, ["Robots 2"])
    assert all(json.loads(line)["event"] for line in stopped.err.splitlines())
    assert TOKEN not in stopped.said


def slow(asked: asyncio.Event, goes_on: asyncio.Event) -> fakes.Fault:
    """An empty page, once `goes_on` is set."""

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.set()
        await goes_on.wait()
        return web.json_response([])

    return answer


async def test_a_second_bot_on_the_same_file_refuses(shell: Shell) -> None:
    async with shell.start("run") as running:
        await running.says("feed.polled")
        for verb in ("run", "poll"):
            done = await shell.run(*verb.split())
            assert (done.code, done.out, len(done.err.splitlines())) == (1, "", 1)
            assert f"Another Paperboy is running on {shell.file}. Stop it first" in done.err
        running.kill(signal.SIGTERM)
        assert (await running.end()).code == 0


async def test_what_is_being_sent_at_sigterm_is_finished_and_nothing_is_begun(
    shell: Shell, feed: FakeFeed, webhooks: Webhooks
) -> None:
    feed.publish_all(numbered(1, 2), feed.today)
    await shell.run("poll")
    for verb in (("run",), ("run", "--once")):
        done = await stopped_while_posting(shell, webhooks, *verb)
        assert done.code == 0 and "Traceback" not in done.err
    assert webhooks.titles == ["Diffusion 1", "Diffusion 2"]
    assert shell.rows("SELECT state FROM deliveries WHERE kind = 'paper'") == [("sent",), ("sent",)]


async def stopped_while_posting(shell: Shell, webhooks: Webhooks, *verb: str) -> Done:
    """The end of a bot that was told to stop while the place behind its webhook had not answered yet."""
    webhooks.arrived.clear()
    webhooks.goes_on.clear()
    async with shell.start(*verb) as running:
        await webhooks.arrived.wait()
        running.kill(signal.SIGTERM)
        await running.says("app.stopping")
        webhooks.goes_on.set()
        return await running.end()


async def test_ctrl_c_stops_a_running_bot(shell: Shell) -> None:
    async with shell.start("run") as running:
        await running.says("feed.polled")
        running.kill(signal.SIGINT)
        done = await running.end()
    assert done.code == 0 and "Traceback" not in done.err


async def test_lines_are_answered_at_once_after_a_restart(shell: Shell) -> None:
    seed(shell, next_poll_in=5 * MINUTE)
    async with shell.start("run") as running:
        await running.type("/papers list\n/quit\n")
        done = await running.end()
    assert done.code == 0 and "#general" in done.out and "feed.polled" not in done.err


# At a terminal


async def test_log_lines_of_what_went_well_do_not_come_between_at_a_terminal(shell: Shell) -> None:
    async with at_a_terminal(shell) as screen:
        await screen.shows("Ctrl-D leaves")
        await screen.until(lambda: shell.rows("SELECT * FROM feeds WHERE complete_at > 0"))
        screen.types("/papers list")
        await screen.shows("Nothing is subscribed in #general")
    assert shell.rows("SELECT failures FROM feeds") == [(0,)] and "[info" not in screen.shown


async def test_log_lines_that_were_asked_for_stand_above_the_prompt(shell: Shell) -> None:
    async with at_a_terminal(shell, LOG_LEVEL="INFO") as screen:
        await screen.shows("Ctrl-D leaves")
        await screen.shows("feed.polled")
        await screen.shows("Ctrl-D leaves", times=2)


async def test_warnings_are_shown_at_a_terminal(shell: Shell, feed: FakeFeed) -> None:
    feed.fail(fakes.status(500), times=100)
    async with at_a_terminal(shell) as screen:
        await screen.shows("reason='HTTP 500'")
        await screen.until(lambda: shell.rows("SELECT * FROM feeds"))
        screen.types("/papers today")
        await screen.shows("The feed cannot be read just now: HTTP 500. I try again by myself.")


@asynccontextmanager
async def at_a_terminal(shell: Shell, **variables: str) -> AsyncIterator["Screen"]:
    """The screen of somebody who starts the bot, and leaves it once a poll was stored."""
    pty = pytest.importorskip("pty", reason="this system has no terminals of its own")
    ours, theirs = pty.openpty()
    given = {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", **variables}
    async with shell.start("run", stdin=theirs, stdout=theirs, stderr=theirs, **given) as running:
        os.close(theirs)
        screen = Screen(ours)
        yield screen
        await screen.until(lambda: shell.rows("SELECT * FROM feeds"))
        screen.types("/quit")
        assert (await running.end()).code == 0
    os.close(ours)


class Screen:
    """What a terminal shows."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor, self.shown = descriptor, ""
        os.set_blocking(descriptor, False)

    def types(self, line: str) -> None:
        """Somebody types `line`."""
        os.write(self.descriptor, f"{line}\r".encode())

    async def shows(self, text: str, times: int = 1) -> None:
        """Wait until `text` has been shown that often."""
        await self.until(lambda: self.shown.count(text) >= times)

    async def until(self, true: Callable[[], object]) -> None:
        """Read on until something is `true`."""
        clock = SystemClock()
        async with asyncio.timeout(PATIENCE):
            while not true():
                with suppress(BlockingIOError):
                    self.shown += os.read(self.descriptor, 65_536).decode(errors="replace")
                await clock.sleep(10)


async def test_a_port_that_is_in_use_is_one_line_and_a_failure(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = await shell.run("run", PORT=str(port))
    assert done.code == 1 and f"PORT: {port} is in use" in done.err and "Traceback" not in done.err
