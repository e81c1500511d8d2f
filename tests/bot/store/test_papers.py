"""Papers, listings and feeds come back as they were stored."""

from dataclasses import fields, replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.feeds.fetch import Validators
from bot.models import Listed, Paper, PaperId
from bot.store import feeds, listings, papers
from bot.store.engine import Database
from bot.store.feeds import FeedState
from tests.bot.store.rows import DAY, listed, paper, store

ODD = "Ünïcödé 𝔸𝕀 模型 \u202eevil\u202c é\u0301 <b>&amp;</b> %_\\ '\"; DROP TABLE papers;-- \ufeff\U0010ffff"
FULL = Paper(
    id=PaperId("hep-th/9408099"),
    title=ODD,
    abstract=ODD * 3,
    authors=(ODD, "Bo", ""),
    organization=ODD,
    published_on=date(1994, 8, 16),
    submitted_at=4_102_444_800_123,
    upvotes=2**40,
    comments=1,
    stars=3,
    keywords=("world model", ODD),
    ai_summary=ODD,
    code_url="https://example.org/ü?a=b&c",
    project_url="https://example.org/#x",
    thumbnail="https://example.org/t.png",
)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))

ANY = st.builds(
    Paper,
    id=st.just(PaperId("2512.00001")),
    title=TEXT,
    abstract=TEXT,
    authors=st.lists(TEXT).map(tuple),
    keywords=st.lists(TEXT).map(tuple),
    ai_summary=st.none() | TEXT,
    published_on=st.none() | st.dates(),
    submitted_at=st.none() | st.integers(0, 2**52),
)


async def stored(database: Database, *given: Paper, now: int = 1) -> list[Paper]:
    """What comes back of `given`, in their order."""
    async with database.write() as connection:
        await store(connection, *given, now=now)
    async with database.read() as connection:
        found = await papers.get(connection, [one.id for one in given])
    return [found[one.id] for one in given]


class TestPapers:
    """A paper is stored once, with all that is known of it."""

    def test_the_full_paper_of_these_tests_has_every_field(self) -> None:
        empty = Paper(id=PaperId("x"), title="")
        names = [field.name for field in fields(Paper)]
        assert [name for name in names if getattr(FULL, name) == getattr(empty, name)] == []

    async def test_every_field_comes_back_as_it_was(self, database: Database) -> None:
        bare = paper(2, title="")
        assert await stored(database, FULL, bare) == [FULL, bare]

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(one=ANY)
    async def test_any_text_comes_back(self, database: Database, one: Paper) -> None:
        assert await stored(database, one) == [one]

    @pytest.mark.parametrize("bad", ["\0", "\ud800", "\udfff\ud800"])
    async def test_what_no_database_holds_is_replaced_and_breaks_nothing(
        self, database: Database, bad: str
    ) -> None:
        odd = replace(paper(1, f"a{bad}b"), authors=(f"a{bad}b",))
        [found] = await stored(database, odd)
        assert found.title == "a" + "\ufffd" * len(bad) + "b"
        async with database.read() as connection:
            assert [run async for run in papers.holding(connection, bad)] == [[found]]

    async def test_a_second_time_renews_what_is_known(self, database: Database) -> None:
        await stored(database, FULL)
        changed = replace(paper(), id=FULL.id, upvotes=9)
        assert await stored(database, changed) == [changed]

    async def test_a_files_older_numbers_do_not_overwrite_ours(self, database: Database) -> None:
        await stored(database, replace(paper(1), upvotes=9))
        async with database.write() as connection:
            await papers.add(connection, [paper(1), paper(2)], now=2)
            found = await papers.get(connection, [paper(1).id, paper(2).id])
        assert [found[paper(n).id].upvotes for n in (1, 2)] == [9, 0]

    async def test_many_at_once_are_no_trouble(self, database: Database) -> None:
        """More than a statement can bind, and with repeats."""
        many = [paper(number % 11_000) for number in range(12_000)]
        assert len({one.id for one in await stored(database, *many)}) == 11_000
        assert await stored(database) == []


