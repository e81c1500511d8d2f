"""The rules of delivery as a state machine: whatever happens in whatever order, never twice, never unwanted.

Commands, publications, failures and crashes come in any order. The model knows what each channel was
promised (a live subscription matched when the paper came) and what it wants now; the platform knows
what it took.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)
from sqlalchemy import select

from bot import app
from bot.chat.adapter import Limits
from bot.chat.command import Context, Who
from bot.chat.message import Action, Person, Reply
from bot.clock import HOUR, MINUTE
from bot.feeds.feed import DayAnswer, Feed
from bot.models import Channel, ChannelKey, Listed, Paper, PaperId
from bot.settings import Settings, load
from bot.store import sending
from bot.store.engine import Database
from bot.store.migrate import migrate
from bot.store.schema import channels as channel_rows
from bot.store.schema import deliveries as delivery_rows
from tests.fakes.clock import LeapingClock
from tests.fakes.memory import Accepted, Crash, Memory, Trouble

T = TypeVar("T")
WORDS = ("alpha", "beta", "gamma")
CHANNELS = ("one", "two")
QUERIES = st.sampled_from((*WORDS, "*"))
PUBLISHED = st.lists(st.sets(st.sampled_from(WORDS), min_size=1), min_size=1, max_size=6)


TROUBLE = st.lists(st.sampled_from(Trouble), max_size=3)


class ListFeed(Feed):
    """A feed that lists what it was told to."""

    name = "list"

    def __init__(self) -> None:
        self.listed: list[Listed] = []

    async def day(self, day: date, known: object = None) -> DayAnswer:
        return DayAnswer(day=day, listed=tuple(entry for entry in self.listed if entry.day == day))


class Deduping(Memory):
    """Shows nobody its messages, but makes no second one of a repeat."""

    limits: ClassVar[Limits] = Limits(settle=timedelta(), value=100, dedupe=timedelta(days=999))


class Threading(Memory):
    """Has threads."""

    threads: ClassVar[bool] = True


class Delivery(RuleBasedStateMachine):
    """On a platform whose messages can be looked for."""

    kind: ClassVar[type[Memory]] = Memory
    numbers = Bundle("numbers")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = TemporaryDirectory()
        self.clock = LeapingClock()
        self.feed = ListFeed()
        self.subscriptions: dict[str, dict[int, str]] = {name: {} for name in CHANNELS}
        self.given: Counter[str] = Counter()  # the highest number ever given in a channel
        self.asleep: set[tuple[str, int]] = set()  # paused subscriptions
        self.paused: set[str] = set()
        self.promised: defaultdict[str, set[str]] = defaultdict(set)
        self.brought: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
        self.asked: defaultdict[str, set[str]] = defaultdict(set)
        self.unwanted_once: set[tuple[str, str]] = set()  # what nobody wanted at some moment
        self.titles: dict[str, str] = {}
        self.taken: Counter[tuple[str, str]] = Counter()
        self.broken: list[str] = []  # promises, as the platform saw it
        self.refusals = 0
        self.under_way: list[Trouble] = []  # what goes wrong in the drain that runs
        self.url = f"sqlite:///{Path(self.folder.name) / 'test.db'}"
        self.run(self._create())
        self.run(self._begin())
        self.run(self.parts.poller.poll())  # the first poll seeds
        if self.kind.threads:
            for channel in CHANNELS:
                assert not self.type(channel, "settings thread:on").error

    def run(self, doing: Awaitable[T]) -> T:
        async def done() -> T:
            return await doing

        return self.runner.run(done())

    async def _create(self) -> None:
        async with Database(self.url) as database:
            await migrate(database)

    async def _begin(self) -> None:
        """A process begins."""
        self.stack = AsyncExitStack()
        given = load(Settings, _env_file=None, database_url=self.url)
        parts = app.built(given, self.clock, kinds={self.kind.name: self.kind})
        self.parts = await self.stack.enter_async_context(parts)
        before = getattr(self, "platform", None)
        platform = self.parts.adapters[self.kind.name]
        assert isinstance(platform, Memory)
        self.platform = platform
        if before is not None:  # the platform outlives our process
            platform.accepted, platform.closed, platform.trouble = (
                before.accepted,
                before.closed,
                before.trouble,
            )
        platform.on_accept = self._note
        platform.finds = not platform.limits.dedupe
        self.parts.poller._feed = self.feed
        async with self.parts.database.write() as connection:
            await sending.expire_leases(connection, self.clock.now())

    # What the platform sees

    def matching(self, channel: str, paper: str) -> set[int]:
        """The live subscriptions of `channel` that match `paper` now."""
        if channel in self.paused:
            return set()
        return {
            number
            for number, query in self.subscriptions[channel].items()
            if (channel, number) not in self.asleep and (query == "*" or query in self.titles[paper].split())
        }

    def wants(self, channel: str, paper: str) -> bool:
        """Whether a subscription that brought `paper` to `channel` still wants it."""
        return bool(self.matching(channel, paper) & self.brought[channel, paper])

    def _note(self, accepted: Accepted) -> None:
        """Keep what was wrong for the invariant: raised here, it would count as the adapter's bug."""
        try:
            self._on_accept(accepted)
        except AssertionError as error:
            self.broken.append(str(error))

    def _on_accept(self, accepted: Accepted) -> None:
        for paper in accepted.papers:
            self.taken[accepted.channel, paper] += 1
            assert self.taken[accepted.channel, paper] == 1, f"{paper} twice in {accepted.channel}"
            asked = paper in self.asked[accepted.channel]
            assert asked or paper in self.promised[accepted.channel], f"{paper} was never promised"
            assert asked or self.wants(accepted.channel, paper), f"{paper} is not wanted any more"

    # What people do

    def type(self, channel: str, line: str) -> Reply:
        return self.run(self.parts.commands.typed(self._context(channel), line))

    def _context(self, name: str) -> Context:
        key = ChannelKey(platform=self.kind.name, workspace="w", id=name)
        return Context(
            platform=key.platform,
            workspace=key.workspace,
            channel=Channel(key=key, name=name),
            user=Person(id="ann", name="Ann"),
            rights=Who.OPERATOR,
        )

    @initialize(target=numbers, queries=st.tuples(QUERIES, QUERIES), words=PUBLISHED, trouble=TROUBLE)
    def begin(
        self, queries: tuple[str, str], words: list[set[str]], trouble: list[Trouble]
    ) -> MultipleResults[tuple[str, int]]:
        """Each channel wants something, and something comes: most runs would post nothing otherwise."""
        numbers = multiple(*map(self._subscribed, CHANNELS, queries))
        self.publish_and_drain(words, trouble)
        self.publish(words)
        return numbers

    @rule(target=numbers, channel=st.sampled_from(CHANNELS), query=QUERIES)
    def subscribe(self, channel: str, query: str) -> tuple[str, int]:
        return self._subscribed(channel, query)

    def _subscribed(self, channel: str, query: str) -> tuple[str, int]:
        known = {asked: number for number, asked in self.subscriptions[channel].items()}
        self.type(channel, f"subscribe {query}")
        if query in known:
            return channel, known[query]
        self.given[channel] += 1
        number = self.given[channel]
        self.subscriptions[channel][number] = query
        return channel, number

    @rule(which=consumes(numbers))
    def unsubscribe(self, which: tuple[str, int]) -> None:
        channel, number = which
        self.type(channel, f"unsubscribe {number}")
        self.subscriptions[channel].pop(number, None)
        self.asleep.discard(which)

    @rule(which=numbers, query=st.sampled_from(WORDS))
    def edit(self, which: tuple[str, int], query: str) -> None:
        channel, number = which
        others = set(self.subscriptions[channel].values())
        self.type(channel, f"edit {number} {query}")
        if number in self.subscriptions[channel] and query not in others:
            self.subscriptions[channel][number] = query

    @rule(which=numbers)
    def pause_one(self, which: tuple[str, int]) -> None:
        channel, number = which
        self.type(channel, f"pause {number}")
        if number in self.subscriptions[channel]:
            self.asleep.add(which)

    @rule(channel=st.sampled_from(CHANNELS))
    def pause(self, channel: str) -> None:
        if not self.type(channel, "pause").error:
            self.paused.add(channel)

    @rule(channel=st.sampled_from(CHANNELS), missed=st.booleans())
    def resume(self, channel: str, missed: bool) -> None:
        reply = self.type(channel, "resume")
        if not reply.error:
            self.paused.discard(channel)
        offers = [c for c in reply.controls if isinstance(c, Action) and c.command == "post"]
        if missed and offers:
            self.asked[channel] |= {
                paper for paper in self.titles if paper in " ".join(offers[0].arguments.values())
            }
            self.run(self.parts.commands.press(self._context(channel), offers[0].value))

    @rule(which=numbers)
    def resume_one(self, which: tuple[str, int]) -> None:
        channel, number = which
        self.type(channel, f"resume {number}")
        self.asleep.discard(which)

    # What happens

    @rule(words=PUBLISHED)
    def publish(self, words: list[set[str]]) -> None:
        for some in words:
            paper = f"2512.{10_000 + len(self.titles)}"
            self.titles[paper] = " ".join(sorted(some))
            listed = Paper(
                id=PaperId(paper), title=self.titles[paper], submitted_at=self.clock.now() + len(self.titles)
            )
            self.feed.listed.append(Listed(paper=listed, day=date(2025, 12, 1)))
            for channel in CHANNELS:
                if brought := self.matching(channel, paper):
                    self.promised[channel].add(paper)
                    self.brought[channel, paper] = brought
        self.clock.advance(MINUTE)
        self.run(self.parts.poller.poll())

    @rule(words=PUBLISHED, trouble=TROUBLE)
    def publish_and_drain(self, words: list[set[str]], trouble: list[Trouble]) -> None:
        self.publish(words)
        self.drain(trouble)

    @rule(trouble=TROUBLE)
    def drain(self, trouble: list[Trouble]) -> None:
        self.platform.trouble.extend(trouble)
        self.under_way = trouble
        before = len(self.platform.accepted)
        try:
            self.run(self.parts.postman.until_done())
        except* Crash:
            self.run(self.stack.aclose())
            self.run(self._begin())
        self.refusals += trouble.count(Trouble.INVALID)
        self._in_order(self.platform.accepted[before:])

    def _note_unwanted(self) -> None:
        for channel in CHANNELS:
            for paper in self.promised[channel]:
                if not self.wants(channel, paper):
                    self.unwanted_once.add((channel, paper))

    def _in_order(self, accepted: list[Accepted]) -> None:
        """What left in one go left in the order in which it came."""
        if self.refusals:  # what was refused as a card leaves before the rest, as text
            return
        for channel in CHANNELS:
            loose = [
                paper
                for message in accepted
                if message.channel == channel and "new paper" in message.headline
                for paper in message.papers
            ]
            assert loose == sorted(loose)

    @rule(minutes=st.sampled_from((1, 30, 61, 200)))
    def wait(self, minutes: int) -> None:
        self.clock.advance(minutes * MINUTE)

    @rule()
    def restart(self) -> None:
        self.run(self.stack.aclose())
        self.run(self._begin())

    @rule(channel=st.sampled_from(CHANNELS))
    def open_again(self, channel: str) -> None:
        self.platform.closed.discard(channel)
        key = self._context(channel).channel
        assert key
        self.run(self.platform.host.joined(key, "ann"))

    @invariant()
    def every_promise_is_kept(self) -> None:
        assert self.broken == []

    @invariant()
    def nothing_is_taken_twice(self) -> None:
        self._note_unwanted()  # a later subscription does not take over what an earlier one gave up
        assert not [pair for pair, times in self.taken.items() if times > 1]

    # The end: when nothing fails any more, everything that was promised and is wanted has come

    def teardown(self) -> None:
        try:
            self._heal()
            self.every_promise_is_kept()
            self._nothing_is_lost()
        finally:
            self.run(self.stack.aclose())
            self.runner.close()
            self.folder.cleanup()

    def _heal(self) -> None:
        self.platform.trouble.clear()
        for channel in CHANNELS:
            self.open_again(channel)
        for _ in range(6):
            self.run(self.parts.postman.until_done())
            self.clock.advance(HOUR)

    def _nothing_is_lost(self) -> None:
        states = self.run(self._states())
        for channel in CHANNELS:
            for paper in self.promised[channel]:
                state, taken = states.get((channel, paper)), self.taken[channel, paper]
                assert state is not None, f"{paper} was promised to {channel} and never planned"
                if state == "sent":
                    assert taken == 1
                elif state == "skipped":
                    assert not taken
                    assert (channel, paper) in self.unwanted_once
                else:
                    assert state == "dead" and (self.refusals or (channel, paper) in self.unwanted_once), (
                        state
                    )

    async def _states(self) -> dict[tuple[str, str], str]:
        async with self.parts.database.read() as connection:
            query = select(channel_rows.c.key, delivery_rows.c.subject, delivery_rows.c.state).join(
                channel_rows, channel_rows.c.id == delivery_rows.c.channel_id
            )
            query = query.where(delivery_rows.c.kind == "paper")
            return {(row.key, row.subject): row.state for row in await connection.execute(query)}


