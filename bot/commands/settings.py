"""`settings`: how a channel wants its cards, and what its platform can do besides."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, get_args

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.chat.adapter import ChatAdapter
from bot.chat.command import BadArgument, Command, Context, Kind, Param, Refused, Values, Who
from bot.chat.line import print_line
from bot.chat.message import Action, Form, Item, Person, Reply, Span
from bot.commands.core import Core, here, known, stored
from bot.commands.replies import say
from bot.commands.zones import parse_zone, suggest_zones
from bot.delivery import threads
from bot.models import Channel, Style
from bot.store import audit, channels
from bot.store.channels import StoredChannel

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
THREAD = Param(
    name=threads.OPTION,
    help="gather each day's papers in the thread of one message; what else I post stays outside of it",
    choices=(threads.ON, "off"),
    ask=True,
)  # of channels on platforms that have threads
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
    for platform, option in ((adapter.name, option) for adapter in adapters for option in of(adapter)):
        same = merged.get(option.name)
        merged[option.name] = _shown(option, platform) if same is None else _both(same, option, platform)
    return tuple(merged.values())


def of(adapter: ChatAdapter) -> tuple[Param, ...]:
    """What can be set of a channel of `adapter` besides our own settings."""
    return (THREAD, *adapter.options) if adapter.threads else adapter.options


def _shown(option: Param, platform: str) -> Param:
    """`option` as a field of the form: what it takes is for the channel's own adapter to say."""
    if option is THREAD:
        return replace(option, platforms=(platform,))
    choices = (*option.choices, NOTHING) if option.choices else ()
    asked = replace(option, ask=True, required=False, rest=False, parse=str, choices=choices)
    return replace(asked, platforms=(platform,))


def _both(one: Param, other: Param, platform: str) -> Param:
    choices = dict.fromkeys((*one.choices, *other.choices)) if one.choices and other.choices else {}
    longest = max(one.max_length, other.max_length)
    return replace(one, choices=tuple(choices), max_length=longest, platforms=(*one.platforms, platform))


async def current(core: Core, context: Context) -> Mapping[str, str]:
    """The settings that hold in the context's channel, as they are typed. Raises Refused outside of one."""
    async with core.database.read() as connection:
        channel = await known(connection, context)
    return as_typed(channel.channel if channel else here(context), _options_of(core, context))


def as_typed(channel: Channel, its: Collection[Param]) -> dict[str, str]:
    """The settings of `channel`, as they are typed; options of `its` adapter that nobody set are left out."""
    announce = "on" if channel.announce else "off"
    unset = {THREAD.name: "off"} if THREAD in its else {}
    return {"zone": channel.zone, "announce": announce, "style": channel.style, **unset, **channel.options}


async def settings(core: Core, context: Context, values: Values) -> Reply:
    """Set what `values` says, or show what holds, with the form. Raises Refused, BadArgument."""
    if not values:
        return _shown_in(here(context), await current(core, context), _options_of(core, context))
    wanted = {name: _checked(core, context, name, text) for name, text in values.items()}
    async with core.database.write() as connection:
        channel = await stored(connection, context)
        before = as_typed(channel.channel, _options_of(core, context))
        changes = {name: text for name, text in wanted.items() if text != before.get(name, NOTHING)}
        undo = {name: before.get(name, NOTHING) for name in changes}
        if changes:
            await channels.configure(connection, channel.id, _columns({**before, **changes}))
            await _note(core, connection, channel, context.user, undo, changes)
    return _changed(channel.channel.called, undo, changes)


def _options_of(core: Core, context: Context) -> tuple[Param, ...]:
    adapter = core.adapter(context.platform)
    return of(adapter) if adapter else ()


def _checked(core: Core, context: Context, name: str, text: str) -> str:
    """`text` as the channel's own adapter reads it. Raises Refused where that has no such option."""
    if _named(name, OWN):
        return text
    option = _named(name, _options_of(core, context))
    if option is None:
        having = [adapter.name for adapter in core.adapters.values() if _named(name, of(adapter))]
        where = " and ".join(having)
        raise Refused(f"{name} is a setting of channels on {where}; this one is on {context.platform}.")
    return text if text == NOTHING else _canonical(option, text)


def _named(name: str, params: Iterable[Param]) -> Param | None:
    return next((param for param in params if param.name == name), None)


def _canonical(option: Param, text: str) -> str:
    """`text` if `option` takes it. Raises BadArgument."""
    if option.choices and text not in option.choices:
        raise BadArgument(option.name, f"{option.name} is {' or '.join(option.choices)} here, not “{text}”.")
    option.parse(text)
    return text


def _columns(texts: Mapping[str, str]) -> dict[str, Any]:
    """What is stored of a channel whose settings are `texts`."""
    own = {param.name for param in OWN}
    options = {name: text for name, text in texts.items() if name not in own and text != NOTHING}
    return {
        "zone": texts["zone"],
        "announce": texts["announce"] == "on",
        "style": texts["style"],
        "options": options,
    }


async def _note(
    core: Core,
    connection: AsyncConnection,
    channel: StoredChannel,
    who: Person,
    before: Mapping[str, str],
    after: Mapping[str, str],
) -> None:
    old, new = (print_line("settings", texts) for texts in (before, after))
    await audit.note(connection, channel, who, "settings", core.clock.now(), before=old, after=new)


def _shown_in(channel: Channel, now: Mapping[str, str], its: tuple[Param, ...]) -> Reply:
    lines = tuple(
        Item(text=(Span(text=param.name, bold=True), f": {now.get(param.name, 'not set')}"))
        for param in (*OWN, *its)
    )
    change = Action(label="Change…", command="settings", form=True)
    reply = say(f"Settings of {channel.called}", *lines, controls=(change,))
    return replace(reply, form=Form(command="settings", values=now))


def _changed(name: str, before: Mapping[str, str], after: Mapping[str, str]) -> Reply:
    if not after:
        return say(f"{name} has these settings already.")
    lines = tuple(Item(text=(Span(text=key, bold=True), f": {before[key]} → {after[key]}")) for key in after)
    undo = Action(label="Undo", command="settings", arguments=before)
    return say(f"✓ {name} has new settings.", *lines, controls=(undo,))
