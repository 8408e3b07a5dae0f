"""Pictures of the report: scenes, twins, blind pairs and questions, as data for the page."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from clipblind.grading.verdicts import CORRECT, UNSCORED
from clipblind.ground.factors import FACTOR_OF_PATTERN, FACTORS, Scene
from clipblind.report.results import Results
from clipblind.world.draw import svg

Card = dict[str, Any]
LARGEST_SVG = 600_000


def picture(scene: Scene) -> Card:
    """One scene as `src`, an SVG data URI, and `alt`."""
    return {"src": _uri("image/svg+xml", svg(scene).encode()), "alt": describe(scene)}


def describe(scene: Scene) -> str:
    """What a scene shows, in words."""
    hat = " with a hat" if scene.hat == "with" else ""
    many = scene.thing if scene.count == "one" else f"{scene.thing}s"
    distance = "close by" if scene.view == "near" else "far away"
    return (
        f"A {scene.coat} {scene.colour} {scene.kind}{hat}, {distance}, facing {scene.facing};"
        f" {scene.count} {many} on the {scene.side}, {scene.lamp} lamp, sign {scene.letter},"
        f" {scene.background}"
    )


def figure(results: Results, name: str) -> str | None:
    """A figure of the study as a data URI; `None` if it was not made."""
    return figure_of(results.folder, name)


def figure_of(folder: Path, name: str) -> str | None:
    """A figure in a study's folder as a data URI; `None` if it was not made."""
    stem = folder / "figures" / name
    drawn, pixels = Path(f"{stem}.svg"), Path(f"{stem}.png")
    if drawn.exists() and (drawn.stat().st_size < LARGEST_SVG or not pixels.exists()):
        return _uri("image/svg+xml", drawn.read_bytes())
    return _uri("image/png", pixels.read_bytes()) if pixels.exists() else None


def scenes(results: Results, most: int = 12) -> list[Card]:
    """Scenes as unlike each other as a simple walk through the pool finds them."""
    chosen: list[Scene] = []
    pool = list(results.scene.values())[:600]
    while pool and len(chosen) < most:
        best = max(pool, key=lambda s: min((len(s.differs_from(c)) for c in chosen), default=0))
        pool.remove(best)
        chosen.append(best)
    return [picture(scene) for scene in chosen]


def twins(results: Results) -> list[Card]:
    """For each pattern its first twin pair, with what differs."""
    rows = results.scenes.filter(pl.col("twin_of").is_not_null(), pl.col("split") == "twins")
    first: dict[str, Card] = {}
    for row in rows.sort("image_id").iter_rows(named=True):
        if row["twin_of"] not in results.scene:
            continue
        pair = results.scene[row["twin_of"]], results.scene[row["image_id"]]
        differs = pair[0].differs_from(pair[1])
        pattern = FACTORS[differs[0]].pattern if len(differs) == 1 else None
        if pattern and pattern not in first:
            values = [getattr(scene, differs[0]) for scene in pair]
            first[pattern] = {
                "pattern": pattern,
                "factor": differs[0],
                "pictures": [
                    {**picture(scene), "value": value}
                    for scene, value in zip(pair, values, strict=True)
                ],
            }
    return [first[pattern] for pattern in FACTOR_OF_PATTERN if pattern in first]


def blind_pairs(results: Results, most: int = 9) -> list[Card]:
    """Selected pairs, spread over the table, with their cosines and the factors that differ."""
    rows = [
        row
        for row in results.pairs.iter_rows(named=True)
        if row["image_a"] in results.scene and row["image_b"] in results.scene
    ]
    rows = [rows[i * len(rows) // min(most, len(rows))] for i in range(min(most, len(rows)))]
    cards = []
    for row in rows:
        a, b = results.scene[row["image_a"]], results.scene[row["image_b"]]
        differs = [
            {"factor": name, "values": [getattr(a, name), getattr(b, name)]}
            for name in a.differs_from(b)
        ]
        cosines = {key: row[key] for key in ("cos_probe", "cos_reference")}
        cards.append({"pictures": [picture(a), picture(b)], "differs": differs, **cosines})
    return cards


def questions(results: Results, most: int = 4) -> list[Card]:
    """Questions of the mined benchmark (else of another), each about another pattern."""
    frame = results.questions
    mined = frame.filter(pl.col("benchmark") == "mined")
    frame = frame if mined.is_empty() else mined
    said = {name: _verdicts(results, name) for name in results.verdicts}
    cards: dict[str, Card] = {}
    for (_,), asked in frame.group_by("pair_id", maintain_order=True):
        rows = asked.to_dicts()
        known = all(row["image_id"] in results.scene for row in rows)
        if len(rows) == 2 and known and rows[0]["pattern"] not in cards:
            cards[rows[0]["pattern"]] = _question(results, rows, said)
    return sorted(cards.values(), key=lambda card: card["pattern"] not in FACTOR_OF_PATTERN)[:most]


def _question(results: Results, rows: list[Card], said: Mapping[str, Mapping[str, Card]]) -> Card:
    options = {"a": rows[0]["option_a"], "b": rows[0]["option_b"]}
    return {
        "pattern": rows[0]["pattern"],
        "question": rows[0]["question"],
        "options": options,
        "pictures": [
            {**picture(results.scene[row["image_id"]]), "value": options[row["answer"]]}
            for row in rows
        ],
        "contenders": [
            {
                "label": results.label(name),
                "answers": [_answer(given.get(row["question_id"]), options) for row in rows],
            }
            for name, given in said.items()
        ],
    }


def _answer(given: Card | None, options: Mapping[str, str]) -> Card:
    if given is None or given["verdict"] == UNSCORED:
        said = (given or {}).get("answer") or "no answer"
        return {"mark": "?", "word": "unscored", "said": said[:60]}
    right = given["verdict"] == CORRECT
    return {
        "mark": "✓" if right else "✗",
        "word": "right" if right else "wrong",
        "said": options.get(given["choice"], given["choice"]),
    }


def _verdicts(results: Results, contender: str) -> dict[str, Card]:
    verdicts = results.verdicts[contender]
    if (answers := results.answers.get(contender)) is not None:
        verdicts = verdicts.join(answers, on="question_id", how="left")
    return {row["question_id"]: row for row in verdicts.iter_rows(named=True)}


def _uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
