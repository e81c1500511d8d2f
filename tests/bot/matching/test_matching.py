"""Which texts a query finds: the text rules, a table for each kind."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching.atoms import finder, places
from bot.matching.evaluate import matches
from bot.matching.parser import parse
from bot.matching.query import Term
from bot.matching.text import written
from bot.matching.views import prepare
from bot.models import Paper, PaperId
from tests.conftest import SHARED

ROWS = SHARED / "cases" / "inputs" / "14" / "match.json"


def paper(title: str = "", abstract: str = "", *authors: str, **more: object) -> Paper:
    return Paper(id=PaperId("2501.00001"), title=title, abstract=abstract, authors=authors, **more)  # type: ignore[arg-type]


def finds(query: str, text: str) -> bool:
    """Whether `query` finds `text` as a title, and just so as an abstract."""
    as_title = matches(parse(query), prepare(paper(text)))
    as_abstract = matches(parse(query), prepare(paper("", text)))
    assert as_title == as_abstract
    return as_title


@pytest.mark.skipif(not ROWS.exists(), reason="the folder with shared cases is not beside this one")
def test_the_shared_rows_of_short_words_hold() -> None:
    for row in json.loads(ROWS.read_text()):
        assert finds(row["query"], row["text"]) is row["hit"], row


@pytest.mark.parametrize(
    ("query", "text", "hit"),
    [
        ("ai", "Britain said it again", False),
        ("ai", "What an AI, and others", True),
        ("ai", "multi-AI systems (AI)", True),
        ("ai", "a I-beam where a is", False),
        ("nas", "takes n as input", False),
        ("rl", "RL/LLM, world-RL", True),
        ("ner", "inner, partner, owner", False),
        ("sam", "SAM-2 and SAM's masks", True),
        ('"sam"', "sams and same", False),
        ("clip", "CLIP: a clipped eclipse", True),
        ("lip", "CLIP eclipses tulips", False),
    ],
)
def test_a_short_word_is_not_found_inside_a_longer_one(query: str, text: str, hit: bool) -> None:
    assert finds(query, text) is hit


@pytest.mark.parametrize(
    ("query", "text", "hit"),
    [
        ("llms", "An LLM at work", True),
        ("llm", "LLMs at work", True),
        ("gan", "GANs revisited", True),
        ("gpus", "on one GPU", True),
        ("study", "Studies of things", True),
        ("branches", "one branch", True),
        ("box", "Bounding boxes", True),
        ("matrix", "sparse matrices", True),
        ("analysis", "Two analyses", True),
        ("moes", "An MoE layer", True),
        ("data-sets", "A dataset", True),
        ("vision-language-model", "vision-language models", True),
        ('"llm"', "LLMs at work", False),
        ('"language models"', "a language model", False),
        ("title:agent", "Agents", True),
        ("bias", "biases", True),
        ("bia", "bias", False),
        ("clas", "class", False),
        ("corpu", "corpus", False),
        ("thi", "this basis", False),
        ("new", "news", False),
        ("u", "us", False),
        ("gp", "GPS traces", False),
        ("generate", "generative", False),
        ("generating", "generate", False),
        ("dynamics", "a dynamic scene", False),
    ],
)
def test_plurals_fold_on_unquoted_words_and_nothing_else_does(query: str, text: str, hit: bool) -> None:
    if query.startswith("title:"):
        assert matches(parse(query), prepare(paper(text))) is hit
    else:
        assert finds(query, text) is hit


@pytest.mark.parametrize("query", ["GPT-4o", '"gpt 4o"', "gpt4o", "GPT/4o", "gpt‑4o"])
@pytest.mark.parametrize(
    "text", ["We ask GPT-4o.", "We ask GPT 4o.", "We ask GPT4o.", "We ask GPT–4o's twin"]
)
def test_three_spellings_of_a_name_find_each_other(query: str, text: str) -> None:
    assert finds(query, text)


@pytest.mark.parametrize(
    ("query", "text", "hit"),
    [
        ("state-of-the-art", "the state of the art", True),
        ("stateoftheart", "a state-of-the-art system", True),
        ("text-to-image", "text to image, texttoimage", True),
        ("text-to-image", "an image to text", False),
        ("finetuning", "fine-tuning", True),
        ("finetuning", "fine tuning", True),
        ("fine-tuning", "finetuning", True),
        ('"fine tuning of llms"', "Finetuning of LLMs", True),
        ("multiagent", "a multi agent game", True),
        ("sam2", "SAM 2 and others", True),
        ("sam-2", "SAM 2", True),
        ("llama-3.1", "Llama 3.1", True),
        ("llama3.1", "Llama-3.1-8B", True),
        ("llama3", "Llama-3.1", False),
        ("gpt4o", "GPT-4o-mini", True),
        ("gpt-4", "GPT-4o", False),
        ("rcnn", "Faster R-CNN", True),
        ("r-cnn", "RCNN", True),
        ("rl", "R-L", True),
        ("wherea", "where a thing", False),
        ("inaccuracy", "in accuracy", False),
        ("informal", "in formal logic", False),
        ("vision/language", "vision-language", True),
        ("vision-language", "vision and language", False),
        ("pass@1", "at pass@1", True),
        ("Q&A", "a QA task", True),
        ("qa", "Q&A and Q\\&A", True),
        ("snake_case", "snake case", True),
        ("newton", "Newton's method", True),
        ("don’t", "we don't", True),
        ("0.1", "we take 0.1 of it", True),
        ("01", "we take 0.1 of it", False),
        ("1000", "1,000 papers", True),
        ("10,000", "10000 papers", True),
    ],
)
def test_hyphens_and_their_like_are_neighbours_or_nothing(query: str, text: str, hit: bool) -> None:
    assert finds(query, text) is hit


@pytest.mark.parametrize(
    ("query", "text", "hit"),
    [
        ("c++", "written in C++.", True),
        ("c++", "C++17 and C++-like", True),
        ("c++", "written in C", False),
        ("c#", "C#, then", True),
        ("c", "C++ and C#", False),
        ("c#", "C", False),
        ("c", "plain C", True),
        ("#c", "plain C", True),
    ],
)
def test_names_of_programming_languages_stay_whole(query: str, text: str, hit: bool) -> None:
    assert finds(query, text) is hit


@pytest.mark.parametrize(
    ("query", "text", "hit"),
    [
        ("levy", "a process of Lévy", True),
        ("lévy", "a process of Levy", True),
        (r"L\'evy", "a process of Lévy", True),
        ("levy", r"a process of L\'evy", True),
        ("lojasiewicz", r"On {\L}ojasiewicz", True),
        ("łojasiewicz", "Lojasiewicz", True),
        ("erdős", r"see Erd\H{o}s too", True),
        ("erdos", "Erdo\u030bs", True),
        ("strasse", "Straße", True),
        ("naïve", "naive", True),
        ("soren", "Søren", True),
        ("file", "the ﬁle", True),
        ("gpt", "ＧＰＴ", True),
        ("diffusion", "dif\u00adfusion", True),
        ("ΣΙΣΥΦΟΣ", "σίσυφος", True),
        ("istanbul", "İSTANBUL", True),
    ],
)
def test_accents_and_forms_of_letters_do_not_matter(query: str, text: str, hit: bool) -> None:
    assert finds(query, text) is hit


@pytest.mark.parametrize(
    ("query", "text", "hit"),
    [
        ("alpha", r"the $\alpha$-divergence", True),
        ("alpha-divergence", r"the $\alpha$-divergence", True),
        ("fastcurl", r"called \textbf{Fast}CuRL", True),
        ("textbf", r"called \textbf{Fast}CuRL", False),
        ("gans", "{GAN}s", True),
        ("h2o", "H$_2$O", True),
        ("think", "<think> less", True),
        ("nbsp", "a&nbsp;b", True),
        ("veomni", r"we present \veomni, a", True),
        ("times", r"2.3\times faster", True),
    ],
)
def test_latex_is_unwrapped_and_angle_brackets_are_text(query: str, text: str, hit: bool) -> None:
    assert finds(query, text) is hit


@pytest.mark.parametrize(
    ("query", "text", "hit"),
    [
        ("扩散", "视频扩散模型综述", True),
        ("扩散模型", "视频扩散模型综述", True),
        ("扩模", "视频扩散模型综述", False),
        ("扩散*", "视频扩散模型综述", True),
        ("モデル", "拡散モデルの研究", True),
        ("모델", "확산모델을 다룬다", True),
        ("แบบ", "แบบจำลอง", True),
        ("gpt", "基于GPT的模型", True),
        ('"扩散"', "扩 散", True),
        ("модель", "Модель мира", True),
        ("мир", "Модель мира", False),
    ],
)
def test_scripts_without_spaces_are_searched_inside(query: str, text: str, hit: bool) -> None:
    assert finds(query, text) is hit


@pytest.mark.parametrize(
    ("query", "text", "hit"),
    [
        ("diffus*", "Diffusers", True),
        ("diffus*", "a prediffusion", False),
        ("gpt-4*", "GPT-4o", True),
        ("gpt4*", "GPT-4o", True),
        ("gpt-4*", "GPT4o", True),
        ("text-to-im*", "text to image", True),
        ('"world mod"*', "world modelling", True),
        ('"world mod"*', "world of models", False),
        ("inform*", "in formal logic", False),
        ("models*", "model", False),
    ],
)
def test_a_prefix_lets_its_last_word_go_on(query: str, text: str, hit: bool) -> None:
    assert finds(query, text) is hit


WORLD = paper(
    "World Models of Flow",
    "We train a model. Video helps.",
    "Bo Lin",
    "Yann LeCun",
    "Zoë Williams",
    organization="Meta AI",
    keywords=("diffusion models", "robotics"),
    upvotes=20,
    comments=3,
    code_url="https://example.org/code",
)


@pytest.mark.parametrize(
    ("query", "hit"),
    [
        ("world video", True),
        ("world -video", False),
        ("world -audio", True),
        ("audio OR flow", True),
        ("audio OR (flow -video)", False),
        ('"flow we"', False),  # a phrase does not reach from title to abstract
        ("title:flow", True),
        ("title:video", False),
        ("abstract:video", True),
        ("title:(flow video)", False),
        ("title:(flow -video)", True),
        ("author:lin", True),
        ("author:li", False),
        ('author:"lin yann"', False),
        ("author:zoe", True),
        ("author:william", False),  # names have no plural
        ("lin", False),  # plain words are looked for in title and abstract
        ("org:meta", True),
        ('org:"meta ai"', True),
        ("org:google", False),
        ("keyword:diffusion", True),
        ("keyword:diffusion-model", True),
        ("diffusion", False),
        ("upvotes>=20", True),
        ("upvotes>20", False),
        ("upvotes<=19", False),
        ("upvotes=20", True),
        ("comments<4 stars=0", True),
        ("has:code", True),
        ("has:project", False),
        ("* -has:project", True),
        ("*", True),
        ("* -flow", False),
    ],
)
def test_fields_tests_and_operators_say_where_and_what(query: str, hit: bool) -> None:
    assert matches(parse(query), prepare(WORLD)) is hit


@pytest.mark.parametrize("query", ["author:czerwinski", "author:czerwiński", r"author:Czerwi\'nski"])
def test_names_written_in_tex_are_found(query: str) -> None:
    for name in (r"Jan Czerwi\'nski", "Jan Czerwiński"):
        assert matches(parse(query), prepare(paper("Flow", "", name)))


def test_a_paper_without_organisation_has_none() -> None:
    assert not matches(parse("org:none"), prepare(paper("Flow")))


LETTERS = st.lists(
    st.sampled_from([*"aéñ扩-'/ ", "ab", "abc", "gpt", "4o", "3.5", "models", "fine", "tuning", "İ", ". "]),
    max_size=12,
).map("".join)  # fmt: skip


@given(LETTERS, LETTERS, st.booleans(), st.booleans())
def test_a_term_has_a_place_in_a_text_exactly_where_it_is_found(
    typed: str, text: str, quoted: bool, prefix: bool
) -> None:
    term = Term(written(typed, " " if quoted else "-"), quoted, prefix)
    if term.text:
        assert bool(list(places(term, text))) == finder(term)(prepare(paper(text)))


@given(st.text(max_size=200), st.sampled_from(["model", '"world model"', "扩散", "gpt4*"]))
def test_any_text_can_be_searched(text: str, query: str) -> None:
    assert matches(parse(query), prepare(paper(text, text))) in (True, False)