class DedupingDelivery(Delivery):
    """On a platform whose messages cannot be looked for, and that knows a repeat by its key."""

    kind = Deduping


class ThreadedDelivery(Delivery):
    """In threads: no parent comes twice, and none for nothing but at the end of a day."""

    kind = Threading

    def _on_accept(self, accepted: Accepted) -> None:
        super()._on_accept(accepted)
        before = [one for one in self.platform.accepted if one.channel == accepted.channel]
        parents = {one.key: one.headline for one in before if not one.papers}
        assert len(set(parents.values())) == len(parents), f"a second parent: {parents}"
        if accepted.papers and accepted.parent is None:
            assert self.refusals or Trouble.INVALID in self.under_way, f"{accepted} is in no thread"
        if accepted.parent:
            parent = self.platform.accepted[int(accepted.parent) - 1]
            assert parent.headline.startswith("Papers of ") and parent.channel == accepted.channel


QUICK = settings(
    max_examples=12,  # of each of the three
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
pytestmark = pytest.mark.timeout(180)
TestDelivery = Delivery.TestCase
TestDelivery.settings = QUICK
TestThreadedDelivery = ThreadedDelivery.TestCase
TestThreadedDelivery.settings = QUICK
TestDedupingDelivery = DedupingDelivery.TestCase
TestDedupingDelivery.settings = QUICK
