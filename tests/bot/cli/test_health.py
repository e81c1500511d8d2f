"""`doctor`: what is wrong, and how to mend it."""

from bot.cli.health import misspelt
from tests.bot.cli.test_usage import install
from tests.fakes import feed as fakes
from tests.fakes.feed import FakeFeed
from tests.fakes.process import Shell


async def test_nothing_is_wrong_with_a_good_installation(shell: Shell) -> None:
    done = await shell.run("doctor")
    found, *_ = done.out.split("\n- ")  # platforms that are not set up
    assert (done.code, done.err, [line[0] for line in found.splitlines()]) == (0, "", ["✓"] * 4)


async def test_each_part_says_what_is_wrong_and_how_to_mend_it(shell: Shell, feed: FakeFeed) -> None:
    shell.file.write_text("no database at all, but a text of some length")
    feed.fail(fakes.HTML)
    done = await shell.run("doctor")
    assert done.code == 1 and "✓ settings" in done.out
    assert "✗ database: " in done.out and ".recover" in done.out
    assert "✗ feed: " in done.out and "not JSON: an HTML page" in done.out and "HF_ENDPOINT" in done.out


async def test_a_database_that_is_not_there_yet_is_no_failure_and_all_else_is_tried(bare: Shell) -> None:
    done = await bare.run("doctor")
    assert done.code == 0 and "! database: There is no database yet." in done.out
    assert "✓ terminal: ready" in done.out
    assert list(bare.folder.iterdir()) == []


async def test_a_wrong_setting_is_a_finding_and_the_rest_is_looked_at_all_the_same(shell: Shell) -> None:
    done = await shell.run("doctor", WEBHOOK_URLS="nonsense", POLL_INTERVAL="often", LOG_FORMAT="xml")
    assert done.code == 1 and "✓ settings" not in done.out
    assert "✗ settings: WEBHOOK_URLS" in done.out
    assert "✗ settings: POLL_INTERVAL: takes a whole number from 60 to 3600" in done.out
    assert "✗ settings: LOG_FORMAT: takes text or json" in done.out
    assert "✓ database" in done.out and "✓ feed" in done.out and "✓ terminal" in done.out


async def test_a_mistyped_name_is_noticed_in_the_environment_and_in_the_file(shell: Shell) -> None:
    (shell.folder / ".env").write_text("poll_intervall=60\nOTHER_PROGRAM=x\n")
    done = await shell.run("doctor", WEBHOOK_URL="ml=http://127.0.0.1:1/a-path")
    assert done.code == 0
    assert "! settings: nothing reads WEBHOOK_URL\n    Did you mean WEBHOOK_URLS?" in done.out
    assert "! settings: nothing reads POLL_INTERVALL\n    Did you mean POLL_INTERVAL?" in done.out
    assert "OTHER" not in done.out and "a-path" not in done.out


def test_a_name_that_something_reads_or_whose_neighbour_is_set_is_no_mistake() -> None:
    known = {"LOG_LEVEL", "PORT"}
    assert misspelt({"LOG_LEVEL", "LOG_LEVELS", "PART"}, known) == {"PART": "PORT"}


async def test_a_webhook_is_not_tried(shell: Shell) -> None:
    done = await shell.run("doctor", WEBHOOK_URLS="ml=http://127.0.0.1:1/a-path")
    assert done.code == 0 and "✓ webhook: set; not tried, since that would post" in done.out


async def test_a_file_that_would_not_outlive_the_machine_is_a_finding(shell: Shell) -> None:
    done = await shell.run("doctor", DYNO="worker.1")
    assert done.code == 1 and "✗ database: On Heroku a SQLite file is lost" in done.out


async def test_a_channel_that_could_not_be_reached_says_since_when_and_what_to_do_and_stays_so(
    shell: Shell,
) -> None:
    hooks = "ml=http://127.0.0.1:1/a-path"
    await shell.run("type", "/papers subscribe *", "--channel", "ml", WEBHOOK_URLS=hooks)
    shell.execute("UPDATE channels SET parked_reason = 'It is gone.', parked_at = 1764576000000")
    for _ in range(2):
        done = await shell.run("doctor", WEBHOOK_URLS=hooks)
        assert done.code == 1
        assert "✗ webhook ml: nothing can be posted since 1 Dec 2025, 08:00 UTC: It is gone." in done.out
        assert "paperboy type '/papers check' --channel webhook:ml" in done.out
    await shell.run("type", "/papers check", "--channel", "webhook:ml", WEBHOOK_URLS=hooks)
    assert "nothing can be posted" not in (await shell.run("doctor", WEBHOOK_URLS=hooks)).out


async def test_a_webhook_that_was_taken_away_is_a_finding(shell: Shell) -> None:
    old, new = "old=http://127.0.0.1:1/old-path", "new=http://127.0.0.1:1/new-path"
    await shell.run("type", "/papers subscribe *", "--channel", "webhook:old", WEBHOOK_URLS=f"{old},{new}")
    done = await shell.run("doctor", WEBHOOK_URLS=new)
    assert done.code == 1 and "There is no webhook called old" in done.out and "WEBHOOK_URLS" in done.out


CHATTY = """
from bot.chat.adapter import ChatAdapter, Problem
from bot.settings import AdapterSettings
from pydantic_settings import SettingsConfigDict

class ChattySettings(AdapterSettings):
    model_config = SettingsConfigDict(env_prefix="CHATTY_")
    token: str = ""

    @property
    def configured(self):
        return bool(self.token)

    @property
    def beginning(self):
        return ("Make an app: https://chat.example/new", "Set CHATTY_TOKEN to its token.")

class Chatty(ChatAdapter):
    name, settings = "chatty", ChattySettings

    async def post(self, channel, message, *, idempotency_key):
        raise AssertionError("doctor posts nothing")

    async def examine(self):
        return [Problem(what="it may not read its own posts", fix="Give it the scope history.")]
"""
STOPPED = CHATTY.replace('history.")', 'history.", stops=True)')


async def test_an_adapter_that_is_not_set_up_says_how_one_begins_and_fails_nothing(shell: Shell) -> None:
    install(shell, "chatty", CHATTY, "chatty = chatty:Chatty")
    done = await shell.run("doctor")
    _, begins = done.out.split("- chatty: not set up\n")
    assert (done.code, done.err) == (0, "")
    assert begins.startswith(
        "    Make an app: https://chat.example/new\n    Set CHATTY_TOKEN to its token.\n"
    )


async def test_what_an_installation_lacks_is_a_warning(shell: Shell) -> None:
    install(shell, "chatty", CHATTY, "chatty = chatty:Chatty")
    done = await shell.run("doctor", CHATTY_TOKEN="x")
    assert done.code == 0 and "chatty: not set up" not in done.out
    assert (
        "✓ chatty: ready\n! chatty: it may not read its own posts\n    Give it the scope history." in done.out
    )


async def test_what_stops_an_installation_is_a_fault_and_it_is_not_called_ready(shell: Shell) -> None:
    install(shell, "chatty", STOPPED, "chatty = chatty:Chatty")
    done = await shell.run("doctor", CHATTY_TOKEN="x")
    assert done.code == 1 and "chatty: ready" not in done.out
    assert "✗ chatty: it may not read its own posts\n    Give it the scope history." in done.out
