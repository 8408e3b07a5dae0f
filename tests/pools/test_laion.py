"""LAION's images through img2dataset, from a server of this machine: good, slow, dead, lying."""

import http.server
import io
import json
import threading
import time

import numpy as np
import polars as pl
import pytest
from PIL import Image

from clipblind.ground.errors import UserError
from clipblind.pools.checking import check_part
from clipblind.pools.laion import download, summary
from clipblind.pools.sources import list_sources
from clipblind.study.settings.pool import Files

HOW = {"processes": 1, "threads": 4, "timeout": 2, "retries": 0, "shard": 6}


def jpeg(seed):
    rng = np.random.default_rng(seed)
    image = Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)).resize((64, 48))
    written = io.BytesIO()
    image.save(written, "JPEG")
    return written.getvalue()


class Strange(http.server.BaseHTTPRequestHandler):
    """Answers `/good/<n>` well and everything else in its own way."""

    def do_GET(self):
        what, _, number = self.path.strip("/").partition("/")
        body, kind, headers = jpeg(int(number or 0)), "image/jpeg", {}
        if what == "dead":
            self.send_error(404)
            return
        if what == "loop":
            self.send_response(302)
            self.send_header("Location", self.path)
            self.end_headers()
            return
        if what == "slow":
            time.sleep(4)
        if what == "page":
            body = b"<html>sold</html>"
        if what == "cut":
            body = body[: len(body) // 2]
        if what == "forbids":
            headers = {"X-Robots-Tag": "noai"}
        self.send_response(200)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Strange)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()


def test_what_comes_is_kept_as_it_is_and_what_does_not_is_counted(server, tmp_path):
    paths = [f"good/{k}" for k in range(5)] + ["dead", "loop", "slow", "page", "cut/7", "forbids"]
    urls = [f"{server}/{path}" for path in paths] + ["http://127.0.0.1:1/refused", "no address"]
    said = [f"picture {k}" for k in range(len(urls))]
    metadata = tmp_path / "metadata"
    metadata.mkdir()
    pl.DataFrame({"URL": urls, "TEXT": said}).write_parquet(metadata / "0.parquet")
    told = download(metadata, tmp_path / "tars", **HOW)
    assert "of 13 images came" in told and "gone (404)" in told
    listed = list_sources({"laion": Files(kind="laion", path="tars")}, tmp_path)
    good, bad = check_part(listed, 0, 1)
    assert len(good) == 5
    # a file that is cut short is stored as it came, and found out when it is decoded
    assert len(bad) <= 1
    # a second run finds everything done
    before = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "tars").glob("*.tar")}
    assert download(metadata, tmp_path / "tars", **HOW) == told == summary(tmp_path / "tars")
    assert before == {p.name: p.stat().st_mtime_ns for p in (tmp_path / "tars").glob("*.tar")}


def test_what_is_no_metadata_is_said_in_a_sentence(tmp_path):
    with pytest.raises(UserError, match="holds no Parquet file"):
        download(tmp_path, tmp_path / "out", **HOW)
    pl.DataFrame({"address": ["x"]}).write_parquet(tmp_path / "0.parquet")
    with pytest.raises(UserError, match="no column URL; it has address"):
        download(tmp_path, tmp_path / "out", **HOW)
    (tmp_path / "0.parquet").write_text(json.dumps({}))
    with pytest.raises(UserError, match="can't be read as Parquet"):
        download(tmp_path, tmp_path / "out", **HOW)
