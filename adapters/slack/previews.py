"""What a form would do, shown below its fields while they are filled in."""

from datetime import timedelta
from math import ceil

from adapters.slack import views
from adapters.slack.answers import Answers
from adapters.slack.calls import Json
from adapters.slack.invocation import Invocation
from adapters.slack.people import People
from adapters.slack.tasks import noted
from bot.chat.command import Commands
from bot.chat.errors import RateLimited
from bot.chat.message import Form
from bot.clock import SECOND, Clock


class Previews:
    """Redraws forms, each one change after another; of what is typed meanwhile only the last counts.

    Fields keep what is typed into them, since they keep their names.
    """

    def __init__(
        self, commands: Commands, people: People, answers: Answers, clock: Clock, pause: timedelta
    ) -> None:
        """`pause` lies between two that one form shows: people type faster than Slack draws."""
        self._commands, self._people, self._answers = commands, people, answers
        self._clock, self._pause = clock, pause // timedelta(milliseconds=1)
        self._typed: dict[str, tuple[Invocation, Json]] = {}  # what is to be shown next, by view
        self._drawing: set[str] = set()

    async def typed(self, at: Invocation, view: Json) -> None:
        """Show what the form would do as it is filled in now."""
        self._typed[at.view] = (at, view)
        if at.view in self._drawing:
            return
        self._drawing.add(at.view)
        try:
            while newest := self._typed.pop(at.view, None):
                await noted(self._show(*newest))
                await self._clock.sleep(self._pause)
        finally:
            self._drawing.discard(at.view)

    def end(self, view: str) -> None:
        """The form was sent: what it shows is not for us to say any more."""
        self._typed.pop(view, None)
        self._drawing.discard(view)

    async def _show(self, at: Invocation, view: Json) -> None:
        """Draw `view`, later where Slack wants us to wait: nobody may type another letter."""
        try:
            await self._draw(at, view)
        except RateLimited as limited:
            if at.view in self._drawing:
                self._typed.setdefault(at.view, (at, view))
            await self._clock.sleep(ceil(limited.after * SECOND))

    async def _draw(self, at: Invocation, view: Json) -> None:
        command, values = views.metadata_of(view).command, views.values_of(view)
        reply = await self._commands.preview(await self._people.context(at), command, values)
        if at.view in self._drawing and at.view not in self._typed:
            await self._answers.redraw(at, Form(command=command, values=values), reply)
