"""The Slack adapter keeps every promise of the port, with one workspace's token and over OAuth."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.oauth.installation_store import Installation

from adapters.slack.adapter import SlackAdapter
from adapters.slack.installations import Installations
from adapters.slack.settings import SlackSettings
from bot.chat.adapter import Host
from bot.chat.contract import HTTP_FAULTS, WAIT, AdapterContract, Fault, MemoryHost, Rig
from bot.chat.errors import PostFailed
from bot.chat.message import Message, Para, Person, Ping, When
from bot.clock import SECOND
from bot.models import Channel, ChannelKey
from bot.settings import load
from tests.fakes.clock import START, FakeClock
from tests.fakes.slack import SlackServer, Workspace

SECONDS = START // 1_000
ML = Channel(key=ChannelKey(platform="slack", workspace="T1", id="C1"), name="#ml")
POST = "chat.postMessage"


class SlackRig(Rig):
    """The adapter, and #ml of a fake Slack."""

    channel = ML

    def __init__(
        self, slack: SlackServer, adapter: SlackAdapter, clock: FakeClock, secrets: Sequence[str]
    ) -> None:
        self.slack, self.adapter, self.clock, self.secrets = slack, adapter, clock, tuple(secrets)

    def accepted(self) -> Sequence[object]:
        return self.slack.messages("C1")

    def shown(self) -> str:
        return "\n".join(message.shown for message in self.slack.messages("C1"))

    def tries(self) -> int:
        return len(self.slack.called(POST))

    async def fail(self, fault: Fault) -> None:
        await self.slack.fail(fault, place=POST)
        if fault is Fault.REFUSED:  # a connection that was kept may be found dead only by who uses it
            with suppress(PostFailed):
                await self.adapter.check(ML)

    async def mend(self) -> None:
        await self.slack.up()
        self.clock.advance(int(WAIT * SECOND))

    async def connections(self) -> int:
        await self.slack.closed()
        return len(self.slack.connected())


def own_token(slack: SlackServer, workspace: Workspace) -> dict[str, Any]:
    return {"api_url": slack.url, "app_token": slack.app_token, "bot_token": workspace.token}


def oauth(slack: SlackServer, _workspace: Workspace) -> dict[str, Any]:
    app = {"client_id": slack.client_id, "client_secret": slack.client_secret}
    return {"api_url": slack.url, "app_token": slack.app_token, **app}


async def installed(host: Host, workspace: Workspace) -> None:
    """Let `workspace` have installed the app."""
    kept = Installation(
        app_id="A1",
        team_id=workspace.id,
        user_id="U1",
        bot_token=workspace.token,
        bot_id=workspace.bot_id,
        bot_user_id=workspace.bot_user,
    )
    await Installations(host).async_save(kept)


@asynccontextmanager
async def slack_rig(given: Any, patience: timedelta) -> AsyncIterator[SlackRig]:
    clock = FakeClock()
    async with SlackServer(clock) as slack:
        workspace, host = slack.install(), MemoryHost()
        await installed(host, workspace)
        settings = load(SlackSettings, _env_file=None, **given(slack, workspace))
        adapter = SlackAdapter(settings, host, clock)
        adapter.patience = replace(adapter.patience, post=patience)
        async with adapter:
            yield SlackRig(slack, adapter, clock, [workspace.token, slack.app_token, slack.client_secret])


class TestOneWorkspace(AdapterContract):
    """With the token of one workspace."""

    faults = HTTP_FAULTS

    def rig(self) -> Any:
        return slack_rig(own_token, self.patience)


class TestManyWorkspaces(AdapterContract):
    """With a token for each workspace that installed the app."""

    faults = HTTP_FAULTS

    def rig(self) -> Any:
        return slack_rig(oauth, self.patience)


@pytest.fixture
async def rig() -> AsyncIterator[SlackRig]:
    async with slack_rig(own_token, timedelta(seconds=5)) as made:
        yield made


class TestPayload:
    """What Slack gets of a message besides its words."""

    async def test_links_get_no_previews_and_the_key_stands_in_the_metadata(self, rig: SlackRig) -> None:
        await rig.adapter.post(ML, Message(headline="Hello"), idempotency_key="key1")
        (message,) = rig.slack.messages("C1")
        assert message.metadata == {"event_type": "paperboy", "event_payload": {"key": "key1"}}
        shown = {name: str(message.sent[name]).lower() for name in ("unfurl_links", "unfurl_media")}
        assert set(shown.values()) <= {"false", "0"}

    async def test_a_moment_is_shown_in_the_readers_zone(self, rig: SlackRig) -> None:
        message = Message(headline="Paused", body=(Para(text=("Paused since ", When(at=START))),))
        await rig.adapter.post(ML, message, idempotency_key="k")
        (posted,) = rig.slack.messages("C1")
        (date,) = [element for element in elements(posted.blocks) if element["type"] == "date"]
        assert date["timestamp"] == SECONDS
        assert "2025" in date["fallback"]

    async def test_people_are_named_and_only_pings_notify(self, rig: SlackRig) -> None:
        body = (Para(text=(Person(id="U1", name="ann"), " shared <!channel> @here <@U2>")),)
        pings = (Ping(kind="user", id="U2"), Ping(kind="group", id="S1"))
        await rig.adapter.post(ML, Message(headline="x", body=body, pings=pings), idempotency_key="k")
        (posted,) = rig.slack.messages("C1")
        notify = [element for element in elements(posted.blocks) if element["type"] not in {"text", "link"}]
        assert [element["type"] for element in notify] == ["user", "usergroup"]

    async def test_an_edit_keeps_the_key_and_shows_no_previews(self, rig: SlackRig) -> None:
        posted = await rig.adapter.post(ML, Message(headline="Before"), idempotency_key="key1")
        await rig.adapter.edit(posted, Message(headline="After"))
        (message,) = rig.slack.messages("C1")
        assert (message.text, message.shown) == ("After", "After")
        assert await rig.adapter.find(ML, idempotency_key="key1") == posted


def elements(blocks: Any) -> list[dict[str, Any]]:
    """The elements of all rich text in `blocks`, in order."""
    if isinstance(blocks, list):
        return [found for block in blocks for found in elements(block)]
    inside = blocks.get("elements")
    return elements(inside) if isinstance(inside, list) else [blocks]
