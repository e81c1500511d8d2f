"""What a form holds when it opens: what was given, over what holds now."""

from collections.abc import Awaitable, Callable, Mapping

from bot.chat.command import Command, Context
from bot.commands import settings
from bot.commands.core import Core

Current = Callable[[Core, Context], Awaitable[Mapping[str, str]]]
CURRENT: Mapping[str, Current] = {"settings": settings.current}  # commands whose fields hold something now


async def filled_in(
    core: Core, context: Context, command: Command, given: Mapping[str, str]
) -> Mapping[str, str]:
    """The values with which the form of `command` opens."""
    if command.name not in CURRENT:
        return given
    return {**await CURRENT[command.name](core, context), **given}
