"""`settings`: how a channel wants its cards, and what its platform can do besides."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, get_args

from bot.chat.adapter import ChatAdapter
from bot.chat.command import BadArgument, Command, Context, Kind, Param, Refused, Values, Who
from bot.chat.line import print_line
from bot.chat.message import Action, Form, Item, Reply, Span
from bot.commands.core import Core, here, known, stored
from bot.commands.replies import say
from bot.commands.zones import parse_zone, suggest_zones
from bot.models import Channel, Style
from bot.store import audit, channels

NOTHING = "none"  # typed, it clears an option
ZONE = Param(
    name="zone",
    help="the time zone of this channel, such as Europe/Berlin",
    parse=parse_zone,
    suggest=suggest_zones,
    ask=True,
)
ANNOUNCE = Param(
    name="announce",
    help="say here, in one quiet line, when somebody changes the subscriptions",
    choices=("on", "off"),
    ask=True,
)
STYLE = Param(name="style", help="how much of each paper is shown", choices=get_args(Style), ask=True)
OWN = (ZONE, ANNOUNCE, STYLE)
CHANNEL = Param(name="channel", help="another channel than this one", kind=Kind.CHANNEL)


def commands(core: Core) -> tuple[Command, ...]:
    """The command, with the options of every adapter that is switched on."""
    return (
        Command(
            name="settings",
            summary="How this channel gets its papers",
            handler=partial(settings, core),
            params=(*OWN, *options(core.adapters.values()), CHANNEL),
            who=Who.MANAGER,
            examples=("settings style:compact", "settings zone:Europe/Berlin announce:off"),
        ),
    )


def options(adapters: Iterable[ChatAdapter]) -> tuple[Param, ...]:
    """The options of all `adapters`; one that several have is one parameter, read by the channel's own."""
    merged: dict[str, Param] = {}
    for option in (option for adapter in adapters for option in adapter.options):
        same = merged.get(option.name)
        merged[option.name] = _shown(option) if same is None else _both(same, option)
    return tuple(merged.values())


def _shown(option: Param) -> Param:
    """`option` as a field of the form: what it takes is for the channel's own adapter to say."""
    choices = (*option.choices, NOTHING) if option.choices else ()
    return replace(option, ask=True, required=False, rest=False, parse=str, choices=choices)


def _both(one: Param, other: Param) -> Param:
    choices = dict.fromkeys((*one.choices, *other.choices)) if one.choices and other.choices else {}
    return replace(one, choices=tuple(choices), max_length=max(one.max_length, other.max_length))


async def current(core: Core, context: Context) -> Mapping[str, str]:
    """The settings that hold in the context's channel, as they are typed. Raises Refused outside of one."""
    return _as_typed(await _now(core, context), _options_of(core, context))


async def settings(core: Core, context: Context, values: Values) -> Reply:
    """Set what `values` says, or show the form with what holds. Raises Refused, BadArgument."""
    if not values:
        return await _show(core, context)
    own, chosen = _wanted(core, context, values)
    async with core.database.write() as connection:
        channel = await stored(connection, context)
        before = channel.channel
        after = replace(before, **own, options=_with(before.options, chosen))
        changed = _difference(before, after, _options_of(core, context))
        if changed:
            await channels.configure(connection, channel.id, {**own, "options": dict(after.options)})
            note = partial(audit.note, connection, channel, context.user, "settings", core.clock.now())
            await note(
                before=_line({name: old for name, (old, _) in changed.items()}),
                after=_line({name: new for name, (_, new) in changed.items()}),
            )
    return _changed(before.name, changed)
