"""The outbox: what comes in, what becomes of it, and what is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import DAY
from bot.models import ChannelId, DeliveryId, PaperId, QueryId
from bot.store import channels, deliveries, outbox, sending, subscriptions, workspaces
from bot.store.channels import StoredChannel
from bot.store.deliveries import Delivery, State
from bot.store.engine import Database
from bot.store.schema import delivery_matches
from bot.store.subscriptions import Subscription
from tests.bot.store.rows import channel, count, outbox_of, subscribe

ONE, TWO, THREE = (PaperId(str(number)) for number in (1, 2, 3))


@dataclass
class Shop:
    """One channel that wants diffusion, in a transaction."""

    connection: AsyncConnection
    channel: StoredChannel
    subscription: Subscription

    @property
    def place(self) -> tuple[int, ChannelId]:
        return self.channel.workspace_id, self.channel.id

    async def plan(self, *papers: PaperId, query: QueryId | None = None, now: int = 1) -> None:
        asked = query or self.subscription.query_id
        await outbox.plan(self.connection, [(paper, asked) for paper in papers], now)

    async def ask(self, *papers: PaperId, together: str = "asked", now: int = 5) -> list[PaperId]:
        wanted = [(paper, [self.subscription.id]) for paper in papers]
        return await outbox.ask(self.connection, *self.place, wanted, by="Ada", together=together, now=now)

    async def row(self, paper: PaperId = ONE) -> Delivery:
        found = await deliveries.of_paper(self.connection, self.channel.id, paper)
        assert found is not None
        return found

    async def become(self, state: State, paper: PaperId = ONE, **values: object) -> None:
        await deliveries.set_rows(self.connection, [(await self.row(paper)).id], state=state, **values)

    async def waiting(self) -> list[str]:
        return [row.subject for row in await outbox_of(self.connection, self.channel)]

    async def notice(self, subject: str, **payload: object) -> None:
        await deliveries.notice(self.connection, *self.place, subject, payload, due_at=9, now=1)


async def shop(connection: AsyncConnection) -> Shop:
    stored = await channel(connection)
    return Shop(connection, stored, await subscribe(connection, stored))


def numbers(matches: Sequence[deliveries.Match]) -> list[int]:
    return [match.number for match in matches]


class TestPlan:
    """What matched becomes one delivery for each channel that wants it now."""

    async def test_a_paper_that_several_subscriptions_want_comes_once_naming_all(
        self, database: Database
    ) -> None:
        async with database.write() as connection:
            here = await shop(connection)
            other = await subscribe(connection, here.channel, "flow")
            pairs = [(ONE, here.subscription.query_id), (ONE, other.query_id)]
            assert await outbox.plan(connection, pairs, 7) == {here.channel.id}
            assert await outbox.plan(connection, pairs, 8) == {here.channel.id}
            [row] = await outbox_of(connection, here.channel)
        assert (row.subject, row.state, row.planned_at, row.due_at) == (ONE, "pending", 7, 0)
        assert [(match.number, match.words, match.live) for match in row.matches] == [
            (1, "diffusion", True),
            (2, "flow", True),
        ]

    async def test_everybody_who_asks_the_same_gets_it(self, database: Database) -> None:
        async with database.write() as connection:
            there = [await channel(connection, name, workspace) for name in "ab" for workspace in "vw"]
            [query] = {(await subscribe(connection, one)).query_id for one in there}
            woken = await outbox.plan(connection, [(ONE, query)], 1)
            assert woken == {one.id for one in there} and await count(connection) == 4

    async def test_papers_leave_in_the_order_in_which_they_are_named(self, database: Database) -> None:
        papers = [PaperId(str(number * 7_919 % 2_503)) for number in range(2_503)]  # more than a statement
        async with database.write() as connection:
            here = await shop(connection)
            other = await subscribe(connection, here.channel, "flow")
            pairs = [(paper, one.query_id) for paper in papers for one in (other, here.subscription)]
            await outbox.plan(connection, pairs, 1)
            assert await here.waiting() == papers

    async def test_nobody_gets_what_they_do_not_want_now(self, database: Database) -> None:
        async with database.write() as connection:
            names = ("live", "paused", "removed", "quiet", "parked")
            stored = {name: await channel(connection, name) for name in names}
            stored["gone"] = await channel(connection, "gone", workspace="gone")
            wants = {name: await subscribe(connection, one) for name, one in stored.items()}
            await subscriptions.pause(connection, [wants["paused"]], 2)
            await subscriptions.remove(connection, [wants["removed"]], 2)
            await channels.pause(connection, stored["quiet"].id, 2)
            await channels.park(connection, stored["parked"].id, "kicked", 2)
            await workspaces.gone(connection, "chat", "gone", 2)
            woken = await outbox.plan(connection, [(ONE, wants["live"].query_id)], 3)
            assert woken == {stored["live"].id, stored["parked"].id}  # what is parked waits
            assert await count(connection) == 2

    async def test_a_skipped_row_waits_again_with_what_matches_now(self, database: Database) -> None:
        async with database.write() as connection:
            here = await shop(connection)
            await here.plan(ONE, TWO)
            await here.become("skipped", error="nobody wants it any more", attempts=3, tried_at=2)
            other = await subscribe(connection, here.channel, "flow")
            await here.plan(ONE, query=other.query_id, now=8)
            row = await here.row()
            assert (row.state, row.error, row.attempts, row.planned_at) == ("pending", None, 0, 8)
            assert numbers(row.matches) == [1, 2]
            assert await here.waiting() == [ONE, TWO]

    async def test_a_waiting_row_takes_on_new_matches_and_keeps_its_place(self, database: Database) -> None:
        async with database.write() as connection:
            here = await shop(connection)
            other = await subscribe(connection, here.channel, "flow")
            await here.plan(ONE, TWO)
            await here.plan(TWO, ONE, query=other.query_id, now=8)
            assert await here.waiting() == [ONE, TWO]
            row = await here.row()
        assert numbers(row.matches) == [1, 2] and row.planned_at == 1

    async def test_a_match_that_comes_while_it_is_being_sent_is_kept(self, database: Database) -> None:
        async with database.write() as connection:
            here = await shop(connection)
            await here.plan(ONE)
            await here.become("sending")
            other = await subscribe(connection, here.channel, "flow")
            await here.plan(ONE, query=other.query_id, now=8)
            row = await here.row()
        assert (row.state, numbers(row.matches)) == ("sending", [1, 2])

    @pytest.mark.parametrize("state", ["sent", "dead"])
    async def test_what_left_or_was_given_up_stays_as_it_is(self, database: Database, state: State) -> None:
        async with database.write() as connection:
            here = await shop(connection)
            await here.plan(ONE)
            await here.become(state)
            before = await here.row()
            other = await subscribe(connection, here.channel, "flow")
            await here.plan(ONE, query=other.query_id, now=8)
            assert await here.row() == before

    async def test_an_away_poll_marks_what_comes_together(self, database: Database) -> None:
        async with database.write() as connection:
            here = await shop(connection)
            await outbox.plan(connection, [(ONE, here.subscription.query_id)], 1, together="away:5")
            assert (await here.row()).together == "away:5"

    async def test_nothing_plans_nothing(self, database: Database) -> None:
        async with database.write() as connection:
            here = await shop(connection)
            assert await outbox.plan(connection, [], 1) == set()
            assert await outbox.plan(connection, [(ONE, QueryId(99))], 1) == set()
            assert await here.waiting() == []

    async def test_a_great_day_for_many_channels_is_planned_in_seconds(self, database: Database) -> None:
        """1,250 papers, each wanted by 20 channels; measured: 5,000 by 50 take 5 s, on PostgreSQL 12 s."""
        async with database.write() as connection:
            there = [await channel(connection, str(number)) for number in range(20)]
            [query] = {(await subscribe(connection, one)).query_id for one in there}
            pairs = [(PaperId(str(number)), query) for number in range(1_250)]
            assert len(await outbox.plan(connection, pairs, 1)) == 20
            matches = select(func.count()).select_from(delivery_matches)
            assert await count(connection) == (await connection.execute(matches)).scalar_one() == 25_000


class TestAsk:
    """What somebody asked to see here."""

    async def test_it_leaves_at_once_and_together(self, database: Database) -> None:
        async with database.write() as connection:
            here = await shop(connection)
            await here.plan(TWO)
            await deliveries.set_rows(connection, [(await here.row(TWO)).id], due_at=99)
            assert await here.ask(ONE, TWO) == []
            rows = await outbox_of(connection, here.channel)
        assert {(row.asked_by, row.together, row.due_at, row.planned_at) for row in rows} == {
            ("Ada", "asked", 0, 5)
        }
        assert [numbers(row.matches) for row in rows] == [[1], [1]]

    @pytest.mark.parametrize("state", ["sending", "sent", "dead"])
    async def test_what_left_or_was_given_up_is_left_alone_and_named(
        self, database: Database, state: State
    ) -> None:
        async with database.write() as connection:
            here = await shop(connection)
            await here.plan(ONE)
            await here.become(state)
            assert await here.ask(ONE, TWO) == [ONE]
            assert (await here.row()).state == state and (await here.row()).asked_by is None
            settled = await deliveries.settled_here(connection, here.channel.id, [ONE, TWO, THREE])
            assert settled == ({ONE} if state != "dead" else set())

    async def test_what_was_skipped_comes_when_it_is_asked_for(self, database: Database) -> None:
        async with database.write() as connection:
            here = await shop(connection)
            await here.plan(ONE)
            await here.become("skipped", error="nobody wants it any more")
            assert await here.ask(ONE) == []
            row = await here.row()
        assert (row.state, row.error, row.asked_by) == ("pending", None, "Ada")

    async def test_asking_for_nothing_does_nothing(self, database: Database) -> None:
        async with database.write() as connection:
            assert await (await shop(connection)).ask() == []
            assert await count(connection) == 0


class TestNotices:
    """What a channel is told."""

    async def test_each_subject_is_told_once(self, database: Database) -> None:
        async with database.write() as connection:
            here = await shop(connection)
            await here.notice("greeting", text="“hello”")
            await here.notice("greeting", text="again")
            [row] = await outbox_of(connection, here.channel)
        assert (row.kind, row.payload, row.due_at) == ("notice", {"text": "“hello”"}, 9)

    async def test_later_news_joins_what_waits_of_the_same_cause(self, database: Database) -> None:
        async with database.write() as connection:
            here = await shop(connection)
            for subject in ("changes:1", "changes:2", "changesother:3", "share_:4", "share:5"):
                await here.notice(subject)
            waiting = await deliveries.waiting_notice(connection, here.channel.id, "changes")
            assert waiting and waiting.subject == "changes:2"
            await deliveries.set_payload(connection, waiting.id, {"changes": [1]})
            await deliveries.set_rows(connection, [waiting.id], state="sent")
            older = await deliveries.waiting_notice(connection, here.channel.id, "changes")
            newest = await deliveries.last_notice(connection, here.channel.id, "changes")
            assert older and older.subject == "changes:1"
            assert newest and newest.payload == {"changes": [1]}
            assert await deliveries.waiting_notice(connection, here.channel.id, "share_") is not None
            assert await deliveries.last_notice(connection, here.channel.id, "%") is None


class TestSecondThoughts:
    """Edits, *Undo*, and what nobody wants any more."""

    async def test_an_edit_takes_away_what_it_no_longer_matches_of_what_has_not_left(
        self, database: Database
    ) -> None:
        async with database.write() as connection:
            here = await shop(connection)
            other = await subscribe(connection, here.channel, "flow")
            for query in (here.subscription.query_id, other.query_id):
                await here.plan(ONE, TWO, THREE, query=query)
            await here.become("sent", THREE)
            await deliveries.take_away(connection, here.subscription.id, [ONE, THREE])
            left = {paper: numbers((await here.row(paper)).matches) for paper in (ONE, TWO, THREE)}
        assert left == {ONE: [2], TWO: [1, 2], THREE: [1, 2]}

    async def test_what_is_being_sent_is_not_wanted_by_an_edited_query_any_more(
        self, database: Database
    ) -> None:
        async with database.write() as connection:
            here = await shop(connection)
            await here.plan(ONE)
            await here.become("sending")
            assert await deliveries.waiting_papers(connection, here.subscription.id) == [ONE]
            await deliveries.take_away(connection, here.subscription.id, [ONE])
            row = await here.row()
        assert (numbers(row.matches), row.live_matches) == ([1], ())

    async def test_undo_brings_back_only_what_was_skipped_since(self, database: Database) -> None:
        async with database.write() as connection:
            here = await shop(connection)
            other = await subscribe(connection, here.channel, "flow")
            await here.plan(ONE, TWO)
            await here.plan(THREE, query=other.query_id)
            await here.become("skipped", ONE, tried_at=10, error="x")
            await here.become("skipped", TWO, tried_at=9)
            await here.become("skipped", THREE, tried_at=10)
            await deliveries.revive(connection, [here.subscription.id], 10)
            assert await here.waiting() == [ONE] and (await here.row()).error is None
            await deliveries.revive(connection, [], 0)
            assert await here.waiting() == [ONE]

    async def test_a_match_says_whether_its_subscription_wants_papers_now(self, database: Database) -> None:
        async with database.write() as connection:
            here = await shop(connection)
            other = await subscribe(connection, here.channel, "flow")
            for one in (here.subscription, other):
                await here.plan(ONE, query=one.query_id)
            await subscriptions.pause(connection, [here.subscription], 2)
            assert numbers((await here.row()).live_matches) == [2]
            await channels.pause(connection, here.channel.id, 3)
            assert (await here.row()).live_matches == ()


class TestSending:
    """A batch is tried, and something becomes of it."""

    @staticmethod
    async def sending(here: Shop, *papers: PaperId) -> list[DeliveryId]:
        """`papers` were claimed at 10 as one batch."""
        await here.plan(*papers)
        rows = [await here.row(paper) for paper in papers]
        tried = [replace(row, batch="b", attempts=1, first_tried_at=10, tried_at=10) for row in rows]
        await sending.start(here.connection, tried, 70)
        return [row.id for row in rows]

    async def test_a_claim_marks_its_rows_and_keeps_what_brought_them(self, database: Database) -> None:
        async with database.write() as connection:
            here = await shop(connection)
            await self.sending(here, ONE, TWO)
            rows = await deliveries.of_batch(connection, here.channel.id, "b")
            await subscriptions.edit(connection, here.subscription, "flow")
            row = await here.row()
        assert [(row.subject, row.state, row.attempts, row.lease_until) for row in rows] == [
            (ONE, "sending", 1, 70),
            (TWO, "sending", 1, 70),
        ]
        assert [match.words for match in row.matches] == ["diffusion"]  # as it was when it left

    async def test_what_was_accepted_is_a_record(self, database: Database) -> None:
        async with database.write() as connection:
            here = await shop(connection)
            ids = await self.sending(here, ONE, TWO)
            await sending.finish(connection, [(ids[0], "b", "message-1", 20), (ids[1], "b", "message-1", 21)])
            row = await here.row()
            assert (row.state, row.sent_at, row.batch, row.lease_until) == ("sent", 20, "b", None)
            assert await deliveries.last_sent(connection, here.channel.id) == 21
            assert await here.waiting() == []

    async def test_what_wrote_nothing_waits_as_if_it_had_never_left(self, database: Database) -> None:
        async with database.write() as connection:
            here = await shop(connection)
            ids = await self.sending(here, ONE)
            await sending.dissolve(connection, "b", ids, counts=False, error="429")
            row = await here.row()
        assert (row.state, row.batch, row.first_tried_at, row.lease_until) == ("pending", None, None, None)
        assert (row.attempts, row.error) == (0, "429")

    async def test_what_somebody_else_settled_meanwhile_stays_as_it_is(self, database: Database) -> None:
        async with database.write() as connection:
            here = await shop(connection)
            ids = await self.sending(here, ONE)
            await sending.finish(connection, [(ids[0], "b", "message-1", 20)])
            await sending.dissolve(connection, "b", ids)
            await sending.settle_rows(connection, "b", ids, state="dead")
            await sending.finish(connection, [(ids[0], "older", "message-2", 30)])
            row = await here.row()
        assert (row.state, row.sent_at) == ("sent", 20)

    async def test_a_new_process_finds_that_the_leases_of_the_old_one_have_ended(
        self, database: Database
    ) -> None:
        async with database.write() as connection:
            here = await shop(connection)
            await self.sending(here, ONE)
            await here.plan(TWO)
            await sending.expire_leases(connection, 30)
            assert ((await here.row()).state, (await here.row()).lease_until) == ("sending", 30)
            assert (await here.row(TWO)).lease_until is None
            await sending.expire_leases(connection, 40)
            assert (await here.row()).lease_until == 30  # it had ended before


class TestAge:
    """What is too old is given up; what is settled is kept for a while."""

    @pytest.mark.parametrize(
        ("planned_at", "due_at", "state", "becomes"),
        [(9, 0, "pending", "dead"), (9, 9, "pending", "dead"), (10, 0, "pending", "pending"),
         (9, 10, "pending", "pending"), (1, 0, "skipped", "skipped"), (9, 0, "sending", "sending")],
    )  # fmt: skip
    async def test_it_is_buried_when_it_was_planned_and_due_long_ago(
        self, database: Database, planned_at: int, due_at: int, state: State, becomes: State
    ) -> None:
        async with database.write() as connection:
            here = await shop(connection)
            await here.plan(ONE)
            await here.become(state, planned_at=planned_at, due_at=due_at)
            await deliveries.bury_old(connection, 10)
            row = await here.row()
        assert row.state == becomes and (row.error or "").startswith("not sent") == (becomes == "dead")

    async def test_what_was_in_doubt_all_that_time_is_closed(self, database: Database) -> None:
        async with database.write() as connection:
            here = await shop(connection)
            await here.plan(ONE)
            await here.become("sending", planned_at=1, due_at=0, lease_until=9)
            await deliveries.bury_old(connection, 10)
            row = await here.row()
        assert (row.state, row.error) == ("dead", deliveries.UNKNOWN)

    @pytest.mark.parametrize(
        ("state", "planned", "sent", "kept"),
        [
            ("sent", 100, 99, False), ("sent", 100, 80, True), ("sent", 40, None, True),
            ("dead", 100, None, False), ("skipped", 100, None, False), ("pending", 100, None, True),
            ("sending", 100, None, True),
        ],
    )  # fmt: skip
    async def test_papers_are_pruned_only_when_settled_and_old(
        self, database: Database, state: State, planned: int, sent: int | None, kept: bool
    ) -> None:
        """In days ago; 90 are kept."""
        now = 1_000 * DAY
        async with database.write() as connection:
            here = await shop(connection)
            await here.plan(ONE)
            await here.become(state, planned_at=now - planned * DAY, sent_at=sent and now - sent * DAY)
            await deliveries.prune(connection, now - 90 * DAY, now - 30 * DAY)
            assert (await deliveries.of_paper(connection, here.channel.id, ONE) is not None) == kept
            matches = select(func.count()).select_from(delivery_matches)
            assert (await connection.execute(matches)).scalar_one() == kept

    async def test_no_paper_of_the_last_thirty_days_goes_whatever_the_setting(
        self, database: Database
    ) -> None:
        now = 1_000 * DAY
        async with database.write() as connection:
            here = await shop(connection)
            await here.plan(ONE, TWO)
            await here.notice("changes:1")
            await here.become("sent", ONE, planned_at=now - 29 * DAY, sent_at=now - 29 * DAY)
            await here.become("sent", TWO, planned_at=now - 35 * DAY, sent_at=now - 29 * DAY)
            [notice] = await outbox_of(connection, here.channel)
            await deliveries.set_rows(connection, [notice.id], state="sent", planned_at=now - 29 * DAY)
            await deliveries.prune(connection, now - DAY, now - 30 * DAY)
            assert await deliveries.settled_here(connection, here.channel.id, [ONE, TWO]) == {ONE, TWO}
            assert await count(connection) == 2


async def test_what_is_open_in_many_channels_is_read_at_once(database: Database) -> None:
    async with database.write() as connection:
        there = [await channel(connection, str(n)) for n in range(3)]
        [query] = {(await subscribe(connection, one)).query_id for one in there[:2]}
        await outbox.plan(connection, [(ONE, query), (TWO, query)], 1)
        found = await deliveries.open_in(connection, [one.id for one in there])
    assert {id_: [row.subject for row in rows] for id_, rows in found.items()} == {
        one.id: [ONE, TWO] for one in there[:2]
    }
