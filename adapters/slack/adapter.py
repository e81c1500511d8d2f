"""Slack: connects, posts, finds, checks. What people do there is heard in `receive.py`."""

import asyncio
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from aiohttp import web
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import install, render
from adapters.slack.answers import Answers
from adapters.slack.api import Api
from adapters.slack.calls import Json, Said, asked
from adapters.slack.channels import Channels
from adapters.slack.conversation import Conversation
from adapters.slack.directory import DIRECT, Directory
from adapters.slack.doctor import examined
from adapters.slack.find import find, metadata
from adapters.slack.groups import group
from adapters.slack.heard import Heard
from adapters.slack.installations import Installations
from adapters.slack.limits import POSTS_CHANNEL, POSTS_WORKSPACE, VALUE, Patience
from adapters.slack.manifest import EVENTS_PATH
from adapters.slack.people import NAME, People
from adapters.slack.places import Places
from adapters.slack.receive import Receiver
from adapters.slack.settings import SlackSettings
from adapters.slack.sides import Sides
from adapters.slack.socket import Socket, refused
from adapters.slack.tasks import Tasks
from adapters.slack.tokens import Tokens
from adapters.slack.unfurl import Unfurls
from bot.chat.adapter import ChatAdapter, Host, Limits, Posted, Problem
from bot.chat.command import Commands, Context
from bot.chat.errors import OutcomeUnknown, SetupFailed
from bot.chat.http import session
from bot.chat.message import Message, Ping
from bot.clock import Clock
from bot.models import Channel, ChannelKey

TOKEN = "Take the Bot User OAuth Token from OAuth & Permissions, after Install to Workspace."  # noqa: S105


