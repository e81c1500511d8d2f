import gzip
import tracemalloc
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from bot import __version__
from bot.clock import DAY, SECOND
from bot.feeds.fetch import Fetcher, FetchFailed, Validators, asked_pause, reason_of
from tests.fakes import feed as fakes
from tests.fakes.clock import START, FakeClock
from tests.fakes.feed import FakeFeed

TOKEN = "hf_not_a_real_token"
ETAG = Validators(etag='"of-a-fault"')


@pytest.fixture
async def feed(clock: FakeClock) -> AsyncIterator[FakeFeed]:
    async with FakeFeed(clock) as server:
        yield server


@pytest.fixture
async def fetcher(clock: FakeClock, feed: FakeFeed) -> AsyncIterator[Fetcher]:
    async with Fetcher(clock, endpoint=feed.url, token=f"{TOKEN}\n") as fetcher:
        yield fetcher


async def failure(fetcher: Fetcher, url: str, known: Validators | None = None) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        await fetcher.get(url, known or Validators())
    return caught.value


async def test_an_answer_comes_with_what_it_takes_to_ask_again(feed: FakeFeed, fetcher: Fetcher) -> None:
    feed.fail(fakes.body("[1]", {"ETag": 'W/"x"', "Last-Modified": "Mon, 01 Dec 2025 08:00:00 GMT"}))
    fetched = await fetcher.get(feed.url)
    assert fetched.body == b"[1]"
    assert fetched.validators == Validators(etag='W/"x"', last_modified="Mon, 01 Dec 2025 08:00:00 GMT")
    assert not fetched.unchanged


async def test_an_unchanged_answer_is_not_sent_again(feed: FakeFeed, fetcher: Fetcher) -> None:
    first = await fetcher.get(feed.url + "/api/daily_papers")
    second = await fetcher.get(feed.url + "/api/daily_papers", first.validators)
    assert second.unchanged
    assert second.validators == first.validators
    assert [asked.status for asked in feed.asked] == [200, 304]


async def test_both_validators_are_sent_back(feed: FakeFeed, fetcher: Fetcher) -> None:
    feed.fail(fakes.status(304))
    fetched = await fetcher.get(feed.url, Validators(etag='"e"', last_modified="yesterday"))
    assert fetched.unchanged
    assert feed.asked[0].headers["If-None-Match"] == '"e"'
    assert feed.asked[0].headers["If-Modified-Since"] == "yesterday"


async def test_unchanged_without_anything_known_is_a_failure(feed: FakeFeed, fetcher: Fetcher) -> None:
    feed.fail(fakes.status(304))
    assert (await failure(fetcher, feed.url)).reason == "HTTP 304"


async def test_a_validator_that_could_not_be_sent_back_is_not_kept(feed: FakeFeed, fetcher: Fetcher) -> None:
    feed.fail(fakes.body("[]", {"ETag": '"é"', "Last-Modified": "x" * 2_000}))
    assert (await fetcher.get(feed.url)).validators == Validators()


async def test_the_product_names_itself(feed: FakeFeed, fetcher: Fetcher) -> None:
    await fetcher.get(feed.url + "/api/daily_papers")
    assert feed.asked[0].headers["User-Agent"] == f"paperboy/{__version__}"


async def test_the_token_goes_to_its_own_origin_and_to_no_other(
    clock: FakeClock, feed: FakeFeed, fetcher: Fetcher
) -> None:
    async with FakeFeed(clock) as other:
        feed.fail(fakes.redirect(other.url + "/api/daily_papers"))
        await fetcher.get(feed.url)
        await fetcher.get(other.url + "/api/daily_papers")
        assert feed.asked[0].headers["Authorization"] == f"Bearer {TOKEN}"
        assert ["Authorization" in asked.headers for asked in other.asked] == [False, False]


async def test_a_session_without_a_token_sends_none(clock: FakeClock, feed: FakeFeed) -> None:
    async with Fetcher(clock) as fetcher:
        await fetcher.get(feed.url + "/api/daily_papers")
    assert "Authorization" not in feed.asked[0].headers


