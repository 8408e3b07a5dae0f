"""LAION's images through img2dataset, from a server of this machine: good, slow, dead, lying."""

import base64
import http.server
import io
import json
import os
import subprocess
import sys
import threading
import time

import numpy as np
import polars as pl
import pytest
from PIL import Image

from clipblind.ground.errors import UserError
from clipblind.pools import downloading, laion, public
from clipblind.pools.checking import check_part
from clipblind.pools.laion import download, summary
from clipblind.pools.sources import list_sources
from clipblind.study.settings.pool import Files

HOW = {"processes": 1, "threads": 4, "timeout": 2, "retries": 0, "shard": 6}
# the good server's own address: as one of a user's own network it may be asked, and no other
OURS = {**HOW, "private": ["127.0.0.1"]}


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
        body, kind, headers = jpeg(int(number) if number.isdigit() else 0), "image/jpeg", {}
        if what == "dead":
            self.send_error(404)
            return
        if what == "loop":
            self.send_response(302)
            self.send_header("Location", self.path)
            self.end_headers()
            return
        if what == "to":
            self.send_response(302)
            self.send_header("Location", base64.urlsafe_b64decode(number).decode())
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
    told = download(metadata, tmp_path / "tars", **OURS)
    assert "of 13 images came" in told and "gone (404)" in told
    listed, _ = list_sources({"laion": Files(kind="laion", path="tars")}, tmp_path)
    good, bad = check_part(listed, 0, 1)
    assert len(good) == 5
    # a file that is cut short is stored as it came, and found out when it is decoded
    assert len(bad) <= 1
    # a second run finds everything done, but for what a kill tore
    before = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "tars").glob("*.tar")}
    (tmp_path / "tars/00000_stats.json").write_text('{"count": 6')
    assert download(metadata, tmp_path / "tars", **OURS) == told == summary(tmp_path / "tars")
    after = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "tars").glob("*.tar")}
    assert [name for name in before if before[name] != after[name]] == ["00000.tar"]


def test_what_is_no_metadata_is_said_in_a_sentence(tmp_path):
    with pytest.raises(UserError, match="holds no Parquet file"):
        download(tmp_path, tmp_path / "out", **HOW)
    pl.DataFrame({"address": ["x"]}).write_parquet(tmp_path / "0.parquet")
    with pytest.raises(UserError, match="no column URL; it has address"):
        download(tmp_path, tmp_path / "out", **HOW)
    (tmp_path / "0.parquet").write_text(json.dumps({}))
    with pytest.raises(UserError, match="can't be read as Parquet"):
        download(tmp_path, tmp_path / "out", **HOW)


def metadata_of(folder, urls, name="0.parquet", column="URL"):
    folder.mkdir(exist_ok=True)
    pl.DataFrame({column: urls}).write_parquet(folder / name)
    return folder


@pytest.fixture
def inner():
    """Where a service of this machine or its network listens, and what reached it."""
    reached = []

    class Inner(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            reached.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(jpeg(0))

        def log_message(self, *_):
            pass

    made = http.server.ThreadingHTTPServer(("127.0.0.2", 0), Inner)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made.server_port, reached
    made.shutdown()


def test_nobody_is_asked_who_has_no_public_address_by_url_or_by_redirect(server, inner, tmp_path):
    """Injected fault 36: `file://`, loopback and redirects to loopback were obeyed."""
    (tmp_path / "own.jpg").write_bytes(jpeg(1))
    port, reached = inner
    forms = (
        *(f"http://{host}:{port}/x.jpg" for host in ("127.0.0.2", "2130706434", "0x7f000002")),
        *(f"http://{host}:{port}/x.jpg" for host in ("0177.0.0.2", "127.2", "[::ffff:127.0.0.2]")),
        *(f"file://{tmp_path}/own.jpg", f"FILE://localhost{tmp_path}/own.jpg"),
        *("ftp://127.0.0.2/x.jpg", "data:image/gif;base64,R0lGODlhAQABAAAAACw="),
    )
    to = [f"{server}/to/{base64.urlsafe_b64encode(url.encode()).decode()}" for url in forms]
    urls = [*forms, *to, f"http://localhost:{port}/x.jpg", f"{server}/good/1"]
    # and a folder whose name is a pattern is read as it is (polars 12876, in img2dataset's reader)
    metadata = metadata_of(tmp_path / "laion[1]*", urls, "part[0].parquet")
    told = download(metadata, tmp_path / "tars", **OURS)
    assert told.startswith(f"1 of {len(urls)} images came."), told
    assert reached == [] and "no public address" in told and "no web address" in told
    assert str(tmp_path) not in told


def test_without_leave_for_its_own_network_a_download_asks_nobody_here(inner, tmp_path):
    port, reached = inner
    urls = [f"http://127.0.0.2:{port}/{n}" for n in range(3)]
    with pytest.raises(UserError, match=r"^0 of 3 images came\. The others: no public address \(3"):
        download(metadata_of(tmp_path / "m", urls), tmp_path / "tars", **HOW)
    assert reached == []


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "198.18.0.1"),
        *("224.0.0.1", "255.255.255.255", "192.0.2.7", "::", "::1", "fe80::1", "fe80::1%eth0"),
        *("fc00::1", "fd00:ec2::254", "ff02::1", "::127.0.0.1", "::ffff:10.0.0.1", "2001:db8::1"),
        *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:c0a8:101::1"),
        *("localhost", "2130706433", "", "1.2.3"),
    ],
)
def test_an_address_that_is_not_a_public_host_s_is_told(address):
    assert not public.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "64:ff9b::808:808"])
