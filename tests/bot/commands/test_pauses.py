"""`pause`, `resume` and `post`: silence, what was missed, and papers that somebody asks for."""

from bot.chat.message import Message
from bot.chat.plain import plain
from bot.models import Paper
from bot.store import deliveries, outbox, subscriptions
from bot.store.deliveries import Delivery
from tests.bot.commands.rig import BOB, Rig, actions_of, paper

CAT = paper("2512.00001", "A cat", submitted_at=1)
DOG = paper("2512.00002", "A dog", submitted_at=2)
BOTH = paper("2512.00003", "A cat and a dog", submitted_at=3)


def labels(message: Message) -> list[str]:
    return [action.label for action in actions_of(message)]


async def rows(rig: Rig, state: str | None = None) -> list[Delivery]:
    """The papers that are planned, sent or skipped in #ml."""
    stored = await rig.stored()
    async with rig.database.read() as connection:
        found = [await deliveries.of_paper(connection, stored.id, one.id) for one in (CAT, DOG, BOTH)]
    return [row for row in found if row and state in (None, row.state)]


async def plan(rig: Rig, *papers: Paper) -> None:
    """What a poll does that brings `papers` to everybody who wants anything."""
    async with rig.database.write() as connection:
        _, changes = await subscriptions.changes_since(connection, 0)
        pairs = [(one.id, change.id) for one in papers for change in changes]
        await outbox.plan(connection, pairs, rig.clock.now())


async def settle(rig: Rig, state: str) -> None:
    """All that waits was sent, or skipped."""
    async with rig.database.write() as connection:
        waiting = (await deliveries.open_in(connection, [(await rig_channel(rig))])).values()
        ids = [row.id for rows_ in waiting for row in rows_ if row.kind == "paper"]
        await deliveries.set_rows(connection, ids, state=state, tried_at=rig.clock.now())
