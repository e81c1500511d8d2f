"""Of a message with many items, whole ones are shown and the others counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.fitting import ON_ITS_PAGE, fitted
from bot.chat.message import Block, Item, Message, Para
from bot.chat.plain import plain


def listed(count: int, *others: Block) -> Message:
    items = tuple(Item(text=(f"paper {number}",)) for number in range(1, count + 1))
    return Message(headline=f"{count} papers", body=(*items, *others))


def short(message: Message, limit: int) -> str:
    return plain(fitted(message, lambda some: len(plain(some)) <= limit))


def test_what_has_room_stays_as_it_is() -> None:
    message = listed(150)
    assert fitted(message, lambda _: True) is message


def test_what_has_no_room_is_counted_in_the_place_of_the_last_item() -> None:
    assert short(listed(60), 60) == "60 papers\n\n• paper 1\n• paper 2\n• paper 3\n• and 57 more"
    assert short(listed(60, Para(text=("Shared by Ada",))), 64) == (
        "60 papers\n\n• paper 1\n• paper 2\n• and 58 more\n\nShared by Ada"
    )


def test_where_nothing_can_be_pressed_a_link_stands_behind_the_number() -> None:
    message = fitted(listed(60), lambda some: len(some.body) <= 4, ON_ITS_PAGE)
    assert plain(message).endswith("• and 57 more on Hugging Face (https://huggingface.co/papers)")


@pytest.mark.parametrize("count", [0, 1, 2])
def test_where_nothing_has_room_all_are_counted(count: int) -> None:
    more = tuple(Item(text=(f"and {count} more",)) for _ in range(min(count, 1)))
    assert fitted(listed(count), lambda _: False).body == more


@given(st.integers(0, 300), st.integers(1, 3_000))
def test_what_is_shown_and_what_is_counted_is_all(count: int, limit: int) -> None:
    text = short(listed(count), limit)
    more = int(text.rpartition("• and ")[2].removesuffix(" more")) if "• and" in text else 0
    assert text.count("• paper") + more == count
    assert len(text) <= max(limit, len("300 papers\n\n• and 300 more"))
