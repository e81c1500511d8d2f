"""What a person types, and what a button carries, read as commands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.command import BadArgument, Command, Context, Kind, Param, Values
from bot.chat.line import UnknownCommand, clean, parse, print_line, typed_column, typed_line, without_name
from bot.chat.message import Reply


async def answer(_context: Context, _values: Values) -> Reply:
    return Reply(headline="done")


SEARCH = Command(
    name="search",
    summary="Search what is stored",
    handler=answer,
    aliases=("preview",),
    params=(
        Param(name="query", help="words", rest=True),
        Param(name="channel", help="where", kind=Kind.CHANNEL),
        Param(name="page", help="which page", hidden=True),
    ),
)
PAUSE = Command(
    name="pause",
    summary="Be silent",
    handler=answer,
    params=(Param(name="number", help="which"), Param(name="channel", help="where", kind=Kind.CHANNEL)),
)
FEED = Command(name="feed", summary="Feeds", handler=answer, params=(Param(name="name", help="", rest=True),))
FEED_ADD = Command(
    name="feed add", summary="Add a feed", handler=answer, params=(Param(name="url", help="", rest=True),)
)
HELP = Command(name="help", summary="Help", handler=answer, aliases=("?", "what can"))
TABLE = (SEARCH, PAUSE, FEED, FEED_ADD, HELP)
NASTY = (*"\"\\ \n\t:,?n“'’\u200b\u00a0\x1c\u202e", "page:", "query:")
CHARACTERS = st.one_of(st.sampled_from(NASTY), st.characters())
TEXTS = st.lists(CHARACTERS, max_size=12).map("".join)


@pytest.mark.parametrize(
    ("typed", "command", "values"),
    [
        ("search diffusion", SEARCH, {"query": "diffusion"}),
        ("  Search   diffusion  model ", SEARCH, {"query": "diffusion  model"}),
        ("preview rag", SEARCH, {"query": "rag"}),
        ('search query:"diffusion model" page:2', SEARCH, {"query": "diffusion model", "page": "2"}),
        ('search query:"diffusion model" -video', SEARCH, {"query": '"diffusion model" -video'}),
        ("search query: diffusion model", SEARCH, {"query": "diffusion model"}),
        (
            "search diffusion channel:#vision video",
            SEARCH,
            {"query": "diffusion video", "channel": "#vision"},
        ),
        ("search agents in channel:#vision", SEARCH, {"query": "agents", "channel": "#vision"}),
        ("search to  channel:#vision all in", SEARCH, {"query": "all in", "channel": "#vision"}),
        ("search plug in page:2", SEARCH, {"query": "plug in", "page": "2"}),
        ("search begin channel:#vision", SEARCH, {"query": "begin", "channel": "#vision"}),
        ('search query:"in" channel:x', SEARCH, {"query": "in", "channel": "x"}),
        ("pause IN channel:#vision", PAUSE, {"channel": "#vision"}),
        ("search CHANNEL:#vision rag", SEARCH, {"query": "rag", "channel": "#vision"}),
        ('search "in channel:#vision" rag', SEARCH, {"query": '"in channel:#vision" rag'}),
        ('search title:"a channel:x b" rag', SEARCH, {"query": 'title:"a channel:x b" rag'}),
        ("search subchannel:x", SEARCH, {"query": "subchannel:x"}),
        ('search channel:"my room" rag', SEARCH, {"query": "rag", "channel": "my room"}),
        ('search 5" screens channel:#vision', SEARCH, {"query": '5" screens', "channel": "#vision"}),
        ("search one\ntwo", SEARCH, {"query": "one\ntwo"}),
        ("search", SEARCH, {}),
        ('search query:""', SEARCH, {"query": ""}),
        ("search channel:", SEARCH, {"channel": ""}),
        ("feed add https://example.org/rss", FEED_ADD, {"url": "https://example.org/rss"}),
        ("FEED  Add https://example.org/rss", FEED_ADD, {"url": "https://example.org/rss"}),
        ("feed arxiv", FEED, {"name": "arxiv"}),
        ("what can", HELP, {}),
        ("?", HELP, {}),
        ("pause number:3", PAUSE, {"number": "3"}),
    ],
)
def test_a_line_is_a_command_with_arguments(typed: str, command: Command, values: dict[str, str]) -> None:
    line = parse(typed, TABLE)
    assert (line.command, line.values, line.form) == (command, values, False)


def test_a_query_goes_through_untouched() -> None:
    query = r'"diffusion model" -video title:flow upvotes>=20 (a OR b) x* \alpha'
    assert parse(f"search {query}", TABLE).values == {"query": query}


def test_a_leading_question_mark_opens_the_form() -> None:
    line = parse("?search query:rag", TABLE)
    assert (line.command, line.values, line.form) == (SEARCH, {"query": "rag"}, True)


@pytest.mark.parametrize(
    ("typed", "word", "rest"),
    [
        ("subsribe difusion  model", "subsribe", "difusion  model"),
        ("", "", ""),
        ("  ", "", ""),
        ("?topic", "topic", ""),
    ],
)
def test_an_unknown_command_is_told_with_its_words(typed: str, word: str, rest: str) -> None:
    with pytest.raises(UnknownCommand) as caught:
        parse(typed, TABLE)
    assert (caught.value.word, caught.value.rest) == (word, rest)


@pytest.mark.parametrize(
    ("typed", "param", "under"),
    [
        ('search rag channel:"my room', "channel", '"my room'),
        ('search rag channel:"my"room', "channel", '"my"room'),
        ("search rag page:2 page:3", "page", "page:3"),
        ("pause 3", "", "3"),
    ],
)
def test_a_wrong_argument_is_shown_by_a_caret(typed: str, param: str, under: str) -> None:
    with pytest.raises(BadArgument) as caught:
        parse(typed, TABLE)
    error = caught.value
    assert error.param == param
    assert error.caret is not None
    assert error.text[error.caret :].startswith(under)


@given(TEXTS, TEXTS, TEXTS, st.booleans())
def test_what_is_printed_reads_back_as_it_was(query: str, channel: str, page: str, form: bool) -> None:
    values = {"query": query, "channel": channel, "page": page}
    line = parse(print_line("search", values, form=form), TABLE)
    assert (line.command, line.values, line.form) == (SEARCH, values, form)


@given(TEXTS)
def test_a_printed_line_is_one_line(query: str) -> None:
    assert "\n" not in print_line("search", {"query": query})


@given(st.text(max_size=40))
def test_only_the_errors_named_come_out_of_the_reader(text: str) -> None:
    for typed in (text, f"search {text}", f"pause {text}"):
        try:
            parse(clean(typed), TABLE)
        except (UnknownCommand, BadArgument):
            continue


def test_a_button_says_what_one_could_type() -> None:
    assert (
        print_line("search", {"query": "diffusion model", "page": "2"})
        == 'search query:"diffusion model" page:2'
    )


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"page": "2", "query": '"world model" -toy'}, 'search page:2 "world model" -toy'),
        ({"query": "cats OR dogs"}, "search cats OR dogs"),
        ({"page": "2"}, "search page:2"),
        ({}, "search"),
        ({"query": "page:3"}, "search query:page:3"),
        ({"query": "two\nlines"}, r'search query:"two\nlines"'),
        ({"query": 'channel:"x'}, r'search query:"channel:\"x"'),
    ],
)
def test_a_person_types_free_words_without_their_name_where_that_says_the_same(
    values: dict[str, str], line: str
) -> None:
    assert typed_line("search", values, TABLE) == line


@given(TEXTS, TEXTS)
def test_what_a_person_would_type_says_the_same(query: str, page: str) -> None:
    values = {"query": query, "page": page}
    line = typed_line("search", values, TABLE)
    assert parse(line, TABLE) == parse(print_line("search", values), TABLE)
    assert "\n" not in line


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("“diffusion model” –survey", '"diffusion model" -survey'),
        ("»world model«", '"world model"'),
        ("„Graph“ ‑toy", '"Graph" -toy'),
        ("don’t care", "don't care"),
        ("a—b − c", "a-b - c"),
        ("ｔｉｔｌｅ：ｆｌｏｗ＞＝２", "title:flow>=2"),
        ("dif\u200bfusion\u00a0model\u3000x", "diffusion model x"),
        ("safe\u202etext\u2066", "safetext"),
        ("one\u2028two", "one\ntwo"),
        ("Łojasiewicz 扩散 Ünï", "Łojasiewicz 扩散 Ünï"),
    ],
)
def test_what_a_phone_puts_in_is_read_as_plain(typed: str, plain: str) -> None:
    assert clean(typed) == plain


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text(min_size=1))
def test_each_clean_character_stands_where_it_was_typed(text: str) -> None:
    for column, character in enumerate(clean(text)):
        assert clean(text[typed_column(text, column)]) == character
    assert typed_column(text, len(clean(text))) == len(text)


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("/papers list", "list"),
        (" /PAPERS  list ", "list"),
        ("/papers", ""),
        ("/papers\nlist", "list"),
        ("", ""),
        ("list", "list"),
        ("/papersx list", "/papersx list"),
    ],
)
def test_the_bots_own_name_is_left_out(line: str, rest: str) -> None:
    assert without_name(line, "/papers") == rest
