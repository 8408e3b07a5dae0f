"""A project of one's own beside a local hub that holds its encoders and its benchmark."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import clipblind.models.torchvision  # noqa: F401  # isort: skip
from tests.encoders.checkpoints import save_open_clip, save_vision, vision_model
from tests.fetching.local_hub import LocalHub, commit_of

CONF = Path(__file__).parents[2] / "conf"
CLIPBLIND = Path(sys.executable).parent / "clipblind"
MMVP, BIG = "datasets/tiny/mmvp", "Views/big.bin"
MIB = 1 << 20

STUDY = """\
# @package _global_
defaults:
  - override /pool: null
  - override /encoder: [tiny_clip, tiny_dino]
  - override /mining: null
  - override /benchmark: [mmvp]
  - override /contender: null
  - override /matching: null
  - override /prompt: null
name: tiny
title: Tiny
assets: assets
benchmark: {mmvp: {source: tiny/mmvp}}
"""
CLIP = """\
tiny_clip:
  loader: open_clip
  source: tiny/clip
  licence: MIT
  megabytes: 4
  params_m: %.1f
  quick_gelu: true
  text: true
"""
DINO = """\
tiny_dino: {loader: transformers, source: tiny/dino, revision: %s, licence: MIT, megabytes: 1}
"""


class Project:
    """A folder with `conf/`, and `clipblind` run in it as a user runs it."""

    def __init__(self, folder, hub):
        self.folder, self.hub = folder, hub
        self.models = folder / "assets" / "models"
        self.mmvp = folder / "assets" / "benchmarks" / "MMVP"

    def environment(self, **extra):
        # tests of this process may have switched the hub off, as every verb but `fetch` does
        ours = ("HF_", "TRANSFORMERS_")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
        kept = {key: value for key, value in kept.items() if "proxy" not in key.lower()}
        return kept | {"HF_ENDPOINT": self.hub.url, "HF_HOME": str(self.folder / "home")} | extra

    def start(self, *arguments, **extra):
        return subprocess.Popen(
            [str(CLIPBLIND), *map(str, arguments)],
            cwd=self.folder,
            env=self.environment(**extra),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments, **extra):
        """(exit status, standard output, standard error) of one verb."""
        process = self.start(*arguments, **extra)
        out, err = process.communicate(timeout=300)
        return process.returncode, out, err

    def fetch(self, *arguments, **extra):
        return self.run("fetch", "--study", "tiny", "--yes", *arguments, **extra)

    def refused(self, *arguments, **extra):
        """The sentence that a fetch ends with."""
        status, _, err = self.fetch(*arguments, **extra)
        assert status == 1
        assert "Traceback" not in err
        return err.strip().splitlines()[-1]


@pytest.fixture(scope="session")
def repositories(tmp_path_factory):
    """The files of every repository on the hub, and the CLIP's parameters in millions."""
    folder = tmp_path_factory.mktemp("repositories")
    clip = save_open_clip(folder / "clip")
    save_vision(folder / "dino", vision_model("dinov2"))
    held = {f"tiny/{name}": _contents(folder / name) for name in ("clip", "dino")}
    # what no loader reads, or another format of the same weights
    held["tiny/clip"] |= {"open_clip_pytorch_model.bin": b"x" * 500, "README.md": b"# Tiny"}
    held[MMVP] = {
        "Questions.csv": b"lndex,Question,Options,Correct Answer\n",
        ".gitattributes": b"*.bin filter=lfs\n",
        BIG: bytes(range(256)) * (24 * MIB // 256),
    }
    return held, sum(weight.numel() for weight in clip.parameters()) / 1e6


@pytest.fixture
def hub(repositories):
    hub = LocalHub({name: dict(files) for name, files in repositories[0].items()})
    server = hub.start()
    yield hub
    hub.released.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def project(tmp_path, hub, repositories):
    shutil.copytree(CONF, tmp_path / "conf")
    (tmp_path / "conf" / "study" / "tiny.yaml").write_text(STUDY)
    (tmp_path / "conf" / "encoder" / "tiny_clip.yaml").write_text(CLIP % repositories[1])
    commit = commit_of(repositories[0]["tiny/dino"])
    (tmp_path / "conf" / "encoder" / "tiny_dino.yaml").write_text(DINO % commit)
    return Project(tmp_path, hub)


def _contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*")}
