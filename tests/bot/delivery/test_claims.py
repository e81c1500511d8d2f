"""What is claimed at once, and what the budget pays for."""

import pytest

from bot.delivery.claims import Batch, Speed, claim
from bot.delivery.pace import Wait
from bot.models import Channel, ChannelId, PaperId
from bot.store import outbox
from bot.store.channels import StoredChannel
from bot.store.deliveries import Delivery
from bot.store.engine import Database
from tests.bot.delivery.test_pace import ASKED, NOTICE, NOW, PAPERS, row
from tests.bot.store.rows import channel, key, subscribe

STORED = StoredChannel(id=ChannelId(1), workspace_id=1, channel=Channel(key=key(), name="#ml"))


@pytest.mark.parametrize(
    ("rows", "costs"),
    [
        (PAPERS[:1], True),
        (PAPERS, True),
        ((NOTICE,), False),
        ((ASKED,), False),
        ((row(1, as_text=True),), False),  # it was refused as a card
    ],
)
def test_the_budget_pays_for_papers_that_nobody_asked_to_see(rows: tuple[Delivery, ...], costs: bool) -> None:
    assert Batch(channel=STORED, key="k", rows=rows, papers={}).costs == costs


async def test_the_channels_of_a_workspace_take_turns(database: Database) -> None:
    speeds = {"chat": Speed(workspace=1_000)}
    async with database.write() as connection:
        one, two = await channel(connection, "one"), await channel(connection, "two")
        other = await channel(connection, "one", workspace="other")
        [query] = {(await subscribe(connection, each)).query_id for each in (one, two, other)}
        await outbox.plan(connection, [(PaperId("1"), query)], NOW)
        first = await claim(connection, [one.id, two.id, other.id], NOW, speeds)
        later = await claim(connection, [two.id], NOW + 999, speeds)
        at_last = await claim(connection, [two.id], NOW + 1_000, speeds)
    assert isinstance(first[one.id], Batch) and isinstance(first[other.id], Batch)
    assert first[two.id] == later[two.id] == Wait(NOW + 1_000, "pace")
    assert isinstance(at_last[two.id], Batch)
