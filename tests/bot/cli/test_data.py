"""`migrate`, `backfill`, `poll` and `search`: what is stored."""

import asyncio
import gzip
import json
import signal
from datetime import timedelta

import pytest

from tests.bot.cli.items import as_array, as_lines, past
from tests.fakes import feed as fakes
from tests.fakes.feed import FakeFeed, item
from tests.fakes.process import Shell


async def test_migrate_may_be_repeated(bare: Shell) -> None:
    first, second = await bare.run("migrate"), await bare.run("migrate", "--quiet")
    assert (first.code, second.code, second.said) == (0, 0, "")
    assert first.out.startswith("The database is at revision ")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("array.json", as_array(past(1), past(2))),
        ("lines.jsonl", as_lines(past(1), past(2))),
        ("lines.jsonl.gz", gzip.compress(as_lines(past(1), past(2)))),
    ],
)
async def test_a_file_is_stored_whatever_its_form(shell: Shell, name: str, content: bytes) -> None:
    (shell.folder / name).write_bytes(content)
    done = await shell.run("backfill", "--file", name)
    assert (done.code, done.out) == (0, "2 papers are new in the store.\n")
    assert shell.rows("SELECT id, title FROM papers ORDER BY id") == [
        ("2501.99001", "Diffusion 1"),
        ("2501.99002", "Diffusion 2"),
    ]


async def test_a_file_may_be_stored_again_and_nothing_of_it_is_posted(shell: Shell, feed: FakeFeed) -> None:
    (shell.folder / "items.json").write_bytes(as_array(past(1), item()))
    await shell.run("run", "--once", typed="/papers subscribe *\n")
    first, second = [await shell.run("backfill", "--file", "items.json") for _ in range(2)]
    assert (first.out[:2], second.out[:2]) == ("2 ", "0 ")
    after = await shell.run("run", "--once")
    assert (after.code, after.out, shell.rows("SELECT * FROM deliveries")) == (0, "", [])


async def test_a_broken_line_is_named_and_nothing_is_stored(shell: Shell) -> None:
    (shell.folder / "bad.jsonl").write_bytes(as_lines(past(1)) + b'{"paper": {"id"\n')
    done = await shell.run("backfill", "--file", "bad.jsonl")
    assert done.code == 1 and done.err.startswith("bad.jsonl, line 2: not JSON")
    assert shell.rows("SELECT * FROM papers") == []


@pytest.mark.parametrize("content", [b"", b"[]", b'{"error": "none"}'])
async def test_a_file_without_any_paper_is_a_failure(shell: Shell, content: bytes) -> None:
    (shell.folder / "none.json").write_bytes(content)
    done = await shell.run("backfill", "--file", "none.json")
    assert done.code == 1 and "none.json holds no paper in the API's shape." in done.err
    assert done.out == ""


async def test_whoever_asks_for_many_days_is_told_how_long_that_takes(shell: Shell, feed: FakeFeed) -> None:
    first = feed.today - timedelta(days=99)
    feed.fail(fakes.status(500), times=3)  # after that the feed is taken for away
    done = await shell.run("backfill", "--since", first.isoformat())
    assert "100 days, at most one a second: up to about 2 minutes." in done.err


async def test_days_are_read_from_the_feed_the_newest_first(shell: Shell, feed: FakeFeed) -> None:
    days = [feed.today - timedelta(days=ago) for ago in range(3)]
    for number, day in enumerate(days):
        feed.publish(item(f"2501.9900{number}"), day)
    done = await shell.run("backfill", "--since", days[-1].isoformat())
    assert (done.code, done.out) == (0, "3 papers are new in the store.\n")
    assert [path.split("&")[0][-10:] for path in feed.paths()] == [day.isoformat() for day in days]


async def test_days_that_cannot_be_read_are_a_failure_that_names_them(shell: Shell, feed: FakeFeed) -> None:
    feed.fail(fakes.status(500))
    done = await shell.run("backfill", "--since", feed.today.isoformat())
    assert done.code == 1 and f"Not read: {feed.today} (HTTP 500)" in done.err


async def test_search_shows_the_newest_first(shell: Shell) -> None:
    found = [past(number, day=f"2025-01-{number:02}") for number in range(1, 5)]
    (shell.folder / "items.jsonl").write_bytes(as_lines(*found, past(9, "Robots")))
    await shell.run("backfill", "--file", "items.jsonl")
    some, since, nothing = await asyncio.gather(
        shell.run("search", "diffusion", "--limit", "2", "--json"),
        shell.run("search", "title:diffusion", "--since", "2025-01-03"),
        shell.run("search", "zebrafish"),
    )
    shown = [json.loads(line) for line in some.out.splitlines()]
    assert [(paper["day"], paper["title"]) for paper in shown] == [
        ("2025-01-04", "Diffusion 4"),
        ("2025-01-03", "Diffusion 3"),
    ]
    assert [f"Diffusion {number}" in since.out for number in (4, 3, 2)] == [True, True, False]
    assert (nothing.code, nothing.out, nothing.err) == (0, "", "No stored paper matches.\n")


