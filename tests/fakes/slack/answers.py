"""What comes back to a person: the acknowledgement, and messages through the response_url."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.fakes.slack import limits as at_most
from tests.fakes.slack.api import Args, read
from tests.fakes.slack.delivery import Delivery
from tests.fakes.slack.methods_chat import change, content, written
from tests.fakes.slack.platform import Rules
from tests.fakes.slack.sockets import Sent
from tests.fakes.slack.state import ApiError, Link, Message, View


class Answers(Delivery):
    """Takes what is posted to response_urls, each five times within half an hour."""

    def __init__(self, clock: Any = None, rules: Rules | None = None) -> None:
        super().__init__(clock, rules)
        self.app.router.add_post("/response/{number}", self._respond)

    def response_url(self, team: str, user: str, channel: str, about: Message | None = None) -> Link:
        """A new response_url for `user` in `channel`, `about` the message whose button was pressed."""
        path = f"/response/{self.number()}"
        self.links[path] = Link(
            path=path, team=team, user=user, channel=channel, at=self.clock.now(), about=about
        )
        return self.links[path]

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        args = await read(request)

        def take() -> web.Response:
            try:
                self.respond(self._usable(request.path), args)
            except ApiError as error:
                body = {"ok": False, "error": error.code, **error.more}
                return web.json_response(body, status=404 if error.code.endswith("_url") else 400)
            return web.Response(text="ok")

        answer = await self.answer(request, "response_url", take)
        self.moved()
        return answer

    def _usable(self, path: str) -> Link:
        link = self.links.get(path)
        if link is None or self.clock.now() - link.at > at_most.RESPONSE_URL_MS:
            raise ApiError("expired_url")
        if link.uses >= at_most.RESPONSE_URL_USES:
            raise ApiError("used_url")
        link.uses += 1
        return link

    def respond(self, link: Link, args: Args) -> None:
        """Show, replace or delete a message, as the app asked."""
        before = link.about or next((shown for shown in reversed(link.came) if not shown.deleted), None)
        if args.flag("delete_original"):
            if before:
                before.deleted = True
        elif args.flag("replace_original") and before:
            change(before, content(self, args), args)
            link.came.append(before)
        else:
            self._show(link, args)

    def _show(self, link: Link, args: Args) -> None:
        workspace, to_all = self.workspaces[link.team], args.text("response_type") == "in_channel"
        said = content(self, args)
        message = written(self, workspace, link.channel, said, args, None if to_all else link.user)
        message.thread_ts = args.text("thread_ts") or None
        if to_all:
            self.posted(message)
        else:
            self.privates.append(message)
        link.came.append(message)


@dataclass(slots=True, kw_only=True)
class Answer:
    """What the app did about a command or a press of `user`."""

    slack: Answers
    user: str
    sent: Sent
    link: Link | None  # without for what happens in a view
    before: View | None  # the modal that was on top
    seen: int = 0  # how many of the messages through the response_url were given

    @property
    def ack(self) -> Any:
        """The body of the acknowledgement, "" for an empty one."""
        return self.sent.ack

    @property
    def messages(self) -> list[Message]:
        """What came through the response_url, the acknowledgement included, as it stands now."""
        return [] if self.link is None else self.link.came

    @property
    def shown(self) -> str:
        """All that can be read in the last message that came."""
        return self.messages[-1].shown if self.messages else ""

    async def later(self, seconds: float = 5) -> Message:
        """The next message through the response_url, replacements included; waits for it."""
        await self.slack.until(lambda: len(self.messages) > self.seen, seconds)
        self.seen += 1
        return self.messages[self.seen - 1]

    async def reply(self, seconds: float = 5) -> Message:
        """The first message that came, by acknowledgement or later."""
        await self.slack.until(lambda: self.messages, seconds)
        self.seen = max(self.seen, 1)
        return self.messages[0]

    async def modal(self, seconds: float = 5) -> View:
        """The modal that opened (or was pushed) since; waits for it."""
        return await self.slack.until(self._new_modal, seconds)

    def _new_modal(self) -> View | None:
        top = self.slack.views.get(self.user)
        return top if top and (self.before is None or top.id != self.before.id) else None
