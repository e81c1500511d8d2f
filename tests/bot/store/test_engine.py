"""Both databases open, migrate and keep what is written."""

from bot.models import Channel, ChannelKey
from bot.store import channels, subscriptions
from bot.store.engine import Database
from bot.store.schema import HEAD


async def test_a_migrated_database_is_at_the_newest_revision(database: Database) -> None:
    assert await database.revision() == HEAD
    await database.check()


async def test_a_subscription_keeps_its_number_and_marks_its_query(database: Database) -> None:
    key = ChannelKey(platform="test", workspace="w", id="c")
    async with database.write() as connection:
        channel = await channels.ensure(connection, Channel(key=key, name="#c"))
        first = await subscriptions.add(connection, channel.workspace_id, channel.id, "a", "ann", 1)
        await subscriptions.remove(connection, [first], 2)
        second = await subscriptions.add(connection, channel.workspace_id, channel.id, "b", "ann", 3)
    async with database.read() as connection:
        newest, changed = await subscriptions.changes_since(connection, 0)
    assert (first.number, second.number) == (1, 2)
    assert newest == 3
    assert [(change.canonical, change.wanted) for change in changed] == [("a", False), ("b", True)]
