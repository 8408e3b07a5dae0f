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

from clipblind.grading.verdicts import CORRECT, NO_ANSWER, UNSCORED
from clipblind.ground.factors import FACTOR_OF_PATTERN
from clipblind.report.charts import EVERY, pairs_chart, scores_chart
from clipblind.report.gallery import describe
from clipblind.report.numbers import against
from clipblind.report.results import Results, Row
from clipblind.world.draw import svg

LONGEST_ANSWER: Final = 60
EMBED: Final = "window.vegaEmbed = vegaEmbed;"


def explore(results: Results) -> dict[str, Any] | None:
    """The interactive parts as the template wants them; `None` if there is nothing to explore.

    Returns:
        `pairs` and `scores`, each with the choices of its select boxes (or `None` where the study
        lacks the tables), and the page's scripts: `data` is JSON, `library` and `code` are
        JavaScript. All three are safe inside a script element.
    """
    pairs, scores = _pairs(results), _scores(results)
    if not (pairs or scores):
        return None
    shown = {name: part["shown"] for name, part in (("pairs", pairs), ("scores", scores)) if part}
    code = (Path(__file__).parent / "explore.js").read_text(encoding="utf-8")
    return {
        "pairs": pairs,
        "scores": scores,
        "data": Markup(_json(shown).replace("<", "\\u003c")),
        "library": _script(vl_convert.javascript_bundle(EMBED, vl_version=_version())),
        "code": _script(code),
    }


def _pairs(results: Results) -> dict[str, Any] | None:
    asked = _asked(results)
    said = _said(results, asked)
    if not (asked and said):
        return None
    counts = Counter(row["pattern"] for row in asked)
    mining, used = results.study.mining, results.summary.get("used", {})
    images = sorted({image for row in asked for image in row["images"]})
    chart = pairs_chart(
        [(row["x"], row["y"]) for row in asked],
        contender=_first(results, list(said)),
        encoders=(mining.probe, mining.reference),
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


def _asked(results: Results) -> list[Row]:
    """Every mined pair that is asked about, the most alike to the probe first."""
    mined = results.questions.filter(pl.col("benchmark") == "mined").sort("question_id")
    by_pair = mined.partition_by("pair_id", as_dict=True)
    rows = []
    for pair in results.pairs.sort("cos_probe", "pair_id", descending=[True, False]).to_dicts():
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
    for name, verdicts in results.verdicts.items():
        given = results.answers.get(name)
        words = dict(given.select("question_id", "answer").iter_rows()) if given is not None else {}
        rows = {row["question_id"]: row for row in verdicts.iter_rows(named=True)}
        if not any(question in rows for row in asked for question in row["ids"]):
            continue
        chosen = [[_choice(rows.get(q), words.get(q)) for q in row["ids"]] for row in asked]
        right = [
            sum(rows.get(q, {}).get("verdict") == CORRECT for q in row["ids"]) for row in asked
        ]
        found[name] = (chosen, right)
    return found


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


def _scores(results: Results) -> dict[str, Any] | None:
    columns = ("benchmark", "pattern", "contender", "pairs", "pair_accuracy", "low", "high")
    whole = results.benchmarks.with_columns(pattern=pl.lit(EVERY))
    frame = pl.concat([whole.select(columns), results.patterns.select(columns)])
    frame = frame.filter(
        pl.col("pairs") > 0, pl.col("contender").is_in(list(results.study.contender))
    )
    if frame.is_empty():
        return None
    rows = [
        {
            **{key: row[key] for key in ("benchmark", "pattern", "contender", "pairs")},
            "share": row["pair_accuracy"],
            "low": row["low"],
            "high": row["high"],
            "side": against(row),
        }
        for row in frame.iter_rows(named=True)
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


def _first(results: Results, names: list[str]) -> str:
    """The contender to begin with: one that sees through the probe alone, if there is one."""
    fed = [name for name in results.fed_by(results.study.mining.probe) if name in names]
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
