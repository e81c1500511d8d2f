"""One change of a channel's subscriptions: its transaction, and what every change leaves behind."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chat.command import Context
from bot.chat.message import Person
from bot.commands.announce import Change, announce, change
from bot.commands.core import Core, stored
from bot.store import audit, subscriptions
from bot.store.channels import StoredChannel
from bot.store.subscriptions import Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Changing:
    """`who` changes `channel` (as it was before) at `now` (epoch ms), inside a writing transaction."""

    core: Core
    connection: AsyncConnection
    channel: StoredChannel
    who: Person
    now: int

    @property
    def name(self) -> str:
        """The channel's name."""
        return self.channel.channel.called

    @property
    def word(self) -> str:
        """The word that commands begin with."""
        return self.core.settings.paperboy_command

    async def subscriptions(self) -> list[Subscription]:
        """The channel's subscriptions as they are now, removed ones too, by number."""
        return await subscriptions.of_channel(self.connection, self.channel.id, removed=True)

    async def note(
        self,
        what: str,
        one: Subscription | None = None,
        *,
        before: str | None = None,
        after: str | None = None,
    ) -> None:
        """Write down what was done, to the channel or to one subscription."""
        of = one.id if one else None
        await audit.note(
            self.connection,
            self.channel,
            self.who,
            what,
            self.now,
            subscription=of,
            before=before,
            after=after,
        )

    def change(
        self, what: str, query: str | None = None, *, rate: str | None = None, before: str | None = None
    ) -> Change:
        """What the channel is told that `who` did."""
        return change(self.who, what, query, rate=rate or None, before=before)

    async def announce(self, changes: Sequence[Change]) -> None:
        """Tell the channel, in two minutes."""
        await announce(self.core, self.connection, self.channel, changes)


@asynccontextmanager
async def changing(core: Core, context: Context) -> AsyncIterator[Changing]:
    """A change of the context's channel; committed, and the channel woken, when the block ends well."""
    async with core.database.write() as connection:
        channel = await stored(connection, context)
        yield Changing(
            core=core, connection=connection, channel=channel, who=context.user, now=core.clock.now()
        )
    core.wake([channel.id])
