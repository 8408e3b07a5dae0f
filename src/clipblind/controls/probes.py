"""Linear probes: is a factor absent from an embedding, or only not where the text tower points?"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from clipblind.ground.factors import FACTORS, Scene
from clipblind.ground.stats import wilson

ITERATIONS = 500


def probe_factors(
    encoder: str,
    fit_scenes: Sequence[Scene],
    fit_images: np.ndarray,
    test_scenes: Sequence[Scene],
    test_images: np.ndarray,
) -> pl.DataFrame:
    """Accuracy of a logistic regression on the embeddings, factor by factor.

    Args:
        encoder: its name.
        fit_scenes: scenes of the pictures that the probes are fitted on.
        fit_images: their embeddings, float32 `[N, D]`.
        test_scenes: scenes of other pictures.
        test_images: their embeddings, float32 `[M, D]`.

    Returns:
        Rows of `PROBES`.
    """
    rows = []
    for name, factor in FACTORS.items():
        shown = [getattr(scene, name) for scene in fit_scenes]
        # with one value alone, as in a tiny pool, there is nothing to fit
        fitted = (
            LogisticRegression(max_iter=ITERATIONS) if len(set(shown)) > 1 else DummyClassifier()
        )
        probe = make_pipeline(StandardScaler(), fitted)
        probe.fit(fit_images, shown)
        true = [getattr(scene, name) for scene in test_scenes]
        right = int((probe.predict(test_images) == np.array(true)).sum())
        share = wilson(right, len(true))
        rows.append(
            {
                "encoder": encoder,
                "factor": name,
                "fitted_on": len(fit_scenes),
                "images": len(true),
                "accuracy": share.value,
                "low": share.low,
                "high": share.high,
                "chance": 1 / len(factor.values),
            }
        )
    return pl.DataFrame(rows)
