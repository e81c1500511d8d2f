"""How what the bot replies reaches the person: in a view, over the response_url, or as a message."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from math import ceil
from typing import Any

from aiohttp import ClientSession
from yarl import URL

from adapters.slack import render, views
from adapters.slack.api import POST, Api
from adapters.slack.calls import Json, Said
from adapters.slack.directory import Directory
from adapters.slack.errors import TOO_LATE
from adapters.slack.invocation import Invocation
from adapters.slack.limits import VALUE
from adapters.slack.people import NAME
from bot.chat.command import Command, Commands
from bot.chat.errors import PostFailed, RateLimited, Unavailable
from bot.chat.http import call
from bot.chat.message import Action, Control, Form, Reply
from bot.chat.plain import as_text
from bot.clock import SECOND, Clock
from bot.logs import get_logger

log = get_logger(__name__)
TITLE = "Paperboy"
Way = Callable[[Invocation, Reply], Awaitable[None]]
CLOSED = frozenset({"not_found", "view_not_found"})  # by the person


class Answers:
    """Sends replies. Raises Said or a PostFailed where Slack does not take one."""

    def __init__(
        self,
        api: Api,
        directory: Directory,
        session: ClientSession,
        commands: Commands,
        clock: Clock,
        again: timedelta,
    ) -> None:
        """Where Slack wants us to wait, we do so for as long as `again`."""
        self._api, self._directory, self._again = api, directory, again.total_seconds()
        self._session, self._commands, self._clock = session, commands, clock
        self._homes: dict[tuple[str, str], Reply] = {}  # what is to be published, by workspace and person

    async def show(self, at: Invocation, reply: Reply) -> None:
        """`reply` to who acted: its form as a view, all else where they are."""
        if reply.form is None:
            await self.say(at, reply)
        elif not (at.view or at.trigger) or await self._refused(at, views.marked(reply.form, reply), reply):
            await self.say(replace(at, view="", trigger=""), await self._offered(reply, reply.form))

    async def say(self, at: Invocation, reply: Reply) -> None:
        """`reply` where only this person sees it: in the first way that Slack takes.

        Where an answer of Slack is lost they may see it twice, which is better than never.
        Raises what Slack said to the last way, where it takes none.
        """
        failure: Said | PostFailed | None = None
        for way in self._ways(at):
            try:
                await way(at, reply)
                break
            except (Said, PostFailed) as error:
                failure = error
        else:
            raise failure or Unavailable("There is no way to answer.")

    async def loading(self, at: Invocation) -> str:
        """Open a view that says to wait; its id, or nothing where none opens any more."""
        try:
            return await self._open(at, views.loading(TITLE, at.place), Reply(headline="One moment …"))
        except (Said, PostFailed):
            return ""

    async def fill(self, at: Invocation, reply: Reply) -> None:
        """`reply` in the view that is open; who has closed it is not looking for it."""
        try:
            await self._shown(at, reply)
        except Said as said:
            if said.code not in CLOSED:
                raise

    async def publish(self, at: Invocation, reply: Reply) -> None:
        """`reply` as the app's home of this person; where Slack wants us to wait, the last one counts."""
        place = (at.team, at.user)
        self._homes[place] = reply
        try:
            while self._homes.get(place) is reply and not await self._published(at, reply):
                pass
        finally:
            if self._homes.get(place) is reply:  # else it is for whoever brought that one
                del self._homes[place]

    async def redraw(self, at: Invocation, form: Form, preview: Reply | None) -> None:
        """Show `preview` below the fields of the form that is open; it stays as it is where that fails."""
        drawn = self.form(at, form, preview)
        await self._api.call(at.team, "views.update", view_id=at.view, view=drawn)

    def answered(self, at: Invocation, reply: Reply) -> Json:
        """`reply` as what a slash command or a response_url takes."""
        kind = "in_channel" if at.alone else "ephemeral"
        return {"response_type": kind, **render.private(reply)}

    def form(self, at: Invocation, form: Form, preview: Reply | None = None) -> Json:
        """The view of `form`."""
        return views.form(self.command(form.command), form, platform=NAME, place=at.place, preview=preview)

    def command(self, name: str) -> Command:
        """The command called `name`."""
        return next(command for command in self._commands.table if command.name == name)

    def _ways(self, at: Invocation) -> Iterator[Way]:
        """In which ways a person can be answered, the best first."""
        if at.view or (at.home and at.trigger):
            yield self._shown
        if at.response_url:
            yield self._respond
        if at.channel:
            yield self._post
        if not at.alone:
            yield self._direct

    async def _published(self, at: Invocation, reply: Reply) -> bool:
        """Whether Slack took `reply` as a home; if not, after the wait that Slack wants. Raises as `say`."""
        try:
            await self._call(at.team, "views.publish", views.home(reply), reply, user_id=at.user)
        except RateLimited as limited:
            await self._clock.sleep(ceil(limited.after * SECOND))
            return False
        return True

    async def _refused(self, at: Invocation, form: Form, reply: Reply) -> bool:
        """Whether `form` could not be shown; who closed its place needs it for what was wrong alone."""
        try:
            await self._open(at, self.form(at, form), reply)
        except (Said, PostFailed) as error:
            return reply.error or not (isinstance(error, Said) and error.code in CLOSED)
        return False

    async def _shown(self, at: Invocation, reply: Reply) -> None:
        """`reply` as a view."""
        await self._open(at, views.shown(reply, TITLE, at.place), reply)

    async def _open(self, at: Invocation, view: Json, reply: Reply) -> str:
        """The id of the view that shows `view`: the one that is open, or a new one."""
        if at.view:
            await self._patiently(self._call, at.team, "views.update", view, reply, view_id=at.view)
            return at.view
        answer = await self._call(at.team, "views.open", view, reply, trigger_id=at.trigger)
        return str(answer["view"]["id"])

    async def _patiently(self, ask: Callable[..., Awaitable[Json]], *given: Any, **named: Any) -> Json:
        """What `ask` gives; where Slack wants us to wait a moment, after that: somebody looks at nothing."""
        try:
            return await ask(*given, **named)
        except RateLimited as limited:
            if limited.after > self._again:
                raise
            await self._clock.sleep(ceil(limited.after * SECOND))
            return await ask(*given, **named)

    async def _call(self, team: str, method: str, view: Json, reply: Reply, **more: Any) -> Json:
        """Show `view`; where Slack refuses it, `reply` as plain text, so that nobody looks at nothing."""
        try:
            return await self._api.call(team, method, view=view, **more)
        except Said as said:
            if said.code in CLOSED | TOO_LATE:
                raise
            log.error("slack.view.refused", method=method, code=said.code, messages=said.messages)
        plain = as_text(reply)
        draw = views.home(plain) if method == "views.publish" else views.shown(plain, TITLE, "")
        return await self._api.call(team, method, view=draw, **more)

    async def _offered(self, reply: Reply, form: Form) -> Reply:
        """`reply` with a button that opens its form: it came too late to open it by itself."""
        opens = Action(
            label="Fill in…", command=form.command, arguments=form.values, form=True, style="primary"
        )
        others = (one for one in reply.controls if not _opens(one, form))
        offered = replace(reply, form=None, controls=(opens, *others))
        encoded = await self._commands.encode(offered, VALUE)
        return replace(offered, body=encoded.body, controls=encoded.controls)

    async def _respond(self, at: Invocation, reply: Reply) -> None:
        """Answer over the response_url, which serves five answers, for half an hour.

        (docs.slack.dev, "Handling user interaction", read on 2026-11-25.)
        """
        payload = {
            **self.answered(at, reply),
            "replace_original": reply.replace and at.private,
            **_thread(at),
        }
        answer = await call(self._session, "POST", URL(at.response_url), payload=payload)
        said = answer.json()
        if not answer.ok or (isinstance(said, dict) and said.get("ok") is False):
            raise Said(f"response_url_http_{answer.status}")

    async def _post(self, at: Invocation, reply: Reply) -> None:
        """A message in a direct conversation, one that only this person sees elsewhere."""
        place = {"channel": at.channel, **_thread(at)}
        if at.alone:  # there is no other way
            await self._patiently(self._api.call, at.team, POST, **place, **render.posted(reply))
        else:
            await self._api.call(
                at.team, "chat.postEphemeral", **place, **render.private(reply), user=at.user
            )

    async def _direct(self, at: Invocation, reply: Reply) -> None:
        """A message in the person's direct messages with the bot: it may not be where they are."""
        channel = await self._directory.direct(at.team, at.user)
        await self._patiently(self._api.call, at.team, POST, channel=channel, **render.posted(reply))


def _thread(at: Invocation) -> Json:
    return {"thread_ts": at.thread} if at.thread else {}


def _opens(control: Control, form: Form) -> bool:
    """Whether `control` opens the same form."""
    return isinstance(control, Action) and control.form and control.command == form.command
