"""What a reader can explore: every mined pair, and every contender's scores.

The page draws it with Vega-Lite, whose JavaScript travels inside the page; nothing is fetched.
"""

import base64
import json
import zlib
from collections import Counter
from pathlib import Path
from typing import Any, Final

import polars as pl
import vl_convert
from altair import SCHEMA_VERSION
from markupsafe import Markup

from clipblind.grading.choices import NO_ANSWER
from clipblind.grading.verdicts import CORRECT, UNSCORED
from clipblind.ground.factors import FACTOR_OF_PATTERN
from clipblind.report.charts import EVERY, pairs_chart, scores_chart
from clipblind.report.gallery import describe
from clipblind.report.numbers import against
from clipblind.report.results import Results, Row
from clipblind.world.draw import svg

LONGEST_ANSWER: Final = 60
EMBED: Final = "window.vegaEmbed = vegaEmbed;"


def pairs(results: Results) -> dict[str, Any] | None:
    """Every mined pair to look at, as the template wants it; `None` without pairs or verdicts.

    Returns:
        The choices of its select boxes, and `shown`: what its script draws.
    """
    asked = _asked(results)
    said = _said(results, asked)
    if not (asked and said):
        return None
    counts = Counter(row["pattern"] for row in asked)
    used = results.summary.get("used", {})
    images = sorted({image for row in asked for image in row["images"]})
    chart = pairs_chart(
        [(row["x"], row["y"]) for row in asked],
        contender=_first(results, list(said)),
        encoders=(results.label(results.probe), results.label(results.reference)),
        thresholds=(used.get("probe_above"), used.get("reference_below")),
    )
    return {
        "contenders": [(name, results.label(name)) for name in said],
        "patterns": [(pattern, counts[pattern]) for pattern in _ordered(counts)],
        "count": len(asked),
        "bounded": bool(used),
        "shown": {
            "rows": asked,
            "said": {name: answers for name, (answers, _) in said.items()},
            "right": {name: right for name, (_, right) in said.items()},
            "pictures": _pictures(results, images),
            "chart": chart,
        },
    }


def shares(results: Results) -> dict[str, Any] | None:
    """Every contender's scores, as the template wants them; `None` where nothing was scored.

    Returns:
        The choices of its select boxes, and `shown`: what its script draws.
    """
    columns = ("benchmark", "pattern", "contender", "pairs", "pair_accuracy", "low", "high")
    whole = results.table("scores").with_columns(pattern=pl.lit(EVERY))
    frame = pl.concat([whole.select(columns), results.table("patterns").select(columns)])
    frame = frame.filter(
        pl.col("pairs") > 0,
        pl.col("contender").is_in(list(results.study.contender)),
        pl.col("pattern") != "",
    )
    if frame.is_empty():
        return None
    rows = [
        {
            **{key: row[key] for key in ("benchmark", "pattern", "contender", "pairs")},
            "share": row["pair_accuracy"],
            "low": row["low"],
            "high": row["high"],
            "side": against(row, chance),
            "chance": None if chance != chance else chance,
        }
        for row in frame.iter_rows(named=True)
        for chance in [results.chance(row["benchmark"])]
    ]
    present = {row["contender"] for row in rows}
    labels = {name: results.label(name) for name in results.study.contender if name in present}
    counts = {(row["benchmark"], row["pattern"]): row["pairs"] for row in rows}
    benchmarks = list(dict.fromkeys(row["benchmark"] for row in rows))
    return {
        "benchmarks": benchmarks,
        "patterns": _ordered({p for _, p in counts} - {EVERY}),
        "shown": {
            "rows": rows,
            "labels": labels,
            "counts": {b: {p: n for (c, p), n in counts.items() if c == b} for b in benchmarks},
            "chart": scores_chart(labels, benchmarks[0]),
        },
    }


