"""What was searched: images of any source, and scenes with what their captions name."""

from collections.abc import Mapping
from typing import Any, Final

from clipblind.ground.factors import FACTORS
from clipblind.report import gallery, story
from clipblind.report.results import Results
from clipblind.report.sections.section import Section


def says(results: Results) -> Mapping[str, Any]:
    """Counts, what was refused and what repeats; of a world its scenes, twins and captions."""
    return {
        "world": story.world(results),
        "searched": story.searched(results),
        "scenes": gallery.scenes(results),
        "twins": gallery.twins(results),
        "factors": _factors(results),
    }


def _factors(results: Results) -> dict[str, Any] | None:
    if results.study.world is None:
        return None
    policies = results.study.world.captions
    probe = results.study.encoder[results.probe].train if results.probe else None
    own = getattr(probe, "captions", None)
    order = sorted(policies, key=lambda policy: policy != own)
    rates = {f: [policies[policy].get(f, 0.0) for policy in order] for f in FACTORS}
    return {"policies": order, "rates": rates, "all": list(FACTORS.values()), "own": own}


POOL: Final = Section(
    "pool", "What was searched", ("pool/images.parquet", "pool/scenes/*.parquet"), says
)
