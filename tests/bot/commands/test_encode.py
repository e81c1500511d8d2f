"""What buttons carry, and that it comes back whole."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.command import Command, Context, Param, Values
from bot.chat.line import parse
from bot.chat.message import Action, Card, Item, Link, Menu, Message, Para, Reply
from bot.clock import DAY
from bot.commands.encode import with_values
from bot.store import presses
from tests.bot.commands.rig import VALUE, Rig, actions_of


async def answer(_context: Context, _values: Values) -> Reply:
    return Reply(headline="done")


PARAMS = (
    Param(name="query", help="", rest=True),
    Param(name="page", help=""),
    Param(name="channel", help=""),
)
FIND = Command(name="find", summary="", handler=answer, params=PARAMS)
ARGUMENTS = st.dictionaries(st.sampled_from([param.name for param in PARAMS]), st.text(max_size=200))


def find(arguments: Mapping[str, str], *, form: bool = False) -> Action:
    return Action(label="Find", command="find", arguments=arguments, form=form)


@given(ARGUMENTS, st.booleans())
def test_a_button_brings_its_arguments_back_whatever_they_hold(arguments: dict[str, str], form: bool) -> None:
    given_message = Message(headline="", controls=(find(arguments, form=form),))
    message, kept = with_values(given_message, VALUE)
    value = actions_of(message)[0].value
    assert len(value) <= VALUE
    line = parse(kept.get(value, value), (FIND,))
    assert (line.command, line.values, line.form) == (FIND, arguments, form)


def test_every_action_of_a_message_gets_its_value_wherever_it_stands() -> None:
    action = find({"page": "2"})
    message, kept = with_values(
        Message(
            headline="",
            body=(
                Item(text=(), actions=(action,)),
                Card(title="", url="", controls=(action,)),
                Para(text=()),
            ),
            controls=(action, Menu(placeholder="", options=(action,)), Link(label="PDF", url="https://x")),
        ),
        VALUE,
    )
    assert [found.value for found in actions_of(message)] == ["find page:2"] * 4
    assert not kept


def test_a_reply_stays_a_reply() -> None:
    reply = Reply(headline="", error=True, replace=True, controls=(find({}),))
    encoded, _ = with_values(reply, VALUE)
    assert (encoded.error, encoded.replace) == (True, True)


async def test_a_long_line_is_kept_before_its_message_leaves_and_does_what_it_says(rig: Rig) -> None:
    topic = "subscribe" + " " * 120
    action = Action(label="Help", command="help", arguments={"topic": topic + "x"})
    encoded = await rig.commands.encode(Message(headline="", controls=(action, action)), VALUE)
    values = {found.value for found in actions_of(encoded)}
    assert {(value[0], len(value)) for value in values} == {("!", 25)}
    reply = await rig.commands.press(rig.context(), values.pop())
    assert reply.headline.startswith("There is no help on “subscribe")


async def test_a_button_that_is_pressed_now_and_then_is_never_forgotten(rig: Rig) -> None:
    action = Action(label="Help", command="help", arguments={"topic": "x" * 200})
    encoded = await rig.commands.encode(Message(headline="", controls=(action,)), VALUE)
    value = actions_of(encoded)[0].value
    for _ in range(3):
        rig.clock.advance(60 * DAY)
        await rig.commands.press(rig.context(), value)
        async with rig.database.write() as connection:
            await presses.prune(connection, rig.clock.now() - 90 * DAY)
    assert "no help on" in (await rig.commands.press(rig.context(), value)).headline


async def test_a_button_whose_line_is_not_kept_any_more_says_what_to_type(rig: Rig) -> None:
    for value in ("!" + "A" * 24, "!", "!'; drop table presses"):
        reply = await rig.commands.press(rig.context(), value)
        assert reply.error
        assert reply.headline == "This button is too old: what it did is not kept any more."
        assert "/papers help" in str(reply.body)
