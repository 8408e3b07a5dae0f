"""Every model of a study: where from, in which version, under which licence."""

from typing import Final

from clipblind.fetching.answerers import answerers
from clipblind.models.answerers import BLIP2
from clipblind.models.places import model_folder
from clipblind.models.record import read_record
from clipblind.report.results import Results, Row
from clipblind.study.settings.contenders import Endpoint, LocalModel, MiniGpt4, Mof, Recorded
from clipblind.study.settings.encoder import Encoder

NEWEST: Final = "newest at the time of fetching"
TRAINED: Final = "trained by this study"


def encoders(results: Results) -> list[Row]:
    """Every encoder, and what its embedding is."""
    return [
        {
            "label": results.label(name),
            "revision": "–",
            "licence": "–",
            **_from(results, name, encoder),
            "params_m": encoder.params_m,
            "feature": _embedded(results, name).get("feature", ""),
            "precision": _embedded(results, name).get("precision", ""),
        }
        for name, encoder in results.study.encoder.items()
    ]


def answering(results: Results) -> list[Row]:
    """Everybody who answers, judges or votes."""
    found = []
    for name, who in answerers(results.study).items():
        card = {"label": results.label(name), "kind": who.kind, "source": "", "revision": ""}
        card["licence"] = getattr(who, "licence", "")
        if isinstance(who, LocalModel | MiniGpt4):
            card |= _from(results, name, who)
        elif isinstance(who, Endpoint):
            card |= {"source": f"{who.model} at {who.base_url}", "revision": who.revision}
        elif isinstance(who, Recorded):
            card["source"] = who.source
        elif isinstance(who, Mof):
            card["source"] = TRAINED
        found.append(card)
    return found


def _from(results: Results, name: str, entry: Encoder | LocalModel | MiniGpt4) -> Row:
    if isinstance(entry, Encoder) and entry.train:
        return {"source": TRAINED}
    tag = getattr(entry, "pretrained", None)
    return {
        "source": " ".join(filter(None, (entry.source, tag))),
        "revision": (_commit(results, name, entry) or entry.revision)[:12] or NEWEST,
        "licence": entry.licence or "not stated",
    }


def _commit(results: Results, name: str, entry: Encoder | LocalModel | MiniGpt4) -> str:
    """The commit that was fetched of a model; empty if it wasn't, or is another model's."""
    if results.root is None:
        return ""
    folder = model_folder(results.root, results.study.assets, name, entry)
    record = read_record(folder / BLIP2 if isinstance(entry, MiniGpt4) else folder)
    return record.commit if record and record.source == entry.source else ""


def _embedded(results: Results, name: str) -> Row:
    """What was written down when an encoder embedded the pool."""
    folder = results.folder / "embeddings" / name
    first = next(iter(sorted(folder.glob("*.json"))), None)
    return results.json(str(first.relative_to(results.folder))) if first else {}
