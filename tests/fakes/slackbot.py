"""The whole bot, as the composition root builds it, between a fake feed and a fake Slack."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest
from aiohttp import ClientSession, DummyCookieJar

from adapters.slack.adapter import SlackAdapter
from adapters.slack.limits import Patience
from adapters.slack.manifest import EVENTS, LINK_SHARED, UNFURL_DOMAINS
from adapters.slack.scopes import wanted
from bot.clock import SECOND, SystemClock
from bot.web import pages, serving
from tests.fakes.clock import FakeClock
from tests.fakes.feed import FakeFeed
from tests.fakes.slack import Message, SlackServer
from tests.fakes.whole import WholeBot

ANN, BEN = "U1", "U2"
ML, VISION, SECRET, DIRECT = "C1", "C2", "G1", "D1"
SIGNING = "signing-s3cret"
KEY = "bXktdGVzdC1rZXktb2YtMzItYnl0ZXMtZXhhY3RseSE="
PATIENCE = 5  # seconds
BREATH = 2  # ms for what goes over sockets, at each step of the clock
Transport = Literal["socket", "http"]


class QuickSlack(SlackAdapter):
    """Waits for nothing: neither as long as real people do, nor for a pace, since time stands still."""

    limits = replace(SlackAdapter.limits, channel=None, workspace=None, settle=timedelta())

    patience = Patience(
        reply=timedelta(seconds=2.5),  # no machine is so loaded that Slack would not wait
        view=timedelta(seconds=2.5),
        preview=timedelta(),
        post=timedelta(seconds=5),
        hello=timedelta(seconds=1),
        ping=timedelta(seconds=5),
        watch=timedelta(milliseconds=100),
        retire=timedelta(milliseconds=100),
    )


class Slackbot(WholeBot[SlackAdapter]):
    """A running bot. Ann (U1) and Ben (U2) are in #ml (C1, with the bot) and #vision (C2, without)."""

    def __init__(self, url: str, clock: FakeClock, feed: FakeFeed, slack: SlackServer) -> None:
        super().__init__(url, clock, feed, QuickSlack)
        self.slack = slack
        slack.heeded = self._heeded

    async def start(self, *, once: bool = False) -> None:
        """Build it, log in, serve what Slack calls, and wait until Slack reaches it."""
        await super().start(once=once)
        if routes := list(self.adapter.routes(self.app.commands)):
            site = serving(pages(routes, self._missing), 0, "127.0.0.1")
            self.port = await self._stack.enter_async_context(site)
            self.slack.redirect_uris = {f"{self.origin}/slack/oauth_redirect"}
        await self._heard()

    async def _heeded(self) -> None:
        """Wait a moment for what became of a channel to be known."""
        await self.adapter._tasks.rest(1)

    async def _missing(self) -> list[str]:
        return [self.adapter.deaf] if self.adapter.deaf else []

    @property
    def origin(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}"

    async def _heard(self) -> None:
        """Wait until Slack can reach it."""
        settings = self.adapter.configuration
        if settings.socket:
            await self.slack.listening()
        else:
            self.slack.deliver_to(f"{self.origin}/slack/events", SIGNING)

    async def settled(self) -> None:
        """Wait until what was acknowledged is done."""
        await self.adapter._tasks.rest(PATIENCE)

    async def passing(self, true: Callable[[], object], step: int = SECOND) -> None:
        """Let time pass for the bot, `step` ms at once, until something is `true`."""
        async with asyncio.timeout(PATIENCE):
            while not true():
                self.clock.advance(step)
                await SystemClock().sleep(BREATH)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Deliver by itself whatever comes to be due, while the block runs."""
        working = asyncio.create_task(self.app.postman.run())
        try:
            yield
        finally:
            self.app.postman.stop()
            await working

    async def install(self, team: str) -> None:
        """Let somebody of `team` install the app there, in a browser of their own."""
        async with ClientSession(cookie_jar=DummyCookieJar()) as browser:  # its cookie is for https alone
            async with browser.get(f"{self.origin}/slack/install", allow_redirects=False) as begun:
                asked, cookie = begun.headers["Location"], begun.headers["Set-Cookie"].split(";")[0]
            back = await self.slack.approve(asked, team=team)
            async with browser.get(back, headers={"Cookie": cookie}) as done:
                assert done.status == 200, await done.text()

    async def type(self, text: str, user: str = ANN, channel: str = ML) -> Message:
        """What `user` sees who types `/papers text` in `channel`."""
        answer = await self.slack.command(user, channel, text)
        return await answer.reply()

    def posted(self, channel: str = ML) -> list[str]:
        """What can be read in `channel`, a text a message, but for the quiet lines about subscriptions."""
        return [
            message.shown
            for message in self.slack.messages(channel)
            if "subscriptions changed" not in message.text
        ]


@asynccontextmanager
async def slacking(
    url: str,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    transport: Transport = "socket",
    *,
    installs: bool = False,
    kind: type[SlackAdapter] = QuickSlack,
    **settings: str,
) -> AsyncIterator[Slackbot]:
    """A bot on the migrated database at `url`, seeded with an empty feed; `settings` are variables."""
    async with FakeFeed(clock) as feed, SlackServer(clock) as slack:
        slack.subscribed, slack.unfurl_domains = {*EVENTS, LINK_SHARED}, set(UNFURL_DOMAINS)
        variables = {"SLACK_API_URL": slack.url}
        variables |= {"SLACK_APP_TOKEN": slack.app_token} if transport == "socket" else {}
        variables |= {"SLACK_SIGNING_SECRET": SIGNING} if transport == "http" else {}
        if installs:
            oauth = {"SLACK_CLIENT_ID": slack.client_id, "SLACK_CLIENT_SECRET": slack.client_secret}
            variables |= {**oauth, "PAPERBOY_SECRET_KEY": KEY}
        else:
            variables |= {"SLACK_BOT_TOKEN": slack.install(scopes=wanted(unfurl=True)).token}
        for name, value in (variables | settings).items():
            monkeypatch.setenv(name, value)
        bot = Slackbot(url, clock, feed, slack)
        bot.kind = kind
        await bot.start()
        await bot.seed()
        try:
            yield bot
        finally:
            await bot.stop()
