"""All commands, in the order in which they are listed."""

import importlib
from collections.abc import Sequence

from bot.chat.command import Command
from bot.commands import checking, settings
from bot.commands.core import Core
from bot.commands.help import commands as help_commands

_GROUPS = ("subscriptions", "pauses", "searching", "sharing")


def table(core: Core, extra: Sequence[Command] = ()) -> tuple[Command, ...]:
    """Every command: ours, and those that adapters bring (`extra`)."""
    found: list[Command] = []
    for group in _GROUPS:
        try:  # until all groups are written
            found.extend(importlib.import_module(f"bot.commands.{group}").commands(core))
        except (ImportError, AttributeError):
            continue
    others = (*found, *settings.commands(core), *checking.commands(core), *extra)
    both = (*others, *help_commands(core, others))
    return tuple(sorted(both, key=lambda command: not command.listed))
