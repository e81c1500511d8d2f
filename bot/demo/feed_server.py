"""A feed server on loopback that answers as Hugging Face's API does, with papers given to it.

    GET /api/daily_papers?date=YYYY-MM-DD&p=0&limit=50    a day, in pages; 400 for a bad or future date
    GET /api/daily_papers?p=0&limit=50                    all days, the newest first
    GET /api/papers/{id}                                  one paper, or 404

Every answer has an ETag, and `If-None-Match` is answered with 304.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import date
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.clock import Clock, utc_day
from bot.demo.papers import Sample

HOST = "127.0.0.1"
PAGE = 50  # papers, unless `limit` asks for others
LARGEST_PAGE = 100
SHUTDOWN = 0.5  # s


class FeedServer:
    """The server; used as a context manager. `clock` says what is in the future."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._days: dict[date, list[object]] = {}
        self._port = 0  # any free one, and the same again after a restart

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """What to set as the feed's endpoint."""
        return f"http://{HOST}:{self._port}"

    @property
    def today(self) -> date:
        """The server's UTC day."""
        return utc_day(self._clock.now())

    def publish(self, item: object, day: date) -> None:
        """Put `item` on the page of `day`, in place of what it had of the same paper."""
        items, paper_id = self._days.setdefault(day, []), _id(item)
        places = [place for place, known in enumerate(items) if paper_id and _id(known) == paper_id]
        if places:
            items[places[0]] = item
        else:
            items.append(item)

    async def start(self) -> None:
        """Listen on loopback, on a free port or again on the one from before."""
        self._runner = web.AppRunner(
            self.application(), access_log=None, handler_cancellation=True, shutdown_timeout=SHUTDOWN
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self._port, reuse_address=True).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close the port and every connection."""
        await self._runner.cleanup()

    def application(self) -> web.Application:
        """What answers; a subclass may add to it."""
        app = web.Application()
        app.router.add_get("/api/daily_papers", self._daily_papers)
        app.router.add_get("/api/papers/{id:.+}", self._paper)
        return app

    async def _daily_papers(self, request: web.Request) -> web.Response:
        try:
            items = self._listed(request.query.get("date"))
            page = int(request.query.get("p", 0))
            limit = min(int(request.query.get("limit", PAGE)), LARGEST_PAGE)
        except ValueError as error:
            return _answer(request, {"error": str(error)}, status=400)
        start = max(page, 0) * max(limit, 0)
        return _answer(request, items[start : start + max(limit, 0)])

    def _listed(self, day: str | None) -> list[object]:
        """The items of `day`, or of all days. Raises ValueError as the API answers 400."""
        if day is None:
            return [item for known in sorted(self._days, reverse=True) for item in self._days[known]]
        asked = date.fromisoformat(day)
        if asked.isoformat() != day or asked > self.today:
            raise ValueError(f"Invalid date: {day}")
        return self._days.get(asked, [])

    async def _paper(self, request: web.Request) -> web.Response:
        wanted = request.match_info["id"]
        for item in self._listed(None):
            if _id(item) == wanted and isinstance(item, Mapping):
                return _answer(request, item["paper"])
        return _answer(request, {"error": "Paper not found"}, status=404)


def _id(item: object) -> object:
    paper = item.get("paper") if isinstance(item, Mapping) else None
    return paper.get("id") if isinstance(paper, Mapping) else None


def _answer(request: web.Request, content: object, status: int = 200) -> web.Response:
    body = json.dumps(content, separators=(",", ":")).encode()
    etag = f'W/"{len(body):x}-{hashlib.sha256(body).hexdigest()[:27]}"'  # weak, as Hugging Face sends it
    if status == 200 and request.headers.get("If-None-Match") == etag:
        return web.Response(status=304, headers={"ETag": etag})
    headers = {"ETag": etag} if status == 200 else {}
    return web.Response(
        body=body, status=status, headers=headers, content_type="application/json", charset="utf-8"
    )


class DemoFeed:
    """Sample papers that wait to be published on a server, in order."""

    def __init__(self, server: FeedServer, waiting: Collection[Sample]) -> None:
        self._server = server
        self.waiting = tuple(waiting)

    def publish(self, count: int) -> tuple[Sample, ...]:
        """Publish the next `count`; what was published."""
        chosen, self.waiting = self.waiting[:count], self.waiting[count:]
        for sample in chosen:
            self._server.publish(sample.item, sample.day)
        return chosen
