"""What a card shows in bold, and which sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching.marking import best_sentence, highlight, matched, sentences_of
from bot.matching.parser import parse


def bold(text: str, *queries: str) -> list[str]:
    return [run for run, is_bold in highlight([parse(query) for query in queries], text) if is_bold]


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("llm", "LLMs and an LLM, no VLLM", ["LLMs", "LLM"]),
        ('"world model"', "A World Model of worlds", ["World Model"]),
        ("gpt4o", "GPT-4o, GPT 4o and GPT4o's", ["GPT-4o", "GPT 4o", "GPT4o"]),
        ("finetuning", "fine tuning", ["fine tuning"]),
        ("diffus*", "Diffusers, diffusion", ["Diffusers", "diffusion"]),
        ("levy", "Die Straße von Lévy", ["Lévy"]),
        ("strasse", "Die Straße von Lévy", ["Straße"]),
        ("扩散", "视频扩散模型", ["扩散"]),
        ("c++", "In C++ and C", ["C++"]),
        ("alpha", r"the $\alpha$-divergence", ["alpha"]),
        ("flow -toy", "flow of toys", ["flow"]),
        ("author:lin org:lin", "lin", []),
        ("title:flow upvotes>=3 *", "a flow", ["flow"]),
        ("istanbul", "İİİ İstanbul", ["İstanbul"]),
    ],
)
def test_what_a_query_looks_for_is_bold_in_the_text_as_it_was_written(
    query: str, text: str, marked: list[str]
) -> None:
    assert bold(text, query) == marked


def test_what_overlaps_is_marked_once() -> None:
    assert bold("a large world model here", '"large world"', '"world model"', "large") == [
        "large world model"
    ]


def test_a_text_without_matches_is_one_plain_run() -> None:
    assert highlight([parse("flow")], "Nothing here") == (("Nothing here", False),)
    assert highlight([], "") == ()


@given(st.text(max_size=120))
def test_the_runs_joined_are_the_text(text: str) -> None:
    runs = highlight([parse("a OR bbb* OR 扩"), parse('"a b"')], text)
    assert "".join(run for run, _ in runs) == text
    assert all(run for run, _ in runs)


ABSTRACT = (
    "We present a method, e.g. for video, by Lin et al. with care. Diffusion models are slow! "
    "Is a world model needed? Our diffusion world model, v0.1 of it, is a fast world model. Code is out."
)


def test_sentences_end_where_a_reader_would_stop() -> None:
    assert list(sentences_of(ABSTRACT)) == [
        "We present a method, e.g. for video, by Lin et al. with care.",
        "Diffusion models are slow!",
        "Is a world model needed?",
        "Our diffusion world model, v0.1 of it, is a fast world model.",
        "Code is out.",
    ]
    assert list(sentences_of("扩散模型。视频！")) == ["扩散模型。", "视频！"]
    assert list(sentences_of("  ")) == []


@pytest.mark.parametrize(
    ("queries", "sentence"),
    [
        (["diffusion"], "Diffusion models are slow!"),
        (['"world model"'], "Our diffusion world model, v0.1 of it, is a fast world model."),
        (["model", "needed world"], "Is a world model needed?"),
        (["code"], "Code is out."),
        (["author:lin"], None),
        ([], None),
    ],
)
def test_the_best_sentence_holds_most_of_what_is_looked_for(queries: list[str], sentence: str | None) -> None:
    assert best_sentence([parse(query) for query in queries], ABSTRACT) == sentence


def test_the_place_of_the_match_in_a_sentence_is_told() -> None:
    sentence = "Is a world model needed?"
    (start, end), *others = matched([parse('"world model"')], sentence)
    assert (sentence[start:end], others) == ("world model", [])
