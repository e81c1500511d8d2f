"""Typed, pressed, submitted: the way from a line to a reply, and what stands in for one."""

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.chat.command import BadArgument, Command, Context, Kind, Param, Refused, Values, Who
from bot.chat.errors import Unavailable
from bot.chat.message import Action, Form, Item, Para, Pre, Reply
from bot.chat.plain import plain
from bot.clock import MINUTE
from bot.commands.core import Asks
from bot.commands.dispatch import Dispatcher
from bot.store import channels
from bot.store.engine import Database
from tests.bot.commands.rig import ADA, BOB, Rig, actions_of, place
from tests.fakes.clock import FakeClock


def whole(text: str) -> int:
    """A number from 1."""
    if not text.isdigit():
        raise BadArgument("number", "This is no number.", text=text, caret=0)
    return int(text)


def wish(text: str) -> str:
    """Words; a comma asks which of two was meant."""
    if "," in text:
        either = Action(label="Both", command="", arguments={"query": text.replace(",", " OR")})
        raise Asks(Reply(headline="One or two?", controls=(either,)))
    if (open_at := text.find("(")) >= 0:
        raise BadArgument("query", "This bracket has no end.", text=text, caret=open_at)
    return text


QUERY = Param(
    name="query", help="what to find", parse=wish, rest=True, required=True, ask=True, max_length=50
)
NUMBER = Param(name="number", help="which one", kind=Kind.INTEGER, parse=whole, ask=True)
SIZE = Param(name="size", help="how large", choices=("small", "large"))
CHANNEL = Param(name="channel", help="where", kind=Kind.CHANNEL)


async def show(context: Context, values: Values) -> Reply:
    """What the handler was given, and a button that does the same once more."""
    where = context.channel.name if context.channel else "nowhere"
    again = Action(label="Again", command="wish", arguments={"query": "again"})
    given = " ".join(f"{name}={value!r}" for name, value in values.items())
    body = (Item(text=("one",), actions=(Action(label="Drop", command="drop"),)),)
    return Reply(headline=f"{context.user.name} in {where}: {given}", controls=(again,), body=body)


def failing(error: Exception) -> Any:
    async def fail(_context: Context, _values: Values) -> Reply:
        raise error

    return fail


def command(name: str, handler: Any = show, *params: Param, **more: Any) -> Command:
    return Command(name=name, summary=f"What {name} does", handler=handler, params=params, **more)


WISH = command("wish", show, QUERY, NUMBER, SIZE, CHANNEL, examples=("wish for rain",), aliases=("want",))
DROP = command("drop", show, NUMBER, who=Who.MANAGER)
RULE = command("rule", show, who=Who.OPERATOR)
SEARCH = command("search", show, QUERY)
TABLE = (WISH, DROP, RULE, SEARCH)


class Few(Rig):
    """The rig with few commands, all of them ours."""

    def use(self, *table: Command) -> None:
        self.commands = Dispatcher(self.core, (*TABLE, *table))


@pytest.fixture
def rig(sqlite_rig: Rig) -> Few:
    few = Few(database=sqlite_rig.database, clock=sqlite_rig.clock)
    few.use()
    return few


async def test_a_typed_line_runs_its_command_with_parsed_values(rig: Few) -> None:
    reply = await rig.type("wish number:3 for rain")
    assert reply.headline == "Ada in #ml: query='for rain' number=3"


@pytest.mark.parametrize("line", ["want rain", "WISH rain", "  wish   rain ", "wish “rain”", "wish ‘rain’"])
async def test_aliases_capitals_and_what_a_phone_types_make_no_difference(rig: Few, line: str) -> None:
    assert "rain" in (await rig.type(line)).headline
    assert "“" not in (await rig.type(line)).headline


async def test_a_pressed_button_has_the_rights_of_whoever_presses_it(rig: Few) -> None:
    button = Action(label="Drop", command="drop")
    assert (await rig.press(button)).headline == "Ada in #ml:"
    rig.member("#ml", BOB)
    refused = await rig.press(button, who=BOB)
    assert (refused.error, refused.headline) == (True, "Only people who can manage #ml may do that.")
    assert refused.body == (Para(text=("Who may change what #ml gets: its two moderators.",)),)


