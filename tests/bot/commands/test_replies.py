"""How errors and usage are worded."""

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.command import Command, Context, Param, Refused, Values
from bot.chat.message import Para, Reply
from bot.commands.replies import caret, refused, say, usage_line


async def answer(_context: Context, _values: Values) -> Reply:
    return Reply(headline="done")


def test_a_caret_stands_under_the_character_that_is_wrong() -> None:
    assert caret("title:a OR", 8) == "title:a OR\n        ^"


def test_a_long_text_is_shown_around_its_caret() -> None:
    line, mark = caret("a" * 100 + "X" + "b" * 100, 100).split("\n")
    assert line[mark.index("^")] == "X"
    assert len(line) <= 62


def test_a_line_break_in_the_text_does_not_move_the_caret() -> None:
    assert caret("a\nb)", 3) == "a b)\n   ^"


@given(st.text(max_size=300), st.integers(-5, 400))
def test_the_caret_is_always_under_its_character(text: str, column: int) -> None:
    line, mark = caret(text, column).split("\n")
    place = mark.index("^")
    assert place <= len(line)
    if 0 <= column < len(text) and text[column].isprintable():
        assert line[place] == text[column]


def test_a_short_answer_is_its_headline_alone() -> None:
    assert say("It is done.") == Reply(headline="It is done.")


def test_a_long_answer_is_whole_in_the_body() -> None:
    text = "word " * 40
    reply = say(text)
    assert len(reply.headline) <= 120
    assert reply.body == (Para(text=(text.strip(),)),)


def test_a_refusal_says_what_to_do_about_it() -> None:
    reply = refused(Refused("That is full.", fix="Take something out."))
    assert reply.error
    assert (reply.headline, reply.body) == ("That is full.", (Para(text=("Take something out.",)),))


def test_the_usage_of_a_command_leaves_out_what_only_buttons_set() -> None:
    params = (
        Param(name="query", help="", rest=True, required=True),
        Param(name="channel", help=""),
        Param(name="page", help="", hidden=True),
    )
    command = Command(name="search", summary="", handler=answer, params=params)
    assert usage_line(command, "papers") == "/papers search query… [channel:…]"
