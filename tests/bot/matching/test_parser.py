"""What people type, and the query it is read as."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching.errors import QueryError, TwoQueries
from bot.matching.parser import parse
from bot.matching.query import (
    LINKS,
    NUMBERS,
    RESERVED,
    TEXT_FIELDS,
    And,
    Everything,
    Has,
    Node,
    Not,
    Number,
    Or,
    Term,
    is_positive,
    query_of,
)


def canonical(text: str) -> str:
    return parse(text).canonical


def refused(text: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        parse(text)
    return caught.value


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("diffusion", "diffusion"),
        ("Diffusion MODEL", "diffusion model"),
        ('"diffusion model"', '"diffusion model"'),
        ("'diffusion model'", '"diffusion model"'),
        ("cats OR dogs", "cats OR dogs"),
        ("cats|dogs", "cats OR dogs"),
        ("cats || dogs", "cats OR dogs"),
        ("cats AND dogs", "cats dogs"),
        ("cats & dogs", "cats dogs"),
        ("cats&&dogs", "cats dogs"),
        ("cats and dogs", "cats dogs"),
        ("Q&A", "q&a"),
        ("cats -dogs", "cats -dogs"),
        ("cats NOT dogs", "cats -dogs"),
        ("cats AND NOT dogs", "cats -dogs"),
        ("cats and not dogs", "cats -dogs"),
        ("cats !dogs", "cats -dogs"),
        ("cats ! dogs", "cats -dogs"),
        ("cats --dogs", "cats -dogs"),
        ("cats NOT NOT dogs", "cats dogs"),
        ("+cats +dogs", "cats dogs"),
        ("cats -(dogs OR birds)", "cats -(birds OR dogs)"),
        ("diffus*", "diffus*"),
        ('"world mod"*', '"world mod"*'),
        ("title:flow", "title:flow"),
        ("Title: flow", "title:flow"),
        ('author:"Yann LeCun"', 'author:"yann lecun"'),
        ("title:(flow OR diffusion -video)", "title:flow OR (title:diffusion -title:video)"),
        ("org:meta keyword:agents abstract:robot", "abstract:robot keyword:agents org:meta"),
        ("upvotes>=20 *", "upvotes>=20"),
        ("upvotes > 19", "upvotes>=20"),
        ("upvotes≥20", "upvotes>=20"),
        ("upvotes:>=20", "upvotes>=20"),
        ("upvotes:20", "upvotes>=20"),
        ("comments<6", "comments<=5"),
        ("stars=100", "stars=100"),
        ("has:code HAS:Project", "has:code has:project"),
        ("*", "*"),
        ("* -video", "* -video"),
        ("diffusion *", "diffusion"),
        ("C++ C#", "c# c++"),
        ("GPT-4o text/image snake_case", "gpt-4o snake_case text/image"),
        ("扩散模型", "扩散模型"),
        (r"author:Czerwi\'nski", "author:czerwinski"),
        (r"G\"odel", "godel"),
        (r"$\alpha$-divergence \textbf{x}", "alpha-divergence x"),
        ("10:30 p<0.05 v:1", "10-30 p-0.05 v-1"),
        ("https://example.org/a", "https-example.org/a"),
        ("Mamba: Linear-Time Models", "linear-time mamba models"),
        ("1,000 papers", "1000 papers"),
        ("straße", "strasse"),
    ],
)
def test_what_people_type_has_one_canonical_form(typed: str, read: str) -> None:
    assert canonical(typed) == read


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("“diffusion model” –survey", '"diffusion model" -survey'),
        ("»world model«", '"world model"'),
        ("«world model»", '"world model"'),
        ("„Graph“ ‑toy", '"graph" -toy'),
        ("diffusion —survey", "diffusion -survey"),
        ("don’t care", "don't care"),
        ("text‑to–image", "text-to-image"),
        ("ｔｉｔｌｅ：ｆｌｏｗ　（ｃａｔｓ｜ｄｏｇｓ）", "title:flow (cats OR dogs)"),
        ("「world model」", '"world model"'),
    ],
)
def test_what_a_phone_puts_in_reads_as_plain_characters(typed: str, plain: str) -> None:
    assert parse(typed).plain == plain
    assert parse(typed) == parse(plain)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("world model", "model world"),
        ("a OR b OR c", "(c OR b) OR a"),
        ("a (b c)", "a b c"),
        ("(a b) OR (b a)", "b a"),
        ("a a", "a"),
        ("(a)", "a"),
        ("title:(a b)", "title:b title:a"),
        ("Lévy", "levy"),
        ("-b a upvotes>=3", "upvotes>=3 a -b"),
    ],
)
def test_two_ways_of_asking_the_same_are_one_query(one: str, other: str) -> None:
    assert parse(one) == parse(other)
    assert canonical(one) == canonical(other)


def test_the_plain_form_keeps_the_order_that_was_typed() -> None:
    assert parse("world MODEL -survey large").plain == "world model -survey large"


def test_or_binds_weaker_than_words_side_by_side() -> None:
    assert canonical("flow matching OR diffusion") == canonical("(flow matching) OR diffusion")


@pytest.mark.parametrize(
    ("typed", "read", "note"),
    [
        ("#diffusion", "diffusion", "dropped the leading #"),
        ("to diffusion", "diffusion", "dropped the leading 'to'"),
        ("cats or dogs", "cats OR dogs", "read 'or' as OR: to look for the word, put it in quotes"),
        ("upvotes:20", "upvotes>=20", "read upvotes:20 as upvotes>=20"),
        ("cats - dogs", "cats dogs", "left - aside: to leave papers out, write -video without a space"),
        ("cats 🚀", "cats", "left 🚀 aside: only letters and digits can be looked for"),
        (
            "attention is not all",
            'all attention is "not"',
            "looks for the word 'not': to leave papers out, write -video or NOT video",
        ),
        (
            "author:yann lecun",
            "author:yann lecun",
            'author: takes yann only: for the whole name write author:"yann lecun"',
        ),
    ],
)
def test_what_is_read_otherwise_than_typed_is_said_in_a_note(typed: str, read: str, note: str) -> None:
    assert canonical(typed) == read
    assert parse(typed).notes == (note,)


@pytest.mark.parametrize("typed", ["to", "image to video", "or", '"to" video', "and", "to OR from"])
def test_small_words_that_join_nothing_are_words(typed: str) -> None:
    assert parse(typed).notes == ()


@pytest.mark.parametrize(
    ("typed", "caret", "said"),
    [
        ("title:diffusion OR", 17, "This ends after OR: say what else to match"),
        ("cats AND", 7, "This ends after AND"),
        ("OR cats", 0, "OR has nothing before it"),
        ("cats AND OR dogs", 9, "Nothing stands between AND and OR"),
        ("(cats", 0, "never closed"),
        ("(", 0, "never closed"),
        ("cats)", 4, "closes nothing"),
        (")", 0, "closes nothing"),
        ("cats ()", 6, "Nothing stands in these brackets"),
        ('cats "dogs', 5, "This quote is never closed"),
        ("cats “dogs", 5, "This quote is never closed"),
        ('cats ""', 5, "Nothing to look for here"),
        ("", 0, "Say what to look for"),
        ("#", 0, "Say what to look for"),
        ("🚀 !?", 2, "This ends after NOT"),
        ("titel:x", 0, "There is no field titel: did you mean title: ?"),
        ("cats auther: x", 5, "did you mean author: ?"),
        ("authors:x", 0, "did you mean author: ?"),
        ("organization:x", 0, "did you mean org: ?"),
        ("foo:bar", 0, "There is no field foo: fields are title: abstract:"),
        ("title:", 0, "After title: stands a word"),
        ("title: -x", 7, "write -title:video"),
        ("title:(x upvotes>=5)", 9, "Inside title:( … ) stand words and phrases only"),
        ("title:*", 6, "Nothing to look for here"),
        ("title>=5", 0, "title: is no number"),
        ("upvote>=5", 0, "did you mean upvotes>=5 ?"),
        ("likes>5", 0, "numbers are upvotes, comments and stars"),
        ("upvotes>=", 8, "upvotes takes a whole number"),
        ("upvotes>=lots", 9, "upvotes takes a whole number"),
        ("upvotes>=1234567890", 9, "upvotes takes a whole number"),
        ("upvotes: -3", 9, "upvotes takes a whole number"),
        ("upvotes<0", 0, "upvotes are never below 0"),
        ("has:cod", 4, "write has:code"),
        ("has:", 3, "has: knows code and project"),
        ("di*", 0, "Before a * stand 3 letters or more"),
        ("dif*ion", 3, "A * stands only at the end of a word"),
        ("-video", 0, "This only says what to leave out: add what to look for, or * for everything"),
        ("cats OR -dogs", 8, "This only says what to leave out"),
        ("NOT (cats dogs)", 0, "This only says what to leave out"),
        ("cats -*", 6, "This leaves out everything"),
        ("(cats, dogs)", 5, "write OR between"),
        ("cats – (dogs", 7, "never closed"),
        ("x" * 501, 500, "501 characters"),
        ("ﷺ" * 40, 40, "600 characters"),  # one character that is written as many
        ("(" * 25 + "a" + ")" * 25, 20, "Brackets stand 20 deep at most"),
        ("word " * 65, 320, "64 words at most"),
    ],
)
def test_an_error_says_what_to_do_and_points_at_the_place(typed: str, caret: int, said: str) -> None:
    error = refused(typed)
    assert said in str(error)
    assert (error.caret, error.text) == (caret, typed)
    assert "\n" not in error.message


def test_an_error_is_drawn_with_the_caret_under_what_was_typed() -> None:
    assert refused("title:diffusion OR").drawn() == "title:diffusion OR\n                 ^"
    assert refused("„Graph“ –toy (").drawn() == "„Graph“ –toy (\n             ^"


def test_the_caret_stands_right_under_wide_characters() -> None:
    assert refused("扩散 (").drawn() == "扩散 (\n     ^"


def test_a_long_query_is_drawn_around_its_fault() -> None:
    text, caret = refused("word " * 30 + "( " + "word " * 30).drawn().split("\n")
    assert len(text) <= 62
    assert text[caret.index("^")] == "("


def test_a_line_break_in_a_query_leaves_the_drawing_two_lines() -> None:
    assert refused('cats\n"dogs').drawn() == 'cats "dogs\n     ^'


@pytest.mark.parametrize(
    ("typed", "either", "parts"),
    [
        ("cats, dogs", "cats OR dogs", ("cats", "dogs")),
        ("cats,dogs", "cats OR dogs", ("cats", "dogs")),
        ("cats; dogs", "cats OR dogs", ("cats", "dogs")),
        ("cats\ndogs", "cats OR dogs", ("cats", "dogs")),
        ("cats，dogs、birds", "cats OR dogs OR birds", ("cats", "dogs", "birds")),
        ("cats, dogs, and birds", "cats OR dogs OR birds", ("cats", "dogs", "birds")),
        ("cats,\ndogs or birds,", "cats OR dogs OR birds", ("cats", "dogs OR birds")),
        ("world model, flow -toy", "(world model) OR (flow -toy)", ("world model", "flow -toy")),
    ],
)
def test_a_comma_or_line_break_asks_which_is_meant(typed: str, either: str, parts: tuple[str, ...]) -> None:
    error = refused(typed)
    assert isinstance(error, TwoQueries)
    assert (error.either, error.parts) == (either, parts)
    assert [parse(part).plain for part in (either, *parts)] == [either, *parts]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ('"cats, dogs"', '"cats dogs"'),
        ("cats,", "cats"),
        (", cats", "cats"),
        ("cats, Cats", "cats"),
        ("cats OR\ndogs", "cats OR dogs"),
        ("cats\nOR dogs", "cats OR dogs"),
        ("cats\nor dogs", "cats OR dogs"),
        ("(cats\ndogs)", "cats dogs"),
        ("\ncats\r\n", "cats"),
    ],
)
def test_other_commas_and_line_breaks_part_nothing(typed: str, read: str) -> None:
    assert canonical(typed) == read


def test_the_error_of_one_part_points_into_the_whole_text() -> None:
    assert refused("cats, dogs OR").caret == 12
    assert refused("cats, -dogs").caret == 6


# --- for all texts and all queries -------------------------------------------------------------------

PIECES = [
    *"()\"'*-!|&,;:#+/.\\{}$^_\n <>=≥–“”«»",
    " OR ", " AND ", " NOT ", " or ", " and ", " not ", "to ", "title:", "author:", "upvotes>=", "has:code",
    "C++", "GPT-4o", "cats", "x", "20",
    "é", "ß", "İ", "ﷺ", "扩", "ｶﾞ", "ำ", "ʼ", "½", "⒈", "\u0301", "\u200b", "🚀",
]  # fmt: skip
TEXTS = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=30).map("".join))


@given(TEXTS)
def test_only_query_errors_leave_the_parser(text: str) -> None:
    try:
        query = parse(text)
    except TwoQueries as error:
        for part in (error.either, *error.parts):
            assert parse(part).plain
    except QueryError as error:
        assert 0 <= error.caret <= len(text)
        assert len(error.drawn().split("\n")) == 2
    else:
        assert parse(query.canonical) == query
        assert parse(query.canonical).canonical == query.canonical
        assert parse(query.plain) == query
        assert parse(query.plain).plain == query.plain


@pytest.mark.parametrize(
    "text", ["(" * 499, "-" * 499 + "a", "NOT " * 120 + "a", "!(" * 200, '"' * 499, "\\" * 499]
)
def test_deep_and_dull_texts_give_an_error_or_a_query(text: str) -> None:
    try:
        parse(text)
    except QueryError as error:
        assert str(error)


def terms() -> st.SearchStrategy[Node]:
    words = st.sampled_from(
        ["cats", "gpt-4o", "c++", "c#", "don't", "3.5", "or", "to", "not", "title", "扩散", "q&a"]
    )
    phrases = st.lists(words, min_size=1, max_size=3).map(" ".join)
    fields = st.sampled_from([None, *TEXT_FIELDS])
    signs = st.sampled_from([">=", "<=", "="])
    return st.one_of(
        st.builds(lambda text, field: Term(text, text in RESERVED, False, field), words, fields),
        st.builds(lambda text, field: Term(text, True, False, field), phrases, fields),
        st.builds(
            lambda text, quoted: Term(text, quoted, True),
            st.sampled_from(["dogs", "not", "gpt-4"]),
            st.booleans(),
        ),
        st.builds(Number, st.sampled_from(NUMBERS), signs, st.integers(0, 10**9 - 1)),
        st.builds(Has, st.sampled_from(LINKS)),
        st.just(Everything()),
    )


def branches(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    nodes = st.lists(inner, min_size=1, max_size=4).map(tuple)
    negative = inner.filter(lambda node: node != Everything()).map(Not)
    return st.one_of(nodes.map(And), nodes.map(Or), negative)


@given(st.recursive(terms(), branches, max_leaves=12))
def test_a_query_printed_and_parsed_is_the_same_query(node: Node) -> None:
    query = query_of(node)
    if is_positive(query.root) and "-*" not in query.canonical:
        assert parse(query.canonical) == query
        assert parse(query.plain) == query
        assert parse(query.plain).plain == query.plain
