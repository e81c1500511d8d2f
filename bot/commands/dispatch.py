"""The way in: what people type, press and submit becomes a command's reply, whatever happens."""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from bot.chat.adapter import Limits
from bot.chat.command import BadArgument, Command, Commands, Context, Refused, Who
from bot.chat.errors import AdapterError
from bot.chat.line import Line, UnknownCommand, clean, parse
from bot.chat.message import HEADLINE, Action, Message, Reply
from bot.chat.plain import harmless
from bot.chat.shorten import cut
from bot.clock import SECOND
from bot.commands import front, home, replies
from bot.commands.allowance import COMMANDS, Allowance
from bot.commands.arguments import missing, read
from bot.commands.checked import CHANNEL, HOME_PAGE, checked
from bot.commands.core import Asks, Core
from bot.commands.encode import decode, encode
from bot.commands.forms import filled_in
from bot.commands.paging import parse_page
from bot.commands.walk import with_actions
from bot.logs import get_logger
from bot.store.engine import is_busy

SUGGESTIONS = 25
log = get_logger(__name__)


class Dispatcher(Commands):
    """Every command of `table`, for every adapter. Raises TableError where commands contradict each other."""

    def __init__(self, core: Core, table: Sequence[Command]) -> None:
        self.table = checked(table)
        self._core, self._word = core, core.settings.paperboy_command
        self._names = {name: command for command in self.table for name in (command.name, *command.aliases)}
        self._allowance = Allowance(core.clock)

    async def typed(self, context: Context, line: str) -> Reply:
        """Do what a person typed: a command, nothing (how things stand here), or words to search for."""
        return await self._answer(context, lambda known: self._typed(known, _plain(line)))

    async def press(self, context: Context, value: str) -> Reply:
        """Do what a button carries, with the rights of whoever pressed it."""
        return await self._answer(context, lambda known: self._pressed(known, value))

    async def run(self, context: Context, name: str, values: Mapping[str, str]) -> Reply:
        """Do the command `name` with `values` as text; where they are wrong, the form says so.

        What only looks, and nobody types or fills in, a platform asks by itself: it counts as no command.
        """
        command = self._names.get(name.casefold())
        by_itself = command is not None and not command.typed and command.who is Who.ANYONE
        doing = partial(self._submitted, name=name, values=values)
        return await self._answer(context, doing, counts=not by_itself)

    async def preview(self, context: Context, name: str, values: Mapping[str, str]) -> Reply | None:
        """What `run` would do with `values`, or what is wrong with them; None where nothing can be told now.

        People type fast, so it counts as no command.
        """
        try:
            reply = await self._previewed(self._known(context), name, values)
        except Refused as error:
            reply = replies.refused(error)
        except Exception as error:
            if not (isinstance(error, AdapterError) or is_busy(error)):
                log.exception("preview.bug", command=name)
            return None
        return _fitted(reply) if reply else None

    async def suggest(self, context: Context, name: str, param: str, prefix: str) -> Sequence[str]:
        """At most 25 values for `param` of `name` that continue `prefix`; none where anything goes wrong."""
        try:
            return await self._suggested(context, name, param, _plain(prefix))
        except Exception:
            log.exception("suggest.bug", command=name, param=param)
            return ()

    async def encode(self, message: Message, limit: int) -> Message:
        """`message` with every action's value set; lines longer than `limit` are stored when this returns."""
        return await encode(self._core, message, limit)

    async def _answer(
        self, context: Context, doing: Callable[[Context], Awaitable[Reply]], *, counts: bool = True
    ) -> Reply:
        """What `doing` replies, or what is said in its place; it `counts` as one of many commands."""
        known = self._known(context)
        try:
            if counts:
                self._count(known)
            return await self._encoded(known, _fitted(await doing(known)))
        except Exception as error:
            return _fitted(self._instead(error))

    def _known(self, context: Context) -> Context:
        """`context` with the rights of an operator, where the settings say that the person is one."""
        names = {context.user.id, f"{context.platform}:{context.user.id}"}
        operator = not names.isdisjoint(self._core.settings.operators)
        return replace(context, rights=Who.OPERATOR) if operator else context

    async def _encoded(self, context: Context, reply: Reply) -> Reply:
        """`reply` whose buttons can travel on the context's platform."""
        adapter = self._core.adapter(context.platform)
        limit = adapter.limits.value if adapter else Limits().value
        encoded = await self.encode(reply, limit)
        assert isinstance(encoded, Reply)  # noqa: S101 - encode changes actions alone
        return encoded

    def _instead(self, error: Exception) -> Reply:
        """What the person is told who met `error`."""
        match error:
            case Refused():
                return replies.refused(error)
            case BadArgument():
                return replies.no_such_line(error, self._word)
            case UnknownCommand():
                return replies.refused(Refused(str(error), fix=f"/{self._word} help says what there is."))
            case AdapterError():
                log.warning("command.unanswered", error=type(error).__name__)
                return replies.not_now("The chat platform does not answer just now.")
            case _ if is_busy(error):
                log.warning("command.busy")
                return replies.not_now("The database is busy.")
        number = secrets.token_hex(3)
        log.exception("command.bug", bug=number)
        return replies.broken(number)

    def _count(self, context: Context) -> None:
        """Raise Refused where this person gives more commands than anybody needs; operators may."""
        if context.rights >= Who.OPERATOR:
            return
        if wait := self._allowance.wait(context.platform, context.workspace, context.user.id):
            what = f"That is more than {COMMANDS} commands in a minute."
            raise Refused(what, fix=f"Try again in {-(-wait // SECOND)} s.")

    async def _typed(self, context: Context, text: str) -> Reply:
        if not text:
            return await front.page(self._core, context)
        try:
            line = parse(text, self.table)
        except UnknownCommand as unknown:
            if guess := await front.meant(self._core, unknown, self.table):
                return guess
            line = parse(f"search {text.removeprefix('?')}", self.table)
        except BadArgument:
            if not self._begins_by_chance(text):
                raise
            line = parse(f"search {text}", self.table)
        return await self._do(context, line)

    def _begins_by_chance(self, text: str) -> bool:
        """Whether the first word of `text` is a command that buttons alone type: it is one to search for."""
        command = self._names.get(text.split(maxsplit=1)[0].casefold())
        return command is not None and not command.typed

    async def _pressed(self, context: Context, value: str) -> Reply:
        line = await decode(self._core, value)
        if line is None:
            what = "This button is too old: what it did is not kept any more."
            raise Refused(what, fix=f"Type it instead; /{self._word} help says how.")
        return await self._do(context, parse(line, self.table))

    async def _submitted(self, context: Context, name: str, values: Mapping[str, str]) -> Reply:
        command = self._names.get(name.casefold())
        if command is None:
            raise UnknownCommand(name, "")
        return await self._do(
            context, Line(command=command, values=_entered(command, values)), submitted=True
        )

    async def _do(self, context: Context, line: Line, *, submitted: bool = False) -> Reply:
        """Do `line` in the channel that it names, or here; the reply's buttons speak of that channel too."""
        given = {name: text.strip() for name, text in line.values.items() if text.strip()}
        around = {name: given.pop(name) for name in (CHANNEL.name, HOME_PAGE.name) if name in given}
        wanted = replace(line, values=given)
        if HOME_PAGE.name not in around:
            return _bound(await self._there(context, wanted, around, submitted=submitted), around)
        page = parse_page(around[HOME_PAGE.name])
        try:
            reply = await self._there(context, wanted, around, submitted=submitted)
        except Refused as error:
            reply = replies.refused(error)
        return await home.reopened(self._core, context, _bound(reply, around), page)

    async def _there(
        self, context: Context, line: Line, around: Mapping[str, str], *, submitted: bool
    ) -> Reply:
        """Do `line` in the channel of `around`, or here. Raises Refused."""
        given = line.values
        there = await self._allowed(context, line.command, around.get(CHANNEL.name, ""))
        if line.form and replies.asks(line.command):
            filled = await filled_in(self._core, there, line.command, given)
            return replies.asked(line.command, filled, self._word)
        return await self._done(there, line.command, given, submitted=submitted)

    async def _allowed(self, context: Context, command: Command, channel: str) -> Context:
        """The person's context in `channel`, or here, where they may run `command`. Raises Refused."""
        there = self._known(await _place(context, channel))
        _allow(command, there, self._core.managers(there.platform))
        return there

    async def _previewed(self, context: Context, name: str, values: Mapping[str, str]) -> Reply | None:
        command = self._names.get(name.casefold())
        if command is None or command.preview is None:
            return None
        given = {name: text for name, text in _entered(command, values).items() if text}
        given.pop(HOME_PAGE.name, None)
        there = await self._allowed(context, command, given.pop(CHANNEL.name, ""))
        if missing(command, given):
            return None
        try:
            parsed, wrong = read(command, given)
            if not wrong:
                return await command.preview(there, parsed)
        except BadArgument as error:
            wrong = {error.param: error}
        except Asks as question:
            return replace(question.reply, controls=())
        return replies.mistakes(wrong)

    async def _done(
        self, context: Context, command: Command, given: Mapping[str, str], *, submitted: bool
    ) -> Reply:
        if missing(command, given) and not submitted:
            return replies.asked(command, given, self._word)
        try:
            values, wrong = read(command, given)
            if not wrong:
                return await command.handler(context, values)
        except BadArgument as error:
            wrong = {error.param: error}
        except Asks as question:
            return _completed(question.reply, command, given)
        return replies.wrong(command, given, wrong, self._word, form=submitted)

    async def _suggested(self, context: Context, name: str, param: str, prefix: str) -> Sequence[str]:
        command = self._names.get(name.casefold())
        asked = command.param(param) if command else None
        if asked is None:
            return ()
        chosen = [choice for choice in asked.choices if choice.startswith(prefix.casefold())]
        return (*chosen, *await asked.suggest(context, prefix))[:SUGGESTIONS]


