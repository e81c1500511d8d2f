"""The operator's verbs, as processes of their own: what they say, what they store, how they end."""

import asyncio
import gzip
import json
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from filelock import FileLock

from bot.clock import SystemClock
from tests.fakes import feed as fakes
from tests.fakes.feed import FakeFeed, item
from tests.fakes.process import Shell

VERBS = ("run", "demo", "poll", "type", "migrate", "backfill", "search", "doctor")
SECRET = "s3cr3t-t0k3n-of-a-test"


@pytest.fixture
async def feed() -> AsyncIterator[FakeFeed]:
    """A feed with the machine's own days: the processes have its clock."""
    async with FakeFeed(SystemClock()) as feed:
        yield feed


@pytest.fixture
def shell(tmp_path: Path, feed: FakeFeed) -> Shell:
    return Shell(tmp_path, feed.url)


def past(
    number: int, title: str = "Diffusion", *, day: str = "2025-01-02", **fields: object
) -> dict[str, object]:
    """An item of the past."""
    stamp = f"{day}T03:{number:02}:00.000Z"
    return item(f"2501.99{number:03}", f"{title} {number}", submittedOnDailyAt=stamp, **fields)


# Usage


async def test_help_is_there_for_every_verb(shell: Shell) -> None:
    main, *verbs = await asyncio.gather(
        *(shell.run(*verb, "--help") for verb in [(), *((v,) for v in VERBS)])
    )
    assert main.code == 0 and all(f" {verb} " in main.out for verb in VERBS)
    assert [(done.code, f"bot {verb} " in done.out) for done, verb in zip(verbs, VERBS, strict=True)] == [
        (0, True)
    ] * len(VERBS)
    assert list(shell.folder.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("fly",),
        ("run", "--twice"),
        ("search",),
        ("search", "x", "--limit", "0"),
        ("search", "x", "--since", "2025-02-30"),
        ("search", "title:diffusion OR"),
        ("search", "-survey"),
        ("backfill",),
        ("backfill", "--since", "2025-01-01", "--file", "/dev/null"),
        ("backfill", "--file", "no-such-file"),
        ("type",),
    ],
    ids=" ".join,
)
async def test_bad_usage_is_2(shell: Shell, arguments: tuple[str, ...]) -> None:
    assert (await shell.run(*arguments)).code == 2


async def test_a_query_that_cannot_be_read_is_shown_with_a_caret(shell: Shell) -> None:
    done = await shell.run("search", "title:diffusion OR")
    query, caret, *_ = done.err.splitlines()
    assert (query, caret.index("^")) == ("title:diffusion OR", len(query) - 1) and done.out == ""


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"POLL_INTERVAL": "5"}, "POLL_INTERVAL: "),
        ({"HF_ENDPOINT": "huggingface.co"}, "HF_ENDPOINT: takes an address"),
        ({"DATABASE_URL": f"mysql://a:{SECRET}@db/x"}, "DATABASE_URL names a kind of database"),
        ({"DATABASE_URL": f"postgresql://a:{SECRET}@127.0.0.1:1/x"}, "The PostgreSQL server of DATABASE_URL"),
        ({"DYNO": "worker.1"}, "heroku addons:create heroku-postgresql"),
        ({"WEBHOOK_URLS": f"ml=ftp://hooks.example/{SECRET}"}, "WEBHOOK_URLS: entry 1 is no webhook"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
async def test_a_bad_setting_is_one_line_that_names_it(
    shell: Shell, given: dict[str, str], told: str
) -> None:
    done = await shell.run("run", "--once", **given)
    assert (done.code, done.out, len(done.err.splitlines())) == (1, "", 1)
    assert told in done.err and SECRET not in done.err


async def test_lists_are_read_as_people_write_them(shell: Shell) -> None:
    written = ["U01,U02", "", '["U01", "U02"]', " U01 , U02,"]
    dones = await asyncio.gather(*(shell.run("search", "x", OPERATORS=value) for value in written[:2]))
    dones += await asyncio.gather(*(shell.run("search", "x", OPERATORS=value) for value in written[2:]))
    assert [done.code for done in dones] == [0] * 4
    wrong = await shell.run("search", "x", OPERATORS='["U01"')
    assert (wrong.code, wrong.err) == (1, 'OPERATORS: takes a list such as a,b or ["a", "b"]\n')


# Data


async def test_migrate_may_be_repeated(shell: Shell) -> None:
    first, second = await shell.run("migrate"), await shell.run("migrate")
    assert (first.code, second.code) == (0, 0)
    assert first.out == second.out and first.out.startswith("The database is at revision ")
    assert (await shell.run("migrate", "--quiet")).said == ""


def as_array(items: list[dict[str, object]]) -> bytes:
    return json.dumps(items, indent=1).encode()


def as_lines(items: list[dict[str, object]]) -> bytes:
    return b"".join(json.dumps(entry).encode() + b"\n" for entry in items)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("array.json", as_array),
        ("lines.jsonl", as_lines),
        ("lines.jsonl.gz", lambda items: gzip.compress(as_lines(items))),
    ],
)
async def test_a_file_is_stored_and_nothing_of_it_is_posted(shell: Shell, name: str, write: object) -> None:
    assert callable(write)
    await shell.run("run", "--once", typed="/papers subscribe *\n")
    (shell.folder / name).write_bytes(write([past(number) for number in range(3)]))
    done = await shell.run("backfill", "--file", name)
    assert (done.code, done.out) == (0, "3 papers are new in the store.\n")
    again = await shell.run("backfill", "--file", name)
    assert again.out == "0 papers are new in the store.\n"
    after = await shell.run("run", "--once")
    assert (after.code, after.out) == (0, "") and shell.rows("SELECT * FROM deliveries") == []


