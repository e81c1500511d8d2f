"""At the prompt a form asks for one thing after the other, and for no more than it must."""

import pytest

from adapters.terminal.forms import fields
from bot.chat.message import Form
from bot.commands.reference import declared


@pytest.mark.parametrize(
    ("form", "asked"),
    [
        (Form(command="subscribe"), ["query"]),
        (Form(command="edit"), ["number", "query"]),
        (Form(command="edit", values={"number": "1", "query": "cats"}), ["number", "query"]),
        (
            Form(command="edit", values={"number": "1", "query": "cats", "threshold": "20"}),
            ["number", "query", "threshold"],
        ),
        (Form(command="subscribe", values={"query": "x"}, errors={"threshold": "no"}), ["threshold"]),
        (Form(command="settings"), ["zone", "announce", "style"]),
    ],
)
def test_what_refines_a_query_is_asked_only_where_it_holds_something(form: Form, asked: list[str]) -> None:
    assert [param.name for param in fields(form, declared(), "terminal")] == asked
