"""Somebody's browser, in which the app is installed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import ClientSession, CookieJar
from yarl import URL

from tests.fakes.slack import HOME_TEAM
from tests.fakes.slackbot import Slackbot


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the browser shows."""

    status: int
    text: str
    headers: dict[str, str]


class Visitor:
    """A browser with cookies of its own, which takes the bot's address for one with TLS."""

    def __init__(self, bot: Slackbot, session: ClientSession) -> None:
        self._bot, self._session = bot, session

    @property
    def cookies(self) -> list[str]:
        """The names of the cookies that it keeps."""
        return [cookie.key for cookie in self._session.cookie_jar]

    def keep(self, name: str, value: str) -> None:
        """Let it have a cookie."""
        self._session.cookie_jar.update_cookies({name: value}, URL(self._bot.origin))

    async def begin(self) -> str:
        """Open the page that installs the app; the address at Slack's to which it leads."""
        begin = f"{self._bot.origin}/slack/install"
        async with self._session.get(begin, allow_redirects=False) as response:
            assert response.status == 302
            return response.headers["Location"]

    async def open(self, address: str) -> Page:
        """Follow `address`, as Slack sends the browser back."""
        async with self._session.get(URL(address)) as response:
            return Page(status=response.status, text=await response.text(), headers=dict(response.headers))

    async def install(self, team: str = HOME_TEAM, *, org: bool = False) -> Page:
        """Let the app into `team`; the page to which that leads."""
        return await self.open(await self._bot.slack.approve(await self.begin(), team=team, org=org))


@asynccontextmanager
async def visiting(bot: Slackbot) -> AsyncIterator[Visitor]:
    """A browser in front of the pages of `bot`."""
    jar = CookieJar(unsafe=True, treat_as_secure_origin=URL(bot.origin))
    async with ClientSession(cookie_jar=jar) as session:
        yield Visitor(bot, session)
