"""How people name a paper."""

import pytest

from bot.chat.command import BadArgument
from bot.commands.paper_ids import parse_paper


@pytest.mark.parametrize(
    ("text", "paper"),
    [
        ("2501.01234", "2501.01234"),
        (" 2501.01234v12 ", "2501.01234"),
        ("1207.1234", "1207.1234"),
        ("arXiv:2501.01234v2", "2501.01234"),
        ("hep-th/9408099", "hep-th/9408099"),
        ("math/0211159v2", "math/0211159"),
        ("math.GT/0309136", "math.GT/0309136"),
        ("CS/0701188", "cs/0701188"),
        ("https://arxiv.org/abs/hep-th/9408099", "hep-th/9408099"),
        ("https://arxiv.org/abs/2501.01234v3?context=cs", "2501.01234"),
        ("http://www.arxiv.org/pdf/2501.01234v1.pdf", "2501.01234"),
        ("arxiv.org/html/2501.01234#S1", "2501.01234"),
        ("https://huggingface.co/papers/2501.01234", "2501.01234"),
        ("<https://huggingface.co/papers/2501.01234/>", "2501.01234"),
        ("https://doi.org/10.48550/arXiv.2501.01234", "2501.01234"),
    ],
)
def test_an_id_or_an_address_names_a_paper_without_its_version(text: str, paper: str) -> None:
    assert parse_paper(text) == paper


@pytest.mark.parametrize(
    "text",
    [
        "",
        "diffusion",
        "2501",
        "2501.012345",
        "12501.01234",
        "2501.01234 and more",
        "https://huggingface.co/datasets/2501.01234",
        "https://example.org/papers/",
        "٢٥٠١.٠١٢٣٤",
        "a" * 500,
    ],
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadArgument, match=r"such as 2501\.01234") as refused:
        parse_paper(text)
    assert refused.value.param == "paper"