async def test_search_makes_no_database(bare: Shell) -> None:
    done = await bare.run("search", "diffusion")
    assert done.code == 1 and done.err == "There is no database yet. `paperboy run` makes it.\n"
    assert list(bare.folder.iterdir()) == []


async def test_a_query_that_the_shell_took_apart_is_shown_in_quotes(bare: Shell) -> None:
    done = await bare.run("search", "world model", "-video", "--limit", "3")
    assert done.code == 2
    assert """put the whole query in quotes: 'world model -video'""" in " ".join(done.err.split())


async def test_poll_plans_and_posts_nothing(shell: Shell, feed: FakeFeed) -> None:
    await shell.run("run", "--once", typed="/papers subscribe *\n")
    feed.publish(item(), feed.today)
    done = await shell.run("poll")
    assert (done.code, done.out) == (0, "1 new paper\n")
    assert shell.rows("SELECT state FROM deliveries") == [("pending",)]


@pytest.mark.parametrize("verb", ["poll", "run --once"])
async def test_a_feed_that_cannot_be_read_is_a_failure_that_names_the_days(
    shell: Shell, feed: FakeFeed, verb: str
) -> None:
    feed.fail(fakes.status(403), times=3)
    done = await shell.run(*verb.split())
    assert done.code == 1 and f"{feed.today}: HTTP 403" in done.err and "Traceback" not in done.err


async def subscribed(shell: Shell, *names: str) -> dict[str, str]:
    """The settings under which webhooks called `names` are subscribed, which is done."""
    hooks = {"WEBHOOK_URLS": ",".join(f"{name}=http://127.0.0.1:1/a-path" for name in names)}
    for name in names:
        await shell.run("type", "/papers subscribe *", "--channel", f"webhook:{name}", **hooks)
    return hooks


async def test_a_workspace_that_is_left_is_forgotten_and_what_went_is_said_in_numbers(shell: Shell) -> None:
    await subscribed(shell, "ml", "vision")
    shell.execute("UPDATE workspaces SET gone_at = 1")
    done = await shell.run("forget", "webhook:webhook", "--yes")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Deleted 2 channels, 2 subscriptions and 0 deliveries")
    assert shell.rows("SELECT * FROM channels") == shell.rows("SELECT * FROM audit") == []


@pytest.mark.parametrize(
    ("typed", "code", "left", "told"),
    [("y\n", 0, 0, ""), ("n\n", 1, 1, "Nothing was deleted.\n"), ("", 1, 1, "Nothing was deleted.\n")],
)
async def test_it_asks_before_anything_is_deleted(
    shell: Shell, typed: str, code: int, left: int, told: str
) -> None:
    await subscribed(shell, "ml")
    shell.execute("UPDATE workspaces SET gone_at = 1")
    done = await shell.run("forget", "webhook:webhook", typed=typed)
    assert "Delete 1 channel, 1 subscription and 0 deliveries of webhook:webhook for good?" in done.out
    assert (done.code, done.err, len(shell.rows("SELECT * FROM subscriptions"))) == (code, told, left)


async def test_a_workspace_that_the_bot_is_still_in_is_forgotten_only_when_that_is_said(shell: Shell) -> None:
    await subscribed(shell, "ml")
    refused = await shell.run("forget", "webhook:webhook", "--yes")
    assert refused.code == 1 and "or say --in-use" in refused.err
    assert len(shell.rows("SELECT * FROM subscriptions")) == 1
    done = await shell.run("forget", "webhook:webhook", "--yes", "--in-use")
    assert (done.code, shell.rows("SELECT * FROM workspaces")) == (0, [])


async def test_a_workspace_that_nobody_knows_is_an_error(shell: Shell) -> None:
    done = await shell.run("forget", "chat:T1", "--yes")
    assert (done.code, done.err) == (1, "chat has no workspace T1 that is known here.\n")


async def test_a_workspace_is_forgotten_beside_a_running_bot(shell: Shell) -> None:
    hooks = await subscribed(shell, "ml")
    async with shell.start("run", **hooks) as bot:
        await bot.says("feed.polled")
        done = await shell.run("forget", "webhook:webhook", "--yes", "--in-use")
        assert (done.code, shell.rows("SELECT * FROM subscriptions")) == (0, [])
        await subscribed(shell, "ml")
        bot.kill(signal.SIGTERM)
        assert (await bot.end()).code == 0
    assert len(shell.rows("SELECT * FROM subscriptions")) == 1
