"""Workspaces install the app themselves: over OAuth, in somebody's browser."""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from yarl import URL

from bot.chat.contract import Fault
from bot.chat.errors import SetupFailed
from bot.clock import DAY, MINUTE, SECOND
from tests.fakes.clock import FakeClock
from tests.fakes.feed import item
from tests.fakes.slackbot import KEY, ML, Slackbot, slacking
from tests.fakes.visitor import Page, Visitor, visiting

OTHER_KEY = "b3RoZXItdGVzdC1rZXktb2YtMzItYnl0ZXMtZXhhY3Q="
TEA, RICE = item("2512.99001", "A world model of tea"), item("2512.99002", "A world model of rice")


def raw(folder: Path) -> bytes:
    """All that the database's files hold."""
    return b"".join(file.read_bytes() for file in sorted(folder.glob("paperboy.db*")))


class TestGood:
    """Somebody lets the app into a workspace."""

    async def test_the_app_works_there_and_the_page_says_what_to_do_next(
        self, open_bot: Slackbot, visitor: Visitor
    ) -> None:
        page = await visitor.install()
        assert page.status == 200 and "<h1>Paperboy is installed</h1>" in page.text
        assert "It is in t1. Go to a channel there, and type /papers subscribe." in page.text
        assert page.headers["Content-Type"] == "text/html"
        assert page.headers["Cache-Control"] == "no-store"
        await open_bot.type('subscribe "world model"')
        await open_bot.publish(TEA)
        assert ["A world model of tea" in shown for shown in open_bot.posted()] == [True]

    async def test_slack_is_asked_for_the_scopes_that_the_app_needs(
        self, open_bot: Slackbot, visitor: Visitor
    ) -> None:
        asked = URL(await visitor.begin())
        assert str(asked.origin()) == open_bot.slack.origin
        assert "chat:write" in asked.query["scope"].split(",") and "links:read" not in asked.query["scope"]
        assert asked.query["user_scope"] == ""

    async def test_the_page_names_the_command_as_it_is_called_here(
        self, seeded_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bot_called_news = slacking(
            seeded_sqlite, clock, monkeypatch, "socket", installs=True, PAPERBOY_COMMAND="news"
        )
        async with bot_called_news as bot, visiting(bot) as visitor:
            assert "type /news subscribe." in (await visitor.install()).text

    async def test_a_workspace_may_be_called_anything(self, open_bot: Slackbot, visitor: Visitor) -> None:
        open_bot.slack.install("T7", name="<script>&amp;")
        page = await visitor.install("T7")
        assert "It is in &lt;script&gt;&amp;amp;." in page.text and "<script>" not in page.text

    async def test_the_browser_keeps_nothing(self, visitor: Visitor) -> None:
        await visitor.begin()
        assert visitor.cookies == ["slack-app-oauth-state"]
        await visitor.install()
        assert visitor.cookies == []


class TestRefused:
    """Nothing is installed, and the page says why, and what to do."""

    @staticmethod
    async def forged(bot: Slackbot, visitor: Visitor, clock: FakeClock) -> Page:
        back = URL(await bot.slack.approve(await visitor.begin()))
        return await visitor.open(str(back.update_query(state="forged")))

    @staticmethod
    async def without_state(bot: Slackbot, visitor: Visitor, clock: FakeClock) -> Page:
        back = URL(await bot.slack.approve(await visitor.begin()))
        return await visitor.open(str(back.without_query_params("state")))

    @staticmethod
    async def of_another_browser(bot: Slackbot, visitor: Visitor, clock: FakeClock) -> Page:
        back = await bot.slack.approve(await visitor.begin())
        async with visiting(bot) as other:
            await other.begin()
            return await other.open(back)

    @staticmethod
    async def too_old(bot: Slackbot, visitor: Visitor, clock: FakeClock) -> Page:
        back = await bot.slack.approve(await visitor.begin())
        clock.advance(10 * MINUTE + SECOND)
        return await visitor.open(back)

    @staticmethod
    async def denied(bot: Slackbot, visitor: Visitor, clock: FakeClock) -> Page:
        return await visitor.open(await bot.slack.deny(await visitor.begin()))

    @staticmethod
    async def without_code(bot: Slackbot, visitor: Visitor, clock: FakeClock) -> Page:
        back = URL(await bot.slack.approve(await visitor.begin()))
        return await visitor.open(str(back.without_query_params("code")))

    @staticmethod
    async def with_a_made_up_error(bot: Slackbot, visitor: Visitor, clock: FakeClock) -> Page:
        back = URL(await bot.slack.deny(await visitor.begin()))
        return await visitor.open(str(back.update_query(error="<script>\nxoxb-1-2-3")))

    @pytest.mark.parametrize(
        ("way", "status", "says"),
        [
            (forged, 400, "Another browser began this, or it was too long ago."),
            (without_state, 400, "Another browser began this"),
            (of_another_browser, 400, "Another browser began this"),
            (too_old, 401, "This page was used before, or it is too old."),
            (denied, 200, "Nothing was installed, since it was not allowed."),
            (without_code, 401, "Slack sent no code along."),
            (with_a_made_up_error, 200, "Slack did not let the app in."),
        ],
    )
    async def test_slack_is_not_even_asked_for_a_token(
        self,
        open_bot: Slackbot,
        visitor: Visitor,
        clock: FakeClock,
        way: Callable[[Slackbot, Visitor, FakeClock], Awaitable[Page]],
        status: int,
        says: str,
    ) -> None:
        page = await way(open_bot, visitor, clock)
        assert page.status == status and says in page.text and "<h1>Not installed</h1>" in page.text
        assert '<a href="/slack/install">Begin again</a>' in page.text and "<script>" not in page.text
        assert open_bot.slack.called("oauth.v2.access") == []

    async def test_a_state_is_good_once(self, open_bot: Slackbot, visitor: Visitor) -> None:
        back = await open_bot.slack.approve(await visitor.begin())
        assert (await visitor.open(back)).status == 200
        visitor.keep("slack-app-oauth-state", URL(back).query["state"])  # as another tab would
        again = await visitor.open(back)
        assert again.status == 401 and "This page was used before" in again.text
        assert len(open_bot.slack.called("oauth.v2.access")) == 1

    @pytest.mark.parametrize("code", ["invalid_code", "code_already_used", "code_expired"])
    async def test_a_code_that_is_spent(self, open_bot: Slackbot, visitor: Visitor, code: str) -> None:
        open_bot.slack.fail_with("oauth.v2.access", code)
        page = await visitor.install()
        assert page.status == 401 and "Slack does not take its own code any more." in page.text
        assert (await visitor.install()).status == 200

    @pytest.mark.parametrize("fault", [Fault.RESET, Fault.LOST, Fault.BROKEN, Fault.GARBLED, Fault.LIMITED])
    async def test_slack_does_not_answer(self, open_bot: Slackbot, visitor: Visitor, fault: Fault) -> None:
        await open_bot.slack.fail(fault, place="oauth.v2.access")
        page = await visitor.install()
        assert page.status == 503 and "Slack does not answer just now." in page.text
        assert "Begin again" in page.text
        assert (await visitor.install()).status == 200

    async def test_the_operator_has_set_another_secret(self, open_bot: Slackbot, visitor: Visitor) -> None:
        open_bot.slack.fail_with("oauth.v2.access", "bad_client_secret")
        page = await visitor.install()
        assert page.status == 503
        assert "Slack refuses the app itself (bad_client_secret). Whoever runs Paperboy looks at" in page.text

    @pytest.mark.parametrize("revoked", [True, False])
    async def test_a_whole_organisation_is_refused_and_its_token_given_back(
        self, open_bot: Slackbot, visitor: Visitor, revoked: bool
    ) -> None:
        if not revoked:
            open_bot.slack.fail_with("auth.revoke", "internal_error")
        page = await visitor.install("E1", org=True)
        assert page.status == 400
        assert (
            "Paperboy is installed in one workspace at a time: begin again, and choose a workspace"
            in page.text
        )
        token = open_bot.slack.workspaces["E1"].token
        assert [call.token for call in open_bot.slack.called("auth.revoke")] == [token]
        assert bool(open_bot.slack.tokens[token].refused) == revoked


class TestAgain:
    """A workspace that had the app installs it again."""

    async def test_the_new_token_is_used_from_now_on(self, open_bot: Slackbot, visitor: Visitor) -> None:
        await visitor.install()
        await open_bot.type('subscribe "world model"')
        open_bot.slack.revoke("T1")
        await visitor.install()
        await open_bot.publish(TEA)
        new = open_bot.slack.workspaces["T1"].token
        assert open_bot.slack.called("chat.postMessage")[-1].token == new and len(open_bot.posted()) == 1
        await open_bot.restart()
        await open_bot.publish(RICE)
        assert open_bot.slack.called("chat.postMessage")[-1].token == new and len(open_bot.posted()) == 2

    async def test_after_it_was_removed_nothing_is_lost_and_what_waited_comes_at_once(
        self, open_bot: Slackbot, visitor: Visitor, clock: FakeClock
    ) -> None:
        await visitor.install()
        await open_bot.type('subscribe "world model"')
        open_bot.slack.revoke("T1", "account_inactive")
        await open_bot.publish(TEA, RICE)
        await open_bot.slack.uninstall()
        clock.advance(DAY)
        await open_bot.drain()
        assert open_bot.posted() == []
        await visitor.install()
        await open_bot.drain()
        (waited,) = open_bot.posted()
        assert "A world model of tea" in waited and "A world model of rice" in waited


class TestSecrets:
    """Tokens are kept so that nobody reads them."""

    async def test_no_token_can_be_read_in_the_database(
        self, open_bot: Slackbot, visitor: Visitor, tmp_path: Path
    ) -> None:
        open_bot.slack.rotation = True
        back = await open_bot.slack.approve(await visitor.begin())
        state = URL(back).query["state"]
        assert state.encode() not in raw(tmp_path)
        await visitor.open(back)
        workspace = open_bot.slack.workspaces["T1"]
        kept = raw(tmp_path)
        assert b"installation" in kept
        for secret in (workspace.token, workspace.refresh_token, state, "s3cret"):
            assert secret.encode() not in kept

    async def test_nor_in_a_log_line_or_a_page(
        self,
        open_bot: Slackbot,
        visitor: Visitor,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        for name in ("bot", "adapters"):  # libraries speak from WARNING up, whatever LOG_LEVEL says
            caplog.set_level(logging.DEBUG, name)
        pages = [await visitor.install()]
        open_bot.slack.fail_with("oauth.v2.access", "invalid_code")
        back = await open_bot.slack.approve(await visitor.begin())
        pages.append(await visitor.open(back))
        await open_bot.slack.fail(Fault.LOST, place="oauth.v2.access")
        pages += [await visitor.install(), await visitor.install("E1", org=True)]
        written = caplog.text + "".join(capfd.readouterr()) + "".join(page.text for page in pages)
        for secret in ("s3cret", URL(back).query["code"], URL(back).query["state"], KEY):
            assert secret not in written

    async def test_without_a_key_the_bot_does_not_start(
        self, seeded_sqlite: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(SetupFailed, match=r"PAPERBOY_SECRET_KEY is not set.*Fernet\.generate_key"):
            async with slacking(
                seeded_sqlite, clock, monkeypatch, "http", installs=True, PAPERBOY_SECRET_KEY=""
            ):
                pass

    async def test_a_key_is_replaced_by_listing_both_until_all_have_installed_again(
        self, open_bot: Slackbot, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await visitor.install()
        await open_bot.type('subscribe "world model"')
        monkeypatch.setenv("PAPERBOY_SECRET_KEY", f"{OTHER_KEY},{KEY}")
        await open_bot.restart()
        await open_bot.publish(TEA)
        assert len(open_bot.posted()) == 1
        async with visiting(open_bot) as again:
            await again.install()
        monkeypatch.setenv("PAPERBOY_SECRET_KEY", OTHER_KEY)
        await open_bot.restart()
        await open_bot.publish(RICE)
        assert len(open_bot.posted()) == 2

    async def test_a_wrong_key_keeps_what_is_to_be_posted_until_it_is_right_again(
        self, open_bot: Slackbot, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, clock: FakeClock
    ) -> None:
        await visitor.install()
        await open_bot.type('subscribe "world model"')
        monkeypatch.setenv("PAPERBOY_SECRET_KEY", OTHER_KEY)
        await open_bot.restart()
        await open_bot.publish(TEA)
        assert open_bot.posted() == []
        reply = await open_bot.type("check")
        assert "cannot be opened with PAPERBOY_SECRET_KEY" in reply.shown
        monkeypatch.setenv("PAPERBOY_SECRET_KEY", KEY)
        await open_bot.restart()
        clock.advance(61 * MINUTE)
        await open_bot.drain()
        assert ["A world model of tea" in shown for shown in open_bot.posted(ML)] == [True]
