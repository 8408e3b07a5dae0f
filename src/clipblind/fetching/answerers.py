"""What those who answer, judge and vote need from elsewhere."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from clipblind.fetching.wanted import Elsewhere, Wanted
from clipblind.models.answerers import BLIP2, LANGUAGE
from clipblind.models.places import model_folder
from clipblind.study.settings.contenders import (
    Contender,
    FetchedModel,
    LocalModel,
    MiniGpt4,
    Recorded,
    setting_of,
)
from clipblind.study.settings.study import Study

PROJECTION: Final = "the projection of MiniGPT-4, which lies on its authors' Google Drive"


def answerers(study: Study) -> dict[str, Contender]:
    """Everybody who is asked anything, by name.

    Who judges is called `judge`, who votes on patterns `patterns`, as their folders are.
    """
    if not (study.asked and study.contender):
        return {}
    found: dict[str, Contender] = dict(study.contender)
    if study.judge:
        found["judge"] = study.judge.by
    # a person's file goes before votes
    if study.patterns.votes and study.patterns.by and not study.patterns.file:
        found["patterns"] = study.patterns.by
    return found


def wanted_answerers(study: Study, root: Path) -> list[Wanted]:
    """The models that answer, judge and vote, of those that lie on the hub."""
    return [
        wanted
        for name, entry in _models(study)
        if not (entry.folder or (root / entry.source).is_dir())
        for wanted in _wanted(name, entry, model_folder(root, study.assets, name, entry))
    ]


def answerers_elsewhere(study: Study, root: Path) -> list[Elsewhere]:
    """What those who answer, judge and vote need and `fetch` can't get, there or not."""
    # a contender may use the folder of another, which is filled
    filled = {wanted.folder for wanted in wanted_answerers(study, root)}
    found = [
        place
        for name, entry in _models(study)
        for place in _own(name, entry, study.assets, root)
        if place.folder not in filled
    ]
    for name, who in answerers(study).items():
        if isinstance(who, Recorded):
            advice = f"put the file there, or name another in {setting_of(name)}.answers"
            found.append(Elsewhere(name, "recorded answers", root / who.answers, advice))
    by_people = {
        "patterns.file": ("patterns", "a person's patterns", study.patterns.file),
        "people": ("people", "how people read answers", study.people),
    }
    for setting, (name, what, path) in by_people.items():
        if answerers(study) and path:
            advice = f"put the file there, or take away {setting}"
            found.append(Elsewhere(name, what, root / path, advice))
    return found


def _models(study: Study) -> Iterator[tuple[str, FetchedModel]]:
    for name, who in answerers(study).items():
        if isinstance(who, FetchedModel):
            yield name, who


def _wanted(name: str, entry: FetchedModel, folder: Path) -> Iterator[Wanted]:
    whole = Wanted(
        name=name,
        kind="model",
        setting=setting_of(name),
        source=entry.source,
        revision=entry.revision,
        licence=entry.licence,
        megabytes=entry.megabytes,
        folder=folder,
        loader="model",
        code=isinstance(entry, LocalModel) and entry.trust_remote_code,
    )
    if not isinstance(entry, MiniGpt4):
        yield whole
        return
    yield replace(whole, name=f"{name}/{BLIP2}", folder=folder / BLIP2, loader="blip2")
    yield replace(
        whole,
        name=f"{name}/{LANGUAGE}",
        source=entry.language_model,
        revision=entry.language_revision,
        megabytes=entry.language_megabytes,
        folder=folder / LANGUAGE,
        source_key="language_model",
        revision_key="language_revision",
    )


def _own(name: str, entry: FetchedModel, assets: str, root: Path) -> Iterator[Elsewhere]:
    folder = model_folder(root, assets, name, entry)
    if entry.folder:
        advice = f"put its files there, or take away {setting_of(name)}.folder"
        yield Elsewhere(name, "a model in a folder of your own", folder, advice)
    elif (root / entry.source).is_dir():
        yield Elsewhere(name, "a model of your own", folder, "")
    if isinstance(entry, MiniGpt4):
        advice = "get it by the link in the README of Vision-CAIR/MiniGPT-4, put it there"
        yield Elsewhere(f"{name}/projection", PROJECTION, folder / entry.projection, advice)
