"""What a study needs from elsewhere, what of it is there, and what `fetch` can't get."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from clipblind.fetching.answerers import answerers_elsewhere, wanted_answerers
from clipblind.fetching.wanted import Elsewhere, Wanted
from clipblind.models.places import model_folder
from clipblind.models.record import Fetched, changed, read_record
from clipblind.study.settings.benchmark import Mmvp, MmvpVlm
from clipblind.study.settings.encoder import Encoder
from clipblind.study.settings.pool import Files, World
from clipblind.study.settings.study import Study

MEGABYTE: Final = 1_000_000

Standing = Literal["there", "unverified", "changed", "other", "partly", "missing"]


@dataclass(frozen=True)
class State:
    """How much of something is there.

    Attributes:
        standing: in a word.
        said: in a few.
        left: bytes that are still to come, about.
    """

    standing: Standing
    said: str
    left: int = 0

    @property
    def is_usable(self) -> bool:
        """Whether the study can run with it."""
        return self.standing in ("there", "unverified")


def wanted_by(study: Study, root: Path) -> list[Wanted]:
    """All that `fetch` can get for a study, benchmarks first as they are small.

    Args:
        study: composed.
        root: the project's folder.
    """
    # two entries may read one folder, as the published and the corrected labels of MMVP do
    found = {
        wanted.folder: wanted
        for name, benchmark in _published(study)
        if benchmark.source
        for wanted in [_benchmark(name, benchmark, root)]
    }
    encoders = [
        Wanted(
            name=name,
            kind="model",
            setting=f"encoder.{name}",
            source=encoder.source,
            revision=encoder.revision,
            licence=encoder.licence,
            megabytes=encoder.megabytes,
            folder=model_folder(root, study.assets, name, encoder),
            loader=encoder.loader,
        )
        for name, encoder in _loaded(study)
        if _is_on_hub(encoder, root)
    ]
    return [*found.values(), *encoders, *wanted_answerers(study, root)]


def elsewhere_of(study: Study, root: Path) -> list[Elsewhere]:
    """All that a study needs and `fetch` can't get, there or not."""
    found = []
    for name, encoder in _loaded(study):
        if encoder.folder:
            place = model_folder(root, study.assets, name, encoder)
            advice = f"put its files there, or take away encoder.{name}.folder"
            found.append(Elsewhere(name, "an encoder in a folder of your own", place, advice))
        elif encoder.pretrained:
            advice = (
                f"name a hub repository in encoder.{name}.source and no encoder.{name}.pretrained"
            )
            place = root / encoder.pretrained
            found.append(Elsewhere(name, f"weights {encoder.pretrained}", place, advice))
        elif (root / encoder.source).is_dir():
            found.append(Elsewhere(name, "an encoder of your own", root / encoder.source, ""))
    for name, benchmark in _published(study):
        if not benchmark.source:
            advice = f"put it there, or name its dataset on the hub in benchmark.{name}.source"
            found.append(Elsewhere(name, "a benchmark", root / benchmark.path, advice))
    sources = (study.pool.sources if study.pool else {}) | study.validation_source
    found += [
        _corpus(name, source, root)
        for name, source in sources.items()
        if not isinstance(source, World)
    ]
    return [*found, *answerers_elsewhere(study, root)]


def state_of(wanted: Wanted, *, anew: bool = False) -> State:
    """How much of something is there, without asking the network.

    Args:
        wanted: of the study.
        anew: hash every file that is there; else only those written since they were verified.
    """
    whole = wanted.megabytes * MEGABYTE
    if wanted.stage.is_dir():
        came = size_of(wanted.stage)
        return State("partly", f"{megabytes(came)} came", max(0, whole - came))
    record = read_record(wanted.folder)
    if record is None:
        if wanted.folder.is_dir() and any(wanted.folder.iterdir()):
            return State("unverified", "there, but not verified", whole)
        return State("missing", "to come", whole)
    is_asked = wanted.revision in ("", record.commit, record.revision)
    if record.source != wanted.source or not is_asked:
        return State("other", f"another is there ({record.source} {record.commit[:7]})", whole)
    return _state_of_files(wanted, record, anew)


def free_bytes(folder: Path) -> int:
    """Free space on the disk where a folder is, or will be."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(there).free


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def megabytes(amount: int) -> str:
    """A size for people: `1.7 GB`, `605 MB`, `12 kB`."""
    for unit, name in ((1000 * MEGABYTE, "GB"), (MEGABYTE, "MB"), (1000, "kB")):
        if amount >= unit:
            digits = 1 if name == "GB" else 0
            return f"{amount / unit:,.{digits}f} {name}"
    return f"{amount} bytes"


def _is_on_hub(encoder: Encoder, root: Path) -> bool:
    return not (encoder.folder or encoder.pretrained or (root / encoder.source).is_dir())


def _loaded(study: Study) -> Iterator[tuple[str, Encoder]]:
    """The encoders that the study doesn't train itself."""
    return ((name, encoder) for name, encoder in study.encoder.items() if encoder.train is None)


def _published(study: Study) -> Iterator[tuple[str, Mmvp | MmvpVlm]]:
    """The benchmarks that are read from files."""
    for name in (*study.asked, *study.matched):
        benchmark = study.benchmark[name]
        if isinstance(benchmark, Mmvp | MmvpVlm):
            yield name, benchmark


def _benchmark(name: str, benchmark: Mmvp | MmvpVlm, root: Path) -> Wanted:
    return Wanted(
        name=name,
        kind="dataset",
        setting=f"benchmark.{name}",
        source=benchmark.source,
        revision=benchmark.revision,
        licence=benchmark.licence,
        megabytes=benchmark.megabytes,
        folder=root / benchmark.path,
    )


def _corpus(name: str, source: Files, root: Path) -> Elsewhere:
    place = root / source.path
    if source.kind == "imagenet":
        what, advice = "ImageNet, which needs an account", "get it from image-net.org, put it there"
    elif source.kind == "laion":
        what = "LAION's images"
        advice = f"`clipblind pool download --metadata {source.metadata} --out {source.path}`"
    else:
        what, advice = "images of your own", "put them there"
    return Elsewhere(name, what, place, advice)


def _state_of_files(wanted: Wanted, record: Fetched, anew: bool) -> State:
    wrong = changed(wanted.folder, record, anew=anew)
    if wrong:
        left = sum(record.files[path].size for path in wrong)
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        return State("changed", f"{wrong[0]}{more} isn't what was fetched", left)
    size = sum(file.size for file in record.files.values())
    return State("there", f"there, verified ({megabytes(size)})")
