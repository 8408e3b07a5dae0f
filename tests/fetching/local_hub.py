"""A server on this machine that speaks as much of the hub's API as `fetch` asks for.

Large files are answered as the hub answers them: by a redirect to another host (`localhost`, where
the hub is 127.0.0.1), which honours ranges.
"""

import hashlib
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

LARGE = 100_000  # bytes from which on a file is in LFS
PIECE = 1 << 16


def commit_of(files):
    """A commit's name that changes with the files."""
    total = hashlib.sha1()
    for path, content in sorted(files.items()):
        total.update(path.encode() + content)
    return total.hexdigest()


def git_blob(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@dataclass
class LocalHub:
    """What the server holds, what it does wrong, and what it was asked.

    Attributes:
        repositories: path -> content by id, datasets as `datasets/owner/name`.
        faults: of an id, status and error code of its files' answers; of `api/<id>`, its own.
        breaks: of a file, after how many bytes to close the connection, once.
        stalls: of a file, after how many bytes to send nothing more, once.
        flips: of a file, how many times to send a wrong byte.
        asked: (path, range, authorisation) of every request.
        served: bytes of contents by path.
    """

    repositories: dict = field(default_factory=dict)
    faults: dict = field(default_factory=dict)
    breaks: dict = field(default_factory=dict)
    stalls: dict = field(default_factory=dict)
    flips: Counter = field(default_factory=Counter)
    asked: list = field(default_factory=list)
    served: Counter = field(default_factory=Counter)
    stalled: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                hub.answer(self)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def answer(self, request):
        path = unquote(urlsplit(request.path).path).lstrip("/")
        headers = request.headers
        self.asked.append((path, headers.get("Range"), headers.get("Authorization")))
        if path.startswith("api/"):
            self._describe(request, path.removeprefix("api/"))
        elif path.startswith("elsewhere/"):
            _, repository, name = path.split("::")
            self._send(request, name, self.repositories[repository][name])
        else:
            repository, _, rest = path.partition("/resolve/")
            self._resolve(request, repository, rest.partition("/")[2])

    def _describe(self, request, path):
        repository, _, revision = path.partition("/revision/")
        repository = repository.removeprefix("models/")
        files = self.repositories.get(repository)
        fault = self.faults.get(f"api/{repository}")
        if files is None:
            fault = (401, "RepoNotFound")
        elif revision and revision != commit_of(files):
            fault = (404, "RevisionNotFound")
        if fault:
            self._refuse(request, *fault)
            return
        siblings = []
        for name, content in files.items():
            entry = {"rfilename": name, "size": len(content), "blobId": git_blob(content)}
            if len(content) >= LARGE:
                sha256 = hashlib.sha256(content).hexdigest()
                entry["lfs"] = {"sha256": sha256, "size": len(content), "pointerSize": 130}
            siblings.append(entry)
        said = {
            "id": repository,
            "sha": commit_of(files),
            "siblings": siblings,
            "cardData": {"license": "mit"},
        }
        body = json.dumps(said).encode()
        self._head(request, 200, {"Content-Length": len(body), "Content-Type": "application/json"})
        request.wfile.write(body)

    def _resolve(self, request, repository, name):
        if fault := self.faults.get(repository):
            self._refuse(request, *fault)
            return
        content = self.repositories[repository][name]
        commit = {"X-Repo-Commit": commit_of(self.repositories[repository])}
        if len(content) < LARGE:
            self._send(request, name, content, commit | {"ETag": f'"{git_blob(content)}"'})
            return
        place = f"http://localhost:{self.port}/elsewhere/::{repository}::{name}"
        sha256 = hashlib.sha256(content).hexdigest()
        linked = {"X-Linked-Etag": f'"{sha256}"', "X-Linked-Size": len(content)}
        self._head(request, 302, commit | linked | {"Location": place, "Content-Length": 0})

    def _send(self, request, name, content, headers=None):
        start, status = 0, 200
        headers = dict(headers or {})
        if asked := request.headers.get("Range"):
            start, status = int(asked.removeprefix("bytes=").partition("-")[0]), 206
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        headers |= {"Content-Length": len(content) - start, "Accept-Ranges": "bytes"}
        if self.flips[name]:
            self.flips[name] -= 1
            content = content[:-1] + bytes([content[-1] ^ 1])
        self._head(request, status, headers)
        end = min(self.breaks.pop(name, len(content)), stall := self.stalls.pop(name, len(content)))
        for place in range(start, end, PIECE):
            piece = content[place : min(place + PIECE, end)]
            try:
                request.wfile.write(piece)
            except OSError:  # it was killed
                return
            self.served[name] += len(piece)
        if stall < len(content):
            self.stalled.set()
            self.released.wait()
        if end < len(content):
            request.close_connection = True

    def _refuse(self, request, status, code):
        self._head(request, status, {"X-Error-Code": code, "Content-Length": 0})

    def _head(self, request, status, headers):
        request.send_response(status)
        for key, value in headers.items():
            request.send_header(key, str(value))
        request.end_headers()

    def wait_until_stalled(self):
        """Wait for the stall, and a moment for what was sent to be read."""
        assert self.stalled.wait(60)
        time.sleep(1)