async def test_what_only_an_operator_may_do_says_so(rig: Few) -> None:
    assert (await rig.type("rule")).headline == "Only the people who run this bot may do that."
    assert not (await rig.type("rule", rights=Who.OPERATOR)).error


async def test_a_command_for_another_channel_is_done_there(rig: Few) -> None:
    assert (await rig.type("wish rain channel:#vision")).headline == "Ada in #vision: query='rain'"


async def test_rights_count_in_the_channel_that_is_named(rig: Few) -> None:
    rig.member("#vision")
    assert (
        await rig.type("drop channel:#vision")
    ).headline == "Only people who can manage #vision may do that."
    rig.members.clear()
    rig.member("#ml")
    assert (await rig.type("drop channel:#vision")).headline == "Ada in #vision:"


async def test_buttons_of_an_answer_about_another_channel_speak_of_that_channel(rig: Few) -> None:
    reply = await rig.type("wish rain channel:#vision")
    assert (await rig.press(reply, "Again")).headline == "Ada in #vision: query='again'"
    assert (await rig.press(reply, "Drop")).headline == "Ada in #vision:"


async def test_a_channel_that_the_person_cannot_see_is_refused(rig: Few) -> None:
    reply = await rig.type("wish rain channel:#secret")
    assert (reply.error, reply.headline) == (True, "There is no channel #secret that you and I can see.")


async def test_a_command_without_what_it_needs_opens_its_form_and_says_what_to_type(rig: Few) -> None:
    reply = await rig.type("wish number:3")
    assert (reply.form, reply.error) == (Form(command="wish", values={"number": "3"}), False)
    assert "/papers wish for rain" in plain(reply)
    assert "query: what to find" in plain(reply)


@pytest.mark.parametrize("hidden", [True, False])
async def test_no_form_opens_that_lacks_a_field_for_what_is_needed(rig: Few, hidden: bool) -> None:
    where = Param(name="where", help="an inner id", required=True, hidden=hidden)
    rig.use(command("button", show, where))
    for reply in (await rig.type("button"), await rig.type("?button"), await rig.submit("button", {})):
        assert (reply.form, reply.error) == (None, True)
    told = plain(await rig.type("button"))
    assert "inner id" not in told
    assert "button works only with a button" in told and "/papers help all" in told


async def test_what_is_needed_and_has_no_field_is_to_be_typed(rig: Few) -> None:
    rig.use(command("go", show, Param(name="where", help="which place", required=True), examples=("go",)))
    reply = await rig.type("go")
    assert reply.form is None
    assert "where: which place" in plain(reply)


async def test_a_question_mark_before_a_command_opens_its_form_filled_in(rig: Few) -> None:
    reply = await rig.type("?wish rain")
    assert reply.form == Form(command="wish", values={"query": "rain"})
    assert (await rig.type("?rule", rights=Who.OPERATOR)).form is None


async def test_a_form_for_another_channel_is_submitted_there(rig: Few) -> None:
    form = (await rig.type("?wish channel:#vision")).form
    assert form is not None
    assert (await rig.submit("wish", {**form.values, "query": "rain"})).headline.startswith("Ada in #vision")


async def test_a_wrong_argument_is_shown_with_a_caret_the_usage_and_a_way_back(rig: Few) -> None:
    reply = await rig.type("wish number:3 rain (or snow")
    assert (reply.error, reply.headline, reply.form) == (True, "This bracket has no end.", None)
    assert reply.body[0] == Pre(text="rain (or snow\n     ^")
    assert "/papers wish query… [number:…]" in plain(reply)
    again = await rig.press(reply, "Edit")
    assert again.form == Form(command="wish", values={"query": "rain (or snow", "number": "3"})


async def test_a_submitted_form_comes_back_with_every_error_at_its_field(rig: Few) -> None:
    values = {"query": "(", "number": "x", "size": "huge"}
    reply = await rig.submit("wish", values)
    errors = {
        "query": "This bracket has no end.",
        "number": "This is no number.",
        "size": "size is small or large, not “huge”.",
    }
    assert reply.error
    assert reply.form == Form(command="wish", values=values, errors=errors)


async def test_a_submitted_form_without_what_is_needed_comes_back(rig: Few) -> None:
    reply = await rig.submit("wish", {"query": " ", "number": "3"})
    assert reply.form is not None
    assert (reply.form.errors, reply.form.values) == (
        {"query": "query is needed: what to find."},
        {"number": "3"},
    )


