import json
from collections.abc import AsyncIterator, Mapping
from datetime import date, timedelta

import pytest

from bot.clock import DAY, SECOND
from bot.feeds.daily_papers import DailyPapers
from bot.feeds.feed import DayAnswer
from bot.feeds.fetch import Fetcher, FetchFailed, Validators
from bot.feeds.schedule import next_poll_at
from tests.conftest import SHARED
from tests.fakes import feed as fakes
from tests.fakes.clock import FakeClock
from tests.fakes.feed import FakeFeed, item

MONDAY = date(2025, 12, 1)  # the clock's day
SUNDAY, SATURDAY = date(2025, 11, 30), date(2025, 11, 29)


@pytest.fixture
async def server(clock: FakeClock) -> AsyncIterator[FakeFeed]:
    async with FakeFeed(clock) as server:
        yield server


@pytest.fixture
async def papers(clock: FakeClock, server: FakeFeed) -> AsyncIterator[DailyPapers]:
    async with Fetcher(clock, endpoint=server.url, deadline=timedelta(seconds=5)) as fetcher:
        yield DailyPapers(fetcher, clock, server.url)


def ids(answer: DayAnswer) -> list[str]:
    return [listed.paper.id for listed in answer.listed]


def numbered(count: int, start: int = 0) -> list[dict[str, object]]:
    return [item(f"2511.{number:05d}", f"Paper {number}") for number in range(start, start + count)]


def pages(server: FakeFeed) -> list[str]:
    return [path.rpartition("p=")[2] for path in server.paths()]


async def failure(
    papers: DailyPapers, day: date, known: Mapping[str, Validators] | None = None
) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        await papers.day(day, known or {})
    return caught.value


async def test_a_day_is_asked_for_as_the_api_wants_it(server: FakeFeed, papers: DailyPapers) -> None:
    server.publish(item("2511.99502"), MONDAY)
    answer = await papers.day(MONDAY)
    assert server.paths() == ["/api/daily_papers?date=2025-12-01&limit=100&p=0"]
    assert ids(answer) == ["2511.99502"]
    assert [listed.day for listed in answer.listed] == [MONDAY]


async def test_a_slash_after_the_endpoint_does_no_harm(clock: FakeClock, server: FakeFeed) -> None:
    async with Fetcher(clock) as fetcher:
        await DailyPapers(fetcher, clock, server.url + "/").day(MONDAY)
    assert server.paths() == ["/api/daily_papers?date=2025-12-01&limit=100&p=0"]


async def test_a_day_without_papers_is_a_good_answer(server: FakeFeed, papers: DailyPapers) -> None:
    for day in (SATURDAY, SUNDAY):
        answer = await papers.day(day)
        assert answer.listed == ()
        assert papers.url(day) in answer.validators


@pytest.mark.parametrize(
    ("count", "asked"), [(0, ["0"]), (99, ["0"]), (100, ["0", "1"]), (250, ["0", "1", "2"])]
)
async def test_after_a_full_page_the_next_is_asked_for(
    server: FakeFeed, papers: DailyPapers, count: int, asked: list[str]
) -> None:
    server.publish_all(numbered(count), MONDAY)
    answer = await papers.day(MONDAY)
    assert len(answer.listed) == count
    assert pages(server) == asked
    assert set(answer.validators) == {papers.url(MONDAY, int(page)) for page in asked}


async def test_a_day_has_twenty_pages_at_most(server: FakeFeed, papers: DailyPapers) -> None:
    server.publish_all(numbered(2_100), MONDAY)
    assert len((await papers.day(MONDAY)).listed) == 2_000
    assert len(pages(server)) == 20


async def test_unreadable_items_count_for_a_full_page(server: FakeFeed, papers: DailyPapers) -> None:
    server.publish_all([*numbered(99), {"paper": None}, *numbered(1, start=500)], MONDAY)
    assert len((await papers.day(MONDAY)).listed) == 100


async def test_a_paper_that_slid_to_the_next_page_comes_once(server: FakeFeed, papers: DailyPapers) -> None:
    server.fail(fakes.body(fakes.answer(*numbered(100))))
    server.fail(fakes.body(fakes.answer(item("2511.00099", upvotes=9), item("2511.99502"))))
    answer = await papers.day(MONDAY)
    assert len(answer.listed) == 101
    assert answer.listed[99].paper.upvotes == 9


async def test_an_unchanged_day_costs_one_short_answer_a_page(server: FakeFeed, papers: DailyPapers) -> None:
    server.publish_all(numbered(150), MONDAY)
    first = await papers.day(MONDAY)
    second = await papers.day(MONDAY, first.validators)
    assert second.listed == ()
    assert second.validators == first.validators
    assert [asked.status for asked in server.asked] == [200, 200, 304, 304]