class SlackAdapter(ChatAdapter):
    """One app in one workspace, by its token, or in as many as install it."""

    name = NAME
    settings = SlackSettings
    limits = Limits(channel=POSTS_CHANNEL, workspace=POSTS_WORKSPACE, value=VALUE)
    greets = True
    threads = True
    pings = True

    patience = Patience()

    @classmethod
    def managers(cls, settings: SlackSettings) -> str:
        """The channel's members, or those whom the settings name."""
        return "only those whom whoever runs me has named." if settings.managers else "everybody in it."

    def __init__(self, settings: SlackSettings, host: Host, clock: Clock) -> None:
        super().__init__(settings, host, clock)
        self._settings = settings
        self._oauth: AsyncOAuthSettings | None = None
        self._socket: Socket | None = None

    @property
    def deaf(self) -> str:  # type: ignore[override] # it is looked up, not set
        """Why nothing arrives over the socket just now."""
        return self._socket.deaf if self._socket else ""

    async def __aenter__(self) -> Self:
        """Open the session and prove the tokens. Raises SetupFailed, or a PostFailed."""
        self._session = session(timeout=self.patience.post)
        try:
            await self._connect()
        except BaseException:
            await self._session.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let what is being answered end, and close the connections."""
        await self._tasks.close()
        await self._tokens.close()
        await self._session.close()

    async def _connect(self) -> None:
        settings = self._settings
        # All retries off: by default the client repeats a post whose answer was lost.
        self._client = AsyncWebClient(base_url=settings.api_url, session=self._session, retry_handlers=[])
        installations = Installations(self.host)
        self._tasks = Tasks()
        self._tokens = Tokens(settings, installations, self._client, self.clock)
        self._api = Api(self._client, self._tokens, self.clock)
        self._directory = Directory(self._api, self.clock)
        self._places = Places(self._api, self._directory, self.host, self._tasks)
        self._receiver: Receiver | None = None
        if settings.installs:
            await installations.ready()
            self._oauth = install.oauth(settings, self._client, self.host)
            self._flow = install.Flow(self._oauth, self._client, self._tokens, self.host, self.clock)
        else:
            await self._prove()
        if settings.app_token is not None:
            token = settings.app_token.get_secret_value()
            self._socket = Socket(token, self._client, self.clock, self.patience)
            await self._socket.prove()

    async def _prove(self) -> None:
        """Ask Slack whose token it is. Raises SetupFailed, or a PostFailed."""
        try:
            answer = await asked(self._client, "auth.test", {"token": self._tokens.own})
        except Said as said:
            raise refused(said, "SLACK_BOT_TOKEN", TOKEN) from None
        if answer.get("is_enterprise_install"):
            raise SetupFailed(install.ORGANISATION, TOKEN)
        self._tokens.proved(answer)
        await self.host.came(self._tokens.home)

    async def post(self, channel: Channel, message: Message, *, idempotency_key: str) -> Posted:
        """Post once. Raises a PostFailed."""
        payload = {**render.posted(message), "metadata": metadata(idempotency_key)}
        if message.parent is not None:
            payload["thread_ts"] = message.parent
        answer = await self._places.speak(channel, payload)
        return Posted(channel=channel.key, id=_ts(answer))

    async def edit(self, posted: Posted, message: Message) -> None:
        """Change what was posted. Raises a PostFailed."""
        place = {"channel": posted.channel.id, "ts": posted.id}
        try:
            await self._api.call(posted.channel.workspace, "chat.update", **place, **render.private(message))
        except Said as said:
            raise said.of("the channel") from None

    async def find(
        self, channel: Channel, *, idempotency_key: str, parent: str | None = None
    ) -> Posted | None:
        """Look among the newest messages. Raises CannotTell where they may not be read, or a PostFailed."""
        found = await find(self._api, channel, idempotency_key, parent)
        return Posted(channel=channel.key, id=found) if found else None

    async def check(self, channel: Channel) -> list[Problem]:
        """Whether the bot is in the channel, which it joins where that is public. Raises a PostFailed."""
        return await self._places.check(channel)

    async def try_out(self, channel: Channel, sample: Message) -> list[Problem]:
        """Post `sample` and take it away again. Raises a PostFailed."""
        return await self._places.try_out(channel, sample)

    async def direct(self, workspace: str, user: str) -> Channel | None:
        """The person's direct messages with the bot. Raises a PostFailed."""
        return await self._places.direct(workspace, user)

    def personal(self, channel: ChannelKey) -> bool:
        """Whether it is somebody's direct messages with the bot."""
        return channel.id.startswith(DIRECT)

    async def named(self, context: Context, text: str) -> Ping | None:
        """The person of `context`, or the user group that `text` names, by handle or id."""
        if text.removeprefix("@") == context.user.id:
            return Ping(kind="user", id=context.user.id, name=context.user.name)
        return await group(self._api, context.workspace, text)

    async def examine(self) -> list[Problem]:
        """What keeps the app from doing all that it could. Raises a PostFailed."""
        return await examined(self._client, self._settings)

    async def listen(self, commands: Commands) -> None:
        """Hear what people do: by socket where there is an app-level token, else by the routes."""
        app = self._listening(commands).app
        if self._socket is None:
            await asyncio.Event().wait()
        else:
            await self._socket.listen(app)

    def routes(self, commands: Commands) -> Iterable[web.RouteDef]:
        """Where Slack sends events, and the pages that install the app, as far as the settings use them."""

        async def events(request: web.Request) -> web.Response:
            return await self._listening(commands).http(request)

        if not self._settings.socket:
            yield web.post(EVENTS_PATH, events)
        if self._settings.installs:
            yield from install.routes(lambda: self._flow)

    def _listening(self, commands: Commands) -> Receiver:
        """What hears Slack for `commands`."""
        if self._receiver is None:
            people = People(self._settings, self._directory)
            answers = Answers(
                self._api, self._directory, self._session, commands, self.clock, self.patience.again
            )
            heard = Heard(self.host, self._tokens)
            self._receiver = Receiver(
                self._settings,
                self._client,
                heard,
                self._tasks,
                oauth=self._oauth,
                conversation=Conversation(
                    commands, people, answers, heard, self._tasks, self.patience, self.clock
                ),
                sides=Sides(self.host, self._tokens),
                channels=Channels(self.host, self._directory, self._places, self._tokens),
                unfurls=Unfurls(self._api, self.host, people, commands),
                clock=self.clock,
            )
        return self._receiver


def _ts(answer: Json) -> str:
    """Slack's name for the message that it took. Raises OutcomeUnknown for an answer without."""
    if not isinstance(ts := answer.get("ts"), str):
        raise OutcomeUnknown("Slack answered something that is no message.")
    return ts
