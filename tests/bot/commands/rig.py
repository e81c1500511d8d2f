"""People in two channels of one workspace, and all that they can do to the bot."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, ClassVar

from bot.chat.adapter import ChatAdapter, Limits, Posted, Problem
from bot.chat.command import Command, Context, Param, Who
from bot.chat.message import Action, Card, Item, Menu, Message, Person, Ping, Reply
from bot.clock import utc_day
from bot.commands.core import Core
from bot.commands.dispatch import Dispatcher
from bot.commands.table import table
from bot.models import Channel, ChannelId, ChannelKey, Listed, Paper, PaperId
from bot.settings import AdapterSettings, Settings, load
from bot.store import audit, channels, listings, papers
from bot.store.audit import Entry
from bot.store.channels import StoredChannel
from bot.store.engine import Database
from tests.fakes.clock import FakeClock

FEED = "daily-papers"
ADA = Person(id="U1", name="Ada")
BOB = Person(id="U2", name="Bob")
VALUE = 100  # characters of a button's value: the least that any platform has


class ChatStub(ChatAdapter):
    """A platform that takes everything; `problems` and `trouble` are what its `check` meets.

    It can notify, `groups` too, by the name that people type.
    """

    name: ClassVar[str] = "chat"
    settings: ClassVar[type[AdapterSettings]] = AdapterSettings
    limits: ClassVar[Limits] = Limits(value=VALUE)
    options: ClassVar[tuple[Param, ...]] = (
        Param(name="thread", help="put cards into a thread", choices=("on", "off")),
    )

    pings: ClassVar[bool] = True

    @classmethod
    def managers(cls, settings: Any) -> str:
        return "its two moderators."

    def __init__(self) -> None:
        self.configuration = AdapterSettings()
        self.problems: list[Problem] = []
        self.trouble: Exception | None = None
        self.groups: dict[str, Ping] = {}

    async def post(self, channel: Channel, message: Message, *, idempotency_key: str) -> Posted:
        return Posted(channel=channel.key, id=idempotency_key)

    async def check(self, channel: Channel) -> list[Problem]:
        if self.trouble:
            raise self.trouble
        return self.problems

    async def direct(self, workspace: str, user: str) -> Channel | None:
        if self.trouble:
            raise self.trouble
        return place(f"@{user}", self.name, workspace)

    async def named(self, context: Context, text: str) -> Ping | None:
        if self.trouble:
            raise self.trouble
        return self.groups.get(text)


class OtherStub(ChatStub):
    """Another platform, with an option of its own, which can notify nobody."""

    pings: ClassVar[bool] = False

    name: ClassVar[str] = "other"
    options: ClassVar[tuple[Param, ...]] = (Param(name="publish", help="publish", choices=("on", "off")),)


def place(name: str, platform: str = "chat", workspace: str = "W1") -> Channel:
    """The channel called `name` as its platform knows it."""
    return Channel(key=ChannelKey(platform=platform, workspace=workspace, id=name.strip("#")), name=name)


def paper(id: str = "2512.00001", title: str = "A paper", abstract: str = "", **more: Any) -> Paper:  # noqa: A002
    """A paper of our own."""
    return Paper(id=PaperId(id), title=title, abstract=abstract, **more)


def actions_of(message: Message) -> list[Action]:
    """Every action that can be pressed in `message`."""
    found: list[Action] = []
    for block in message.body:
        match block:
            case Item(actions=actions):
                found.extend(actions)
            case Card(controls=controls):
                found.extend(control for control in controls if isinstance(control, Action))
            case _:
                pass
    for control in message.controls:
        match control:
            case Action():
                found.append(control)
            case Menu(options=options):
                found.extend(options)
            case _:
                pass
    return found


@dataclass
class Rig:
    """The commands over a real database. Unless said otherwise Ada, a manager, is in #ml.

    Who is in `managers` of a channel may change it; everybody sees #ml, #vision and #quiet.
    """

    database: Database
    clock: FakeClock
    chat: ChatStub = field(default_factory=ChatStub)
    other: ChatStub = field(default_factory=OtherStub)
    extra: Sequence[Command] = ()  # what adapters bring
    command: str = "papers"
    operators: Sequence[str] = ()
    woken: list[ChannelId] = field(default_factory=list)
    members: set[tuple[str, str]] = field(default_factory=set)  # (person, channel) who may only look

    inside: dict[str, Collection[str]] = field(default_factory=dict)  # person → ids of channels they are in

    def __post_init__(self) -> None:
        self.core = Core(
            database=self.database,
            clock=self.clock,
            settings=load(
                Settings, _env_file=None, paperboy_command=self.command, operators=tuple(self.operators)
            ),
            adapters={"chat": self.chat, "other": self.other},
            switches=lambda: {"gone": ("GONE_TOKEN",)},
            wake=self.woken.extend,
        )
        self.commands = Dispatcher(self.core, table(self.core, self.extra))

    def member(self, channel: str = "#ml", who: Person = ADA) -> None:
        """From now on `who` is no manager of `channel`."""
        self.members.add((who.id, channel))

    def context(
        self,
        channel: str | None = "#ml",
        who: Person = ADA,
        *,
        rights: Who | None = None,
        tz: str | None = None,
        platform: str = "chat",
        workspace: str = "W1",
    ) -> Context:
        """The context of `who` in `channel`, with the rights they have there unless `rights` are given."""
        own = Who.MEMBER if (who.id, channel) in self.members else Who.MANAGER

        async def elsewhere(name: str) -> Context | None:
            named = name if name.startswith(("#", "@")) else f"#{name}"
            known = named in {"#ml", "#vision", "#quiet", f"@{who.id}"}
            return (
                self.context(named, who, rights=rights, tz=tz, platform=platform, workspace=workspace)
                if known
                else None
            )

        async def channels() -> Collection[str]:
            return self.inside.get(who.id, ())

        return Context(
            platform=platform,
            workspace=workspace,
            channel=place(channel, platform, workspace) if channel else None,
            user=who,
            rights=own if rights is None else rights,
            tz=tz,
            elsewhere=elsewhere,
            channels=channels,
        )

    async def type(self, line: str, channel: str | None = "#ml", who: Person = ADA, **more: Any) -> Reply:
        """What `who` is answered who types `line` in `channel`; `more` as for `context`."""
        return await self.commands.typed(self.context(channel, who, **more), line)

    async def press(
        self,
        pressed: Action | Reply,
        label: str = "",
        channel: str | None = "#ml",
        who: Person = ADA,
        **more: Any,
    ) -> Reply:
        """What `who` is answered who presses an action, or the one called `label` in a reply."""
        action = pressed if isinstance(pressed, Action) else self.find(pressed, label)
        shown = await self.commands.encode(Message(headline="", controls=(action,)), VALUE)
        value = actions_of(shown)[0].value
        assert len(value) <= VALUE
        return await self.commands.press(self.context(channel, who, **more), value)

    async def submit(
        self,
        name: str,
        values: Mapping[str, str],
        channel: str | None = "#ml",
        who: Person = ADA,
        **more: Any,
    ) -> Reply:
        """What `who` is answered who fills in the form of the command `name`."""
        return await self.commands.run(self.context(channel, who, **more), name, values)

    async def preview(
        self,
        name: str,
        values: Mapping[str, str],
        channel: str | None = "#ml",
        who: Person = ADA,
        **more: Any,
    ) -> Reply | None:
        """What `who` is shown while they fill in the form of the command `name`."""
        return await self.commands.preview(self.context(channel, who, **more), name, values)

    def find(self, message: Message, label: str) -> Action:
        """The action of `message` whose label begins with `label`."""
        found = [action for action in actions_of(message) if action.label.startswith(label)]
        assert found, f"no {label!r} among {[action.label for action in actions_of(message)]}"
        return found[0]

    async def store(self, *given: Paper, ago: int = 0) -> None:
        """Papers that were listed `ago` days before today."""
        day: date = utc_day(self.clock.now()) - timedelta(days=ago)
        async with self.database.write() as connection:
            await papers.put(connection, given, self.clock.now())
            listed = [Listed(paper=replace(one), day=day) for one in given]
            await listings.put(connection, FEED, listed, self.clock.now())

    async def fill(self, ago: int = 29) -> None:
        """Another paper every third day since `ago` days before today: the store is as old as that."""
        for number in range(ago, 0, -3):
            await self.store(paper(f"2510.{number:05}", "Something else"), ago=number)

    async def stored(self, channel: str = "#ml", platform: str = "chat") -> StoredChannel:
        """The channel as it is stored (it is stored now, if it was not)."""
        async with self.database.write() as connection:
            return await channels.ensure(connection, place(channel, platform))

    async def audit(self, channel: str = "#ml") -> list[Entry]:
        """What was noted about `channel`, oldest first."""
        stored = await self.stored(channel)
        async with self.database.read() as connection:
            return await audit.of_channel(connection, stored.id)
