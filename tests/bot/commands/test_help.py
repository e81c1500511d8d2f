"""What people can read about commands."""

import pytest

from bot.chat.command import Command, Context, Values, Who
from bot.chat.message import Para, Reply, Span
from bot.chat.plain import plain
from bot.commands.help import GROUPS, answer
from bot.matching.parser import parse
from tests.bot.commands.rig import Rig

LISTED = [
    "subscribe",
    "unsubscribe",
    "list",
    "edit",
    "pause",
    "resume",
    "search",
    "today",
    "settings",
    "help",
]


@pytest.fixture
def rig(sqlite_rig: Rig) -> Rig:
    return sqlite_rig


async def test_help_is_one_phone_screen_with_examples_that_can_be_typed(rig: Rig) -> None:
    reply = await rig.type("help")
    lines = [line for line in plain(reply).splitlines() if line]
    assert len(lines) <= 14
    assert max(map(len, lines)) <= 44
    assert lines[-1] == "More: /papers help query · /papers help all"
    for title in ("Follow", "Look", "Quiet"):
        assert title in lines


async def test_help_is_made_of_paragraphs_with_bold_titles_and_commands_as_code(rig: Rig) -> None:
    *groups, more = (block for block in (await rig.type("help")).body if isinstance(block, Para))
    assert [block.text[0] for block in groups] == [
        Span(text=title, bold=True) for title in ("Follow", "Look", "Quiet")
    ]
    assert all(piece.code for block in groups for piece in block.text[1:] if isinstance(piece, Span))
    assert more.text[1] == Span(text="/papers help query", code=True)


async def test_help_on_subscribe_names_what_can_be_said_besides(rig: Rig) -> None:
    assert "/papers subscribe query… [threshold:…] [ping:…] [channel:…]" in plain(
        await rig.type("help subscribe")
    )


async def test_a_question_mark_alone_is_help(rig: Rig) -> None:
    assert await rig.type("?") == await rig.type("help")


async def test_ten_commands_are_listed_and_each_stands_on_the_first_screen(rig: Rig) -> None:
    table = rig.commands.table
    assert [command.name for command in table if command.listed] == LISTED
    on_screen = {name for _, rows in GROUPS for row in rows for name in row}
    assert on_screen == {*LISTED} - {"help"}


async def test_what_is_not_listed_stands_under_all_alone(rig: Rig) -> None:
    first, everything = plain(await rig.type("help")), plain(await rig.type("help all"))
    unlisted = {command.name for command in rig.commands.table if not command.listed and command.examples}
    assert unlisted == {"why", "check", "share", "undo"}
    for name in unlisted:
        assert f" {name}" not in first
        assert f"• {name}  " in everything


async def test_commands_that_only_buttons_use_stand_nowhere(rig: Rig) -> None:
    everything = plain(await rig.type("help all"))
    for command in rig.commands.table:
        if not command.examples:
            assert not command.listed
            assert f"• {command.name}  " not in everything


async def test_every_example_of_every_command_is_understood(rig: Rig) -> None:
    for command in rig.commands.table:
        for example in command.examples:
            reply = await rig.type(example, rights=Who.OPERATOR)
            assert not (reply.error and "To type:" in plain(reply)), example
            assert "There is no command" not in reply.headline, example


async def test_help_on_a_command_says_how_it_is_typed_and_by_whom(rig: Rig) -> None:
    text = plain(await rig.type("help settings"))
    assert text.startswith("settings: ")
    assert "/papers settings [zone:…] [announce:…]" in text
    assert "(full, compact, no-picture)" in text
    assert "Who may change what a channel gets: its two moderators." in text
    assert await rig.type("help /papers settings") == await rig.type("help settings")
    assert await rig.type("help ls") == await rig.type("help list")


async def test_help_on_queries_fits_a_phone_and_says_how_long_numbers_count(rig: Rig) -> None:
    reply = await rig.type("help query")
    lines = plain(reply).splitlines()
    assert len(lines) <= 18
    assert max(map(len, lines[:-1])) <= 44
    assert "14 days" in lines[-1]


@pytest.mark.parametrize(
    "query",
    [
        "world model",
        '"world model"',
        "flow OR diffusion",
        "x -survey",
        "(a OR b) -c",
        "quant*",
        "title:agents",
        "upvotes>=20",
        "has:code",
        "*",
    ],
)
async def test_what_help_says_of_queries_is_true(rig: Rig, query: str) -> None:
    assert query.removeprefix("x ") in plain(await rig.type("help query"))
    assert parse(query).canonical


async def test_help_on_nothing_says_where_to_look(rig: Rig) -> None:
    reply = await rig.type("help flying")
    assert (reply.error, reply.headline) == (True, "There is no help on “flying”.")
    assert "/papers help all" in plain(reply)


async def test_topics_are_suggested(rig: Rig) -> None:
    assert "settings" in await rig.commands.suggest(rig.context(), "help", "topic", "se")
    assert list(await rig.commands.suggest(rig.context(), "help", "topic", "q")) == ["query"]


async def handler(_context: Context, _values: Values) -> Reply:
    return Reply(headline="done")


def test_a_listed_command_that_does_not_work_yet_is_not_named() -> None:
    only = Command(name="search", summary="", handler=handler, examples=("search rag",))
    text = plain(answer("papers", (only,), ""))
    assert "/papers search rag" in text
    assert "subscribe" not in text
