"""All commands, in the order in which they are listed."""

from collections.abc import Sequence

from bot.chat.command import Command
from bot.commands import checking, home, pauses, searching, settings, sharing, subscriptions
from bot.commands.core import Core
from bot.commands.help import commands as help_commands

_GROUPS = (subscriptions, pauses, searching, settings, sharing, checking, home)


def table(core: Core, extra: Sequence[Command] = ()) -> tuple[Command, ...]:
    """Every command, the listed ones first: ours, and those that adapters bring (`extra`)."""
    others = (*(command for group in _GROUPS for command in group.commands(core)), *extra)
    every = (*others, *help_commands(core, others))
    return tuple(sorted(every, key=lambda command: not command.listed))