async def test_a_change_behind_an_unchanged_page_is_seen(server: FakeFeed, papers: DailyPapers) -> None:
    server.publish_all(numbered(100), MONDAY)
    first = await papers.day(MONDAY)
    server.publish(item("2511.99502"), MONDAY)
    second = await papers.day(MONDAY, first.validators)
    assert ids(second) == ["2511.99502"]
    third = await papers.day(MONDAY, second.validators)
    assert third.listed == ()
    assert [asked.status for asked in server.asked] == [200, 200, 304, 200, 304, 304]


async def test_changed_numbers_bring_the_page_again(server: FakeFeed, papers: DailyPapers) -> None:
    server.publish(item("2511.99502", upvotes=1), MONDAY)
    first = await papers.day(MONDAY)
    server.change("2511.99502", upvotes=20, numComments=5)
    (listed,) = (await papers.day(MONDAY, first.validators)).listed
    assert (listed.paper.upvotes, listed.paper.comments) == (20, 5)


async def test_a_page_whose_server_gives_no_validators_is_recorded_all_the_same(
    server: FakeFeed, papers: DailyPapers
) -> None:
    server.fail(fakes.body(fakes.answer(item()), {"ETag": ""}))
    assert (await papers.day(MONDAY)).validators == {papers.url(MONDAY): Validators()}


async def test_the_day_fills_up_and_nothing_of_it_is_missed(server: FakeFeed, papers: DailyPapers) -> None:
    server.publish(item("2511.99502"), MONDAY)
    early, before = await papers.day(MONDAY), await papers.day(SUNDAY)
    server.publish_all([item("2511.99503"), item("2511.99504")], MONDAY)
    server.publish(item("2511.99505"), SUNDAY)
    assert ids(await papers.day(MONDAY, early.validators)) == ["2511.99502", "2511.99503", "2511.99504"]
    assert ids(await papers.day(SUNDAY, before.validators)) == ["2511.99505"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (fakes.HTML, "not JSON: an HTML page"),
        (fakes.body("\ufeff  <html>"), "not JSON: an HTML page"),
        (fakes.BAD_JSON, "not JSON: Unterminated string starting at character 18"),
        (fakes.EMPTY, "empty answer"),
        (fakes.body('{"error": "Internal"}'), 'not a list of papers, but JSON that begins with \'{"error"'),
        (fakes.body("null"), "not a list of papers, but JSON that begins with 'null'"),
        (fakes.body("[" * 100_000), "not JSON: nested too deeply"),
        (fakes.truncated, "answer broke off"),
        (fakes.status(500), "HTTP 500"),
    ],
)
@pytest.mark.parametrize("page", [0, 1])
async def test_a_bad_page_fails_the_whole_day(
    server: FakeFeed, papers: DailyPapers, fault: fakes.Fault, reason: str, page: int
) -> None:
    server.publish_all(numbered(150), MONDAY)
    for _ in range(page):
        server.fail(fakes.body(fakes.answer(*numbered(100))))
    server.fail(fault)
    assert (await failure(papers, MONDAY)).reason.startswith(reason)
    assert len((await papers.day(MONDAY)).listed) == 150  # and the next try reads it whole


async def test_a_byte_that_is_no_text_costs_no_paper(server: FakeFeed, papers: DailyPapers) -> None:
    body = fakes.answer(item("2511.99502", "A Sample"), item("2511.99503")).replace(
        b"A Sample", b"A\xff\x1c\x08B"
    )
    server.fail(fakes.body(body))
    answer = await papers.day(MONDAY)
    assert [listed.paper.title for listed in answer.listed] == ["A\ufffdB", "A\ufffdB"]


@pytest.mark.parametrize("ahead", [1, 2])
async def test_a_fast_clock_asks_for_days_to_come_and_that_is_no_failure(
    clock: FakeClock, server: FakeFeed, ahead: int
) -> None:
    fast = FakeClock(clock.now() + ahead * DAY)
    async with Fetcher(fast) as fetcher:
        papers = DailyPapers(fetcher, fast, server.url)
        tomorrow = MONDAY + timedelta(days=1)
        assert await papers.day(tomorrow) == DayAnswer(day=tomorrow)
    assert server.asked[0].status == 400


async def test_a_refusal_of_a_day_that_is_long_over_is_a_failure(
    server: FakeFeed, papers: DailyPapers
) -> None:
    server.fail(fakes.status(400))
    assert (await failure(papers, SATURDAY)).reason == "HTTP 400"


async def test_a_site_that_throttles_with_403_is_asked_ever_more_rarely_and_never_given_up(
    clock: FakeClock, server: FakeFeed, papers: DailyPapers
) -> None:
    server.publish(item("2511.99502"), MONDAY)
    server.fail(fakes.status(403), times=5)
    waits = []
    for failures in range(1, 6):
        error = await failure(papers, MONDAY)
        assert error.reason == "HTTP 403"
        wait = next_poll_at(clock.now(), 300 * SECOND, failures, error.retry_after, 0.0) - clock.now()
        waits.append(wait)
        clock.advance(wait)
    assert waits == sorted(set(waits))
    assert ids(await papers.day(MONDAY)) == ["2511.99502"]


