"""Linear probes: is a factor absent from an embedding, or only not where the text tower points?"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import polars as pl
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from clipblind.ground.factors import FACTORS
from clipblind.ground.stats import wilson
from clipblind.ground.tables.controls import PROBES

FITTED_ON, TESTED_ON = "search", "heldout"

SOLVER: Final = {"solver": "newton-cholesky", "tol": 1e-6, "max_iter": 100}
"""Newton's method in float64: its error is squared by each step, so that it stops far below what
another processor's last digit changes. L-BFGS in float32 stopped where digits decided."""


def probe_factors(
    encoder: str, scenes: pl.DataFrame, vectors: Mapping[str, np.ndarray]
) -> pl.DataFrame:
    """Accuracy of a logistic regression on the embeddings, factor by factor.

    Probes are fitted on the searched pictures and tested on the held-out ones, as far as they are
    embedded.

    Args:
        encoder: its name.
        scenes: the table `SCENES`, the splits `search` and `heldout` among it.
        vectors: image id to float32 `[D]` of this encoder.

    Returns:
        The table `PROBES`.
    """
    (fit, known), (test, asked) = (_of(scenes, split, vectors) for split in (FITTED_ON, TESTED_ON))
    scaler = StandardScaler().fit(known)
    known, asked = scaler.transform(known), scaler.transform(asked)
    rows = []
    for name, factor in FACTORS.items():
        shown = fit[name].to_numpy()
        # with one value alone, as in a tiny pool, there is nothing to fit
        single = len(set(shown)) == 1
        probe = DummyClassifier() if single else LogisticRegression(**SOLVER)
        with threadpool_limits(1):  # sums don't depend on how many cores there are
            probe.fit(known, shown)
            right = int((probe.predict(asked) == test[name].to_numpy()).sum())
        share = wilson(right, len(test))
        rows.append(
            {
                "encoder": encoder,
                "factor": name,
                "fitted_on": len(fit),
                "images": len(test),
                "accuracy": share.value,
                "low": share.low,
                "high": share.high,
                "chance": 1 / len(factor.values),
            }
        )
    return pl.DataFrame(rows, schema=dict(PROBES.columns))


def _of(
    scenes: pl.DataFrame, split: str, vectors: Mapping[str, np.ndarray]
) -> tuple[pl.DataFrame, np.ndarray]:
    """The scenes of a split that are embedded, and their embeddings, float64 `[N, D]`."""
    ids: Sequence[str] = list(vectors)
    own = scenes.filter(pl.col("split") == split, pl.col("image_id").is_in(ids)).sort("image_id")
    return own, np.array([vectors[i] for i in own["image_id"]], np.float64)
