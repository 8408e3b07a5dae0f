"""Every figure: what it reads, where that lies, and which studies have it.

This is the one place where a figure is declared. To add one: a module `figures/NAME.py` with
`draw(inputs, settings)`, its entry in `FIGURES`, its line in `conf/figure/default.yaml`, its test.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from string import Formatter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from clipblind.study.settings.study import Study


@dataclass(frozen=True)
class Source:
    """Something that figures read.

    Attributes:
        files: relative to the study's folder; a pattern with a field of `_fields` stands for a
            file each.
        when: whether a study makes it.
    """

    files: tuple[str, ...]
    when: Callable[["Study"], bool]


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes:
        caption: one sentence or two, for the report of the workflow.
        needs: keys of `SOURCES`; a study that lacks one of them has no such figure.
        takes: keys of what it shows besides, where a study has it.
        when: what else a study must have.
    """

    caption: str
    needs: tuple[str, ...]
    takes: tuple[str, ...] = ()
    when: Callable[["Study"], bool] = lambda study: True


def figure_inputs(study: "Study") -> dict[str, dict[str, list[str]]]:
    """The files that each figure of a study reads, by key.

    Args:
        study: the composed study.

    Returns:
        The figures that the study has, and for each what `clipblind report figure` wants as
        `--input KEY=FILE`; paths are relative to the study's folder.
    """
    there = {key: files(source, study) for key, source in SOURCES.items() if source.when(study)}
    return {
        name: {key: there[key] for key in (*figure.needs, *figure.takes) if key in there}
        for name, figure in FIGURES.items()
        if figure.when(study) and all(there.get(key) for key in figure.needs)
    }


def captions() -> dict[str, str]:
    """The caption of every figure."""
    return {name: figure.caption for name, figure in FIGURES.items()}


def files(source: Source, study: "Study") -> list[str]:
    """The files of a source in one study."""
    fields = _fields(study)
    found = []
    for pattern in source.files:
        named = [field for _, field, _, _ in Formatter().parse(pattern) if field]
        values = product(*(fields[field] for field in named))
        found += [pattern.format(**dict(zip(named, row, strict=True))) for row in values]
    return found


def _fields(study: "Study") -> Mapping[str, tuple[str, ...]]:
    mining = study.mining
    return {
        "probe": (mining.probe,) if mining else (),
        "reference": (mining.reference,) if mining else (),
        "part": tuple(str(part) for part in range(study.pool.parts)) if study.pool else (),
        "matched": study.text_towers,
        "trained": study.trained,
        "taught": study.taught,
    }


# a study over seeds only sets side by side what its seeds made
def _whole(study: "Study") -> bool:
    return not study.seeds


def _mined(study: "Study") -> bool:
    return _whole(study) and study.mining is not None


def _answered(study: "Study") -> bool:
    return _whole(study) and bool(study.asked and study.contender)


def _matched(study: "Study") -> bool:
    return _whole(study) and bool(study.matched)


def _known(study: "Study") -> bool:
    """Whether the patterns of some questions are known: scenes tell, or a file, or votes."""
    told = any(study.benchmark[name].kind == "truth" for name in study.asked)
    return told or study.assigns_patterns


def _beside(study: "Study") -> bool:
    return _answered(study) and bool(study.beside)


SOURCES: Final[Mapping[str, Source]] = {
    "probe": Source(("embeddings/{probe}/{part}.arrow",), _mined),
    "reference": Source(("embeddings/{reference}/{part}.arrow",), _mined),
    "summary": Source(("pairs/summary.json",), _mined),
    "pairs": Source(("pairs/selected.parquet",), _mined),
    "pictures": Source(("pairs/pictures.parquet",), _mined),
    "survey": Source(("controls/survey.csv",), _mined),
    "rates": Source(
        ("controls/rates.csv",), lambda s: _mined(s) and bool(s.world and s.text_towers)
    ),
    "probes": Source(("controls/probes.csv",), lambda s: _whole(s) and s.world is not None),
    "zero_shot": Source(("matching/zero_shot.csv",), lambda s: _matched(s) and s.world is not None),
    "matching": Source(("matching/scores.csv",), _matched),
    "variants": Source(("matching/variants.csv",), _matched),
    "encoders_paired": Source(("matching/paired.csv",), _matched),
    "table1": Source(
        ("matching/against_table1.csv",), lambda s: _whole(s) and "mmvp_vlm" in s.matched
    ),
    "imagenet": Source(
        ("matching/imagenet.csv",),
        lambda s: _matched(s) and bool(s.matching and s.matching.imagenet),
    ),
    "benchmarks": Source(("tables/benchmarks.csv",), _answered),
    "scores": Source(("scores/benchmarks.csv",), _answered),
    "patterns": Source(("scores/patterns.csv",), lambda s: _answered(s) and _known(s)),
    "named": Source(("scores/named.csv",), _answered),
    "made": Source(("scores/made.csv",), lambda s: bool(s.contender)),
    "figure4": Source(
        ("scores/against_figure4.csv",), lambda s: _answered(s) and "mmvp" in s.asked
    ),
    "correlation": Source(("scores/correlation.csv",), _beside),
    "shuffled": Source(("controls/shuffled.csv",), _answered),
    "curves": Source(("encoders/{trained}/curve.csv", "contenders/{taught}/curve.csv"), _whole),
    "numbers": Source(("seeds/numbers.csv",), lambda s: bool(s.seeds)),
    "spread": Source(("seeds/spread.csv",), lambda s: bool(s.seeds)),
}

