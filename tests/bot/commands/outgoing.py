"""What leaves the rig's channels: plan papers, and let what is due be posted."""

from bot import cards
from bot.chat.adapter import Posted
from bot.chat.message import Message
from bot.delivery.claims import Batch, Sent, Speed, claim
from bot.delivery.settling import settle
from bot.matching.evaluate import matches
from bot.matching.parser import parse
from bot.matching.views import prepare
from bot.models import Paper
from bot.store import outbox, subscriptions
from tests.bot.commands.rig import Rig

SPEEDS = {"chat": Speed()}


async def arrive(rig: Rig, *given: Paper, ago: int = 0) -> None:
    """`given` are listed now and planned for whoever in #ml wants them, as a poll does it."""
    await rig.store(*given, ago=ago)
    channel = await rig.stored()
    async with rig.database.write() as connection:
        wanted = await subscriptions.of_channel(connection, channel.id)
        pairs = [
            (paper.id, one.query_id)
            for paper in given
            for one in wanted
            if matches(parse(one.canonical), prepare(paper))
        ]
        await outbox.plan(connection, pairs, rig.clock.now())


async def leave(rig: Rig) -> list[Message]:
    """All that may leave #ml now leaves; the messages, as the channel sees them."""
    messages: list[Message] = []
    while batch := await _claimed(rig):
        messages.append(cards.batch_message(batch.channel.channel, batch.rows, batch.papers, rig.clock.now()))
        sent = Sent(posted=Posted(channel=batch.channel.channel.key, id="m"), at=rig.clock.now())
        async with rig.database.write() as connection:
            await settle(connection, [(batch, sent)], rig.clock.now(), SPEEDS)
    return messages


async def _claimed(rig: Rig) -> Batch | None:
    channel = await rig.stored()
    async with rig.database.write() as connection:
        claimed = (await claim(connection, [channel.id], rig.clock.now(), SPEEDS))[channel.id]
    return claimed if isinstance(claimed, Batch) else None
