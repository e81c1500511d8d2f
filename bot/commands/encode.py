"""What a button carries: the line that it types, or the key under which a long line is kept."""

import base64
import hashlib
import re
from dataclasses import replace
from typing import TypeVar

from bot.chat.line import print_line
from bot.chat.message import Action, Message
from bot.commands.core import Core
from bot.commands.walk import with_actions
from bot.store import presses

M = TypeVar("M", bound=Message)
MARK = "!"  # begins no line: those begin with a command's name, or with "?"
_KEY = re.compile(rf"{MARK}[\w-]{{24}}", re.ASCII)


def with_values(message: M, limit: int) -> tuple[M, dict[str, str]]:
    """`message` with every action's value set, and the lines longer than `limit`, by key. Pure."""
    kept: dict[str, str] = {}

    def valued(action: Action) -> Action:
        line = print_line(action.command, action.arguments, form=action.form)
        if len(line) <= limit:
            return replace(action, value=line)
        kept[key := key_of(line)] = line
        return replace(action, value=key)

    return with_actions(message, valued), kept


def key_of(line: str) -> str:
    """The key of a long line: `!` and 24 characters that say the same for the same line."""
    digest = hashlib.blake2b(line.encode(), digest_size=18).digest()
    return MARK + base64.urlsafe_b64encode(digest).decode()


async def encode(core: Core, message: M, limit: int) -> M:
    """`message` with every action's value set; what a value only names is stored when this returns."""
    encoded, kept = with_values(message, limit)
    if kept:
        async with core.database.write() as connection:
            await presses.put(connection, kept, core.clock.now())
    return encoded


async def decode(core: Core, value: str) -> str | None:
    """The line that `value` carries or names; None where what it names is not kept any more."""
    if not value.startswith(MARK):
        return value
    if not _KEY.fullmatch(value):
        return None
    async with core.database.write() as connection:
        return await presses.use(connection, value, core.clock.now())
