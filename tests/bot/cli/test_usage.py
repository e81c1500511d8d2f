"""How verbs are called: help, bad usage, bad settings; and what is never shown."""

import asyncio

import pytest

from tests.fakes.process import Shell

VERBS = ("run", "demo", "poll", "type", "migrate", "backfill", "forget", "search", "doctor")
SECRET = "s3cr3t-t0k3n-of-a-test"


async def test_help_is_there_for_every_verb(bare: Shell) -> None:
    asked = [("--help",), *((verb, "--help") for verb in VERBS)]
    main, *verbs = await asyncio.gather(*(bare.run(*arguments) for arguments in asked))
    assert main.code == 0 and all(f" {verb} " in main.out for verb in VERBS)
    assert all(done.code == 0 and f"bot {verb} " in done.out for done, verb in zip(verbs, VERBS, strict=True))
    assert list(bare.folder.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("fly",),
        ("run", "--twice"),
        ("search",),
        ("search", "x", "--limit", "0"),
        ("search", "x", "--since", "2025-02-30"),
        ("backfill",),
        ("backfill", "--since", "2025-01-01", "--file", "/dev/null"),
        ("backfill", "--file", "no-such-file"),
        ("backfill", "--since", "2999-01-01"),
        ("type",),
        ("forget",),
        ("forget", "chat"),
        ("forget", "chat:"),
    ],
    ids=" ".join,
)
async def test_bad_usage_is_2(bare: Shell, arguments: tuple[str, ...]) -> None:
    done = await bare.run(*arguments)
    assert (done.code, list(bare.folder.iterdir())) == (2, [])


async def test_a_query_that_cannot_be_read_is_shown_with_a_caret(bare: Shell) -> None:
    done = await bare.run("search", "title:diffusion OR")
    query, caret, *_ = done.err.splitlines()
    assert (done.code, query, caret.index("^")) == (2, "title:diffusion OR", len(query) - 1)


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("POLL_INTERVAL", "5", "from 60 to 3600"),
        ("HF_ENDPOINT", "huggingface.co", "takes an address"),
        ("OPERATORS", '["U01"', 'takes a list such as a,b or ["a", "b"]'),
        ("DATABASE_URL", f"mysql://a:{SECRET}@db/x", "a kind of database that is not known here"),
        ("DATABASE_URL", f"postgresql://a:{SECRET}@127.0.0.1:1/x", "The PostgreSQL server of"),
        ("WEBHOOK_URLS", f"ml=ftp://hooks.example/{SECRET}", "entry 1 is no webhook"),
    ],
)
async def test_a_bad_setting_is_one_line_that_names_it(
    bare: Shell, variable: str, value: str, told: str
) -> None:
    done = await bare.run("run", "--once", **{variable: value})
    assert (done.code, done.out, len(done.err.splitlines())) == (1, "", 1)
    assert variable in done.err and told in done.err and SECRET not in done.err


async def test_a_file_that_would_not_outlive_the_machine_is_refused_with_what_to_do(shell: Shell) -> None:
    done = await shell.run("run", "--once", DYNO="worker.1")
    assert done.code == 1 and "heroku addons:create heroku-postgresql" in done.err
    assert (await shell.run("run", "--once", DYNO="worker.1", ALLOW_EPHEMERAL_SQLITE="1")).code == 0


LEAKY = """
from bot.chat.adapter import ChatAdapter
from bot.settings import AdapterSettings

class LeakySettings(AdapterSettings):
    @property
    def configured(self):
        return True

class Leaky(ChatAdapter):
    name, settings = "leaky", LeakySettings

    async def __aenter__(self):
        raise RuntimeError("{text}")

    async def post(self, channel, message, *, idempotency_key):
        raise AssertionError("it was never let in")
"""


def install(shell: Shell, module: str, source: str, adapter: str) -> None:
    """Make `source` an installed distribution whose entry point is `adapter`."""
    (shell.folder / f"{module}.py").write_text(source)
    about = shell.folder / f"{module}-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1\n")
    (about / "entry_points.txt").write_text(f"[paperboy.adapters]\n{adapter}\n")


async def test_a_bug_shows_its_traceback_without_the_secrets(shell: Shell) -> None:
    text = f"Bearer {SECRET} and hooks/{SECRET}-path and p%40ss{SECRET} and p@ss{SECRET}"
    install(shell, "leaky", LEAKY.format(text=text), "leaky = leaky:Leaky")
    done = await shell.run(
        "run", "--once", HF_TOKEN=SECRET, WEBHOOK_URLS=f"ml=http://127.0.0.1:1/hooks/{SECRET}-path"
    )
    assert done.code == 1 and "Traceback" in done.err and "Bearer [secret]" in done.err
    assert SECRET not in done.said
