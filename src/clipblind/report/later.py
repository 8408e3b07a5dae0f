"""Beside later papers: CLIPs tuned to see more, and zero-shot accuracy on ImageNet."""

from typing import Final

import polars as pl

from clipblind.printed import AVERAGE, PRINTED, later_rows, table1
from clipblind.report.numbers import between, in_words, listing, percent, plural, points
from clipblind.report.results import Results, Row

ROW_OF_BACKBONE: Final = {
    "OpenAI-224": "OpenAI ViT-L-14 224",
    "OpenAI-336": "OpenAI ViT-L-14 336",
    "MetaCLIP-L": "MetaCLIP ViT-L-14 224",
    "MetaCLIP-H": "MetaCLIP ViT-H-14 224",
    "SigLIP-224": "SigLIP ViT-SO-14 224",
    "SigLIP-384": "SigLIP ViT-SO-14 384",
}
"""What later papers call a model, and its name in Table 1."""

SOURCE: Final = PRINTED["mmvp_vlm_later_rows"].source


def tuned(results: Results) -> list[Row]:
    """Printed averages of tuned CLIPs, each beside this run's of the same backbone untuned.

    Returns:
        label, method; theirs, accuracy, low, high: shares of MMVP-VLM's pairs; difference: theirs
        minus ours, from `least` to `most` by our 95 % interval alone; side: 1 if theirs lies above
        that interval, -1 below it, 0 within. In the printed order; without backbones that this
        run did not test.
    """
    ours = {
        row["row"]: row
        for row in results.table("table1").filter(pl.col("pattern") == AVERAGE).to_dicts()
        if row["pairs"]
    }
    cards = []
    for printed in later_rows().filter(pl.col("pattern") == AVERAGE).iter_rows(named=True):
        if not (row := ours.get(ROW_OF_BACKBONE[printed["backbone"]])):
            continue
        theirs = printed["accuracy"]
        cards.append(
            {
                "label": results.label(row["encoder"]),
                "method": printed["method"],
                "theirs": theirs,
                **{key: row[key] for key in ("accuracy", "low", "high")},
                "difference": theirs - row["accuracy"],
                "least": theirs - row["high"],
                "most": theirs - row["low"],
                "side": (theirs > row["high"]) - (theirs < row["low"]),
            }
        )
    return cards


def tuned_said(results: Results) -> list[str]:
    """What tuning brought, by those who tuned."""
    rows = tuned(results)
    if not rows:
        return []
    methods = dict.fromkeys(row["method"] for row in rows)
    best = max(rows, key=lambda row: row["difference"])
    gain = points(best["difference"], best["least"], best["most"])
    return [
        f"{listing(methods)} tune a CLIP to see more, as printed in {SOURCE}. The table sets their"
        " averages over MMVP-VLM's patterns beside this run's of the same model untuned.",
        "A tuned model matches more pairs than this run's 95 % interval for the untuned one"
        f" reaches in {listing(_above(rows, method) for method in methods)}. The largest"
        f" difference is that of {best['method']} on {best['label']}: {gain}.",
        "Intervals are those of this run alone: which pairs a tuned model gets right was not"
        " published, so the two can't be compared pair by pair.",
    ]


def zero_shot(results: Results) -> list[Row]:
    """Zero-shot accuracy on ImageNet, where it was measured, beside Table 1's.

    Returns:
        label; images; accuracy, low, high: shares; paper: share or none; difference: in shares,
        ours minus the paper's, or none.
    """
    printed = {row: share / 100 for row, share in table1().select("row", "imagenet").iter_rows()}
    cards = []
    for row in results.table("imagenet").filter(pl.col("images") > 0).to_dicts():
        paper = printed.get(results.study.encoder[row["encoder"]].row)
        difference = None if paper is None else row["accuracy"] - paper
        label = results.label(row["encoder"])
        cards.append({**row, "label": label, "paper": paper, "difference": difference})
    return cards


def zero_shot_said(results: Results) -> list[str]:
    """How ImageNet's accuracy compares with Table 1's."""
    rows = zero_shot(results)
    if not rows:
        return []
    best = max(rows, key=lambda row: row["accuracy"])
    said = [
        f"{best['label']} names most of ImageNet's validation images:"
        f" {percent(best['accuracy'])} ({between(best['low'], best['high'])})."
    ]
    if printed := [row for row in rows if row["paper"] is not None]:
        far = max(printed, key=lambda row: abs(row["difference"]))
        off = points(far["difference"], far["low"] - far["paper"], far["high"] - far["paper"])
        said.append(
            f"Of {plural(len(printed), 'model')} with a figure in Table 1, the furthest from it is"
            f" {far['label']}: {off}."
        )
    return said


def _above(rows: list[Row], method: str) -> str:
    sides = [row["side"] for row in rows if row["method"] == method]
    return f"{in_words(sides.count(1))} of {plural(len(sides), 'case')} by {method}"
