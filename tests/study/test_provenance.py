"""The code behind a verb is found by its imports, and its digest changes with it alone."""

import pytest

from clipblind.study.provenance import PACKAGE, PLUMBING, code_of, modules_of

VERBS = {
    "pool.render": {"pools.world.draw", "pools.images"},
    "encoder.train_clip": {"training", "encoders.small", "encoders.pixels"},
    "encoder.embed": {"embed", "encoders.open_clip_loader", "encoders.transformers_loader"},
    "pairs.mine": {"mining.join", "mining.dense", "mining.quantiles", "embeddings", "vectors"},
    "contender.train": {"mof.model", "mof.packing", "encoders.words", "benchmark.wording"},
    "contender.answer": {"contenders.llava", "mof.training"},
    "grading.grade": {"grading.parser", "grading.evidence"},
    "vlm.study": {"vlm.matching", "stats", "pools.world.captions"},
    "report.page": {"web.page", "web.story", "stats"},
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_reaches_the_modules_it_works_with(verb):
    assert VERBS[verb] <= modules_of(verb)


@pytest.mark.parametrize(
    ("verb", "stranger"),
    [
        ("encoder.train_clip", "encoders.simclr_training"),
        ("encoder.train_clip", "embed"),
        ("encoder.embed", "mining.join"),
        ("contender.train", "contenders.llava"),
        ("pool.scenes", "pools.world.draw"),
        ("grading.grade", "grading.scores"),
    ],
)
def test_a_verb_does_not_depend_on_what_it_does_not_use(verb, stranger):
    assert stranger not in modules_of(verb)


def test_no_verb_depends_on_plumbing():
    assert not any(PLUMBING & modules_of(verb) for verb in VERBS)


def test_a_figure_depends_on_its_own_module_and_not_on_the_others():
    reached = modules_of("report.figure", "figures.density")
    assert "figures.density" in reached
    assert "figures.scaling" not in reached


def _edited(monkeypatch, name, old, new):
    """The digests of two verbs after an edit of one module that only the first reaches."""
    import clipblind.study.provenance as provenance

    real, changed = provenance._source, PACKAGE / name
    assert old in real(changed)
    monkeypatch.setattr(
        provenance, "_source", lambda p: real(p).replace(old, new) if p == changed else real(p)
    )
    return code_of("pairs.mine"), code_of("grading.grade")


def test_the_digest_follows_the_code_of_what_is_reached(monkeypatch):
    before = code_of("pairs.mine"), code_of("grading.grade")
    after = _edited(monkeypatch, "mining/dense.py", "BLOCK: Final = 2048", "BLOCK: Final = 1024")
    assert after[0] != before[0]
    assert after[1] == before[1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("BLOCK: Final = 2048", "BLOCK: Final = (\n    2048  # rows\n)"),
        ('"""All pairs by matrix products', '"""Reworded. All pairs by matrix products'),
    ],
)
def test_the_digest_ignores_layout_comments_and_docstrings(monkeypatch, old, new):
    before = code_of("pairs.mine"), code_of("grading.grade")
    assert _edited(monkeypatch, "mining/dense.py", old, new) == before


def test_an_unknown_verb_is_a_fault():
    with pytest.raises(ValueError, match="no verb nothing"):
        code_of("pairs.nothing")
