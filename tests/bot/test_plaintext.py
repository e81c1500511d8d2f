"""What a person reads of a text that was written for TeX."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plaintext import shown


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r"On a Question of L\'evy and {\L}ojasiewicz", "On a Question of Lévy and Łojasiewicz"),
        (r"Erd\H{o}s, Erd{\H o}s, Erd\H os", "Erdős, Erdős, Erdős"),
        (r"Czerwi\'nski and Lazi\'c", "Czerwiński and Lazić"),
        (r"G\"odel, G\"{o}del, G{\"o}del, {\"{O}}", "Gödel, Gödel, Gödel, Ö"),
        (r"na\"{\i}ve, na\"ive, Bolet\'{\i}n, \'\i", "naïve, naïve, Boletín, í"),
        (r"Fran\c{c}ois, Fran\c cois, \v{S}koda, \k{a}, \u{g}, \r{a}, \=a, \.z, \d{s}",
         "François, François, Škoda, ą, ğ, å, ā, ż, ṣ"),
        (r"S\o ren, S{\o}ren, \O{}rsted, Stra\ss e, \AE, \aa", "Søren, Søren, Ørsted, Straße, Æ, å"),
        (r"vis-\`a-vis, It\^o, ma\~nana", "vis-à-vis, Itô, mañana"),
        (r"Nguy\~{\^e}n", "Nguyễn"),
    ],
)  # fmt: skip
def test_an_accent_written_in_tex_is_read_as_a_letter(text: str, read: str) -> None:
    assert shown(text) == read


@pytest.mark.parametrize(
    "text",
    [
        r"\textbf{bold} and $\alpha$, 54.6\% of \method{}",
        r"\b{Coupled Variations}, a wide range of \~8B",
        r"$\L(x)$ and $x\'e$, an \O(n) bound",
        r"the line \\'ends here",
        r"valued at \$1 million",
        "<think> less: budgets for n<d, a <b>real</b> tag & more &amp;",
        "@everyone <!channel> *stars* _underscores_ `ticks`",
        "Lévy, 扩散模型, \u202ebidi",
    ],
)
def test_all_else_stays_as_its_author_wrote_it(text: str) -> None:
    assert shown(text) == text


def test_a_possessive_that_was_escaped_keeps_its_apostrophe() -> None:
    assert shown(r"the query\'s content, GPT-4o\'s score") == "the query's content, GPT-4o's score"


def test_line_breaks_and_runs_of_spaces_become_one_space() -> None:
    assert shown(" Video\n  Reasoning\twith\r\n\u2028models\u00a0here ") == "Video Reasoning with models here"


def test_control_characters_are_gone() -> None:
    assert shown("A\x1cB\x08C\x00\x7f\x9b D") == "ABC D"


def test_half_a_surrogate_pair_can_be_stored_afterwards() -> None:
    assert shown("a\ud83d b").encode() == "a\ufffd b".encode()


@given(st.text(alphabet=st.sampled_from("\\'\"`^{}$ \noLéaH1c")))
def test_any_text_is_shown_on_one_line(text: str) -> None:
    assert "\n" not in shown(text)


@given(st.text())
def test_text_without_backslashes_keeps_all_its_words(text: str) -> None:
    plain = "".join(c for c in text if c.isprintable() and c != "\\")
    assert shown(plain) == " ".join(plain.split())
