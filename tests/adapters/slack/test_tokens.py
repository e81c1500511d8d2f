"""Tokens that expire are renewed, whoever needs them; a removed app posts nothing, and has no token."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from adapters.slack.conversation import ABSENT
from bot import app
from bot.chat.adapter import ChatAdapter
from bot.chat.contract import Fault
from bot.chat.errors import Unavailable, WorkspaceUnreachable
from bot.chat.message import Message
from bot.clock import DAY, HOUR, MINUTE, SECOND
from bot.models import Channel, ChannelKey
from bot.settings import Settings, load
from bot.store import workspaces
from tests.adapters.slack.stage import hastily
from tests.fakes.clock import FakeClock
from tests.fakes.feed import item
from tests.fakes.process import Shell
from tests.fakes.slackbot import ANN, ML, VISION, Slackbot, slacking
from tests.fakes.visitor import Visitor

TEA, RICE = item("2512.99001", "A world model of tea"), item("2512.99002", "A world model of rice")
PLACE = Channel(key=ChannelKey(platform="slack", workspace="T1", id=ML), name="#ml")
EXPIRED = 12 * HOUR + 5 * MINUTE


@pytest.fixture
async def rotating(open_bot: Slackbot, visitor: Visitor) -> Slackbot:
    """A bot installed in T1 with a token that lives for 12 hours, subscribed in #ml and #vision."""
    open_bot.slack.rotation = True
    await visitor.install()
    for channel in (ML, VISION):
        await open_bot.type('subscribe "world model"', channel=channel)
    await open_bot.slack.settled()  # that it joined #vision, of which it asks Slack more
    await open_bot.settled()
    return open_bot


def refreshed(bot: Slackbot) -> int:
    """How often a new pair was asked for."""
    asked = bot.slack.called("oauth.v2.access")
    return sum(call.arguments.get("grant_type") == "refresh_token" for call in asked)


@asynccontextmanager
async def beside(bot: Slackbot) -> AsyncIterator[ChatAdapter]:
    """What `paperboy doctor` and the like log in to, beside the running bot and on its database."""
    settings = load(Settings, _env_file=None, database_url=bot.url, hf_endpoint=bot.feed.url)
    built = app.built(settings, bot.clock, kinds={"slack": bot.kind})
    async with built as other, other.adapters["slack"] as adapter:
        yield adapter


def kept(folder: Path) -> bytes:
    """All that the database's files hold."""
    return b"".join(file.read_bytes() for file in sorted(folder.glob("paperboy.db*")))


