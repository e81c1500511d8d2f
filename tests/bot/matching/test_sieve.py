"""The quick look that spares the real one: it may say yes too often, never no."""

from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.items import read_file, read_items
from bot.matching.errors import QueryError
from bot.matching.evaluate import matches
from bot.matching.parser import parse
from bot.matching.sieve import may_match
from bot.matching.views import prepare
from bot.models import Paper, PaperId

SHARED = Path(__file__).resolve().parents[3].parent / "shared"


def paper(title: str, abstract: str = "", **more: str) -> Paper:
    return Paper(id=PaperId("2511.00001"), title=title, abstract=abstract, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("matrix", "Sparse matrices"),
        ("matrices", "A matrix"),
        ("index-tuning", "Indices tuning"),
        ("phenomenon", "Phenomena"),
        ("quiz", "Quizzes"),
        ("branch", "Branches"),
        ("category", "Categories"),
        ("case", "Cases"),
        ("LLMs", "An LLM"),
        ("ses", "SES"),
        ("finetuning", "fine-tuning"),
        ("finetuning", "fine tuning"),
        ("diffusion-model", "Diffusion models"),
        ("GPT-4o", "gpt4o"),
        ("gpt4o", "GPT-4o's"),
        ('"gpt 4o"', "GPT–4o"),
        ("C++", "In C++."),
        ("3.5", "GPT-3.5"),
        ("diffu*", "Diffusion"),
        ("levy", r"L\'evy flights"),
        ("levy", "Lévy flights"),
        ("rcnn", "R-CNN"),
        ("x", r"$\textbf{x}$"),
        ("alpha", "α and $\\alpha$"),
        ("扩散", "扩散模型"),
        ("-video flow", "Flow"),
        ("flow OR video", "A video"),
        ("title:flow", "Flow"),
        ("author:lee", "Anything"),
        ("*", ""),
        ("upvotes>=0", ""),
    ],
)
def test_what_matches_passes(query: str, text: str) -> None:
    passed = may_match(parse(query))(paper(text))
    assert passed or not matches(parse(query), prepare(paper(text)))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("zeolite", "Diffusion models"),
        ("ai", "Training in Maine"),
        ("eth", "Something"),
        ("flow video", "Flow of words"),
        ('"world model"', "A model of the world"),
        ("zeolite OR quasar", "Diffusion models"),
        ("zeolite -video", "Diffusion models"),
        ("扩散", "Diffusion"),
    ],
)
def test_what_certainly_does_not_match_is_held_back(query: str, text: str) -> None:
    assert not may_match(parse(query))(paper("On it", text))


VOCABULARY = """
    matrix matrices index indices vertices axes analyses analysis corpora quizzes criteria phenomena theses
    case cases class branches categories category yes sees easy es s LLMs GPT-4o gpt4o gpt 4o C++ C# 3.5 R-CNN
    fine-tuning finetuning fine tuning diffusion models state-of-the-art L\\'evy Lévy naïve ﬁne α x's _a_b_
    扩散 \\textbf{x} $x$ o(n) a/b it’s e–s <think>
"""
WORDS = st.sampled_from(VOCABULARY.split())
SEPARATORS = st.sampled_from([" ", "-", ", ", "\n", "/", "–", "", ". "])
TEXTS = st.lists(st.tuples(WORDS, SEPARATORS), max_size=8).map(lambda parts: "".join(map("".join, parts)))


@given(
    query=st.one_of(TEXTS, TEXTS.map('"{}"'.format), TEXTS.map("{}*".format), st.text()),
    title=TEXTS,
    rest=TEXTS,
)
def test_it_never_holds_back_what_matches(query: str, title: str, rest: str) -> None:
    try:
        asked = parse(query)
    except QueryError:
        return
    one = paper(title, rest)
    assert may_match(asked)(one) or not matches(asked, prepare(one))


@pytest.mark.parametrize("kind", ["{}", '"{}"', "{:.4}*", "title:{}"])
def test_it_agrees_with_the_evaluator_on_real_papers(kind: str) -> None:
    file = SHARED / "data" / "daily_papers.jsonl.gz"
    if not file.exists():
        pytest.skip("the real feed's data is not here")
    papers = [listed.paper for listed in read_items(islice(read_file(file), 0, 7_000, 70))]
    texts = [prepare(one) for one in papers]
    words = sorted({word for text in texts for word in text["text", False].words if len(word) > 3})
    for word in words[::40]:
        try:
            asked = parse(kind.format(word))
        except QueryError:
            continue
        may = may_match(asked)
        assert [text.paper.id for text in texts if matches(asked, text) and not may(text.paper)] == []
