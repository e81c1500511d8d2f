"""Plurals: LLMs asks the same as LLM. Nothing else is stemmed, so generate and generative stay apart.

Checked against the words of 7,000 abstracts: only what collides there with another word is an exception.
"""

SHORTEST = 4  # letters; gps is not many gp, and its, has and bus are no plurals

_IRREGULAR = {
    "analyses": "analysis", "axes": "axis", "biases": "bias", "buses": "bus", "caches": "cache",
    "calories": "calorie", "cookies": "cookie", "corpora": "corpus", "corpuses": "corpus", "cpus": "cpu",
    "criteria": "criterion", "diagnoses": "diagnosis", "gases": "gas", "gpus": "gpu",
    "hypotheses": "hypothesis", "indexes": "index", "indices": "index", "lenses": "lens",
    "matrices": "matrix", "menus": "menu", "movies": "movie", "niches": "niche", "npus": "npu",
    "phenomena": "phenomenon", "plateaus": "plateau", "quizzes": "quiz", "syntheses": "synthesis",
    "theses": "thesis", "ties": "tie", "tpus": "tpu", "vertices": "vertex", "viruses": "virus",
}  # fmt: skip
_NO_PLURAL = frozenset({
    "alias", "analytics", "atlas", "bias", "canvas", "dynamics", "economics", "ethics", "genomics",
    "kinematics", "lens", "linguistics", "mathematics", "mechanics", "news", "optics", "physics", "robotics",
    "semantics", "series", "species", "statistics",
})  # fmt: skip
_SINGULAR_ENDS = ("ss", "us", "is")  # class, corpus, basis
_HISSING = ("ches", "shes", "sses", "xes")  # whose e belongs to the plural: branches, boxes


def stem(word: str) -> str:
    """The singular of a folded `word`, or the word itself where that is not plain English plural."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if not _is_plural(word):
        return word
    if word.endswith("ies") and len(word) > SHORTEST:
        return f"{word[:-3]}y"
    return word[:-2] if word.endswith(_HISSING) else word[:-1]


def _is_plural(word: str) -> bool:
    return (
        len(word) >= SHORTEST
        and word.endswith("s")
        and word[-2].isalpha()
        and not word.endswith(_SINGULAR_ENDS)
        and word not in _NO_PLURAL
    )