async def test_a_broken_line_is_named_and_nothing_is_stored(shell: Shell) -> None:
    (shell.folder / "bad.jsonl").write_bytes(as_lines([past(1)]) + b'{"paper": {"id"\n')
    done = await shell.run("backfill", "--file", "bad.jsonl")
    assert done.code == 1 and done.err.startswith("bad.jsonl, line 2: not JSON")
    assert shell.rows("SELECT * FROM papers") == []


async def test_days_are_read_from_the_feed_one_request_each(shell: Shell, feed: FakeFeed) -> None:
    days = [feed.today - timedelta(days=ago) for ago in range(4)]
    for number, day in enumerate(days):
        feed.publish(item(f"2501.9900{number}"), day)
    done = await shell.run("backfill", "--since", days[-1].isoformat())
    assert (done.code, done.out) == (0, "4 papers are new in the store.\n")
    assert [path.split("&")[0][-10:] for path in feed.paths()] == [day.isoformat() for day in days]


async def test_days_that_cannot_be_read_are_a_failure_that_names_them(shell: Shell, feed: FakeFeed) -> None:
    feed.fail(fakes.status(500))
    done = await shell.run("backfill", "--since", feed.today.isoformat())
    assert done.code == 1 and f"Not read: {feed.today} (HTTP 500)" in done.err


async def test_search_shows_the_newest_first(shell: Shell) -> None:
    items = [past(number, day=f"2025-01-{number:02}") for number in range(1, 5)] + [past(9, "Robots")]
    (shell.folder / "items.jsonl").write_bytes(as_lines(items))
    await shell.run("backfill", "--file", "items.jsonl")
    some, since, nothing = await asyncio.gather(
        shell.run("search", "diffusion", "--limit", "2", "--json"),
        shell.run("search", "title:diffusion", "--since", "2025-01-03"),
        shell.run("search", "zebrafish"),
    )
    found = [json.loads(line) for line in some.out.splitlines()]
    assert [(paper["title"], paper["day"]) for paper in found] == [
        ("Diffusion 4", "2025-01-04"),
        ("Diffusion 3", "2025-01-03"),
    ]
    assert [title in since.out for title in ("Diffusion 4", "Diffusion 3", "Diffusion 2")] == [
        True,
        True,
        False,
    ]
    assert (nothing.code, nothing.out) == (0, "") and nothing.err == "No stored paper matches.\n"


async def test_poll_stores_and_plans_but_posts_nothing(shell: Shell, feed: FakeFeed) -> None:
    await shell.run("run", "--once", typed="/papers subscribe *\n")
    feed.publish(item(), feed.today)
    done = await shell.run("poll")
    assert (done.code, done.out) == (0, "1 new papers\n")
    assert shell.rows("SELECT state FROM deliveries") == [("pending",)]


async def test_a_feed_that_cannot_be_read_is_a_failure(shell: Shell, feed: FakeFeed) -> None:
    feed.fail(fakes.status(403), times=3)
    done = await shell.run("poll")
    assert done.code == 1 and f"{feed.today}: HTTP 403" in done.err


