"""What the bot does just now, as its pages tell it; and the adapters' routes, answered only meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Container, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.app import App
from bot.web import pages, serving

STANDING_BY = "The bot's lock is not held: standing by."
STARTING = "Logging in."
STOPPING = "Nothing new is begun: stopping, or the lock was lost."
ANSWER = 1  # seconds in which the database answers, or is taken for away
LATER = {"Retry-After": "5"}  # seconds: the other bot of a deploy takes over meanwhile


class Duty:
    """Whether the bot is at work, and what stands in its way."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._idle = STANDING_BY
        self._away: Container[str] = ()

    def is_idle(self, why: str) -> None:
        """The bot does nothing, and says `why`."""
        self._idle = why

    @contextmanager
    def at_work(self, away: Container[str]) -> Iterator[None]:
        """The bot polls, posts and takes commands while the block runs, but for platforms that are `away`."""
        self._idle, self._away = "", away
        try:
            yield
        finally:
            self._idle = STOPPING

    def takes(self, adapter: str) -> bool:
        """Whether what comes for `adapter` can be done now."""
        return not self._idle and adapter not in self._away

    async def missing(self) -> list[str]:
        """Why the bot does not do all that it should, a line each; none when it does."""
        idle = [self._idle] if self._idle else list(self._troubles())
        return idle if await self._database_answers() else [*idle, "The database does not answer."]

    def _troubles(self) -> Iterator[str]:
        for name, adapter in self._app.adapters.items():
            if name in self._away:
                yield f"{name} cannot be reached."
            elif adapter.deaf:
                yield f"{name} does not hear: {adapter.deaf}"

    async def _database_answers(self) -> bool:
        try:
            async with asyncio.timeout(ANSWER), self._app.database.read() as connection:
                await connection.execute(text("SELECT sequence FROM changes"))
        except (SQLAlchemyError, TimeoutError):
            return False
        return True

    def routes(self) -> Iterable[web.RouteDef]:
        """Those of all adapters; while an adapter cannot do anything, they answer 503."""
        for name, adapter in self._app.adapters.items():
            for route in adapter.routes(self._app.commands):
                yield web.RouteDef(route.method, route.path, self._guarded(name, route.handler), route.kwargs)

    def _guarded(self, adapter: str, handler: Any) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            if not self.takes(adapter):
                raise web.HTTPServiceUnavailable(text="Not now: try again.\n", headers=LATER)
            answer: web.StreamResponse = await handler(request)
            return answer

        return guarded


@asynccontextmanager
async def on_duty(app: App) -> AsyncIterator[Duty]:
    """What the block keeps up to date; its pages are served where somebody asked for that, or calls.

    Raises SettingsError where the port cannot be had.
    """
    duty, settings = Duty(app), app.settings
    routes = list(duty.routes())
    if not routes and "port" not in settings.model_fields_set:  # a laptop opens no port unasked
        yield duty
        return
    async with serving(pages(routes, duty.missing), settings.port):
        yield duty
