"""`check`: whether the bot can post in a channel, and if not, who can mend it."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from functools import partial

from bot.cards import trial
from bot.chat.adapter import ChatAdapter, Problem
from bot.chat.command import Command, Context, Kind, Param, Values, Who
from bot.chat.errors import ChannelUnreachable, PostFailed, WorkspaceUnreachable
from bot.chat.message import Action, Item, Para, Reply
from bot.commands.core import Core, here, known
from bot.commands.encode import encode
from bot.commands.replies import say
from bot.models import Channel
from bot.store import channels, subscriptions

CHANNEL = Param(name="channel", help="another channel than this one", kind=Kind.CHANNEL)


def commands(core: Core) -> tuple[Command, ...]:
    """The command."""
    return (
        Command(
            name="check",
            summary="Whether I can post here, and what is missing if not",
            handler=partial(check, core),
            params=(CHANNEL,),
            who=Who.MEMBER,  # it posts a card, and enters public channels
            listed=False,
            examples=("check",),
        ),
    )


async def check(core: Core, context: Context, _values: Values) -> Reply:
    """What stops a post here, which is tried; where nothing does, what waited leaves.

    Raises Refused, PostFailed.
    """
    channel = here(context)
    problems = await _problems(core, channel, partial(_tried_out, core, channel))
    if problems:
        return _missing(channel.called, problems, waits=await _is_subscribed(core, context))
    return _well(channel.called, waited=await _unpark(core, context))


async def _tried_out(core: Core, channel: Channel, adapter: ChatAdapter) -> Sequence[Problem]:
    """What stops a card that is posted to see, and taken away again. Raises PostFailed."""
    sample = await encode(core, trial(channel), adapter.limits.value)
    return await adapter.try_out(channel, sample)


async def _checked(channel: Channel, adapter: ChatAdapter) -> Sequence[Problem]:
    """What would stop a post, as far as that is known without one. Raises PostFailed."""
    return await adapter.check(channel)


async def _problems(
    core: Core, channel: Channel, asked: Callable[[ChatAdapter], Awaitable[Sequence[Problem]]]
) -> Sequence[Problem]:
    """What the platform of `channel` answers when it is `asked`. Raises PostFailed."""
    adapter = core.adapter(channel.key.platform)
    if adapter is None:
        return [switched_off(channel.key.platform, core.adapters, core.switches())]
    try:
        return await asked(adapter)
    except (ChannelUnreachable, WorkspaceUnreachable) as error:
        return [Problem(what=error.reason, fix="Ask whoever manages it to let me in, then check again.")]


async def problems_known(core: Core, context: Context) -> Sequence[Problem]:
    """What would stop a post in the context's channel, asked quietly. Raises Refused.

    None where that cannot be learned now: it will show when a card is posted.
    """
    channel = here(context)
    try:
        return await _problems(core, channel, partial(_checked, channel))
    except PostFailed:
        return ()


def switched_off(platform: str, on: Iterable[str], switches: Mapping[str, Collection[str]]) -> Problem:
    """That no adapter of `platform` is `on`, and which of the `switches` would change that. Pure."""
    names = sorted(switches.get(platform, ()))
    fix = f"Whoever runs this bot switches it on with {' and '.join(names)}, and starts it again."
    known = f"These are: {', '.join(on)}."
    return Problem(what=f"No adapter called {platform} is switched on.", fix=fix if names else known)


async def _is_subscribed(core: Core, context: Context) -> bool:
    """Whether anything comes to the context's channel."""
    async with core.database.read() as connection:
        channel = await known(connection, context)
        return channel is not None and bool(await subscriptions.of_channel(connection, channel.id))


async def _unpark(core: Core, context: Context) -> bool:
    """The channel can be reached; whether it counted as unreachable until now."""
    async with core.database.write() as connection:
        channel = await known(connection, context)
        parked = channel is not None and await channels.unpark(connection, channel)
    if channel is not None and parked:
        core.wake([channel.id])
    return parked


def _well(name: str, *, waited: bool) -> Reply:
    return say(f"✓ I can post in {name}.", *((Para(text=("What waited comes now.",)),) if waited else ()))


def _missing(name: str, problems: Sequence[Problem], *, waits: bool) -> Reply:
    lines = tuple(Item(text=(f"{problem.what} ", problem.fix)) for problem in problems)
    kept = (Para(text=("What comes meanwhile is kept for 7 days.",)),) if waits else ()
    again = Action(label="Check again", command="check")
    return say(f"I cannot post in {name} yet.", *lines, *kept, controls=(again,), error=True)
