"""How what the bot replies reaches the person: in a view, over the response_url, or as a message."""

from dataclasses import replace
from typing import Any

from aiohttp import ClientSession
from yarl import URL

from adapters.slack import render, views
from adapters.slack.api import Api
from adapters.slack.calls import Json, Said
from adapters.slack.errors import TOO_LATE
from adapters.slack.invocation import Invocation
from adapters.slack.limits import VALUE
from adapters.slack.people import NAME
from bot.chat.command import Command, Commands
from bot.chat.http import call
from bot.chat.message import Action, Form, Reply
from bot.chat.plain import as_text
from bot.logs import get_logger

log = get_logger(__name__)
TITLE = "Paperboy"
OVERTAKEN = frozenset({"hash_conflict", "not_found", "view_not_found"})  # the person went on, or closed it


class Answers:
    """Sends replies. Raises Said or a PostFailed where Slack does not take one."""

    def __init__(self, api: Api, session: ClientSession, commands: Commands) -> None:
        self._api, self._session, self._commands = api, session, commands

    async def show(self, at: Invocation, reply: Reply) -> None:
        """`reply` to who acted: its form as a view, all else where they are."""
        if reply.form is None:
            await self.say(at, reply)
        elif not await self._open(at, self.form(at, reply.form), reply):
            await self.say(at, await self._offered(reply, reply.form))

    async def say(self, at: Invocation, reply: Reply) -> None:
        """`reply` as a message that only this person sees, or in the view where they are."""
        if at.view or at.home:
            await self._open(at, views.shown(reply, TITLE, at.place), reply)
        elif not (at.response_url and await self._respond(at, reply)):
            await self._post(at, reply)

    async def loading(self, at: Invocation) -> str:
        """Open a view that says to wait; its id, or nothing where the time for that is over."""
        return await self._open(at, views.loading(TITLE, at.place), Reply(headline="One moment …"))

    async def publish(self, at: Invocation, reply: Reply) -> None:
        """`reply` as the app's home of this person."""
        await self._call(at.team, "views.publish", views.home(reply), reply, user_id=at.user)

    async def update(self, at: Invocation, view: Json, reply: Reply, **more: Any) -> None:
        """Put `view`, which shows `reply`, in the place of the one that is open."""
        await self._call(at.team, "views.update", view, reply, view_id=at.view, **more)

    def answered(self, at: Invocation, reply: Reply) -> Json:
        """`reply` as what a slash command or a response_url takes."""
        kind = "in_channel" if at.lasting else "ephemeral"
        return {"response_type": kind, **render.private(reply)}

    def form(self, at: Invocation, form: Form, preview: Reply | None = None) -> Json:
        """The view of `form`."""
        return views.form(self.command(form.command), form, platform=NAME, place=at.place, preview=preview)

    def command(self, name: str) -> Command:
        """The command called `name`."""
        return next(command for command in self._commands.table if command.name == name)

    async def _open(self, at: Invocation, view: Json, reply: Reply) -> str:
        """The id of the view that shows `view`: the one that is open, or a new one; nothing if too late."""
        if at.view:
            await self.update(at, view, reply)
            return at.view
        if not at.trigger:
            return ""
        try:
            answer = await self._call(at.team, "views.open", view, reply, trigger_id=at.trigger)
        except Said as said:
            if said.code in TOO_LATE:
                return ""
            raise
        return str(answer["view"]["id"]) if answer else ""

    async def _call(self, team: str, method: str, view: Json, reply: Reply, **more: Any) -> Json:
        """Show `view`; where Slack refuses it, `reply` as plain text, so that nobody looks at nothing."""
        try:
            return await self._api.call(team, method, view=view, **more)
        except Said as said:
            if said.code in OVERTAKEN:
                return {}
            if said.code in TOO_LATE:
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
        offered = replace(reply, form=None, controls=(opens, *reply.controls))
        encoded = await self._commands.encode(offered, VALUE)
        return replace(offered, body=encoded.body, controls=encoded.controls)

    async def _respond(self, at: Invocation, reply: Reply) -> bool:
        """Answer over the response_url; whether Slack took it: it serves five answers, for half an hour."""
        payload = {
            **self.answered(at, reply),
            "replace_original": reply.replace and at.private,
            **({"thread_ts": at.thread} if at.thread else {}),
        }
        answer = await call(self._session, "POST", URL(at.response_url), payload=payload)
        return answer.ok

    async def _post(self, at: Invocation, reply: Reply) -> None:
        """A message in a direct conversation, one that only this person sees elsewhere."""
        payload = {"channel": at.channel, **render.private(reply)}
        if at.thread:
            payload["thread_ts"] = at.thread
        if at.private:
            await self._api.call(at.team, "chat.postMessage", **payload, unfurl_links=False)
        else:
            await self._api.call(at.team, "chat.postEphemeral", **payload, user=at.user)