# Doctor


async def test_doctor_finds_nothing_wrong_with_a_good_installation(shell: Shell) -> None:
    await shell.run("migrate")
    done = await shell.run("doctor")
    assert (done.code, [line[0] for line in done.out.splitlines()]) == (0, ["✓"] * 4)


async def test_doctor_says_of_each_part_what_is_wrong_and_how_to_mend_it(
    shell: Shell, feed: FakeFeed
) -> None:
    shell.file.write_text("no database at all, but a text that is long enough")
    feed.fail(fakes.HTML)
    done = await shell.run("doctor")
    assert done.code == 1
    assert "✗ database: " in done.out and ".recover" in done.out
    assert "✗ feed: " in done.out and "not JSON: an HTML page" in done.out
    assert "✓ settings" in done.out and "terminal" in done.out


async def test_doctor_goes_on_where_the_settings_are_wrong(shell: Shell) -> None:
    wrong = await shell.run("doctor", WEBHOOK_URLS="nonsense")
    assert wrong.code == 1 and "✗ settings: WEBHOOK_URLS" in wrong.out
    heroku = await shell.run("doctor", DYNO="worker.1")
    assert heroku.code == 1 and "✗ database: On Heroku a SQLite file is lost" in heroku.out


async def test_doctor_finds_a_webhook_that_was_taken_away(shell: Shell) -> None:
    old, new = "old=http://127.0.0.1:1/old-path", "new=http://127.0.0.1:1/new-path"
    await shell.run("type", "/papers subscribe *", "--channel", "webhook:old", WEBHOOK_URLS=f"{old},{new}")
    done = await shell.run("doctor", WEBHOOK_URLS=new)
    assert done.code == 1 and "There is no webhook called old" in done.out and "WEBHOOK_URLS" in done.out


# The end of each: see also Shell, which lets no command linger


async def test_an_error_after_the_store_was_opened_ends_the_command(shell: Shell) -> None:
    await shell.run("migrate")
    with Path("/dev/full").open("wb") as full:
        for arguments in (
            ("migrate",),
            ("search", "x", "--json"),
            ("doctor",),
            ("poll",),
            ("type", "/papers list"),
        ):
            (shell.folder / "one.jsonl").write_bytes(as_lines([past(1, "x")]))
            await shell.run("backfill", "--file", "one.jsonl")
            done = await shell.run(*arguments, stdout=full)
            assert (arguments, done.code) == (arguments, 1)
            assert "Traceback" not in done.err and "No space left" in done.err


async def test_ctrl_c_in_the_middle_of_a_migration_ends_it_and_the_next_one_finishes(shell: Shell) -> None:
    clock = SystemClock()
    async with shell.start("migrate") as running:
        while not shell.file.exists() and running.process.returncode is None:
            await clock.sleep(5)
        running.kill(signal.SIGINT)
        done = await running.end()
    assert done.code in {0, 130} and "Traceback" not in done.err
    assert (await shell.run("migrate")).code == 0 and (await shell.run("search", "x")).code == 0


async def test_ctrl_c_while_another_migration_is_waited_for_ends_the_command(shell: Shell) -> None:
    with FileLock(f"{shell.file}.migrate.lock"):
        async with shell.start("search", "x") as running:
            await has_a_child(running.process.pid)
            running.kill(signal.SIGINT)
            done = await running.end()
    assert done.code == 130 and "Traceback" not in done.err


@pytest.mark.parametrize(("verb", "code"), [("run --once", 0), ("poll", 130), ("doctor", 130)])
async def test_ctrl_c_while_the_feed_is_silent_ends_the_command(
    shell: Shell, feed: FakeFeed, verb: str, code: int
) -> None:
    await shell.run("migrate")
    asked = asyncio.Event()

    async def silent(request: fakes.web.Request) -> fakes.web.StreamResponse:
        asked.set()
        return await fakes.silence(request)

    feed.fail(silent)
    async with shell.start(*verb.split()) as running:
        await asyncio.wait_for(asked.wait(), 30)
        running.kill(signal.SIGINT)
        done = await running.end()
    assert done.code == code and "Traceback" not in done.err


async def has_a_child(pid: int) -> None:
    """Wait until the process `pid` has started another."""
    clock, process = SystemClock(), psutil.Process(pid)
    while not process.children():
        await clock.sleep(10)