def test_a_public_address_is_one(address):
    assert public.is_public(address)


GUARDED = """
import json, sys, urllib.request
from clipblind.pools import public
public.MOST_BYTES = 5000
public.install(1, json.loads(sys.argv[2]))
public._Bounded.longest = 1.0
for url in json.loads(sys.argv[1]):
    try:
        with urllib.request.urlopen(url, timeout=1) as reply:
            print(len(reply.read()))
    except Exception as error:
        print(error)
"""


def guarded(urls, private=(), **environment):
    """What each URL gave to a process that is bound to public addresses."""
    done = subprocess.run(
        [sys.executable, "-c", GUARDED, json.dumps(urls), json.dumps(private)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


class Endless(http.server.BaseHTTPRequestHandler):
    """States too much, sends without an end, or a byte now and then."""

    def do_GET(self):
        self.send_response(200)
        if self.path == "/states":
            self.send_header("Content-Length", "6000")
        if self.path == "/short":
            self.send_header("Content-Length", "50")
        self.end_headers()
        try:
            if self.path == "/short":
                self.wfile.write(b"x" * 40)
                return
            for _ in range(60):
                self.wfile.write(b"x" * (1 if self.path == "/trickles" else 1000))
                self.wfile.flush()
                time.sleep(0.05 if self.path == "/trickles" else 0)
        except OSError:
            pass

    def log_message(self, *_):
        pass


@pytest.fixture
def endless():
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endless)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()


def test_no_reply_is_read_for_ever_or_without_an_end(endless):
    urls = [f"{endless}/{what}" for what in ("states", "floods", "trickles", "short")]
    states, floods, trickles, short = guarded(urls, ["127.0.0.1"])
    assert states == floods == public.TOO_LARGE
    assert trickles == public.TOO_SLOW
    assert short == "IncompleteRead(40 bytes read, 10 more expected)"


def test_a_proxy_is_used_and_asked_for_no_host_of_its_own_network(endless):
    urls = ["http://10.0.0.1/x", "http://intranet/x", "http://wiki.internal/x"]
    urls += ["http://169.254.169.254/latest", "http://0x7f.1/x", "http://8.8.8.8/floods"]
    said = guarded(urls, http_proxy=endless, no_proxy="")
    assert said[:-1] == [f"<urlopen error {public.NOT_PUBLIC}>"] * 5
    assert said[-1] != said[0]  # a page of the proxy's


@pytest.mark.parametrize(
    "torn",
    ["", "{", '{"count": 6', "[]", '{"count": "6", "successes": 1, "status_dict": {}}', "[" * 9999],
)
def test_torn_statistics_are_a_sentence_and_forgotten_before_the_next_run(tmp_path, torn):
    """Injected fault 25 (img2dataset 164): a trace that named neither file nor remedy."""
    whole = {"count": 6, "successes": 1, "status_dict": {"success": 1, "HTTP Error 404": 5}}
    (tmp_path / "00000_stats.json").write_text(json.dumps(whole))
    (tmp_path / "00001_stats.json").write_text(torn)
    with pytest.raises(UserError, match=r"1_stats\.json is cut short or damaged; run the download"):
        summary(tmp_path)
    laion._forget_torn(tmp_path)
    assert summary(tmp_path) == "1 of 6 images came. The others: gone (404) (5)."


def test_metadata_of_unlike_columns_is_refused_by_the_file_that_differs(tmp_path):
    """img2dataset 317, and the columns of 164."""
    metadata = metadata_of(tmp_path / "m", ["http://a.example/1"])
    metadata_of(metadata, ["http://a.example/2"], "1.parquet", "url")
    with pytest.raises(UserError, match=r"1\.parquet has addresses .* url and none, and .*0\.parq"):
        download(metadata, tmp_path / "out", **HOW)
    metadata_of(metadata, ["x"], "1.parquet", "address")
    with pytest.raises(UserError, match=r"1\.parquet has no column URL; it has address"):
        download(metadata, tmp_path / "out", **HOW)
    metadata_of(metadata, [1], "1.parquet")
    with pytest.raises(UserError, match=r"column URL of .*1\.parquet holds Int64"):
        download(metadata, tmp_path / "out", **HOW)


def test_a_folder_with_json_of_others_is_named_before_anything_is_asked(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/notes.json").write_text("{}")
    with pytest.raises(UserError, match=r"notes\.json is none of a download's files"):
        download(metadata_of(tmp_path / "m", ["http://a.example"]), tmp_path / "out", **HOW)


def test_what_was_sent_is_kept_to_the_byte_whatever_its_format():
    for form in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"):
        written = io.BytesIO()
        Image.new("RGB", (9, 9)).save(written, form)
        assert downloading.as_sent(io.BytesIO(written.getvalue()))[0] == written.getvalue()
    for other in (b"", b"<html>", b"%!PS-Adobe-3.0 EPSF", b"<svg>", b"\0" * 40):
        assert downloading.as_sent(io.BytesIO(other))[-1] == "Image decoding error"


def test_tars_that_could_not_be_made_are_a_sentence(tmp_path, monkeypatch):
    said = "shard 3 failed with error no room\nRetried 1 times, but 2 shards still failed. You may"
    done = subprocess.CompletedProcess([], 0, said, "")
    monkeypatch.setattr(laion.subprocess, "run", lambda *_, **__: done)
    with pytest.raises(UserError, match=r"2 tars in .* could not be made \(no room\); run again"):
        download(metadata_of(tmp_path / "m", ["http://a.example"]), tmp_path / "out", **HOW)