FIGURES: Final[Mapping[str, Figure]] = {
    "density": Figure(
        "All pairs of the searched images by their two cosines. Blind pairs lie in the marked"
        " corner: alike to the probe, different to the reference.",
        ("probe", "reference", "summary"),
    ),
    "blind_pairs": Figure(
        "Blind pairs that were chosen, with both cosines.", ("pairs", "pictures")
    ),
    "differ": Figure(
        "How often each factor differs among pairs that a CLIP takes for one picture by its cosine"
        " alone, and among blind pairs; intervals from drawing pictures anew.",
        ("rates", "survey", "variants"),
    ),
    "probes": Figure(
        "Zero-shot accuracy beside linear probes of CLIP's and the reference's embeddings,"
        " corrected for chance: what is absent, and what is only not aligned with words?",
        ("probes", "zero_shot"),
    ),
    "contenders": Figure(
        "Pair accuracy by contender; a pair counts only if all of its questions are answered"
        " right. Beside MMVP, by corrected labels and in the paper's Figure 4.",
        ("scores", "benchmarks", "made"),
        ("figure4",),
    ),
    "controls": Figure(
        "Pair accuracy on every benchmark of the study. Mining uses the reference encoder, so"
        " mined pairs favour who is fed by it; random pairs and twins don't.",
        ("scores", "benchmarks", "made"),
        when=lambda study: len(study.asked) > 1,
    ),
    "outcomes": Figure(
        "Pairs with both questions right, one, or none, by contender and benchmark: one right in"
        " every pair is what answering two pictures alike gives.",
        ("scores", "benchmarks", "made"),
    ),
    "shuffled": Figure(
        "Pair accuracy and its unevenness over patterns beside what permuted answers give in 95 %"
        " of permutations.",
        ("shuffled", "benchmarks", "made"),
    ),
    "patterns": Figure(
        "Pair accuracy by contender and visual pattern, under CLIP's own on the same patterns"
        " (the paper's Figure 6).",
        ("patterns", "benchmarks", "made"),
        ("correlation", "matching"),
    ),
    "scaling": Figure(
        "Image-text matching by pattern, one row an encoder (the paper's Table 1).",
        ("matching", "variants", "encoders_paired"),
        ("table1", "imagenet"),
    ),
    "scale": Figure(
        "The same by pattern over parameters, input, training data and zero-shot accuracy.",
        ("matching", "variants"),
        ("table1", "imagenet"),
    ),
    "mention": Figure(
        "Zero-shot accuracy on each factor against how often the training captions name it, for"
        " CLIPs that differ in their captions alone.",
        ("zero_shot", "variants", "encoders_paired"),
    ),
    "correlation": Figure(
        "CLIP's accuracy by pattern beside that of the contenders (the paper's Figure 6).",
        ("correlation", "matching", "patterns", "benchmarks", "made"),
    ),
    "mixtures": Figure(
        "Pair accuracy over the reference's share in the features, and of other ways to mix and to"
        " train (the paper's Tables 2 and 3).",
        ("scores", "named", "benchmarks", "made"),
        when=lambda study: any(who.kind == "mof" for who in study.contender.values()),
    ),
    "training": Figure("Training curves of encoders and contenders.", ("curves",)),
    "seeds": Figure(
        "What of the study holds over seeds: means with Student's 95 % interval over seeds.",
        ("numbers", "spread", "made"),
    ),
    "against_paper": Figure(
        "This run minus the paper's Table 1, in percentage points: averages by model, cells by"
        " pattern.",
        ("matching", "variants", "table1"),
    ),
}