async def test_a_cookie_is_not_kept(feed: FakeFeed, fetcher: Fetcher) -> None:
    feed.fail(fakes.body("[]", {"Set-Cookie": "seen=1"}), times=2)
    url = feed.url.replace("127.0.0.1", "localhost")  # for a bare address no client keeps cookies
    await fetcher.get(url)
    await fetcher.get(url)
    assert "Cookie" not in feed.asked[1].headers


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (fakes.status(403), "HTTP 403"),
        (fakes.status(500), "HTTP 500"),
        (fakes.status(204), "HTTP 204"),
        (fakes.EMPTY, "empty answer"),
        (fakes.body(" \r\n"), "empty answer"),
        (fakes.reset, "connection reset"),
        (fakes.truncated, "answer broke off"),
        (fakes.long_header(66_000), "response header over 64 kB is too long"),
        (fakes.body(b"no gzip", {"Content-Encoding": "gzip"}), "answer cannot be decompressed"),
        (
            fakes.body(gzip.compress(b" ") * 3_000, {"Content-Encoding": "gzip"}),
            "answer cannot be decompressed",
        ),
        (fakes.redirect("ftp://feeds.example/"), "redirected to what is no web address"),
        (fakes.redirect("/api/daily_papers?again"), "redirected too often"),
    ],
)
async def test_a_failure_says_what_went_wrong(
    feed: FakeFeed, fetcher: Fetcher, fault: fakes.Fault, reason: str
) -> None:
    feed.fail(fault, times=20)
    assert (await failure(fetcher, feed.url, ETAG)).reason == reason


async def test_a_closed_port_is_refused_and_an_open_one_answers_again(
    feed: FakeFeed, fetcher: Fetcher
) -> None:
    async with feed.refusing():
        assert (await failure(fetcher, feed.url)).reason == "connection refused"
    assert (await fetcher.get(feed.url + "/api/daily_papers")).body == b"[]"


@pytest.mark.parametrize("fault", [fakes.silence, fakes.half_a_header, fakes.half_a_body])
async def test_the_deadline_holds_whatever_the_server_stops_at(
    clock: FakeClock, feed: FakeFeed, fault: fakes.Fault
) -> None:
    feed.fail(fault)
    async with Fetcher(clock, deadline=timedelta(seconds=0.2)) as hasty:
        assert (await failure(hasty, feed.url)).reason == "no answer within 0.2 s"


def test_a_host_that_does_not_exist_is_named() -> None:
    key = ConnectionKey("papers.invalid", 443, True, True, None, None, None)
    error = aiohttp.ClientConnectorDNSError(key, OSError("no such host"))
    assert reason_of(error) == "no address found for papers.invalid"


async def test_what_is_no_address_is_said_to_be_none(fetcher: Fetcher) -> None:
    assert (await failure(fetcher, "http:///papers")).reason == "http:///papers is no web address"


@pytest.mark.parametrize("length", [9_000, 60_000])
async def test_a_long_response_header_is_read(feed: FakeFeed, fetcher: Fetcher, length: int) -> None:
    feed.fail(fakes.long_header(length))
    assert (await fetcher.get(feed.url)).body == b"[]"


@pytest.mark.parametrize("size", [9_999_999, 10_000_000])
async def test_an_answer_of_ten_megabytes_is_read(feed: FakeFeed, fetcher: Fetcher, size: int) -> None:
    feed.fail(fakes.body(b"x" * size))
    assert len((await fetcher.get(feed.url)).body) == size


async def test_a_larger_answer_is_given_up(feed: FakeFeed, fetcher: Fetcher) -> None:
    feed.fail(fakes.body(b"x" * 10_000_001))
    assert (await failure(fetcher, feed.url)).reason == "answer over 10 MB"


async def test_a_packed_answer_of_four_gigabytes_is_stopped_early(feed: FakeFeed, fetcher: Fetcher) -> None:
    feed.fail(fakes.gzip_bomb(megabytes=4_096))
    tracemalloc.start()
    error = await failure(fetcher, feed.url)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert error.reason == "answer over 10 MB"
    assert peak < 32_000_000