class TestRotation:
    """A token that expires is followed by the next, and no card is lost or doubled over it."""

    async def test_a_card_that_is_due_after_the_end_is_posted_once_with_the_next_token(
        self, rotating: Slackbot, clock: FakeClock, tmp_path: Path
    ) -> None:
        old = rotating.slack.workspaces["T1"].token
        clock.advance(EXPIRED)
        await rotating.publish(TEA)
        workspace = rotating.slack.workspaces["T1"]
        assert workspace.token != old and refreshed(rotating) == 1
        for channel in (ML, VISION):
            assert ["A world model of tea" in shown for shown in rotating.posted(channel)] == [True]
        for secret in (workspace.token, workspace.refresh_token, "s3cret"):
            assert secret.encode() not in kept(tmp_path)
        await rotating.restart()
        await rotating.publish(RICE)
        assert len(rotating.posted()) == 2 and refreshed(rotating) == 1

    async def test_it_is_renewed_in_time(self, rotating: Slackbot, clock: FakeClock) -> None:
        clock.advance(11 * HOUR + 29 * MINUTE)
        await rotating.publish(TEA)
        assert refreshed(rotating) == 0
        clock.advance(2 * MINUTE)
        await rotating.publish(RICE)
        assert refreshed(rotating) == 1 and len(rotating.posted()) == 2
        assert {call.error for call in rotating.slack.called("chat.postMessage")} == {""}

    async def test_token_expired_is_believed_before_the_clock(
        self, rotating: Slackbot, clock: FakeClock
    ) -> None:
        token = rotating.slack.workspaces["T1"].token
        rotating.slack.tokens[token].expires_at = clock.now()
        await rotating.publish(TEA)
        assert refreshed(rotating) == 1 and len(rotating.posted()) == len(rotating.posted(VISION)) == 1

    async def test_two_processes_renew_one_after_another(self, rotating: Slackbot, clock: FakeClock) -> None:
        async with beside(rotating) as other:
            clock.advance(EXPIRED)
            await other.check(PLACE)
            assert refreshed(rotating) == 1
        await rotating.publish(TEA)
        assert refreshed(rotating) == 1 and len(rotating.posted()) == len(rotating.posted(VISION)) == 1

    async def test_two_processes_renew_at_the_same_moment(self, rotating: Slackbot, clock: FakeClock) -> None:
        """One of them is refused, and finds later what the other one has kept."""
        async with beside(rotating) as other:
            clock.advance(EXPIRED)
            both = (rotating.adapter.check(PLACE), other.check(PLACE))
            done = await asyncio.gather(*both, return_exceptions=True)
        assert refreshed(rotating) == 2 and sum(isinstance(each, Unavailable) for each in done) == 1
        await rotating.publish(TEA)
        assert refreshed(rotating) == 2
        assert [len(rotating.posted(channel)) for channel in (ML, VISION)] == [1, 1]

    @pytest.mark.parametrize("code", ["token_revoked", "invalid_auth", "account_inactive"])
    async def test_a_token_that_another_process_has_replaced_is_none_any_more(
        self, rotating: Slackbot, clock: FakeClock, code: str
    ) -> None:
        old = rotating.slack.workspaces["T1"].token
        async with beside(rotating) as other:
            clock.advance(11 * HOUR + 45 * MINUTE)
            await other.check(PLACE)
            clock.advance(-20 * MINUTE)  # ours does not see why it should renew
        rotating.slack.tokens[old].refused = code
        await rotating.publish(TEA)
        assert refreshed(rotating) == 1 and len(rotating.posted()) == 1

    @pytest.mark.parametrize("fault", [Fault.RESET, Fault.BROKEN])
    async def test_slack_renews_nothing_just_now_so_the_card_waits(
        self, rotating: Slackbot, clock: FakeClock, fault: Fault
    ) -> None:
        clock.advance(EXPIRED)
        await rotating.slack.fail(fault, place="oauth.v2.access")
        await rotating.publish(TEA)
        clock.advance(10 * SECOND)
        await rotating.drain()
        assert [len(rotating.posted(channel)) for channel in (ML, VISION)] == [1, 1]

    async def test_a_token_that_is_still_good_is_used_while_slack_renews_nothing(
        self, rotating: Slackbot, clock: FakeClock
    ) -> None:
        clock.advance(11 * HOUR + 45 * MINUTE)
        await rotating.slack.fail(Fault.BROKEN, Fault.BROKEN, place="oauth.v2.access")
        await rotating.publish(TEA)
        assert [len(rotating.posted(channel)) for channel in (ML, VISION)] == [1, 1]

    async def test_a_pair_that_was_lost_on_the_way_is_mended_by_installing_again(
        self, rotating: Slackbot, clock: FakeClock, visitor: Visitor
    ) -> None:
        clock.advance(EXPIRED)
        await rotating.slack.fail(Fault.LOST, place="oauth.v2.access")
        await rotating.publish(TEA)
        for _ in range(2):
            clock.advance(MINUTE)
            await rotating.drain()
        assert rotating.posted() == rotating.posted(VISION) == []
        reply = await rotating.type("check")
        assert "Slack does not renew the app's token any more" in reply.shown
        await visitor.install()
        await rotating.drain()
        assert [len(rotating.posted(channel)) for channel in (ML, VISION)] == [1, 1]

    async def test_two_refusals_for_different_reasons_are_no_lost_pair(
        self, rotating: Slackbot, clock: FakeClock
    ) -> None:
        clock.advance(EXPIRED)
        for code in ("internal_error", "invalid_refresh_token"):
            rotating.slack.fail_with("oauth.v2.access", code)
            await rotating.publish(TEA)
            clock.advance(MINUTE)
        await rotating.drain()
        assert [len(rotating.posted(channel)) for channel in (ML, VISION)] == [1, 1]

    async def test_who_gives_up_waiting_does_not_lose_the_new_pair(
        self, rotating: Slackbot, clock: FakeClock
    ) -> None:
        clock.advance(EXPIRED)
        asking = asyncio.create_task(rotating.adapter.check(PLACE))
        await rotating.slack.until(lambda: refreshed(rotating))
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await rotating.publish(TEA)
        await rotating.restart()
        await rotating.publish(RICE)
        assert len(rotating.posted()) == 2 and refreshed(rotating) == 1

    async def test_who_stops_just_then_keeps_it_too(self, rotating: Slackbot, clock: FakeClock) -> None:
        clock.advance(EXPIRED)
        asking = asyncio.create_task(rotating.adapter.check(PLACE))
        await rotating.slack.until(lambda: refreshed(rotating))
        asking.cancel()
        await rotating.restart()
        await rotating.publish(TEA)
        assert len(rotating.posted()) == 1 and refreshed(rotating) == 1


