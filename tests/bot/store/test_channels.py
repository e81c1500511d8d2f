"""Channels, their workspaces, and who subscribed them."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from bot.chat.message import Person
from bot.clock import DAY
from bot.models import Channel, PaperId
from bot.store import adapter_state, audit, channels, deliveries, outbox, presses, subscriptions, workspaces
from bot.store.engine import Database
from bot.store.subscriptions import QueryChange
from tests.bot.store.rows import again, channel, key, outbox_of, subscribe

ADA = Person(id="U1", name="Ada")


class TestChannels:
    """A channel is known by platform, workspace and id."""

    async def test_it_comes_back_as_it_was_stored_and_configured(self, database: Database) -> None:
        given = Channel(key=key("1", "w"), name="#ml", zone="Europe/Berlin")
        async with database.write() as connection:
            stored = await channels.ensure(connection, given)
            assert stored.channel == given
            await channels.configure(
                connection, stored.id, {"announce": False, "style": "compact", "options": {"thread": "on"}}
            )
            found = await channels.find(connection, given.key)
        assert found is not None and found == replace(
            stored, channel=replace(given, announce=False, style="compact", options={"thread": "on"})
        )

    async def test_a_second_time_only_the_name_follows(self, database: Database) -> None:
        async with database.write() as connection:
            first = await channels.ensure(connection, Channel(key=key(), name="#ml", zone="Asia/Tokyo"))
            await channels.configure(connection, first.id, {"options": {"a": "b"}})
            renamed = await channels.ensure(connection, Channel(key=key(), name="#ai"))
        assert renamed.id == first.id
        assert (renamed.channel.name, renamed.channel.zone) == ("#ai", "Asia/Tokyo")
        assert renamed.channel.options == {"a": "b"}

    async def test_who_knows_only_the_id_takes_no_name_away(self, database: Database) -> None:
        async with database.write() as connection:
            for name in ("C7", "#vision", "C7"):
                stored = await channels.ensure(connection, Channel(key=key("C7"), name=name))
        assert stored.channel.name == "#vision"

    async def test_the_same_id_elsewhere_is_another_channel(self, database: Database) -> None:
        keys = [key(), key(workspace="other"), key(platform="other"), key("other")]
        async with database.write() as connection:
            stored = [await channels.ensure(connection, Channel(key=each, name="#ml")) for each in keys]
            found = [await channels.find(connection, each) for each in keys]
            assert await channels.find(connection, key("nowhere")) is None
        assert found == stored and len({one.id for one in stored}) == 4
        assert stored[0].workspace_id == stored[3].workspace_id

    async def test_names_and_platforms(self, database: Database) -> None:
        async with database.write() as connection:
            for name in ("b", "a"):
                await channel(connection, name)
            await channel(connection, "c", workspace="gone")
            await workspaces.gone(connection, "chat", "gone", 5)
            assert await channels.names(connection, "chat", "w") == ["#a", "#b"]
            assert [one.channel.name for one in await channels.of_platform(connection, "chat")] == [
                "#b",
                "#a",
            ]

    async def test_the_later_of_a_channels_and_its_workspaces_pause_counts(self, database: Database) -> None:
        async with database.write() as connection:
            one, other = await channel(connection, "a"), await channel(connection, "b")
            await channels.hold(connection, {one.id: 50})
            await channels.spend(connection, {one.id: 70})
            await channels.hold_workspace(connection, one.workspace_id, 40)
            await channels.hold_workspace(connection, one.workspace_id, 30)  # a shorter one changes nothing
            one, other = await again(connection, one), await again(connection, other)
        assert (one.next_post_at, one.budget_full_at, other.next_post_at) == (50, 70, 40)

    async def test_a_pause_of_a_workspace_that_a_fast_clock_wrote_is_replaced(
        self, database: Database
    ) -> None:
        async with database.write() as connection:
            stored = await channel(connection)
            for until in (365 * DAY, 10, 10 + DAY, 20):  # an honest wait of a day stays
                await channels.hold_workspace(connection, stored.workspace_id, until)
            assert (await again(connection, stored)).next_post_at == 10 + DAY

    async def test_a_removed_workspace_is_back_once_its_channel_is_seen(self, database: Database) -> None:
        async with database.write() as connection:
            stored = await channel(connection)
            await workspaces.gone(connection, "chat", "w", 5)
            assert (await again(connection, stored)).gone
            assert not (await channel(connection)).gone


class TestParking:
    """What cannot be reached waits, and comes as one message afterwards."""

    async def test_the_first_reason_stays(self, database: Database) -> None:
        async with database.write() as connection:
            stored = await channel(connection)
            await channels.park(connection, stored.id, "kicked", 5)
            await channels.park(connection, stored.id, "again", 6)
            parked = await again(connection, stored)
        assert (parked.parked_reason, parked.parked_at) == ("kicked", 5)

    async def test_it_is_tried_when_its_time_has_come(self, database: Database) -> None:
        async with database.write() as connection:
            stored, other = await channel(connection), await channel(connection, "other")
            await channels.park(connection, stored.id, "kicked", 5)
            assert await channels.to_check(connection, 4) == []
            assert [one.id for one in await channels.to_check(connection, 5)] == [stored.id]
            await channels.checked(connection, [stored.id], 9)
            assert await channels.to_check(connection, 8) == []
            await channels.park_workspace(connection, stored.workspace_id, "revoked", 20)
            assert [one.id for one in await channels.to_check(connection, 20)] == [stored.id, other.id]
            await workspaces.gone(connection, "chat", "w", 21)
            assert await channels.to_check(connection, 99) == []

    async def test_what_waited_leaves_together_and_nothing_else_does(self, database: Database) -> None:
        async with database.write() as connection:
            stored = await channel(connection)
            subscribed = await subscribe(connection, stored)
            pair = (PaperId("1"), subscribed.query_id)
            await outbox.plan(connection, [pair, (PaperId("2"), subscribed.query_id)], 1)
            place = (stored.workspace_id, stored.id)
            await outbox.ask(connection, *place, [(PaperId("3"), ())], by="Ada", together="asked", now=1)
            await deliveries.notice(connection, *place, "parked:1", {}, due_at=0, now=1)
            await channels.park(connection, stored.id, "kicked", 5)
            assert await channels.unpark(connection, await again(connection, stored))
            assert not await channels.unpark(connection, await again(connection, stored))
            waiting = {row.subject: row.together for row in await outbox_of(connection, stored)}
        assert waiting == {"1": "parked:5", "2": "parked:5", "3": "asked", "parked:1": None}

    async def test_a_workspace_that_is_back_frees_its_channels_but_not_those_parked_themselves(
        self, database: Database
    ) -> None:
        async with database.write() as connection:
            a, b, kicked = [await channel(connection, name) for name in "abc"]
            elsewhere = await channel(connection, "a", workspace="v")
            every = (a, b, kicked, elsewhere)
            query = {(await subscribe(connection, one)).query_id for one in every}.pop()
            await channels.park(connection, kicked.id, "kicked", 4)
            await channels.park_workspace(connection, a.workspace_id, "revoked", 5)
            await outbox.plan(connection, [(PaperId("1"), query)], 6)
            await channels.unpark(connection, await again(connection, a))
            reasons = [(await again(connection, one)).parked_reason for one in every]
            together = [(await outbox_of(connection, one))[0].together for one in every]
            assert await channels.with_work(connection) == [a.id, b.id, elsewhere.id]
        assert reasons == [None, None, "kicked", None]
        assert together == ["parked:5", "parked:5", None, None]

    async def test_what_is_parked_or_gone_has_no_work_that_could_be_done(self, database: Database) -> None:
        async with database.write() as connection:
            stored, idle = await channel(connection), await channel(connection, "idle")
            query = (await subscribe(connection, stored)).query_id
            await outbox.plan(connection, [(PaperId("1"), query)], 1)
            assert await channels.with_work(connection) == [stored.id]
            await channels.park(connection, stored.id, "kicked", 5)
            assert await channels.with_work(connection) == []
            await channels.unpark(connection, await again(connection, stored))
            await workspaces.gone(connection, "chat", "w", 6)
            assert await channels.with_work(connection) == []
            assert not await outbox_of(connection, idle)


class TestSubscriptions:
    """Who wants what."""

    async def test_numbers_are_a_channels_own_and_never_used_again(self, database: Database) -> None:
        async with database.write() as connection:
            stored, other = await channel(connection), await channel(connection, "other")
            first = await subscribe(connection, stored, "a")
            await subscriptions.remove(connection, [first], 2)
            second, elsewhere = (
                await subscribe(connection, stored, "b"),
                await subscribe(connection, other, "a"),
            )
            assert [first.number, second.number, elsewhere.number] == [1, 2, 1]
            assert first.query_id == elsewhere.query_id
            assert [one.number for one in await subscriptions.of_channel(connection, stored.id)] == [2]
            every = await subscriptions.of_channel(connection, stored.id, removed=True)
            assert [(one.number, one.removed_at, one.live) for one in every] == [
                (1, 2, False),
                (2, None, True),
            ]
            assert await subscriptions.in_workspace(connection, stored.workspace_id) == 2

    async def test_the_same_query_twice_in_a_channel_cannot_be(self, database: Database) -> None:
        async with database.write() as connection:
            removed = await subscribe(connection, await channel(connection))
            await subscriptions.remove(connection, [removed], 2)
        with pytest.raises(IntegrityError):
            async with database.write() as connection:
                stored = await channel(connection)
                await subscribe(connection, stored)  # the removed one does not count
                await subscribe(connection, stored)

    async def test_an_edit_keeps_the_number_and_a_pause_the_rest(self, database: Database) -> None:
        async with database.write() as connection:
            stored = await channel(connection)
            old = await subscribe(connection, stored, "a")
            new = await subscriptions.edit(connection, old, "b")
            assert new == replace(old, query_id=new.query_id, canonical="b", words="b")
            await subscriptions.pause(connection, [new], 7)
            paused = await subscriptions.get(connection, new.id)
            assert paused == replace(new, paused_at=7) and not paused.live
            await subscriptions.pause(connection, [new], None)
            assert await subscriptions.many(connection, [new.id, new.id]) == {new.id: new}


class TestChanges:
    """An index pulls what changed since it last looked."""

    async def test_each_change_is_pulled_once_and_in_the_order_of_commits(self, database: Database) -> None:
        async with database.write() as connection:
            stored = await channel(connection)
            assert await subscriptions.changes_since(connection, 0) == (0, [])
            a = await subscribe(connection, stored, "a")
        async with database.write() as connection:
            first, changed = await subscriptions.changes_since(connection, 0)
            assert changed == [QueryChange(id=a.query_id, canonical="a", wanted=True)]
            b = await subscribe(connection, stored, "b")
            second, changed = await subscriptions.changes_since(connection, first)
            assert changed == [QueryChange(id=b.query_id, canonical="b", wanted=True)]
            assert second > first and await subscriptions.changes_since(connection, second) == (second, [])

    async def test_a_query_is_wanted_as_long_as_anybody_has_it_even_paused(self, database: Database) -> None:
        async def wanted() -> bool:
            _, [change] = await subscriptions.changes_since(connection, 0)
            return change.wanted

        async with database.write() as connection:
            one = await subscribe(connection, await channel(connection, "one"))
            two = await subscribe(connection, await channel(connection, "two"))
            await subscriptions.pause(connection, [one, two], 2)
            assert await wanted()
            await subscriptions.remove(connection, [one], 3)
            assert await wanted()
            await subscriptions.remove(connection, [two], 4)
            assert not await wanted()
            await subscriptions.remove(connection, [two], None)
            assert await wanted()

    async def test_an_edit_changes_the_old_query_and_the_new(self, database: Database) -> None:
        async with database.write() as connection:
            old = await subscribe(connection, await channel(connection), "a")
            before, _ = await subscriptions.changes_since(connection, 0)
            await subscriptions.edit(connection, old, "b")
            _, changed = await subscriptions.changes_since(connection, before)
        assert [(change.canonical, change.wanted) for change in changed] == [("a", False), ("b", True)]

    async def test_a_change_that_was_rolled_back_is_none(self, database: Database) -> None:
        with pytest.raises(ZeroDivisionError):
            async with database.write() as connection:
                await subscribe(connection, await channel(connection))
                _ = 1 / 0
        async with database.read() as connection:
            assert await subscriptions.changes_since(connection, 0) == (0, [])


class TestRest:
    """Presses, adapters' state, audit."""

    async def test_a_line_is_kept_ninety_days_after_its_last_use(self, database: Database) -> None:
        async with database.write() as connection:
            await presses.put(connection, {"!a": "search query:“ü”", "!b": "list"}, 1)
            await presses.put(connection, {"!b": "list"}, 5)
            assert await presses.use(connection, "!a", 9) == "search query:“ü”"
            await presses.prune(connection, 6)
            assert await presses.use(connection, "!b", 10) is None
            assert await presses.use(connection, "!a", 10) is not None

    async def test_state_is_kept_by_platform_workspace_and_key(self, database: Database) -> None:
        async with database.write() as connection:
            for place in (("a", "w", "k"), ("a", "v", "k"), ("b", "w", "k")):
                await adapter_state.put(connection, *place, b"\0\xff" + place[1].encode(), None)
            await adapter_state.put(connection, "a", "w", "k", b"new", 9)
            assert await adapter_state.get(connection, "a", "w", "k", 8) == b"new"
            assert await adapter_state.get(connection, "a", "w", "k", 9) is None
            assert await adapter_state.get(connection, "a", "v", "k", 9) == b"\0\xffv"
            await adapter_state.prune(connection, 9)
            assert not await adapter_state.drop(connection, "a", "w", "k")
            await adapter_state.drop_workspace(connection, "a", "v")
            assert await adapter_state.get(connection, "a", "v", "k", 1) is None
            assert await adapter_state.drop(connection, "b", "w", "k")

    async def test_audit_says_who_did_what_in_order(self, database: Database) -> None:
        async with database.write() as connection:
            stored, other = await channel(connection), await channel(connection, "other")
            subscribed = await subscribe(connection, stored)
            await audit.note(
                connection, stored, ADA, "edit", 5, subscription=subscribed.id, before="a", after="b\0"
            )
            await audit.note(connection, other, ADA, "pause", 4)
            await audit.note(connection, stored, ADA, "pause", 4)
            [edited, paused] = await audit.of_channel(connection, stored.id)
        assert edited == audit.Entry(
            at=5,
            what="edit",
            who="U1",
            who_name="Ada",
            subscription=subscribed.id,
            before="a",
            after="b\ufffd",
        )
        assert (paused.what, paused.subscription, paused.before) == ("pause", None, None)