def scripts(pairs: dict[str, Any] | None, scores: dict[str, Any] | None) -> dict[str, Markup]:
    """The page's scripts: `data` is JSON, `library` and `code` are JavaScript.

    All are safe inside a script element; empty if there is nothing to explore.
    """
    shown = {name: part["shown"] for name, part in (("pairs", pairs), ("scores", scores)) if part}
    if not shown:
        return {}
    code = (Path(__file__).parent / "explore.js").read_text(encoding="utf-8")
    return {
        "data": Markup(_json(shown).replace("<", "\\u003c")),
        "library": _script(vl_convert.javascript_bundle(EMBED, vl_version=_version())),
        "code": _script(code),
    }


def _asked(results: Results) -> list[Row]:
    """Every mined pair that is asked about, the most alike to the probe first."""
    frame = results.table("questions")
    mined = frame.filter(pl.col("benchmark") == results.asked("mined")).sort("question_id")
    by_pair = mined.partition_by("pair_id", as_dict=True)
    rows = []
    for pair in (
        results.table("pairs").sort("cos_probe", "pair_id", descending=[True, False]).to_dicts()
    ):
        asked = by_pair.get((pair["pair_id"],))
        if asked is None or len(asked) != 2:
            continue
        first = asked.row(0, named=True)
        rows.append(
            {
                "pair": pair["pair_id"],
                "x": round(pair["cos_probe"], 4),
                "y": round(pair["cos_reference"], 4),
                "pattern": first["pattern"],
                "question": first["question"],
                "options": {"a": first["option_a"], "b": first["option_b"]},
                "ids": asked["question_id"].to_list(),
                "images": asked["image_id"].to_list(),
                "answers": asked["answer"].to_list(),
            }
        )
    return rows


def _said(results: Results, asked: list[Row]) -> dict[str, tuple[list[list[str]], list[int]]]:
    """By contender, for each pair: what it chose (a, b, or ? and its words), and how many right."""
    found = {}
    for name, graded in results.verdicts.items():
        verdicts = graded.filter(pl.col("benchmark") == results.asked("mined"))
        words = _words(results, name)
        rows = {row["question_id"]: row for row in verdicts.iter_rows(named=True)}
        if not any(question in rows for row in asked for question in row["ids"]):
            continue
        chosen = [[_choice(rows.get(q), words.get(q)) for q in row["ids"]] for row in asked]
        right = [
            sum(rows.get(q, {}).get("verdict") == CORRECT for q in row["ids"]) for row in asked
        ]
        found[name] = (chosen, right)
    return found


def _words(results: Results, name: str) -> dict[str, str | None]:
    if name not in results.replies:
        return {}
    published = results.replies[name].filter(pl.col("order") == "ab")
    return dict(published.select("question_id", "answer").iter_rows())


def _choice(verdict: Row | None, words: str | None) -> str:
    if verdict is None or verdict["verdict"] == UNSCORED:
        return f"?{(words or NO_ANSWER)[:LONGEST_ANSWER]}"
    return str(verdict["choice"])


def _pictures(results: Results, images: list[str]) -> str:
    """Pictures and what they show, by image id: JSON, deflated (a tenth of it), as base64."""
    known = {
        image: [svg(results.scene[image]), describe(results.scene[image])]
        for image in images
        if image in results.scene
    }
    return base64.b64encode(zlib.compress(_json(known).encode(), 9)).decode()


def _first(results: Results, names: list[str]) -> str:
    """The contender to begin with: one that sees through the probe alone, if there is one."""
    fed = [name for name in results.fed_by(results.probe) if name in names]
    return (fed or names)[0]


def _ordered(patterns: Any) -> list[str]:
    """Patterns in the paper's order, others after them by name."""
    known = [pattern for pattern in FACTOR_OF_PATTERN if pattern in patterns]
    return known + sorted(set(patterns) - set(known))


def _version() -> str:
    """Vega-Lite's version that Altair writes for: v6.4."""
    return ".".join(SCHEMA_VERSION.split(".")[:2])


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _script(code: str) -> Markup:
    """JavaScript that a page can hold: neither of these ends or hides the element around it."""
    return Markup(code.replace("</script", "<\\/script").replace("<!--", "<\\!--"))
