"""Hugging Face's Daily Papers: `GET /api/daily_papers`, a JSON array of items a page.

The API is described in `docs/hub/api.md` of huggingface/hub-docs and by `HfApi.list_daily_papers`
of huggingface/huggingface_hub; reads need no token. How an item becomes a paper is in `items.py`.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from bot.clock import Clock, utc_day
from bot.feeds.feed import NOTHING_KNOWN, DayAnswer, Feed
from bot.feeds.fetch import NO_VALIDATORS, Fetcher, FetchFailed, Validators
from bot.feeds.items import FEED, load, read_items
from bot.models import Listed

ENDPOINT = "https://huggingface.co"
PAGE = 100  # papers; the API's own limit
PAGES = 20  # a day at most
FAST_CLOCK = timedelta(days=1)  # how far ahead of the feed's day ours may be


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """One answer. `count`: items in it, readable or not; None when it did not change."""

    url: str
    validators: Validators
    listed: tuple[Listed, ...] = ()
    count: int | None = None


def _items(body: bytes) -> list[object]:
    """The array that a page must be. Raises FetchFailed."""
    text = body.decode("utf-8-sig", "replace").strip()
    if text.startswith("<"):
        raise FetchFailed("not JSON: an HTML page")
    try:
        answer = load(text)
    except ValueError as error:
        raise FetchFailed(f"not JSON: {error}") from error
    if not isinstance(answer, list):
        raise FetchFailed(f"not a list of papers, but JSON that begins with {text[:40]!a}")
    return answer


class DailyPapers(Feed):
    """The papers that the community of Hugging Face puts on each day's page."""

    name: ClassVar[str] = FEED

    def __init__(self, fetcher: Fetcher, clock: Clock, endpoint: str = ENDPOINT) -> None:
        self._fetcher, self._clock, self._endpoint = fetcher, clock, endpoint.rstrip("/")

    def url(self, day: date, page: int = 0) -> str:
        """Where page number `page` (from 0) of `day` is."""
        return f"{self._endpoint}/api/daily_papers?date={day.isoformat()}&limit={PAGE}&p={page}"

    async def day(self, day: date, known: Mapping[str, Validators] = NOTHING_KNOWN) -> DayAnswer:
        """What is listed on `day`, each paper once, with the numbers read last.

        Raises FetchFailed when any page fails. A day that has not begun for the feed is empty.
        """
        try:
            pages = [page async for page in self._pages(day, known)]
        except FetchFailed as failed:
            if self._not_begun(day, failed):
                return DayAnswer(day=day)
            raise
        found = {listed.paper.id: listed for page in pages for listed in page.listed}
        return DayAnswer(
            day=day,
            listed=tuple(found.values()),
            validators={page.url: page.validators for page in pages},
        )

    def _not_begun(self, day: date, failed: FetchFailed) -> bool:
        """Whether the feed refused `day` as one in the future: our clock is fast, and nothing is wrong.

        Older days are never in the future, so a refusal of them is a failure that somebody must see.
        """
        return failed.status == 400 and day >= utc_day(self._clock.now()) - FAST_CLOCK

    async def _pages(self, day: date, known: Mapping[str, Validators]) -> AsyncIterator[_Page]:
        """Page after page, until one is not full; after an unchanged one, as many as were known."""
        for number in range(PAGES):
            page = await self._page(day, number, known)
            yield page
            more = self.url(day, number + 1) in known if page.count is None else page.count >= PAGE
            if not more:
                return

    async def _page(self, day: date, number: int, known: Mapping[str, Validators]) -> _Page:
        url = self.url(day, number)
        fetched = await self._fetcher.get(url, known.get(url, NO_VALIDATORS))
        if fetched.unchanged:
            return _Page(url=url, validators=fetched.validators)
        items = _items(fetched.body)
        return _Page(
            url=url,
            validators=fetched.validators,
            listed=tuple(read_items(items, day)),
            count=len(items),
        )
