"""A workspace that is forgotten leaves nothing behind, and takes nothing of others with it."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chat.message import Person
from bot.models import PaperId
from bot.store import adapter_state, audit, channels, forgetting, outbox, subscriptions, workspaces
from bot.store.engine import Database
from bot.store.forgetting import Contents
from bot.store.schema import metadata
from bot.store.workspaces import Workspace
from tests.bot.store.rows import again, channel, outbox_of, store, subscribe
from tests.bot.store.rows import paper as some_paper
from tests.fakes.clock import LeapingClock

ALWAYS = {"queries", "changes", "papers", "listings", "feeds", "fetches", "presses"}


async def fill(connection: AsyncConnection, workspace: str, papers: int = 3) -> None:
    """Two channels with a subscription, its history and deliveries each, and an adapter's token."""
    for name in ("ml", "vision"):
        stored = await channel(connection, name, workspace)
        asked = await subscribe(connection, stored, "diffusion")
        await audit.note(
            connection, stored, Person(id="U1", name="Ann"), "subscribe", 1, subscription=asked.id
        )
        pairs = [(PaperId(f"2512.{number:05}"), asked.query_id) for number in range(papers)]
        await outbox.plan(connection, pairs, 1)
    await adapter_state.put(connection, "chat", workspace, "token", b"x", None)


async def rows(database: Database) -> dict[str, int]:
    """How many rows each table has."""
    async with database.read() as connection:
        return {
            table.name: (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for table in metadata.sorted_tables
            if table.name not in ALWAYS
        }


async def known(database: Database, key: str) -> Workspace:
    async with database.read() as connection:
        found = await workspaces.find(connection, "chat", key)
    assert found is not None
    return found


async def test_nothing_of_it_is_left_and_nothing_of_another_goes(database: Database) -> None:
    async with database.write() as connection:
        await store(connection, some_paper())
        await fill(connection, "w")
    alone = await rows(database)
    async with database.write() as connection:
        await fill(connection, "v")
    async with database.read() as connection:
        assert await forgetting.contents(connection, await known(database, "v")) == Contents(
            channels=2, subscriptions=2, deliveries=6
        )
    assert await forgetting.forget(database, LeapingClock(), await known(database, "v"))
    assert await rows(database) == alone
    async with database.read() as connection:
        assert await adapter_state.get(connection, "chat", "w", "token", 0) == b"x"
        assert await adapter_state.get(connection, "chat", "v", "token", 0) is None


async def test_whoever_matches_is_told_that_nobody_asks_its_queries_any_more(database: Database) -> None:
    async with database.write() as connection:
        await fill(connection, "w")
        before, _ = await subscriptions.changes_since(connection, 0)
    await forgetting.forget(database, LeapingClock(), await known(database, "w"))
    async with database.read() as connection:
        _, changes = await subscriptions.changes_since(connection, before)
    assert [(change.canonical, change.wanted) for change in changes] == [("diffusion", False)]


async def test_one_that_came_back_meanwhile_is_left_alone(database: Database) -> None:
    async with database.write() as connection:
        await fill(connection, "w")
        await workspaces.gone(connection, "chat", "w", 5)
    stale = await known(database, "w")
    async with database.write() as connection:
        await workspaces.back(connection, "chat", "w")
    before = await rows(database)
    assert not await forgetting.forget(database, LeapingClock(), stale)
    assert await rows(database) == before


async def test_who_comes_back_while_it_is_being_forgotten_begins_anew(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "SLICE", 2)
    async with database.write() as connection:
        await fill(connection, "w")
    clock = Interrupting(database)
    await forgetting.forget(database, clock, await known(database, "w"))
    async with database.read() as connection:
        [left] = await channels.of_platform(connection, "chat")
        assert left.channel.key.workspace == "w"
        assert await subscriptions.of_channel(connection, left.id) == []


class Interrupting(LeapingClock):
    """Between two slices somebody invites the bot again, and others can write."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database

    async def sleep(self, ms: int) -> None:
        async with self._database.write() as connection:
            await channel(connection, "new", "w")


async def test_one_that_was_interrupted_is_due_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "SLICE", 2)

    class Ending(LeapingClock):
        async def sleep(self, ms: int) -> None:
            raise asyncio.CancelledError

    async with database.write() as connection:
        await fill(connection, "w")
    with pytest.raises(asyncio.CancelledError):
        await forgetting.forget(database, Ending(), await known(database, "w"))
    async with database.read() as connection:
        assert await channels.with_work(connection) == []
        [half] = await forgetting.due(connection, 0)
    assert await forgetting.forget(database, LeapingClock(), half)
    assert set((await rows(database)).values()) == {0}


async def test_the_number_of_a_forgotten_channel_is_not_used_again(database: Database) -> None:
    async with database.write() as connection:
        old = await channel(connection, "ml", "w")
    await forgetting.forget(database, LeapingClock(), await known(database, "w"))
    async with database.write() as connection:
        assert (await channel(connection, "ml", "w")).id > old.id


async def test_whoever_is_back_gets_what_waited_as_one_message(database: Database) -> None:
    async with database.write() as connection:
        await fill(connection, "w")
        await fill(connection, "v")
        parked = await channel(connection, "vision")
        await channels.park(connection, parked.id, "kicked", 4)
        for moment in (5, 9):
            await workspaces.gone(connection, "chat", "w", moment)
        back = await channel(connection)  # whatever is heard from there: the bot is in it
        assert not back.gone
        assert {row.together for row in await outbox_of(connection, back)} == {"parked:5"}
        assert {row.together for row in await outbox_of(connection, parked)} == {None}
        other = await channel(connection, "ml", "v")
        assert {row.together for row in await outbox_of(connection, other)} == {None}
        await channels.unpark(connection, await again(connection, parked))
        assert {row.together for row in await outbox_of(connection, parked)} == {"parked:4"}


async def test_an_installation_anew_ends_what_parked_the_workspace(database: Database) -> None:
    async with database.write() as connection:
        await fill(connection, "w")
        stored = await channel(connection)
        await channels.park_workspace(connection, stored.workspace_id, "revoked", 5)
        await workspaces.gone(connection, "chat", "w", 7)
        await workspaces.back(connection, "chat", "w")
        now = await again(connection, stored)
        assert (now.parked_reason, now.gone) == (None, False)
        assert {row.together for row in await outbox_of(connection, stored)} == {"parked:5"}


async def test_every_table_that_has_a_workspace_finds_its_rows_by_an_index(migrated_sqlite: str) -> None:
    async with Database(migrated_sqlite) as database, database.read() as connection:
        for table, column in (
            ("channels", "workspace_id"),
            ("subscriptions", "workspace_id"),
            ("deliveries", "workspace_id"),
            ("audit", "workspace_id"),
            ("audit", "subscription_id"),
            ("audit", "channel_id"),
            ("delivery_matches", "subscription_id"),
            ("delivery_matches", "delivery_id"),
        ):
            question = f"EXPLAIN QUERY PLAN SELECT 1 FROM {table} WHERE {column} = 1"  # noqa: S608 - ours
            plan: Any = await connection.execute(text(question))
            assert all("SEARCH" in row.detail for row in plan), (table, column)