def _plain(text: str) -> str:
    """`text` as a keyboard without typography would have sent it."""
    return clean(harmless(text)).strip()


def _entered(command: Command, values: Mapping[str, str]) -> dict[str, str]:
    """What was entered in the fields of the form of `command`, and what an emptied one says."""
    emptied = {param.name: param.emptied for param in command.params}
    return {name: _plain(text) or emptied.get(name, "") for name, text in values.items()}


async def _place(context: Context, channel: str) -> Context:
    """The person's context in `channel`, or here. Raises Refused."""
    if not channel:
        return context
    there = await context.elsewhere(channel)
    if there is None:
        raise Refused(f"There is no channel {channel} that you and I can see.", fix="Check its name.")
    return there


def _allow(command: Command, context: Context, managers: str) -> None:
    """Raise Refused where `context` may not run `command`; it says who may, of a channel its `managers`."""
    if context.rights >= command.who:
        return
    if command.who == Who.OPERATOR:
        raise Refused("Only the people who run this bot may do that.")
    if context.unsure:
        raise Refused(context.unsure, fix="Nothing was changed; try again in a minute.")
    where = context.channel.called if context.channel else "this channel"
    if command.who == Who.MEMBER:
        raise Refused(f"Only people in {where} may do that.")
    who = f"Who may change what {where} gets: {managers}" if managers else ""
    raise Refused(f"Only people who can manage {where} may do that.", fix=who)


def _completed(reply: Reply, command: Command, given: Mapping[str, str]) -> Reply:
    """`reply` whose buttons without a command repeat `command` as it was `given`, but for their arguments."""

    def completed(action: Action) -> Action:
        if action.command:
            return action
        return replace(action, command=command.name, arguments={**given, **action.arguments})

    return with_actions(reply, completed)


def _bound(reply: Reply, around: Mapping[str, str]) -> Reply:
    """`reply` whose buttons and form say `around`, too: in which channel they act, and what comes back."""

    def bound(action: Action) -> Action:
        return replace(action, arguments={**around, **action.arguments})

    form = reply.form
    if form:
        form = replace(form, values={**around, **form.values})
    return replace(with_actions(reply, bound), form=form)


def _fitted(reply: Reply) -> Reply:
    """`reply` with a headline of one line, within a lock screen's room."""
    return replace(reply, headline=cut(" ".join(reply.headline.split()), HEADLINE) or "Done")
