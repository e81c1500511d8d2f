"""What a query would have brought, said while it is being typed into a form."""

import asyncio

from bot.chat.message import HEADLINE, Para, Reply
from bot.chat.shorten import cut
from bot.clock import SECOND
from bot.commands import answers
from bot.commands.advice import advise
from bot.commands.core import Core
from bot.commands.preview import Recent, preview_of, recent
from bot.matching.query import Query

KEEP = 10 * SECOND  # ms for which the same papers answer: people type on, and papers come every few minutes


class WhileTyping:
    """Answers of one kind for all who type: the papers of the last days are made ready once for several."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._recent: Recent | None = None
        self._at = 0  # epoch ms, when they were read
        self._reading = asyncio.Lock()

    async def of(self, query: Query) -> Reply:
        """`Last 30 days: 14 papers, about 3 a week; newest 3:`, their titles, and advice."""
        shown = await preview_of(self._core, query, await self._papers())
        hints = await advise(self._core, shown)
        return Reply(
            headline=cut(answers.counted(shown), HEADLINE),
            body=(
                *answers.newest(shown),
                *answers.notes(query),
                *(Para(text=(hint.text,)) for hint in hints),
            ),
        )

    async def _papers(self) -> Recent:
        """The papers of the last days, at most a few seconds old."""
        async with self._reading:
            now = self._core.clock.now()
            if self._recent is None or not 0 <= now - self._at < KEEP:
                self._recent, self._at = await recent(self._core), now
            return self._recent