class TestRemoved:
    """The app was removed from a workspace, or its token revoked."""

    @pytest.mark.parametrize("told", ["app_uninstalled", "tokens_revoked"])
    async def test_nothing_is_posted_any_more_and_the_tokens_are_deleted(
        self, rotating: Slackbot, told: str
    ) -> None:
        await rotating.slack.uninstall(told=[told])
        await rotating.settled()
        assert await rotating.adapter.host.get("installation", workspace="T1") is None
        before = len(rotating.slack.calls)
        await rotating.publish(TEA)
        with pytest.raises(WorkspaceUnreachable, match="The app is not installed in this Slack workspace"):
            await rotating.adapter.post(PLACE, Message(headline="Tea"), idempotency_key="k")
        assert len(rotating.slack.calls) == before

    async def test_a_persons_token_is_none_of_ours(self, rotating: Slackbot) -> None:
        event = {"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": []}}
        await rotating.slack.event("T1", event)
        await rotating.publish(TEA)
        assert len(rotating.posted()) == 1

    async def test_a_removal_that_is_told_late_does_not_undo_a_new_installation(
        self, rotating: Slackbot, visitor: Visitor, clock: FakeClock
    ) -> None:
        clock.advance(MINUTE)
        rotating.slack.losing = 2
        await rotating.slack.uninstall()
        late = rotating.slack.sent[-2:]
        clock.advance(MINUTE)
        await visitor.install()
        for event in late:
            await rotating.slack.redeliver(event)
        await rotating.publish(TEA)
        assert len(rotating.posted()) == 1

    async def test_nor_does_one_that_is_told_again(
        self, rotating: Slackbot, visitor: Visitor, clock: FakeClock
    ) -> None:
        clock.advance(MINUTE)
        await rotating.slack.uninstall()
        clock.advance(MINUTE)
        await visitor.install()
        await rotating.slack.redeliver()
        await rotating.publish(TEA)
        assert len(rotating.posted()) == 1

    async def test_what_comes_from_a_workspace_without_the_app_does_nothing(
        self, rotating: Slackbot, clock: FakeClock
    ) -> None:
        clock.advance(MINUTE)
        await rotating.slack.uninstall()
        await rotating.settled()
        calls = len(rotating.slack.calls)
        answer = await rotating.slack.command(ANN, ML, "subscribe tea")
        await rotating.slack.mention(ANN, ML, "subscribe rice")
        await rotating.slack.open_home(ANN)
        await rotating.slack.invite(VISION)
        await rotating.settled()
        assert [message.shown for message in answer.messages] == [ABSENT.headline]
        assert len(rotating.slack.calls) == calls
        found = await known(rotating)
        assert found and found.gone_at is not None

    async def test_nor_does_what_comes_from_one_that_an_operator_forgot_beside_the_bot(
        self, rotating: Slackbot, tmp_path: Path
    ) -> None:
        shell = Shell(tmp_path, rotating.feed.url)
        assert (await shell.run("forget", "slack:T1", "--yes", "--in-use")).code == 0
        answer = await rotating.slack.command(ANN, ML, "subscribe tea")
        assert [message.shown for message in answer.messages] == [ABSENT.headline]
        assert await known(rotating) is None

    async def test_what_was_begun_before_the_removal_does_not_take_it_back(self, rotating: Slackbot) -> None:
        await hastily(rotating)
        asked = len(rotating.slack.called("users.info"))
        await rotating.slack.fail(Fault.SILENT, place="users.info")
        await rotating.slack.mention(ANN, ML, "subscribe rice")
        await rotating.slack.until(lambda: len(rotating.slack.called("users.info")) > asked)
        await rotating.slack.uninstall()
        await rotating.settled()
        found = await known(rotating)
        assert found and found.gone_at is not None

    async def test_the_data_is_deleted_after_thirty_days(
        self, rotating: Slackbot, clock: FakeClock, visitor: Visitor
    ) -> None:
        await rotating.slack.uninstall()
        await rotating.settled()
        clock.advance(30 * DAY - MINUTE)
        await rotating.poll()
        assert await known(rotating) is not None
        clock.advance(2 * MINUTE)
        await rotating.drain()
        assert await known(rotating) is None
        await visitor.install()
        assert "Nothing is subscribed here yet" in (await rotating.type("")).shown

    async def test_or_at_once_when_the_operator_says_so(self, rotating: Slackbot, tmp_path: Path) -> None:
        shell = Shell(tmp_path, rotating.feed.url)
        refused = await shell.run("forget", "slack:T1", "--yes")
        assert refused.code == 1 and "The bot was not removed from slack:T1." in refused.err
        await rotating.slack.uninstall()
        await rotating.settled()
        done = await shell.run("forget", "slack:T1", "--yes")
        assert done.code == 0 and "Deleted 2 channels, 2 subscriptions" in done.out
        assert await known(rotating) is None

    async def test_an_app_with_a_token_of_the_settings_goes_on_once_it_is_installed_again(
        self, seeded_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with slacking(seeded_sqlite, clock, monkeypatch) as bot:
            await bot.type('subscribe "world model"')
            clock.advance(MINUTE)
            await bot.slack.uninstall()
            await bot.settled()
            await bot.publish(TEA)
            assert bot.posted() == [] and bot.slack.called("chat.postMessage") == []
            monkeypatch.setenv("SLACK_BOT_TOKEN", bot.slack.install().token)
            await bot.restart()
            await bot.slack.redeliver()
            await bot.publish(RICE)
            assert ["A world model of rice" in shown for shown in bot.posted()] == [True]


async def known(bot: Slackbot) -> workspaces.Workspace | None:
    """What the core knows of the workspace T1."""
    async with bot.app.database.read() as connection:
        return await workspaces.find(connection, "slack", "T1")
