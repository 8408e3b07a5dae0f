"""Verdicts under every set of labels, in every way that answers were asked and read."""

from collections.abc import Mapping

import polars as pl

from clipblind.grading.choices import EXCHANGED, circular, official, verdicts
from clipblind.grading.labels import CIRCULAR, OFFICIAL


def all_verdicts(
    sets: Mapping[str, pl.DataFrame], choices: pl.DataFrame, judged: pl.DataFrame
) -> pl.DataFrame:
    """All verdicts on one contender, told apart by `benchmark`.

    Each set of labels goes by its name, in the published order of options. Two more go by the name
    of the first: `_circular` for right in both orders, if both were asked, and `_official` for what
    the paper's judge said, if it was asked, on the labels that it was told.

    Args:
        sets: the table `QUESTIONS` under each set of labels, as `label_sets` gives it.
        choices: the table `CHOICES`.
        judged: the table `JUDGED`.

    Returns:
        The table `VERDICTS`.
    """
    name, first = next(iter(sets.items()))
    frames = [verdicts(label, labelled, choices) for label, labelled in sets.items()]
    if EXCHANGED in choices["order"]:
        frames.append(circular(f"{name}{CIRCULAR}", first, choices))
    if "official" in judged["judge"]:
        frames.append(official(f"{name}{OFFICIAL}", first, judged))
    return pl.concat(frames)
