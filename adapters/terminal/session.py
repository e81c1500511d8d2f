"""One person at the terminal: the channel they are in, and what their lines do."""

from dataclasses import dataclass, replace

from adapters.terminal.numbers import Numbers
from adapters.terminal.person import login_name, zone_name
from adapters.terminal.receive import (
    WORKSPACE,
    Help,
    Intent,
    Join,
    Press,
    Quit,
    Typed,
    Unknown,
    is_here,
    meant,
    place,
    written,
)
from bot.chat.adapter import Host
from bot.chat.command import Command, Commands, Context, Who
from bot.chat.message import Form, Para, Person, Reply, Span
from bot.chat.places import HOW
from bot.models import Channel, ChannelKey

GENERAL = Channel(key=ChannelKey(platform="terminal", workspace=WORKSPACE, id="#general"), name="#general")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A reply, and the channel it is about."""

    channel: Channel
    reply: Reply


class Session:
    """Turns lines into answers. The person is the operator: who has the terminal has the bot."""

    def __init__(self, commands: Commands, host: Host, numbers: Numbers, *, word: str) -> None:
        self.commands, self._host, self._numbers, self.word = commands, host, numbers, word
        self.channel = GENERAL
        self.joined = {written(GENERAL): GENERAL}
        self.over = False
        self._user = Person(id="local", name=login_name())
        self._tz = zone_name()

    def context(self, channel: Channel | None = None) -> Context:
        """This person's context in `channel`, or where they are."""
        channel = channel or self.channel
        return Context(
            platform=channel.key.platform,
            workspace=channel.key.workspace,
            channel=channel,
            user=self._user,
            rights=Who.OPERATOR,
            tz=self._tz,
            elsewhere=self._elsewhere,
        )

    async def do(self, line: str) -> Answer | None:
        """Do what `line` says; None where there is nothing to answer. Afterwards, see `over`."""
        match self._meant(line):
            case None:
                return None
            case Quit():
                self.over = True
                return None
            case Press(number=number):
                return await self._press(number)
            case Join(name=""):
                reply = self._where()
            case Join(name=name):
                reply = await self._join(name)
            case Help(topic=topic):
                reply = _with_own_help(await self._typed(f"help {topic}".strip()))
            case Unknown(word=word):
                reply = _sorry(f"There is no command /{word}.", f"Type /{self.word}, /join, /help or /quit.")
            case Typed(line=line):
                reply = await self._typed(line)
        return Answer(channel=self.channel, reply=reply)

    def commanded(self, text: str) -> bool:
        """Whether `text`, typed where a value was asked for, is a command all the same."""
        return text.lstrip().startswith("/") and not isinstance(self._meant(text), Unknown)

    async def submit(self, channel: Channel, form: Form, values: dict[str, str]) -> Answer:
        """Run the command of `form`, filled in with `values`."""
        reply = await self.commands.run(self.context(channel), form.command, values)
        return Answer(channel=channel, reply=reply)

    def _meant(self, line: str) -> Intent | None:
        names = {name for command in self.commands.table for name in _first_words(command)}
        return meant(line, word=self.word, names=names)

    async def _elsewhere(self, name: str) -> Context | None:
        channel = place(name)
        return self.context(channel) if channel else None

    async def _press(self, number: int) -> Answer:
        if (shown := self._numbers.at(number)) is None:
            what = f"Nothing here has the number {number}."
            fix = f"To look for it among papers: /{self.word} search {number}"
            return Answer(channel=self.channel, reply=_sorry(what, fix))
        reply = await self.commands.press(self.context(shown.channel), shown.value)
        return Answer(channel=shown.channel, reply=reply)

    async def _typed(self, line: str) -> Reply:
        return await self.commands.typed(self.context(), line)

    async def _join(self, name: str) -> Reply:
        """Go to the channel called `name`, and say how things stand there, as the bare command does.

        Whether another platform has it and takes posts for it is for the core to say.
        """
        channel = place(name)
        if channel is None:
            return _sorry(f'"{name}" is no name of a channel.', HOW)
        if is_here(channel):
            await self._host.joined(channel, by=self._user.id)
        elif (checked := await self.commands.typed(self.context(channel), "check")).error:
            return replace(checked, controls=())  # its buttons would act in the channel that one is still in
        self.channel = self.joined[written(channel)] = channel
        return await self._typed("")

    def _where(self) -> Reply:
        names = ", ".join(self.joined)
        return _said(
            f"You are in {written(self.channel)}. Joined: {names}. /join #name goes to another, or makes it."
        )


def _first_words(command: Command) -> tuple[str, ...]:
    return tuple(name.split()[0] for name in (command.name, *command.aliases))


def _with_own_help(reply: Reply) -> Reply:
    own = "Here: a number presses what it stands before · /join #name · /quit"
    return replace(reply, body=(*reply.body, Para(text=(own,))))


def _said(text: str) -> Reply:
    return Reply(headline=text[:120], body=(Para(text=(text,)),))


def _sorry(what: str, fix: str) -> Reply:
    return Reply(headline=what[:120], body=(Para(text=(f"{what} ", Span(text=fix, code=True))),), error=True)
