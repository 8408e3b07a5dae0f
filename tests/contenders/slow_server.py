"""A local server that speaks the OpenAI protocol, slowly, and remembers what it was asked."""

import hashlib
import json
import threading
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DIGITS = 12  # of what was asked, in its answer


class Memory:
    """How often a server was asked each thing, by the digest of words and image."""

    def __init__(self):
        self.asked = Counter()
        self._more = threading.Condition()

    def note(self, digest):
        with self._more:
            self.asked[digest] += 1
            self._more.notify_all()

    def wait_for(self, total, seconds):
        """Whether so many requests came within the time."""
        with self._more:
            return self._more.wait_for(lambda: self.asked.total() >= total, seconds)


@contextmanager
def slow_server(delay):
    """Serve chat completions, each after `delay` seconds; yields the address and the memory."""
    memory = Memory()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            digest = hashlib.sha256(json.dumps(body["messages"]).encode()).hexdigest()
            memory.note(digest)
            time.sleep(delay)
            self._send(200, completion(body["model"], digest))

        def do_GET(self):
            self._send(200, {"object": "list", "data": [{"id": "tiny", "object": "model"}]})

        def _send(self, status, answer):
            data = json.dumps(answer).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except OSError:  # who asked was killed
                self.close_connection = True

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_):  # connections of killed runs
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1", memory
        server.shutdown()


def completion(model, digest):
    """An answer that depends on what was asked alone."""
    said = f"({'ab'[int(digest[0], 16) % 2]}), I think {digest[:DIGITS]}"
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {
                    "role": "assistant",
                    "content": said,
                },
            }
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    }