async def test_a_packed_answer_is_unpacked(feed: FakeFeed, fetcher: Fetcher) -> None:
    feed.fail(fakes.body(gzip.compress(b"[1, 2]"), {"Content-Encoding": "gzip"}))
    assert (await fetcher.get(feed.url)).body == b"[1, 2]"


DATE = "Mon, 01 Dec 2025 08:00:00 GMT"
SOON = "Mon, 01 Dec 2025 08:01:30 GMT"
POLICY = '"fixed window";"api";q=500;w=300'


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": " 1.5 "}, 1.5),
        ({"Retry-After": SOON}, 90),
        ({"Retry-After": SOON, "Date": "Mon, 01 Dec 2025 08:01:00 GMT"}, 30),  # by the server's own clock
        ({"Retry-After": DATE, "Date": SOON}, 0),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "Mon, 99 Dec 99999 99:99:99 GMT"}, None),
        ({"Retry-After": "9" * 400}, 86_400),  # a day at most: nothing is given up for good
        ({"RateLimit": '"api";r=0;t=55', "RateLimit-Policy": POLICY}, 55),
        ({"RateLimit": '"api"; r=0; t=55'}, 55),
        ({"RateLimit": '"api";r=489;t=189', "RateLimit-Policy": POLICY}, None),
        ({"RateLimit": '"api";r=10;t=55'}, None),
        ({"RateLimit": '"pages";r=7;t=9, "api";r=0;t=55'}, 55),
        ({"RateLimit": '"api";r=0', "RateLimit-Policy": POLICY}, 300),
        ({"RateLimit": "nonsense"}, None),
        ({"RateLimit": '"api";r=0;t=55', "Retry-After": "60"}, 60),
        ({"RateLimit": '"api";r=0;t=55', "Retry-After": "5"}, 55),
    ],
)
def test_a_failed_answer_asks_for_the_longest_of_its_pauses(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert asked_pause(headers, failed=True, now=START) == seconds


def test_a_good_answer_asks_only_by_its_rate_limit() -> None:
    assert asked_pause({"Retry-After": "60"}, failed=False, now=START) is None
    assert asked_pause({"RateLimit": '"api";r=0;t=55'}, failed=False, now=START) == 55


async def test_a_failure_carries_the_servers_wish_and_its_status(feed: FakeFeed, fetcher: Fetcher) -> None:
    feed.fail(fakes.status(429, Retry_After="7"))
    error = await failure(fetcher, feed.url)
    assert (error.status, error.retry_after) == (429, 7)


async def test_while_the_server_wants_a_pause_nothing_is_sent(
    clock: FakeClock, feed: FakeFeed, fetcher: Fetcher
) -> None:
    url = feed.url + "/api/daily_papers"
    feed.fail(fakes.body("[]", {"RateLimit": '"api";r=0;t=55'}))
    await fetcher.get(url)
    assert fetcher.paused_until(url) == clock.now() + 55 * SECOND
    clock.advance(20 * SECOND)
    error = await failure(fetcher, url)
    assert (error.reason, error.retry_after) == ("asked to wait 35 s more", 35)
    assert len(feed.asked) == 1
    clock.advance(35 * SECOND)
    assert (await fetcher.get(url)).body == b"[]"


async def test_a_pause_that_was_noted_by_a_fast_clock_is_none(clock: FakeClock, feed: FakeFeed) -> None:
    feed.fail(fakes.body("[]", {"RateLimit": '"api";r=0;t=55'}))
    fast = FakeClock(clock.now() + 2 * DAY)
    async with Fetcher(fast) as fetcher:
        await fetcher.get(feed.url)
        fast.advance(-2 * DAY)
        assert (await fetcher.get(feed.url + "/api/daily_papers")).body == b"[]"


async def test_a_pause_holds_for_one_server_only(clock: FakeClock, feed: FakeFeed, fetcher: Fetcher) -> None:
    feed.fail(fakes.status(503, Retry_After="60"))
    await failure(fetcher, feed.url)
    async with FakeFeed(clock) as other:
        assert (await fetcher.get(other.url + "/api/daily_papers")).body == b"[]"
