"""All commands together, as every adapter gets them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.command import Command, Context, Kind, Values
from bot.chat.line import parse, print_line
from bot.chat.message import Reply
from bot.commands.checked import TableError, checked
from bot.commands.reference import declared
from tests.bot.commands.rig import Rig

TABLE = checked(declared())


async def answer(_context: Context, _values: Values) -> Reply:
    return Reply(headline="done by an adapter")


def brought(name: str) -> Command:
    return Command(name=name, summary="An adapter's own", handler=answer, examples=(name,), listed=False)


@pytest.fixture
def rig(sqlite_rig: Rig) -> Rig:
    return sqlite_rig


async def test_what_an_adapter_brings_works_like_every_other_command(rig: Rig) -> None:
    more = Rig(database=rig.database, clock=rig.clock, extra=(brought("email add"),))
    assert (await more.type("email add")).headline == "done by an adapter"
    assert "email add" in str((await more.type("help all")).body)


async def test_an_adapter_cannot_take_the_name_of_another_command(rig: Rig) -> None:
    with pytest.raises(TableError, match="Two commands are called ls"):
        Rig(database=rig.database, clock=rig.clock, extra=(brought("ls"),))


def test_the_commands_work_for_the_channel_that_is_named(rig: Rig) -> None:
    shown = {
        command.name
        for command in rig.commands.table
        for param in command.params
        if param.kind is Kind.CHANNEL and not param.hidden
    }
    assert shown >= {"subscribe", "list", "pause", "settings", "check"}


@given(st.sampled_from(TABLE), st.text(max_size=60))
def test_every_parameter_of_every_command_comes_back_from_its_line(command: Command, text: str) -> None:
    values = {param.name: text for param in command.params}
    line = parse(print_line(command.name, values), TABLE)
    assert (line.command, line.values) == (command, values)
