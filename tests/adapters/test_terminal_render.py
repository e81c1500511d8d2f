"""What the terminal shows: as text where it is piped, as lines and links where somebody looks."""

import io
import re
import unicodedata
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import RenderableType

from adapters.terminal.console import Screen, follows_links
from adapters.terminal.numbers import Numbers, Pressable
from adapters.terminal.render import Look, address, answered, echoed, posted
from bot.chat.contract import HOSTILE, messages
from bot.chat.message import Action, Card, Item, Link, Menu, Message, Para, Pre, Reply, Span, When
from bot.models import Channel
from tests.adapters.terminal_stage import VISION, paper_message, several
from tests.fakes.clock import START

ESCAPES = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\")


@pytest.fixture(autouse=True, scope="module")
def window() -> Iterator[None]:
    """An ordinary terminal, whatever the tests run in."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TERM", "xterm-256color")
        for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "COLUMNS", "LINES"):
            environment.delenv(name, raising=False)
        yield


def look(*, links: bool = False, channel: Channel = VISION) -> Look:
    numbers = Numbers()

    def number(action: Action) -> int:
        return numbers.of(Pressable(channel=channel, value=action.value))

    return Look(number=number, zone=ZoneInfo("Europe/Berlin"), links=links)


def shown(drawn: RenderableType, *, width: int | None = None) -> str:
    """What stands in a pipe, or in a window of `width` columns."""
    file = io.StringIO()
    screen = Screen(file, terminal=bool(width))
    if width:
        screen.width = width
    screen.print(drawn, soft_wrap=not width, crop=False)
    return file.getvalue()


def piped(message: Message) -> list[str]:
    return shown(posted("#vision", START, message, look())).splitlines()


def seen(message: Message, width: int = 60) -> list[str]:
    """The lines that somebody sees in a window."""
    raw = shown(posted("#vision", START, message, look(links=True)), width=width)
    return [line.rstrip() for line in ESCAPES.sub("", raw).splitlines()]


def replied(reply: Reply, width: int | None = None) -> list[str]:
    raw = shown(answered(reply, look(links=bool(width))), width=width)
    return [line.rstrip() for line in ESCAPES.sub("", raw).splitlines()]


def test_a_paper_in_a_pipe_is_whole_lines_with_addresses_in_the_open() -> None:
    assert piped(paper_message()) == [
        "#vision · 09:00",
        "World Models at Scale",
        "https://huggingface.co/papers/2501.00001",
        "Ada First, Bo Second and 7 others · Some Lab · 3 Dec",
        "It learns a world model from video.",
        "▲ 12 · 3 comments · ★ 140 · matched: world model",
        "[1] Why / pause…",
        "",
    ]


def test_a_paper_in_a_window_hides_its_address_behind_the_title() -> None:
    raw = shown(posted("#vision", START, paper_message(), look(links=True)), width=60)
    assert re.search(
        r"\x1b\]8;id=\d+;https://huggingface.co/papers/2501.00001\x1b\\[^\x07]*World Models", raw
    )
    assert "\x1b[1mworld model\x1b[0m" in raw
    assert "https" not in "".join(seen(paper_message()))


def test_a_long_title_takes_two_lines_in_a_window() -> None:
    lines = seen(paper_message("World models " * 20))
    byline = next(number for number, line in enumerate(lines) if line.startswith("Ada First"))
    assert byline == 3
    assert lines[2].endswith("…")


def test_lines_stay_readable_in_a_wide_window() -> None:
    message = Message(headline="", body=(Para(text=("word " * 100,)),))
    assert max(map(len, seen(message, width=250))) <= 100


def test_two_papers_stand_apart_under_what_their_message_says() -> None:
    cards = (*paper_message().body, *paper_message("Flow Matching", "2501.00002").body)
    lines = piped(Message(headline="2 new papers for #vision", body=cards))
    assert lines[1:3] == ["2 new papers for #vision", "World Models at Scale"]
    assert lines[lines.index("Flow Matching") - 1] == ""
    assert "[2] Why / pause…" in lines


def test_several_papers_are_a_list() -> None:
    assert piped(several())[1:4] == ["4 new papers for #vision", "• Paper 0 · ▲ 3", "• Paper 1 · ▲ 3"]


@pytest.mark.parametrize(
    ("headline", "body"),
    [
        ("A title · matched: x", (Item(text=(Span(text="A title", url="https://x.org"), " · ▲ 3")),)),
        ("A very long… · matched: x", (Card(title="A very long title", url="https://x.org"),)),
        ("It was don…", (Para(text=("It was ", Span(text="done"), ".")),)),
    ],
)
def test_what_the_body_says_first_is_not_said_twice(
    headline: str, body: tuple[Card | Item | Para, ...]
) -> None:
    assert headline not in piped(Message(headline=headline, body=body))


def test_a_headline_that_the_body_does_not_repeat_is_shown() -> None:
    message = Message(headline="1 subscription", body=(Item(text=("1. diffusion",)),))
    assert piped(message)[1:3] == ["1 subscription", "• 1. diffusion"]


def test_a_reply_is_set_off_by_a_bar_and_an_error_by_a_cross() -> None:
    body = (Para(text=("Two\nlines",)),)
    assert replied(Reply(headline="Done", body=body)) == ["│ Done", "│ Two", "│ lines", ""]
    assert replied(Reply(headline="No", body=body, error=True)) == ["✗ No", "│ Two", "│ lines", ""]


@pytest.mark.parametrize(
    ("above", "column"),
    [("title:diffusion OR", 18), ("title:扩散模型 OR", 13), ("a\tb (c", 4), ("e\u0301x (", 4)],
)
@pytest.mark.parametrize("width", [None, 60])
def test_a_caret_stands_under_its_character(above: str, column: int, width: int | None) -> None:
    lines = replied(Reply(headline="", body=(Pre(text=f"{above}\n{' ' * column}^ here"),)), width)
    plain = replied(Reply(headline="", body=(Pre(text=f"{above}\n{' ' * column}^"),)), width)
    before = above[:column].replace("\t", " ")
    assert plain[1] == "│ " + " " * cell_len(before) + "^"
    assert lines[1].startswith("│ ")


def test_a_caret_finds_its_character_past_what_cannot_be_shown() -> None:
    lines = replied(Reply(headline="", body=(Pre(text="a\x1bb\u202ec (\n      ^"),)))
    assert lines[:2] == ["│ abc (", "│     ^"]


@pytest.mark.parametrize("column", [0, 17, 18, 40, 79, 80])
def test_a_caret_under_a_line_longer_than_the_window_stands_under_its_piece(column: int) -> None:
    above = "".join(chr(ord("a") + number % 26) for number in range(80))
    lines = replied(Reply(headline="", body=(Pre(text=f"{above}\n{' ' * column}^"),)), width=20)
    marked = next(number for number, line in enumerate(lines) if line.endswith("^"))
    assert all(len(line) <= 20 for line in lines)
    assert lines[marked - 1][lines[marked].index("^") :][:1] == above[column : column + 1]


def test_a_menu_lists_its_options_and_every_action_has_its_own_number() -> None:
    one, two = (Action(label=name, command="pause", value=name) for name in ("world model", "flow"))
    menu = Menu(placeholder="Pause", options=(one, two))
    edit = Action(label="Edit", command="edit", value="edit")
    lines = replied(Reply(headline="Why", controls=(edit, menu)))
    assert lines[1:3] == ["│ [1] Edit", "│ Pause:  [2] world model  [3] flow"]


def test_controls_are_not_torn_apart_at_the_edge() -> None:
    controls = tuple(Action(label=f"Do thing {n}", command="x", value=str(n)) for n in range(6))
    lines = replied(Reply(headline="Now", controls=controls), width=40)
    assert all(line.startswith("│ [") for line in lines[1:-1])


def test_a_page_says_which_it_is() -> None:
    assert "│ page 1 of 3" in replied(Reply(headline="Found", page=(1, 3)))


def test_a_moment_is_told_in_the_zone_of_the_reader() -> None:
    assert (
        piped(Message(headline="", body=(Para(text=("Since ", When(at=START))),)))[1]
        == "Since 1 Dec 2025, 09:00"
    )


def test_a_moment_that_no_calendar_holds_costs_no_message() -> None:
    assert piped(Message(headline="", body=(Para(text=(When(at=10**18), When(at=-(10**18)))),)))


def test_nothing_in_a_text_is_read_as_markup() -> None:
    nasty = "[red]x[/red] [link=https://evil.example]y[/link] :smile: [/]"
    raw = shown(posted("#vision", START, paper_message(nasty), look(links=True)), width=100)
    assert nasty in ESCAPES.sub("", raw)
    assert not re.search(r"8;id=\d+;https://evil", raw)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "",
        "https://" + "x" * 3_000,
        " ",
        "\x1b]8;;https://evil.example\x1b\\",
    ],
)
def test_what_is_no_usable_address_is_no_link(url: str) -> None:
    assert address(url) is None
    shown(posted("#vision", START, Message(headline="x", controls=(Link(label="PDF", url=url),)), look()))


def test_an_address_cannot_end_its_link_early() -> None:
    assert address("https://x.org/a b\x1b\\\x07é") == "https://x.org/a%20b%1B%5C%07%C3%A9"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("width", [None, 37])
def test_hostile_text_never_steers_the_terminal(text: str, width: int | None) -> None:
    for message in messages(text).values():
        raw = shown(posted(text, START, message, look(links=bool(width))), width=width)
        assert_harmless(ESCAPES.sub("", raw))
        if isinstance(message, Reply):
            assert_harmless(ESCAPES.sub("", shown(answered(message, look()), width=width)))


@given(text=st.text(), width=st.none() | st.integers(1, 120))
def test_any_text_is_drawn_within_the_window_and_steers_nothing(text: str, width: int | None) -> None:
    reply = Reply(headline=text, body=(Pre(text=text + "\n  ^"), Para(text=(Span(text=text, bold=True),))))
    for drawn in (answered(reply, look()), echoed(text, text)):
        assert_harmless(ESCAPES.sub("", shown(drawn, width=width)))


def assert_harmless(text: str) -> None:
    for character in set(text):
        assert character == "\n" or unicodedata.category(character) not in {"Cc", "Cs"}, repr(character)
        assert unicodedata.bidirectional(character) not in {
            "RLO",
            "LRO",
            "RLE",
            "LRE",
            "PDF",
            "RLI",
            "LRI",
            "FSI",
        }


def test_links_are_not_hidden_where_a_terminal_does_not_follow_them() -> None:
    window = Screen(io.StringIO(), terminal=True)
    assert follows_links(window, {"TERM": "xterm-256color"})
    assert not follows_links(window, {"TERM_PROGRAM": "Apple_Terminal"})
    assert not follows_links(Screen(io.StringIO()), {"TERM": "xterm-256color"})


def test_what_was_shown_can_be_exported_as_a_picture() -> None:
    screen = Screen(io.StringIO(), record=True, terminal=True)
    screen.print(posted("#vision", START, paper_message(), look(links=True)))
    assert "World&#160;Models" in screen.export_svg(title="paperboy")
