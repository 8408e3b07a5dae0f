"""Numbers in hand-written pages: each stands between two marks, and is written from results.

<!-- results: world captions -->
(sentences, written anew by `clipblind report docs`)
<!-- end -->
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from clipblind.ground.errors import UserError
from clipblind.ground.factors import FACTORS
from clipblind.report import checks, mixtures, seeds, story
from clipblind.report.captions import captions
from clipblind.report.conclusions import conclusions
from clipblind.report.correlation import correlation
from clipblind.report.findings import findings
from clipblind.report.numbers import percent
from clipblind.report.results import Results
from clipblind.report.scaling import scaling
from clipblind.study.compose import compose
from clipblind.study.settings.study import Study

BLOCK: Final = re.compile(
    r"(?P<begin>^<!-- results: (?P<study>\w+) (?P<section>\w+) -->\n).*?(?P<end>^<!-- end -->$)",
    re.DOTALL | re.MULTILINE,
)

Lines = list[str]

OF_A_STUDY: Final[dict[str, Callable[[Results], Lines]]] = {
    "short": lambda r: _scoped(r, (f"**{c.topic}.** {c.sentence}" for c in conclusions(r))),
    "world": lambda r: story.world(r),
    "rates": lambda r: _rates(r.study),
    "mining": lambda r: _bullets([*story.mining(r), *checks.thresholds(r)]),
    "blindness": lambda r: _bullets(checks.blindness(r)),
    "contenders": lambda r: _scoped(r, story.contenders(r)),
    "captions": lambda r: _scoped(r, captions(r)),
    "probes": lambda r: _bullets(checks.probes(r)),
    "scaling": lambda r: _scoped(r, scaling(r)),
    "correlation": lambda r: _bullets(correlation(r)),
    "mixtures": lambda r: _scoped(r, mixtures.mixtures(r)),
    "switches": lambda r: _scoped(r, mixtures.switches(r)),
    "checks": lambda r: _bullets([*checks.baselines(r), *checks.shuffled(r)]),
    "findings": lambda r: _scoped(
        r, (f"*{f.outcome}*: {f.claim} {f.evidence}" for f in findings(r))
    ),
}
"""Sections of a study's results, as lines of Markdown."""

OF_SEEDS: Final[dict[str, Callable[[Results], Lines]]] = {
    "short": lambda r: _bullets(f"**{topic}.** {sentence}" for topic, sentence in seeds.short(r)),
    "introduction": seeds.introduction,
    "scores": lambda r: _score_table(r),
    "contrasts": lambda r: _bullets(seeds.contrasts(r)),
    "captions": lambda r: _bullets(seeds.captions(r)),
    "scaling": lambda r: _bullets(seeds.scaling(r)),
    "thresholds": lambda r: _bullets(seeds.thresholds(r)),
    "correlation": lambda r: _bullets(seeds.correlation(r)),
}
"""Sections of a study over seeds."""


def fill(text: str, conf: Path, results: Path) -> str:
    """A page with every block between marks written from results.

    Args:
        text: Markdown.
        conf: the folder of configuration files.
        results: the folder of all studies' results.

    Raises:
        UserError: if a mark names an unknown study or section, or its results are not there.
    """
    if text.count("<!-- results:") != len(BLOCK.findall(text)):
        raise UserError(
            "A mark is damaged: write `<!-- results: STUDY SECTION -->` and `<!-- end -->`, each on"
            " a line of its own."
        )

    def written(block: re.Match[str]) -> str:
        lines = _section(block["study"], block["section"], conf, results)
        return f"{block['begin']}{chr(10).join(lines)}\n{block['end']}"

    return BLOCK.sub(written, text)


def _section(name: str, section: str, conf: Path, results: Path) -> Lines:
    study, folder = compose(conf, name), results / name
    known: dict[str, Callable[..., Lines]] = {**(OF_SEEDS if study.seeds else OF_A_STUDY)}
    if section not in known:
        raise UserError(f"{section!r} is no section of {name}; there are {', '.join(known)}.")
    lines = known[section](Results(study, folder))
    if not lines:
        raise UserError(f"{folder} has nothing to say on {section}; run the study {name} first.")
    return lines


def _bullets(sentences: Iterable[str]) -> Lines:
    return [f"- {sentence}" for sentence in sentences]


def _scoped(results: Results, sentences: Iterable[str]) -> Lines:
    """With what their intervals are over, which is no other training."""
    lines = _bullets(sentences)
    return [*lines, "", story.scope(results)] if lines else []


def _rates(study: Study) -> Lines:
    policies = study.world.captions if study.world else {}
    rows = [
        f"| {factor} | {' | '.join(percent(p.get(factor, 0.0), 0) for p in policies.values())} |"
        for factor in FACTORS
    ]
    return [f"| factor | {' | '.join(policies)} |", "|---" * (len(policies) + 1) + "|", *rows]


def _score_table(results: Results) -> Lines:
    rows = [
        f"| {row['label']} | {' | '.join(seeds.cell(cell) for cell in row['cells'].values())} |"
        for row in seeds.score_table(results)
    ]
    if not rows:
        return []
    head = f"| contender | {' | '.join(results.benchmarks)} |"
    return [head, "|---" * (len(results.benchmarks) + 1) + "|", *rows]
