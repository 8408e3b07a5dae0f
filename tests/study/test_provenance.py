"""The code behind a verb is found by its imports, and its digest changes with it alone."""

import ast
import time

import pytest

from clipblind.study import provenance
from clipblind.study.provenance import (
    PACKAGE,
    PLUMBING,
    TABLES,
    backend_modules,
    code_of,
    code_of_package,
    loader_modules,
    modules_of,
)
from clipblind.study.reading import table_of
from clipblind.study.settings.contenders import Baseline, Endpoint
from clipblind.study.settings.encoder import Encoder

TIMM, OPEN_CLIP, TRANSFORMERS = (
    loader_modules(Encoder(loader=loader, source="a/b"))
    for loader in ("timm", "open_clip", "transformers")
)
OPENAI = backend_modules(Endpoint(kind="openai", model="m", base_url="http://localhost/v1"))
CONSTANT = backend_modules(Baseline(kind="constant"))
# what rules ask for: a verb, and what it imports by name
VERBS = {
    "scenes": ("pool.scenes",),
    "render": ("pool.render",),
    "train_clip": ("encoder.train_clip",),
    "train_simclr": ("encoder.train_simclr",),
    "work of timm": ("encoder.work", *TIMM),
    "work of open_clip": ("encoder.work", *OPEN_CLIP),
    "work of transformers": ("encoder.work", *TRANSFORMERS),
    "mine": ("pairs.mine",),
    "train": ("contender.train", *OPEN_CLIP),
    "ask openai": ("answers.ask", *OPENAI),
    "ask constant": ("answers.ask", *CONSTANT),
    "grade": ("answers.grade",),
    "page": ("report.page",),
}
REACHED = {
    "render": {"world.draw", "world.pictures"},
    "train_clip": {"models.training", "encoders.small", "encoders.pixels"},
    "work of open_clip": {"embedding.engine", "encoders.open_clip_loader", "matching.scores"},
    "mine": {"mining.join", "mining.dense", "mining.quantiles", "embedding.files"},
    "train": {"mof.model", "mof.packing", "benchmark.wording"},
    "ask openai": {"contenders.ledger", "contenders.backends.openai_backend"},
    "grade": {"grading.reading.parser", "grading.reading.evidence"},
    "page": {"report.page", "ground.stats"},
}


@pytest.mark.parametrize("asked", REACHED)
def test_a_verb_reaches_the_modules_it_works_with(asked):
    assert REACHED[asked] <= modules_of(*VERBS[asked])


@pytest.mark.parametrize(
    ("asked", "stranger"),
    [
        ("train_clip", "world.simclr_training"),
        ("train_clip", "embedding.engine"),
        ("work of open_clip", "mining.join"),
        ("train", "contenders.run"),
        ("scenes", "world.draw"),
        ("grade", "grading.scores"),
    ],
)
def test_a_verb_does_not_depend_on_what_it_does_not_use(asked, stranger):
    assert (PACKAGE / stranger.replace(".", "/")).with_suffix(".py").is_file()
    assert stranger not in modules_of(*VERBS[asked])


@pytest.mark.parametrize("asked", VERBS)
def test_no_verb_depends_on_plumbing(asked):
    for module in modules_of(*VERBS[asked]):
        assert not any(f"{module}.".startswith(f"{plumbing}.") for plumbing in PLUMBING)


