"""What people type, press and fill in, and how they are answered in time.

Slack wants an acknowledgement within 3 s. A reply that is there within the patience goes along with it;
else Slack hears first that it was heard. A form opens at once, empty if it must.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from slack_bolt.async_app import AsyncAck

from adapters.slack import views
from adapters.slack.answers import TITLE, Answers
from adapters.slack.calls import Json
from adapters.slack.heard import Heard
from adapters.slack.invocation import Invocation
from adapters.slack.limits import Patience
from adapters.slack.people import People
from adapters.slack.previews import Previews
from adapters.slack.tasks import Tasks, noted, soon
from bot.chat.command import Commands, Context
from bot.chat.message import Reply
from bot.clock import Clock

Ask = Callable[[Context], Awaitable[Reply]]
Work = asyncio.Future[Reply | None]  # None: it is not to be done
FAILED = Reply(headline="That went wrong, and it is not your fault: try again in a minute.", error=True)
ABSENT = Reply(
    headline="I am not installed in this workspace: somebody here installs the app (again).", error=True
)
HOME = "home"  # the command whose reply is the app's home


class Conversation:
    """Talks with people. `key` is what Slack knows each thing by that they do: none is done twice."""

    def __init__(
        self,
        commands: Commands,
        people: People,
        answers: Answers,
        heard: Heard,
        tasks: Tasks,
        patience: Patience,
        clock: Clock,
    ) -> None:
        self._commands, self._people, self._answers = commands, people, answers
        self._heard, self._tasks, self._patience = heard, tasks, patience
        self._previews = Previews(commands, people, answers, clock, patience.preview)

    async def command(self, ack: AsyncAck, at: Invocation, line: str, key: str) -> None:
        """A slash command, and `line` behind it."""
        work = self._begin(at, key, lambda context: self._commands.typed(context, line))
        reply = work.result() if await soon(work, self._patience.reply) else None
        if reply is not None and reply.form is None:
            await ack(self._answers.answered(at, reply))
        else:
            await ack()
            await self._answer(at, work)

    async def line(self, at: Invocation, line: str, key: str) -> None:
        """`line`, said to the bot."""
        await self._answer(at, self._begin(at, key, lambda context: self._commands.typed(context, line)))

    async def press(self, at: Invocation, value: str, key: str) -> None:
        """A button that carries `value`; with a "?" it opens a form."""
        work = self._begin(at, key, lambda context: self._commands.press(context, value))
        if value.startswith("?") and not at.view and not await soon(work, self._patience.view):
            at = replace(at, view=await self._answers.loading(at))
        await self._answer(at, work)

    async def submit(self, ack: AsyncAck, at: Invocation, view: Json, key: str) -> None:
        """A form, filled in."""
        self._previews.end(at.view)
        command, values = views.metadata_of(view).command, views.values_of(view)
        work = self._begin(at, key, lambda context: self._commands.run(context, command, values))
        if await soon(work, self._patience.reply):
            await self._closed(ack, at, view, work.result())
        else:
            await ack(response_action="update", view=views.loading(TITLE, at.place))
            await self._answer(at, work)

    async def fill(self, at: Invocation, view: Json) -> None:
        """A form that is being filled in: what it would do is shown below, as of the last letter."""
        await self._previews.typed(at, view)

    async def home(self, at: Invocation) -> None:
        """The app's home, as it is now."""
        context = await self._people.context(replace(at, channel=""))
        await self._answers.publish(at, await self._commands.run(context, HOME, {}))

    def _begin(self, at: Invocation, key: str, ask: Ask) -> Work:
        work: Work = asyncio.get_running_loop().create_future()
        self._tasks.start(noted(self._reply(at, key, ask, work)))
        return work

    async def _reply(self, at: Invocation, key: str, ask: Ask, work: Work) -> None:
        """Tell `work` what is replied. It waits for no mark: to repeat a command does no harm."""
        try:
            async with self._heard.first(at.team, key) as first:
                if first:
                    work.set_result(await ask(await self._people.context(at)))
                else:
                    work.set_result(None if await self._heard.installed(at.team) else ABSENT)
        except Exception:
            if not work.done():
                work.set_result(FAILED)
            raise
        finally:
            work.cancel()

    async def _answer(self, at: Invocation, work: Work) -> None:
        """Show what `work` brings, whenever that is."""
        reply = await work
        if reply is None:
            return
        if at.home and reply.replace:
            if at.view:  # it waits, and cannot be closed any more
                await noted(self._answers.fill(at, Reply(headline=reply.headline, error=reply.error)))
            await self._answers.publish(at, reply)
            return
        await self._answers.show(at, reply)
        if at.home and reply.form is None:
            await self.home(at)

    async def _closed(self, ack: AsyncAck, at: Invocation, view: Json, reply: Reply | None) -> None:
        """Answer a form: mark its fields, or close it and say what was done."""
        fields = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
        errors = views.errors_of(reply.form, reply, fields) if reply and reply.form else {}
        if reply is None:
            await ack()
        elif errors:
            await ack(response_action="errors", errors=errors)
        elif reply.form is not None:
            await ack(response_action="update", view=self._answers.form(at, reply.form))
        elif at.home and reply.replace:
            await ack()
            await self._answers.publish(at, reply)
        elif reply.error or at.home:
            await ack(response_action="update", view=views.shown(reply, TITLE, at.place))
        else:
            await ack()
            await self._answers.say(replace(at, view=""), reply)
