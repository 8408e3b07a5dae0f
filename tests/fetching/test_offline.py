"""Every verb but `fetch` runs with the hub switched off."""

import json
import os
import socket
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from clipblind.embedding.files import read_embeddings
from clipblind.fetching import network
from clipblind.ground.errors import UserError
from clipblind.pools import public
from clipblind.study.compose import compose

# refuses other machines, and writes down that one was asked for, whoever would catch its error
WATCH = """\
import os, pathlib, socket

def refuse(*_):
    pathlib.Path(os.environ["ASKED"]).touch()
    raise OSError("the network is refused")

connect = socket.socket.connect
socket.getaddrinfo = refuse
socket.socket.connect = lambda self, place: (
    connect(self, place) if self.family == socket.AF_UNIX else refuse()
)
"""


@pytest.fixture
def watched(project):
    """The environment of a process whose network is refused, and the file that tells."""
    folder = project.folder / "watch"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WATCH)
    asked = folder / "asked"
    return {"PYTHONPATH": str(folder), "ASKED": str(asked)}, asked


def test_a_fetched_encoder_embeds_with_the_network_refused(project, watched):
    status, _, err = project.fetch("--only", "tiny_clip")
    assert status == 0, err
    environment, asked = watched
    for number in range(3):
        noise = np.random.default_rng(number).integers(0, 256, (40, 40, 3), dtype=np.uint8)
        (project.folder / "pictures").mkdir(exist_ok=True)
        Image.fromarray(noise).save(project.folder / "pictures" / f"{number}.png")

    def run(*arguments):
        status, _, err = project.run(*arguments, **environment)
        assert status == 0, err

    own = {"sources": {"own": {"kind": "folder", "path": "pictures"}}, "parts": 1}
    listing = ("--out", "parts", "--rejected", "unlisted.parquet")
    run("pool", "list", "--cfg", json.dumps(own), "--root", ".", *listing)
    part = ("--listed", "parts/0.parquet")
    checked = ("--out", "checked.parquet", "--rejected", "rejected.parquet")
    run("pool", "check", *part, "--part", "0", *checked)
    encoder = compose(project.folder / "conf", "tiny").encoder["tiny_clip"]
    cfg = {"encoder": encoder.model_dump(mode="json"), "embedding": {"batch": 2, "workers": 1}}
    files = ("--checked", "checked.parquet", "--folder", "assets/models/tiny_clip")
    named = ("--name", "tiny_clip", "--cfg", json.dumps(cfg))
    run("encoder", "work", *named, *part, *files, "--embeddings", "embedded")
    ids, rows = read_embeddings([project.folder / "embedded/0.arrow"])
    assert len(ids) == len(rows) == 3
    assert not asked.exists()


def test_the_watch_sees_a_verb_that_asks_the_network(project, watched):
    environment, asked = watched
    assert "can't be reached" in project.refused("--only", "tiny_clip", **environment)
    assert asked.exists()


def test_the_command_line_switches_the_hub_off_unless_told_otherwise():
    code = "import clipblind.cli, huggingface_hub.constants as hub; print(hub.HF_HUB_OFFLINE)"
    known = {key: value for key, value in os.environ.items() if key not in network.SWITCHES}

    def is_off(**given):
        command = [sys.executable, "-c", code]
        said = subprocess.run(
            command, env=known | given, capture_output=True, text=True, check=True
        )
        return said.stdout.strip() == "True"

    assert is_off()
    assert not is_off(HF_HUB_OFFLINE="0", TRANSFORMERS_OFFLINE="0")


def test_jobs_hear_nothing_of_bars_that_stay_off():
    code = "import clipblind.cli; import huggingface_hub.utils as hub; hub.enable_progress_bars()"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stderr == ""
    without = code.replace("import clipblind.cli; ", "")
    switched = os.environ | {"HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    said = subprocess.run(
        [sys.executable, "-c", without], env=switched, capture_output=True, text=True, check=True
    )
    assert "Cannot enable progress bars" in said.stderr


@pytest.mark.parametrize(
    "hub, address, is_held",
    [
        ("https://hub.example", "8.8.8.8", True),
        ("http://hub.example:8080/x", "10.0.0.7", False),
        ("http://localhost:5000", "127.0.0.1", False),
    ],
)
def test_a_public_hub_leads_to_no_address_of_this_network(monkeypatch, hub, address, is_held):
    """Injected fault 36, of the hub's own redirects; a hub of one's own may lead anywhere."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(public.urllib.request, "getproxies", dict)
    for name in ("connect", "connect_ex"):  # put back in the end
        monkeypatch.setattr(socket.socket, name, lambda *_: "connected", raising=False)
    network.stay_public(hub)
    with socket.socket() as asked:
        if is_held:
            with pytest.raises(OSError, match=public.NOT_PUBLIC):
                asked.connect(("127.0.0.1", 80))
        else:
            assert asked.connect(("127.0.0.1", 80)) == "connected"
        assert asked.connect(("8.8.8.8", 80)) == "connected"


def test_fetch_undoes_the_switch_but_not_the_users(monkeypatch):
    for switch in network.SWITCHES:
        # set first, so that its absence is put back in the end
        monkeypatch.setenv(switch, "")
        monkeypatch.delenv(switch)
    network.switch_off()
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    network.switch_on()
    assert "HF_HUB_OFFLINE" not in os.environ
    monkeypatch.setenv("TRANSFORMERS_OFFLINE", "yes")
    network.switch_off()
    with pytest.raises(UserError, match="TRANSFORMERS_OFFLINE is set"):
        network.switch_on()
