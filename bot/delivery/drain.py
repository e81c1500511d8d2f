"""Send all that is due in one channel, in order: claim, post, settle, and again.

All after a claim can crash and be repeated: what was being sent then has an unknown outcome, which is
looked into before anything else leaves the channel.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from bot.cards import batch_message
from bot.chat.adapter import Posted
from bot.chat.command import Commands
from bot.chat.errors import (
    CannotTell,
    ChannelUnreachable,
    MessageRefused,
    OutcomeUnknown,
    PostError,
    PostFailed,
    RateLimited,
    Unavailable,
    WorkspaceUnreachable,
)
from bot.chat.message import Message
from bot.clock import HOUR, SECOND, Clock
from bot.delivery import policy
from bot.delivery.claims import Batch, Dissolve, Outcome, Repeat, Sent, tried, wanted
from bot.delivery.desk import Desk
from bot.delivery.lanes import Lane
from bot.delivery.pace import Idle, Wait, given_up
from bot.delivery.policy import Bury, FindFirst, Park, RetryAt
from bot.logs import get_logger
from bot.models import ChannelId
from bot.store.deliveries import UNKNOWN
from bot.store.engine import is_busy

log = get_logger(__name__)
Ended = Wait | Idle | RetryAt | Park  # what ended a drain
POST_TIMEOUT = 30  # seconds; an adapter's own is shorter


class Drain:
    """Drains channels through the lanes of their platforms."""

    def __init__(
        self,
        desk: Desk,
        lanes: Mapping[str, Lane],
        commands: Commands,
        clock: Clock,
        stopping: asyncio.Event,
    ) -> None:
        """While `stopping` is set nothing new is begun; what is being sent goes on."""
        self._desk, self._lanes, self._commands, self._clock = desk, lanes, commands, clock
        self._stopping = stopping

    async def channel(self, channel: ChannelId) -> Ended:
        """Send all that is due in `channel`; what ended it, which says when to come again."""
        while not self._stopping.is_set():
            claim = await self._desk.claim(channel)
            if isinstance(claim, Wait | Idle):
                return claim
            ended = await self._send(claim)
            if ended is not None:
                return ended
        return Idle()

    async def _send(self, batch: Batch) -> RetryAt | Park | None:
        """One batch, to its end; what keeps the channel from going on at once."""
        outcome = await (self._look_for(batch) if batch.unsettled else self._post(batch))
        outcome = await self._desk.settle(batch, outcome)
        self._note(batch, outcome)
        match outcome:
            case Repeat(rows=rows):
                return await self._send(replace(batch, rows=rows, unsettled=False, repeated=True))
            case RetryAt() | Park():
                return outcome
        return None

    async def _post(self, batch: Batch) -> Outcome:
        """One try."""
        lane = self._lanes[batch.channel.channel.key.platform]
        await lane.turn()
        if lane.closed_until > self._clock.now():
            return RetryAt(lane.closed_until, "bot", counts=False)
        try:
            posted = await self._deliver(lane, batch)
        except PostFailed as failed:
            return self._decide(lane, batch, failed)
        return Sent(posted, self._clock.now())

    def _decide(self, lane: Lane, batch: Batch, failed: PostFailed) -> Outcome:
        error = failed if isinstance(failed, PostError) else OutcomeUnknown(str(failed))
        if isinstance(error, MessageRefused) and batch.repeated:
            return Bury(UNKNOWN)  # the first try may have arrived; as text it would be a second one
        settle, as_text = _ms(lane.adapter.limits.settle), batch.rows[0].as_text
        now, in_thread = self._clock.now(), batch.thread is not None
        outcome = policy.decide(error, batch.attempts, as_text, now, settle, in_thread=in_thread)
        if isinstance(outcome, RetryAt) and outcome.scope == "bot":
            lane.close_until(outcome.at)
        return outcome

    async def _deliver(self, lane: Lane, batch: Batch) -> Posted:
        """Draw the message and hand it over. Raises PostFailed, whatever goes wrong."""
        message = await self._drawn(lane, batch)
        channel = batch.channel.channel
        try:
            async with asyncio.timeout(POST_TIMEOUT):
                return await lane.adapter.post(channel, message, idempotency_key=batch.key)
        except PostFailed:
            raise
        except TimeoutError:
            raise OutcomeUnknown(f"no answer within {POST_TIMEOUT} s") from None
        except Exception as error:  # a bug of the adapter's must not stop every channel, nor post twice
            log.exception("delivery.bug", channel=batch.channel.id, batch=batch.key)
            raise OutcomeUnknown(f"{type(error).__name__} while posting; see the log") from error

    async def _drawn(self, lane: Lane, batch: Batch) -> Message:
        """The message, its buttons encoded. Raises Unavailable, MessageRefused: nothing is written yet."""
        try:
            message = batch_message(batch.channel.channel, batch.rows, batch.papers, self._clock.now())
            message = replace(message, parent=batch.thread.message if batch.thread else None)
            return await self._commands.encode(message, lane.adapter.limits.value)
        except Exception as error:  # nothing was written: a busy store, or a bug in drawing this one
            if is_busy(error):
                raise Unavailable("the database is busy") from error
            log.exception("delivery.bug", channel=batch.channel.id, batch=batch.key)
            raise MessageRefused(f"{type(error).__name__} while drawing; see the log") from error

    async def _look_for(self, batch: Batch) -> Outcome:
        """What became of a batch whose outcome nobody knows."""
        lane = self._lanes[batch.channel.channel.key.platform]
        now = self._clock.now()
        within = now - _first_try(batch, now) < _ms(lane.adapter.limits.dedupe)
        if within and all(wanted(row) for row in batch.rows):
            return Repeat(tuple(tried(row, now) for row in batch.rows))
        settled = _last_try(batch) + _ms(lane.adapter.limits.settle)
        if settled > now:  # a slow server may still be writing
            return FindFirst(settled)
        if all(given_up(row, now) for row in batch.rows):
            return Bury(UNKNOWN)
        return await self._find(lane, batch, now)

    async def _find(self, lane: Lane, batch: Batch, now: int) -> Outcome:
        """Ask the platform for the message, which counts within the limit for the whole bot."""
        await lane.turn()
        try:
            async with asyncio.timeout(POST_TIMEOUT):
                posted = await _found(lane, batch)
        except CannotTell:
            return self._cannot_tell(batch, now)
        except (RateLimited, ChannelUnreachable, WorkspaceUnreachable) as failed:
            return self._decide(lane, batch, failed)
        except (PostFailed, TimeoutError) as failed:
            later = max(policy.backoff(batch.attempts), min(now - _last_try(batch), HOUR))
            return FindFirst(now + later, str(failed) or "no answer")
        except Exception:  # a bug of the adapter's: as good as not being able to tell
            log.exception("delivery.bug", channel=batch.channel.id, batch=batch.key)
            return self._cannot_tell(batch, now)
        return Dissolve() if posted is None else Sent(posted, now)

    def _cannot_tell(self, batch: Batch, now: int) -> Outcome:
        """Repeat what somebody still wants, each time after twice the wait."""
        kept = tuple(row for row in batch.rows if wanted(row) and not given_up(row, now))
        if not kept:
            return Bury(UNKNOWN)
        last = _last_try(batch)
        due = last + policy.unknown_wait(last - _first_try(batch, last))
        return FindFirst(due) if due > now else Repeat(tuple(tried(row, now) for row in kept))

    def _note(self, batch: Batch, outcome: Outcome) -> None:
        event = f"delivery.{type(outcome).__name__.lower()}"
        ids = {"channel": batch.channel.id, "batch": batch.key, "rows": len(batch.rows)}
        if isinstance(outcome, Sent):
            planned = min(row.planned_at for row in batch.rows)
            log.info(event, **ids, waited_ms=outcome.at - planned)
        else:
            reason = {"reason": found} if (found := getattr(outcome, "reason", None)) else {}
            log.warning(event, **ids, attempts=batch.attempts, **reason)


async def _found(lane: Lane, batch: Batch) -> Posted | None:
    """Its message, in its day's thread or else outside: what the channel wants may have changed since."""
    channel, key = batch.channel.channel, batch.key
    if batch.thread:  # only adapters with threads are asked for one in a thread
        found = await lane.adapter.find(channel, idempotency_key=key, parent=batch.thread.message)
        if found:
            return found
    return await lane.adapter.find(channel, idempotency_key=key)


def _first_try(batch: Batch, otherwise: int) -> int:
    """When the batch was first tried (epoch ms)."""
    return min(row.first_tried_at or otherwise for row in batch.rows)


def _last_try(batch: Batch) -> int:
    return max(row.tried_at or 0 for row in batch.rows)


def _ms(span: timedelta) -> int:
    return int(span.total_seconds() * SECOND)
