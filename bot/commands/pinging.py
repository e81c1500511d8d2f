"""Whom the papers of a subscription notify: `ping:me`, a group of the platform's, or nobody."""

from bot.chat.adapter import ChatAdapter
from bot.chat.command import BadArgument, Context, Param, Refused
from bot.chat.errors import WorkspaceUnreachable
from bot.chat.message import Person, Ping, Span, Text
from bot.commands.core import Core, here

ME = "me"
NOBODY = "none"
_HELP = "whom each paper notifies: me, a group, or none"


def ping_param(core: Core) -> Param:
    """The parameter; it stands in forms and help where a platform can notify at all."""
    able = tuple(name for name, adapter in core.adapters.items() if adapter.pings)
    return Param(name="ping", help=_HELP, ask=bool(able), hidden=not able, platforms=able, emptied=NOBODY)


async def whom(core: Core, context: Context, typed: str, now: Ping | None = None) -> Ping | None:
    """Whom `typed` names; who is notified `now` may stay, by name. None for nobody.

    People can name only themselves; about groups their platform is asked. Raises Refused where it cannot
    notify, BadArgument where nobody is called so or groups cannot be named, PostFailed.
    """
    wanted = typed.casefold().removeprefix("@")
    if wanted == NOBODY:
        return None
    if now and typed == now.name:
        return now
    adapter = _able(core, context)
    if wanted == ME:
        return Ping(kind="user", id=context.user.id, name=context.user.name)
    try:
        found = await adapter.named(context, typed)
    except WorkspaceUnreachable as error:
        raise BadArgument("ping", error.reason, text=typed) from None
    if found is None or (found.kind == "user" and found.id != context.user.id):
        why = f"There is nobody called {typed} whom you may have notified: say me, a group, or none."
        raise BadArgument("ping", why, text=typed)
    return found if found.name else Ping(kind=found.kind, id=found.id, name=typed)


def _able(core: Core, context: Context) -> ChatAdapter:
    """The adapter of the context's channel, which can notify. Raises Refused."""
    channel = here(context)
    adapter = core.adapter(channel.key.platform)
    if adapter is None or not adapter.pings:
        what = f"I cannot notify anybody in {channel.called}: {channel.key.platform} has no way to."
        raise Refused(what, fix="Say it without ping:")
    return adapter


def named(ping: Ping) -> Person | Span:
    """`ping` as people read it; nobody is notified by that."""
    return Person(id=ping.id, name=ping.name) if ping.kind == "user" else Span(text=ping.name)


def told(ping: Ping | None) -> Text:
    """` · notifies Ada`, as a list's line ends; nothing where it notifies nobody."""
    return (" · notifies ", named(ping)) if ping else ()