async def test_a_long_response_header_hides_no_paper(server: FakeFeed, papers: DailyPapers) -> None:
    server.fail(fakes.body(fakes.answer(item("2511.99502")), {"Content-Security-Policy": "x" * 9_000}))
    assert ids(await papers.day(MONDAY)) == ["2511.99502"]


async def test_a_paper_dated_years_ahead_hides_no_later_one(server: FakeFeed, papers: DailyPapers) -> None:
    ahead = {"publishedAt": "2031-09-30T14:00:00.000Z", "submittedOnDailyAt": "2031-09-30T14:00:00.000Z"}
    server.publish(item("2511.99502", **ahead, _publishedAt=ahead["publishedAt"]), MONDAY)
    first = await papers.day(MONDAY)
    server.publish(item("2511.99503"), MONDAY)
    second = await papers.day(MONDAY, first.validators)
    assert ids(second) == ["2511.99502", "2511.99503"]
    assert {listed.day for listed in second.listed} == {MONDAY}


async def test_angle_brackets_are_text(server: FakeFeed, papers: DailyPapers) -> None:
    server.publish(item(title="<think> less when n<d", summary="We keep <answer> & n<d."), MONDAY)
    (listed,) = (await papers.day(MONDAY)).listed
    assert (listed.paper.title, listed.paper.abstract) == (
        "<think> less when n<d",
        "We keep <answer> & n<d.",
    )


async def test_accents_written_as_tex_become_letters(server: FakeFeed, papers: DailyPapers) -> None:
    tex = item(title="On L\\'evy and {\\L}ukasiewicz", authors=[{"name": "J. Czerwi\\'nski"}])
    server.publish(tex, MONDAY)
    (listed,) = (await papers.day(MONDAY)).listed
    assert (listed.paper.title, listed.paper.authors) == ("On Lévy and Łukasiewicz", ("J. Czerwiński",))


async def test_a_bad_picture_costs_the_picture_only(server: FakeFeed, papers: DailyPapers) -> None:
    pictures = [
        "https://cdn.example/a b (1).png",
        "",
        "data:image/png;base64,AA",
        "//cdn.example/x.png",
        None,
    ]
    server.publish_all(
        [item(f"2511.9950{number}", _thumbnail=picture) for number, picture in enumerate(pictures)], MONDAY
    )
    answer = await papers.day(MONDAY)
    assert [listed.paper.thumbnail for listed in answer.listed] == [
        "https://cdn.example/a%20b%20(1).png",
        *[None] * 4,
    ]


# The same kinds, with the inputs that were collected beside this repository.

CASES = SHARED / "cases" / "inputs"
collected = pytest.mark.skipif(not CASES.exists(), reason="needs the collected cases in ../shared")


def case(name: str) -> list[dict[str, object]]:
    items: list[dict[str, object]] = json.loads((CASES / name).read_text("utf-8"))
    return items


async def read(server: FakeFeed, papers: DailyPapers, name: str) -> DayAnswer:
    server.publish_all(case(name), MONDAY)
    return await papers.day(MONDAY)


@collected
async def test_the_collected_day_that_fills_up_loses_no_paper(server: FakeFeed, papers: DailyPapers) -> None:
    first = await read(server, papers, "07/0600.json")
    before = await papers.day(SUNDAY)
    later = await read(server, papers, "07/0900.json")
    server.publish_all(case("07/day_before_0900.json"), SUNDAY)
    found = {*ids(first), *ids(later), *ids(await papers.day(SUNDAY, before.validators))}
    assert found == {"2501.99130", "2501.99131", "2501.99132", "2501.99133", "2501.99138"}


@collected
async def test_the_collected_angle_brackets_stay(server: FakeFeed, papers: DailyPapers) -> None:
    (listed,) = (await read(server, papers, "13/day.json")).listed
    assert listed.paper.title == "<think> less: budgets for n<d"
    assert listed.paper.abstract == "We wrap steps in <think> and <answer> tags."


@collected
async def test_the_collected_accents_become_letters(server: FakeFeed, papers: DailyPapers) -> None:
    (listed,) = (await read(server, papers, "15/day.json")).listed
    assert listed.paper.title == "On a Question of Lévy and Łojasiewicz"
    assert listed.paper.authors == ("Jan Czerwiński", "Ranko Lazić")
    assert listed.paper.abstract == "We sharpen a bound of Lazić, following Czerwiński; see Erdős too."


@collected
async def test_the_collected_bad_pictures_cost_no_paper(server: FakeFeed, papers: DailyPapers) -> None:
    answer = await read(server, papers, "20/day.json")
    assert [listed.paper.thumbnail for listed in answer.listed] == [
        "https://cdn.example/a%20b%20(1).png",
        *[None] * 5,
    ]
