"""How many pairs each stage of the miner leaves: the figure of `docs/mining.md`.

    python benchmarks/stages.py

200,000 embeddings of the generator; the figure is drawn to `docs/mining-stages.png`.
"""

from pathlib import Path

import matplotlib.pyplot as plt
from clipblind.figures.style import BLUE, INK, MUTED, STYLE, VERMILION

from clipblind.mining.batch import NOTHING
from clipblind.mining.join import search
from clipblind.mining.kernel import kernel_named
from clipblind.mining.question import ask
from clipblind.mining.synthetic import draw

ROWS = 200_000
FIGURE = Path(__file__).parents[1] / "docs" / "mining-stages.png"


def main() -> None:
    """Search once and draw what was left."""
    stages = count()
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(7.2, 3.1), layout="constrained")
        names, left = list(stages), list(stages.values())
        colours = [MUTED, *[BLUE] * (len(left) - 3), VERMILION, VERMILION]
        axes.barh(names, left, color=colours, height=0.62)
        axes.set_xscale("log")
        axes.set_xlim(1e3, left[0] * 200)
        axes.xaxis.set_visible(False)
        axes.invert_yaxis()
        axes.tick_params(axis="y", labelcolor=INK, labelsize=8.5)
        for place, (before, now) in enumerate(zip([left[0], *left], left, strict=False)):
            share = "" if place == 0 else f"   {100 * now / before:.2g} % of those above"
            axes.text(now * 1.25, place, f"{now:,}{share}", va="center", fontsize=8)
        axes.spines[:].set_visible(False)
        axes.set_title(
            f"Pairs left by each stage, {ROWS:,} embeddings (logarithmic)",
            loc="left", fontsize=10,
        )  # fmt: skip
        figure.savefig(FIGURE, dpi=160)
    for name, pairs in stages.items():
        print(f"{name:<32} {pairs:>16,}")


def count() -> dict[str, int]:
    """Pairs by stage, from all to the blind ones."""
    question = ask(*draw(ROWS, seed=7), 0.95, 0.6, kernel_named())
    ready = search(question, threads=2, method="cascade")
    counts, alike, found = NOTHING, 0, 0
    for hits in ready.run(threads=2):
        counts, alike, found = counts + hits.counts, alike + hits.alike, found + len(hits)
    middle = {f"{ready.plan.directions} directions": counts.middle} if ready.plan.directions else {}
    return {
        "all pairs": ready.pairs,
        "slabs between clusters": counts.slab,
        "prefix, 32 bytes": counts.prefix,
        **middle,
        "all dimensions, int8": counts.whole,
        "probe's cosine, float64": alike,
        "reference's cosine, float64": found,
    }


if __name__ == "__main__":
    main()
