"""A workspace that the bot was removed from is forgotten when its time is over."""

import pytest

from bot.clock import DAY
from bot.delivery.tidy import tidy
from bot.settings import Settings, load
from bot.store import channels, workspaces
from bot.store.engine import Database
from tests.bot.store.rows import channel, subscribe
from tests.fakes.clock import LeapingClock


@pytest.mark.parametrize(("days", "left"), [(29, {"one", "two"}), (30, {"two"})])
async def test_it_is_kept_for_so_many_days_and_then_gone(
    database: Database, days: int, left: set[str]
) -> None:
    clock = LeapingClock()
    settings = load(Settings, _env_file=None, forget_after_days=30)
    async with database.write() as connection:
        for name in ("one", "two"):
            await subscribe(connection, await channel(connection, "ml", name))
        await workspaces.gone(connection, "chat", "one", clock.now())
    clock.advance(days * DAY)
    await tidy(database, clock, settings)
    async with database.read() as connection:
        known = {name for name in ("one", "two") if await workspaces.find(connection, "chat", name)}
        assert known == left
        assert [one.channel.key.workspace for one in await channels.of_platform(connection, "chat")] == [
            "two"
        ]