async def test_an_empty_field_counts_as_not_given(rig: Few) -> None:
    reply = await rig.submit("wish", {"query": "rain", "number": "", "size": "  "})
    assert reply.headline == "Ada in #ml: query='rain'"


async def test_what_a_phone_types_into_a_form_is_plain_too(rig: Few) -> None:
    assert (await rig.submit("wish", {"query": "“rain”"})).headline == "Ada in #ml: query='\"rain\"'"


async def test_a_choice_may_be_typed_in_capitals(rig: Few) -> None:
    assert (await rig.type("wish rain size:LARGE")).headline.endswith("size='large'")


async def test_a_value_that_is_too_long_or_not_known_is_refused(rig: Few) -> None:
    assert (await rig.type("wish " + "x" * 51)).headline == "query takes at most 50 characters; this has 51."
    assert (await rig.submit("wish", {"query": "x", "colour": "red"})).headline == "wish takes no colour."


async def test_a_line_that_cannot_be_taken_apart_says_where(rig: Few) -> None:
    reply = await rig.type('wish channel:"my room')
    assert reply.headline == 'This quote has no end: close it with " and a space.'
    assert reply.body[0] == Pre(text='wish channel:"my room\n             ^')


async def test_a_question_is_asked_and_its_buttons_repeat_what_was_typed(rig: Few) -> None:
    reply = await rig.type("wish number:3 rain, snow channel:#vision")
    assert (reply.headline, reply.error) == ("One or two?", False)
    answer = await rig.press(reply, "Both")
    assert answer.headline == "Ada in #vision: query='rain OR snow' number=3"


async def test_a_handler_that_refuses_says_what_to_do(rig: Few) -> None:
    rig.use(command("no", failing(Refused("That is full.", fix="Empty it."))))
    reply = await rig.type("no")
    assert (reply.error, reply.headline, reply.body) == (True, "That is full.", (Para(text=("Empty it.",)),))


async def test_a_bug_gets_a_number_that_stands_in_the_log(rig: Few) -> None:
    rig.use(command("break", failing(ZeroDivisionError("secret words"))))
    with structlog.testing.capture_logs() as logs:
        reply = await rig.type("break")
    assert reply.error
    assert "secret words" not in plain(reply)
    assert [(entry["event"], entry["exc_info"]) for entry in logs] == [("command.bug", True)]
    assert f"bug {logs[0]['bug']}" in reply.headline


async def test_a_handler_that_breaks_leaves_nothing_half_done(rig: Few) -> None:
    async def half(context: Context, _values: Values) -> Reply:
        async with rig.database.write() as connection:
            await channels.ensure(connection, place("#half"))
            raise ZeroDivisionError

    rig.use(command("half", half))
    await rig.type("half")
    async with rig.database.read() as connection:
        assert await channels.find(connection, place("#half").key) is None


async def test_a_platform_that_does_not_answer_is_no_bug(rig: Few) -> None:
    rig.use(command("ask", failing(Unavailable("no route"))))
    reply = await rig.type("ask")
    assert (reply.error, reply.headline) == (True, "The chat platform does not answer just now.")