@pytest.mark.parametrize(
    ("module", "changed"),
    [
        # nobody's weights, and no server, train anything of the world again
        ("encoders/timm_loader.py", {"work of timm"}),
        ("contenders/backends/openai_backend.py", {"ask openai"}),
        ("contenders/backends/baseline.py", {"ask constant"}),
        ("contenders/backends/transformers_backend.py", set()),
        ("mining/dense.py", {"mine", "page"}),
        ("world/simclr_training.py", {"train_simclr"}),
        ("contenders/ledger.py", {"ask openai", "ask constant"}),
        ("study/compose.py", set()),
        ("ground/tables/answers.py", set()),
    ],
)
def test_an_edit_of_a_module_changes_the_verbs_that_use_it_and_no_others(
    monkeypatch, module, changed
):
    before = {asked: code_of(*verb) for asked, verb in VERBS.items()}
    edit(monkeypatch, module, lambda text: f"{text}\nEDITED = 1\n")
    after = {asked: code_of(*verb) for asked, verb in VERBS.items()}
    assert {asked for asked in VERBS if before[asked] != after[asked]} == changed


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("BLOCK: Final = 2048", "BLOCK: Final = (\n    2048  # rows\n)"),
        ('"""All pairs by matrix products', '"""Reworded. All pairs by matrix products'),
    ],
)
def test_the_digest_ignores_layout_comments_and_docstrings(monkeypatch, old, new):
    before = code_of("pairs.mine"), code_of_package()
    assert old in (PACKAGE / "mining/dense.py").read_text()
    edit(monkeypatch, "mining/dense.py", lambda text: text.replace(old, new))
    assert (code_of("pairs.mine"), code_of_package()) == before


def test_an_edit_of_a_verb_itself_leaves_the_other_verbs_of_its_chapter(monkeypatch):
    before = code_of("pairs.mine"), code_of("pairs.select")
    edit(monkeypatch, "commands/pairs.py", lambda t: t.replace("def mine(", "def mine(x, ", 1))
    assert code_of("pairs.mine") != before[0]
    assert code_of("pairs.select") == before[1]


def test_a_figure_depends_on_its_own_module_and_not_on_the_others():
    reached = modules_of("report.figure", "figures.density")
    assert "figures.density" in reached
    assert "figures.scaling" not in reached


def test_an_unknown_verb_is_a_fault():
    with pytest.raises(ValueError, match="no verb nothing"):
        code_of("pairs.nothing")


def test_a_verb_that_imports_by_name_and_is_told_no_name_is_a_fault():
    with pytest.raises(ValueError, match=r"encoder\.work imports by name what encoders lists"):
        code_of("encoder.work")
    # a small LLaVA without towers loads no encoder, and its rule says so
    assert loader_modules() == ("encoders",)


@pytest.mark.parametrize("module", TABLES)
def test_a_table_names_modules_that_there_are(module):
    names = table_of(
        (PACKAGE / module.replace(".", "/") / "__init__.py").read_text(), TABLES[module]
    )
    for name in names.values():
        path = PACKAGE.parent / name.replace(".", "/")
        assert path.with_suffix(".py").is_file()


def test_no_module_is_imported_by_a_name_that_no_table_holds():
    """Else an edit of it would rerun nothing."""
    held = {name for module in TABLES for name in listed(module)}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
                continue
            place = PACKAGE.parent / node.value.replace(".", "/")
            if node.value.startswith("clipblind.") and place.with_suffix(".py").is_file():
                assert node.value in held, f"{path} names {node.value}"


def test_what_was_read_of_the_sources_is_remembered_by_their_content(tmp_path, monkeypatch):
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/config.yaml").touch()
    monkeypatch.chdir(tmp_path)
    provenance.read_source.cache_clear()
    first, began = code_of("pairs.mine"), time.process_time()
    assert (tmp_path / ".clipblind/code.json").is_file()
    provenance.read_source.cache_clear()
    assert code_of("pairs.mine") == first
    assert time.process_time() - began < 1


def listed(module):
    """The names that a module's table holds."""
    text = (PACKAGE / module.replace(".", "/") / "__init__.py").read_text()
    return set(table_of(text, TABLES[module]).values())


def edit(monkeypatch, module, change):
    """One source file reads otherwise."""
    real, edited = provenance._text, PACKAGE / module
    assert edited.is_file()
    monkeypatch.setattr(
        provenance, "_text", lambda path: change(real(path)) if path == edited else real(path)
    )