class TestListings:
    """New is decided here."""

    async def test_a_paper_is_new_in_a_feed_once(self, database: Database) -> None:
        async with database.write() as connection:
            await store(connection, paper(1), paper(2))
            first = await listings.put(connection, "daily", [listed(1), listed(1)], now=1)
            second = await listings.put(connection, "daily", [listed(1), listed(2)], now=2)
            elsewhere = await listings.put(connection, "other", [listed(1)], now=3)
            nothing = await listings.put(connection, "daily", [], now=4)
        assert (first, second, elsewhere, nothing) == ({paper(1).id}, {paper(2).id}, {paper(1).id}, set())

    async def test_it_keeps_the_earliest_day_of_an_answer_and_then_its_first(
        self, database: Database
    ) -> None:
        later = DAY + timedelta(days=2)
        async with database.write() as connection:
            await store(connection, paper())
            await listings.put(connection, "daily", [listed(1, later), listed(1, DAY)], now=1)
            await listings.put(connection, "daily", [listed(1, later)], now=2)
            assert await listings.known_in(connection, "daily", [paper().id]) == {paper().id: DAY}
            assert await listings.days_of(connection, "daily") == {DAY}
            assert await listings.span(connection) == (DAY, DAY)

    async def test_an_empty_store_has_no_days(self, database: Database) -> None:
        async with database.read() as connection:
            assert await listings.span(connection) is None
            assert await listings.days_of(connection, "daily") == set()
            assert await listings.days_around(connection, DAY) == ()

    async def test_the_days_around_one_are_the_nearest_that_hold_papers(self, database: Database) -> None:
        days = [DAY - timedelta(days=9), DAY - timedelta(days=3), DAY, DAY + timedelta(days=4)]
        async with database.write() as connection:
            await store(connection, *(paper(n) for n in range(4)))
            await listings.put(connection, "daily", [listed(n, day) for n, day in enumerate(days)], now=1)
            assert await listings.days_around(connection, DAY) == (days[1], days[3])
            assert await listings.days_around(connection, days[0]) == (days[1],)

    async def test_what_was_news_since_a_moment_is_not_what_was_seen_again(self, database: Database) -> None:
        async with database.write() as connection:
            dated = [replace(paper(1), submitted_at=9), replace(paper(2), submitted_at=5)]
            await store(connection, *dated, paper(3), paper(4))
            await listings.put(connection, "daily", [listed(3)], now=9)
            await listings.put(connection, "daily", [listed(n) for n in (1, 2, 3, 4)], now=10)
            await listings.put(connection, "other", [listed(3)], now=10)
            found = await listings.news_since(connection, 10)
        assert [one.id for one in found] == [paper(4).id, paper(2).id, paper(1).id]

    async def test_papers_stand_newest_first_each_with_its_newest_day(self, database: Database) -> None:
        early, late = replace(paper(1), submitted_at=5), replace(paper(2), submitted_at=9)
        undated, old = paper(3), paper(4)
        entries = [
            *(Listed(paper=one, day=DAY) for one in (early, late, undated)),
            listed(4, DAY - timedelta(1)),
        ]
        async with database.write() as connection:
            await store(connection, early, late, undated, old)
            await listings.put(connection, "daily", entries, now=1)
            await listings.put(connection, "other", [listed(1, DAY - timedelta(5))], now=1)
            everything = await papers.listed(connection)
            lately = await papers.listed(connection, since=DAY)
            before = await papers.listed(connection, until=DAY - timedelta(1))
            runs = [run async for run in papers.stream(connection, run=3)]
        assert [one.id[-1] for _, one in everything] == ["2", "1", "3", "4"]
        assert everything[1][0] == DAY and everything[:3] == lately
        assert {one.id for _, one in before} == {paper(4).id, paper(1).id}
        assert [one for run in runs for one in run] == everything and len(runs) == 2


class TestHolding:
    """Looking for text is case-blind, and takes it literally."""

    @pytest.mark.parametrize(
        ("text", "found"),
        [("DIFFUS", True), ("100%", True), ("%", True), ("1_0", False), ("\\", False), ("'", False)],
    )
    async def test_signs_of_the_database_mean_themselves(
        self, database: Database, text: str, found: bool
    ) -> None:
        async with database.write() as connection:
            await store(connection, paper(1, "Diffusion, 100% better"), paper(2, "Other"))
            runs = [run async for run in papers.holding(connection, text)]
        assert [one.id for run in runs for one in run] == ([paper(1).id] if found else [])


class TestFeeds:
    """What is known of a feed and of its addresses."""

    async def test_an_unknown_feed_is_at_its_beginning(self, database: Database) -> None:
        async with database.read() as connection:
            assert await feeds.state(connection, "daily") == FeedState()

    async def test_what_is_set_changes_and_the_rest_stays(self, database: Database) -> None:
        async with database.write() as connection:
            await feeds.put_state(connection, "daily", failures=3, next_poll_at=7)
            await feeds.put_state(connection, "daily", seeded_at=5, failures=0)
            assert await feeds.state(connection, "daily") == FeedState(seeded_at=5, next_poll_at=7)
            assert await feeds.state(connection, "other") == FeedState()

    async def test_validators_are_kept_by_day_and_address(self, database: Database) -> None:
        one = {"a?p=0": Validators(etag='W/"1"', last_modified=None), "a?p=1": Validators(etag=None)}
        other = {"b": Validators(etag="2", last_modified="Mon, 01 Dec 2025 08:00:00 GMT")}
        next_day = DAY + timedelta(days=1)
        async with database.write() as connection:
            await feeds.put_validators(connection, "daily", DAY, one)
            await feeds.put_validators(connection, "daily", next_day, other)
            both = await feeds.validators(connection, "daily", [DAY, next_day])
            assert both == {DAY: one, next_day: other}
            assert await feeds.validators(connection, "other", [DAY]) == {}

    async def test_a_days_new_validators_replace_its_old_ones_and_old_days_are_forgotten(
        self, database: Database
    ) -> None:
        next_day = DAY + timedelta(days=1)
        new = {"c": Validators(etag="3")}
        async with database.write() as connection:
            await feeds.put_validators(connection, "daily", DAY, {"b": Validators(etag="2")})
            await feeds.put_validators(connection, "daily", next_day, {"b": Validators(etag="2")})
            await feeds.put_validators(connection, "daily", next_day, new)
            await feeds.forget_validators(connection, "daily", next_day)
            assert await feeds.validators(connection, "daily", [DAY, next_day]) == {next_day: new}