async def test_being_cancelled_is_not_answered(rig: Few) -> None:
    async def wait(_context: Context, _values: Values) -> Reply:
        await asyncio.Event().wait()
        return Reply(headline="never")

    rig.use(command("wait", wait))
    task = asyncio.ensure_future(rig.type("wait"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_locked_database_asks_to_try_again(rig: Few) -> None:
    assert rig.database.file

    async def write(_context: Context, _values: Values) -> Reply:
        async with rig.database.write() as connection:
            await channels.ensure(connection, place("#ml"))
        return Reply(headline="written")

    rig.use(command("write", write))
    async with rig.database.engine.connect() as connection:
        await connection.exec_driver_sql("PRAGMA busy_timeout=10")  # of the one connection in the pool
    with closing(sqlite3.connect(rig.database.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        reply = await rig.type("write")
        other.execute("ROLLBACK")
    assert (reply.error, reply.headline) == (True, "The database is busy.")
    assert (await rig.type("write")).headline == "written"


async def test_thirty_commands_a_minute_are_enough_however_they_are_given(rig: Few) -> None:
    for _ in range(15):
        await rig.type("wish rain")
        await rig.press(Action(label="", command="wish", arguments={"query": "rain"}))
    reply = await rig.submit("wish", {"query": "rain"})
    assert (reply.error, reply.headline) == (True, "That is more than 30 commands in a minute.")
    assert reply.body == (Para(text=("Try again in 60 s.",)),)
    assert not (await rig.type("wish rain", who=BOB)).error
    rig.clock.advance(MINUTE)
    assert not (await rig.type("wish rain")).error


async def test_what_a_platform_asks_by_itself_counts_as_no_command(rig: Few) -> None:
    rig.use(command("look", show))
    for _ in range(40):
        assert not (await rig.submit("look", {})).error
    pressed = [await rig.press(Action(label="", command="look")) for _ in range(31)]
    assert [reply.error for reply in pressed] == [False] * 30 + [True]
    assert not (await rig.submit("look", {})).error
    assert (await rig.submit("drop", {})).headline == "That is more than 30 commands in a minute."


async def test_an_operator_may_type_as_fast_as_they_can(rig: Few) -> None:
    replies = [await rig.type("wish rain", rights=Who.OPERATOR) for _ in range(100)]
    assert not any(reply.error for reply in replies)


async def test_a_command_that_is_not_there_any_more_is_not_searched_for(rig: Few) -> None:
    for reply in (await rig.press(Action(label="", command="trend")), await rig.submit("trend", {})):
        assert (reply.error, reply.headline) == (True, "There is no command trend.")


async def test_suggestions_are_the_choices_and_what_the_parameter_suggests(rig: Few) -> None:
    async def many(_context: Context, prefix: str) -> list[str]:
        return [f"{prefix}{number}" for number in range(100)]

    rig.use(command("pick", show, Param(name="one", help="", choices=("ab", "cd"), suggest=many)))
    found = await rig.commands.suggest(rig.context(), "pick", "one", "a")
    assert (found[:2], len(found)) == (("ab", "a0"), 25)


async def test_suggesting_never_fails(rig: Few) -> None:
    async def fail(_context: Context, _prefix: str) -> list[str]:
        raise ZeroDivisionError

    rig.use(command("pick", show, Param(name="one", help="", suggest=fail)))
    for name, param in (("pick", "one"), ("pick", "two"), ("nothing", "one")):
        assert not await rig.commands.suggest(rig.context(), name, param, "x")


WORDS = ("wish", "?wish", "search", "help", "settings", "subsribe", "zone:", "channel:", "#vision", "number:")
NASTY = ('"', "\\", "(", ",", "\n", "!", "-", "\x00", "\u202e", "*", "“", "\ud800")
PIECES = st.one_of(st.sampled_from(WORDS), st.sampled_from(NASTY), st.text(max_size=5))
LINES = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=8).map(" ".join))


@given(line=LINES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
async def test_whatever_is_typed_is_answered(rig: Few, line: str) -> None:
    for context in (rig.context(rights=Who.OPERATOR), rig.context(None, rights=Who.OPERATOR)):
        reply = await rig.commands.typed(context, line)
        assert "not your fault" not in reply.headline
        assert 0 < len(reply.headline) <= 120
        assert "\n" not in reply.headline
        await rig.commands.encode(reply, 100)


@given(value=st.text(max_size=60), values=st.dictionaries(st.text(max_size=8), st.text(max_size=40)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
async def test_whatever_is_pressed_or_submitted_is_answered(
    rig: Few, value: str, values: Mapping[str, str]
) -> None:
    context = rig.context(rights=Who.OPERATOR)
    replies = [await rig.commands.press(context, value), await rig.commands.run(context, "wish", values)]
    assert not any("not your fault" in reply.headline for reply in replies)
    assert all(action.command for reply in replies for action in actions_of(reply))


@pytest.mark.parametrize("name", [ADA.id, f"chat:{ADA.id}"])
async def test_whom_the_settings_name_may_change_every_channel(
    database: Database, clock: FakeClock, name: str
) -> None:
    rig = Rig(database=database, clock=clock, operators=(name,))
    rig.member()
    assert not (await rig.type("subscribe flow")).error
    elsewhere = await rig.type("subscribe flow", platform="other")
    assert elsewhere.error is (name != ADA.id)
