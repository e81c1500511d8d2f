"""What would be read two ways stops the start."""

import pytest

from bot.chat.command import Command, Context, Param, Values
from bot.chat.message import Reply
from bot.commands.checked import TableError, checked


async def answer(_context: Context, _values: Values) -> Reply:
    return Reply(headline="done")


def command(name: str, *params: Param, aliases: tuple[str, ...] = ()) -> Command:
    return Command(name=name, summary="", handler=answer, params=params, aliases=aliases)


def param(name: str, *, rest: bool = False) -> Param:
    return Param(name=name, help="", rest=rest)


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ((command("add"), command("add")), "Two commands are called add."),
        ((command("add"), command("join", aliases=("add",))), "Two commands are called add."),
        ((command("Add it now"),), "'Add it now' cannot be typed as a command."),
        ((command("add", param("to"), param("to")),), "add: two parameters are called to."),
        ((command("add", param("title")),), "add: title: would be read as a field of a query."),
        ((command("add", param("Big one")),), "add: 'Big one' cannot be typed as a parameter."),
        ((command("add", param("a", rest=True), param("b", rest=True)),), "add: only one parameter"),
    ],
)
def test_a_table_that_can_be_read_two_ways_is_refused(table: tuple[Command, ...], problem: str) -> None:
    with pytest.raises(TableError) as error:
        checked(table)
    assert str(error.value).startswith(problem)


def test_every_command_takes_a_channel_so_that_buttons_can_speak_of_it() -> None:
    own, other = checked((command("add", param("channel")), command("drop")))
    assert [len(one.params) for one in (own, other)] == [2, 2]
    assert other.params[0].hidden


def test_one_word_may_begin_the_names_of_several_commands() -> None:
    assert len(checked((command("feed"), command("feed add"), command("help", aliases=("?",))))) == 3
