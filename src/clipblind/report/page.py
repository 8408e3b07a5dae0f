"""Renders the report: one HTML page that needs nothing beside it."""

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from clipblind.ground.factors import FACTOR_OF_PATTERN, FACTORS
from clipblind.report import checks, gallery, mixtures, story
from clipblind.report.captions import captions
from clipblind.report.conclusions import conclusions
from clipblind.report.correlation import correlation
from clipblind.report.explore import explore
from clipblind.report.findings import findings
from clipblind.report.manifest import manifest
from clipblind.report.numbers import against, between, decimals, number, percent
from clipblind.report.results import Results
from clipblind.report.scaling import scaling
from clipblind.study.settings.study import Study
from clipblind.study.settings.training import ClipRecipe

SECTIONS: Final = (
    ("short", "What came out"),
    ("world", "The world"),
    ("blind", "What CLIP cannot see"),
    ("benchmark", "The benchmark"),
    ("heirs", "Who inherits the blindness"),
    ("patterns", "Pattern by pattern"),
    ("captions", "Why: what captions name"),
    ("probes", "Absent, or only not aligned?"),
    ("scaling", "Does scale help?"),
    ("correlation", "Where CLIP fails, do its heirs fail?"),
    ("mixtures", "Mixing in what CLIP lacks"),
    ("checks", "What could be wrong"),
    ("findings", "What agrees with the paper, and what doesn\N{RIGHT SINGLE QUOTATION MARK}t"),
    ("manifest", "How this was made"),
)
"""Every section of the page, in order: id and title."""


def render_page(study: Study, folder: Path) -> str:
    """The report of a study as HTML.

    Args:
        study: its configuration.
        folder: its results, as far as they were made.

    Raises:
        UserError: if a file that is there can't be read.
    """
    template = environment().get_template("report.html.j2")
    css = style("report.css", "explore.css")
    return template.render(css=css, sections=SECTIONS, **content(Results(study, folder)))


def environment() -> Environment:
    """Jinja with this folder's templates and the report's way with numbers."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "percent": percent,
        "number": number,
        "decimals": decimals,
        "tight": lambda text: str(text).replace(" %", "\N{NO-BREAK SPACE}%"),
    }
    return made


def style(*sheets: str) -> Markup:
    """Style sheets of this folder as one."""
    here = Path(__file__).parent
    return Markup("\n".join((here / sheet).read_text(encoding="utf-8") for sheet in sheets))


def content(results: Results) -> dict[str, Any]:
    """Everything that the template shows."""
    return {
        "study": results.study,
        "tiles": _tiles(results),
        "figures": {name: gallery.figure(results, name) for name in _FIGURES},
        "alts": _FIGURES,
        "conclusions": conclusions(results),
        "said": {
            "world": story.world(results),
            "mining": story.mining(results),
            "thresholds": checks.thresholds(results),
            "blindness": checks.blindness(results),
            "benchmark": story.benchmark(results),
            "contenders": story.contenders(results),
            "patterns": story.patterns(results),
            "captions": captions(results),
            "probes": checks.probes(results),
            "scaling": scaling(results),
            "correlation": correlation(results),
            "mixtures": mixtures.mixtures(results),
            "baselines": checks.baselines(results),
            "shuffled": checks.shuffled(results),
        },
        "factors": _factors(results),
        "scenes": gallery.scenes(results),
        "twins": gallery.twins(results),
        "pairs": gallery.blind_pairs(results),
        "questions": gallery.questions(results),
        "counts": _counts(results),
        "scores": _scores(results),
        "mixtures": mixtures.mixture_table(results),
        "benchmarks": mixtures.BENCHMARKS,
        "findings": findings(results),
        "manifest": manifest(results.study, results.folder),
        "explore": explore(results),
    }


_FIGURES: Final = {
    "density": "Density of all pairs by the cosine of the probe and that of the reference, with"
    " the blind corner marked.",
    "differ": "For each factor, how often it differs among pairs that a CLIP takes for one picture,"
    " for the CLIP variants that differ in their captions.",
    "contenders": "Pair accuracy of each contender on the mined pairs, as dots on intervals. The"
    " numbers are in the table below.",
    "controls": "Pair accuracy of each contender on mined, random and twin pairs, as dots on"
    " intervals.",
    "patterns": "Table of pair accuracy by contender and pattern on twin pairs.",
    "mention": "For each CLIP variant and factor: how often captions name it, and how well it is"
    " recognised.",
    "probes": "For each factor: how well CLIP names it, and how well linear probes read it off the"
    " embeddings of CLIP and of the reference.",
    "scaling": "Table of matching accuracy by CLIP variant and pattern.",
    "scale": "Matching accuracy by pattern as size, resolution, amount of data or training grow.",
    "correlation": "For each contender: its accuracy and CLIP's, pattern by pattern.",
    "mixtures": "Pair accuracy over the reference's share in the features, and of other mixtures.",
    "shuffled": "Pair accuracy of each contender as observed, and with its answers permuted.",
    "training": "Training losses of encoders and contenders by step.",
}
"""The figures that the page shows, each with its text for those who don't see it."""


def _tiles(results: Results) -> list[tuple[str, str, str]]:
    tiles = []
    if found := results.summary:
        tiles += [
            (number(found["images"]), "pictures searched", ""),
            (number(found["all_pairs"]), "pairs compared", ""),
            (number(found["used"]["pairs"]), "blind pairs", f"{len(results.pairs)} selected"),
        ]
    mining = results.study.mining
    for tower in (mining.probe, mining.reference):
        for name in results.fed_by(tower)[:1]:
            if row := results.score(name):
                note = f"of {row['pairs']} pairs; {between(row['low'], row['high'])}"
                label = f"answered by {results.label(name)}"
                tiles.append((percent(row["pair_accuracy"]), label, note))
    return tiles


def _factors(results: Results) -> dict[str, Any]:
    policies = results.study.pool.captions
    probe = results.study.encoder[results.study.mining.probe].train
    own = probe.captions if isinstance(probe, ClipRecipe) else None
    order = sorted(policies, key=lambda policy: policy != own)
    rates = {f: [policies[policy].get(f, 0.0) for policy in order] for f in FACTORS}
    return {"policies": order, "rates": rates, "all": list(FACTORS.values()), "own": own}


def _counts(results: Results) -> dict[str, Any]:
    frame = results.questions.unique("pair_id", keep="first", maintain_order=True)
    benchmarks = frame["benchmark"].unique(maintain_order=True).to_list()
    asked = frame["pattern"].unique().to_list()
    known = [*FACTOR_OF_PATTERN, *(name for name, f in FACTORS.items() if not f.pattern)]
    patterns = [p for p in known if p in asked] + sorted(set(asked) - set(known))
    rows = {(b, p): n for b, p, n in frame.group_by("benchmark", "pattern").len().iter_rows()}
    return {"benchmarks": benchmarks, "patterns": patterns, "rows": rows}


def _scores(results: Results) -> list[dict[str, Any]]:
    rows = []
    for name in results.study.contender:
        if row := results.score(name):
            right = round(row["pair_accuracy"] * row["pairs"])
            side = {1: "above", 0: "around", -1: "below"}[against(row)]
            label, sees = results.label(name), mixtures.fed(results, name)
            rows.append({**row, "label": label, "sees": sees, "right": right, "side": side})
    return rows
