"""Which channel `type` speaks in, and what it prints."""

import pytest

from adapters.webhook.adapter import WebhookAdapter
from bot import app
from bot.chat.adapter import ChatAdapter
from bot.chat.errors import SetupFailed
from bot.cli.acting import Acting
from bot.settings import Settings, load
from tests.fakes.process import Shell

HOOKS = "ml=http://127.0.0.1:1/a-path,cv=http://127.0.0.1:1/b-path"


@pytest.fixture
def settings(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("WEBHOOK_URLS", HOOKS)
    return load(Settings, _env_file=None, database_url=shell.environment["DATABASE_URL"])


@pytest.mark.parametrize(
    ("name", "platform", "id_"),
    [
        ("#vision", "terminal", "#vision"),
        ("Vision", "terminal", "#vision"),
        ("ml", "webhook", "ml"),
        ("#ml", "terminal", "#ml"),
        ("webhook:ml", "webhook", "ml"),
    ],
)
async def test_a_bare_name_is_the_terminals_unless_a_webhook_is_called_that(
    settings: Settings, name: str, platform: str, id_: str
) -> None:
    async with app.built(settings) as parts, Acting(parts) as operator:
        channel = (await operator.context(name)).channel
    assert channel is not None
    assert (channel.key.platform, channel.key.id, channel.name) == (platform, id_, id_)


class Anything(WebhookAdapter):
    """A post-only adapter that cannot tell which channels there are."""

    name = "anything"
    check = ChatAdapter.check


@pytest.mark.parametrize(("name", "platform"), [("vision", "terminal"), ("anything:vision", "anything")])
async def test_who_cannot_tell_what_there_is_gets_no_bare_names(
    settings: Settings, name: str, platform: str
) -> None:
    kinds: dict[str, type[ChatAdapter]] = {**app.embedded(), "anything": Anything}
    async with app.built(settings, kinds=kinds) as parts, Acting(parts) as operator:
        channel = (await operator.context(name)).channel
    assert channel is not None
    assert (channel.key.platform, channel.key.id.lstrip("#")) == (platform, "vision")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("two words", "is no name of a channel. Use letters, digits, - and _"),
        ("webhook:nope", "There is no webhook called nope."),
        ("irc:x", "No adapter called irc is switched on."),
        ("slack:C1", "switches it on with SLACK_APP_TOKEN and SLACK_BOT_TOKEN, and starts it again."),
    ],
)
async def test_anything_else_is_refused(settings: Settings, name: str, said: str) -> None:
    async with app.built(settings) as parts, Acting(parts) as operator:
        with pytest.raises(SetupFailed) as caught:
            await operator.context(name)
    assert said in str(caught.value)


async def test_a_webhook_has_one_name_wherever_it_is_spoken_of(shell: Shell) -> None:
    for line in ("subscribe cats", "subscribe dogs"):
        done = await shell.run("type", f"/papers {line}", "--channel", "webhook:ml", WEBHOOK_URLS=HOOKS)
        assert done.out.startswith("✓ ml now gets papers matching")
    assert shell.rows("SELECT name FROM channels") == [("ml",)]
    joined = "/join webhook:ml\n/join webhook:nope\n"
    done = await shell.run("run", "--once", typed=joined, WEBHOOK_URLS=HOOKS)
    assert "ml has 2 subscriptions" in done.out and "There is no webhook called nope." in done.out


async def test_what_would_be_pressed_elsewhere_is_printed_as_the_line_to_type(shell: Shell) -> None:
    asked = await shell.run("type", "/papers subscribe cats, dogs")
    lines = [line for line in asked.out.splitlines() if ": /papers " in line]
    assert len(lines) == 2
    done = await shell.run("type", lines[0].partition(": ")[2])
    assert done.out.startswith("✓ #general now gets papers matching cats OR dogs.")
