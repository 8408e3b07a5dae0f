"""Pictures of the report: scenes, twins, blind pairs and questions, as data for the page."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from clipblind.grading.verdicts import CORRECT, UNSCORED
from clipblind.ground.factors import FACTOR_OF_PATTERN, FACTORS, Scene
from clipblind.report.results import Results, Row
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


def image(results: Results, image_id: str) -> Card | None:
    """An image as `src`, a data URI, and `alt`: drawn anew, or its small copy; `None`: neither."""
    if image_id in results.scene:
        return picture(results.scene[image_id])
    if png := results.pictures.get(image_id):
        return {"src": _uri("image/png", png), "alt": image_id}
    if jpeg := results.thumbnails.get(image_id):
        return {"src": _uri("image/jpeg", jpeg), "alt": image_id}
    return None


def figure(folder: Path, name: str) -> str | None:
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


def blind_pairs(results: Results, most: int = 12) -> list[Card]:
    """Chosen pairs with their cosines, those that the reference tells apart best first.

    Returns:
        For each `pictures`, `names` of images in files, both cosines, and what `differs`, where
        scenes tell.
    """
    rows = results.table("pairs").sort("cos_reference", "pair_id").iter_rows(named=True)
    cards: list[Card] = []
    for row in rows:
        ids = [row["image_a"], row["image_b"]]
        pictures = [shown for name in ids if (shown := image(results, name))]
        if len(pictures) == len(ids) and len(cards) < most:
            drawn = all(name in results.scene for name in ids)
            cards.append(
                {
                    "pictures": pictures,
                    "names": [] if drawn else ids,
                    "differs": differences(results, *ids) if drawn else None,
                    **{key: row[key] for key in ("cos_probe", "cos_reference")},
                }
            )
    return cards


def differences(results: Results, one: str, other: str) -> list[Card]:
    """The factors in which two scenes differ, with both values."""
    a, b = results.scene[one], results.scene[other]
    return [
        {"factor": name, "values": [getattr(a, name), getattr(b, name)]}
        for name in a.differs_from(b)
    ]


def questions(results: Results, most: int = 4) -> list[Card]:
    """Questions of the headline benchmark, each about another pattern while there are some."""
    frame = results.table("questions")
    frame = frame.filter(pl.col("benchmark") == results.study.headline)
    said = verdicts(results)
    cards: dict[str, Card] = {}
    for rows in map(pl.DataFrame.to_dicts, frame.partition_by("pair_id", maintain_order=True)):
        shown = [image(results, row["image_id"]) for row in rows]
        pattern = rows[0]["pattern"] or ""
        if len(rows) == 2 and all(shown) and pattern not in cards:
            cards[pattern] = question(results, rows, said)
    return sorted(cards.values(), key=lambda card: card["pattern"] not in FACTOR_OF_PATTERN)[:most]


def question(results: Results, rows: list[Row], said: Mapping[str, Mapping[str, Row]]) -> Card:
    """A pair's questions with its pictures, and what everybody answered to each."""
    shown = [image(results, row["image_id"]) or {} for row in rows]
    return {
        "pattern": rows[0]["pattern"] or "",
        "question": rows[0]["question"],
        "options": {"a": rows[0]["option_a"], "b": rows[0]["option_b"]},
        "pictures": [
            {**card, "value": row[f"option_{row['answer']}"]}
            for card, row in zip(shown, rows, strict=True)
        ],
        "contenders": [
            {
                "name": name,
                "label": results.label(name),
                "answers": [_answer(given.get(row["question_id"]), row) for row in rows],
            }
            for name, given in said.items()
        ],
    }


def verdicts(results: Results) -> dict[str, dict[str, Row]]:
    """By contender and question: verdict, choice and answer, on the headline benchmark."""
    return {name: _verdicts(results, name) for name in results.verdicts}


def _answer(given: Row | None, asked: Row) -> Card:
    if given is None or given["verdict"] == UNSCORED:
        said = (given or {}).get("answer") or "no answer"
        return {"mark": "?", "word": "unscored", "said": said[:60]}
    right = given["verdict"] == CORRECT
    return {
        "mark": "✓" if right else "✗",
        "word": "right" if right else "wrong",
        "said": asked.get(f"option_{given['choice']}") or given["choice"],
    }


def _verdicts(results: Results, contender: str) -> dict[str, Row]:
    graded = results.verdicts[contender].filter(pl.col("benchmark") == results.study.headline)
    if (replies := results.replies.get(contender)) is not None:
        published = replies.filter(pl.col("order") == "ab").select("question_id", "answer")
        graded = graded.join(published, on="question_id", how="left")
    return {row["question_id"]: row for row in graded.iter_rows(named=True)}


def _uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
