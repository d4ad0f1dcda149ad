"""A small real HTTP server that answers wrongly, as a fault between exporter and hub would."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LEAST = {"kind": "service", "name": "exporter", "scopes": ["list:users", "read:users:groups"]}


class Answer:
    """A status, a body (bytes, or a value to send as JSON), and headers."""

    def __init__(self, body, status=200, delay=0.0, **headers):
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.status = status
        self.delay = delay
        self.headers = {name.replace("_", "-"): text for name, text in headers.items()}


def page(*items, next_offset=None):
    """Return a page as the hub gives it."""
    following = None if next_offset is None else {"offset": next_offset, "url": "http://evil.test/"}
    return Answer({"items": list(items), "_pagination": {"offset": 0, "next": following}})


@contextmanager
def misbehaving_hub(tls=None, /, **answers):
    """Serve ``answers`` by the last part of the path; yield the API URL and the requests seen.

    A list of answers is given out in turn, the last one again and again. ``user`` is right
    unless given. ``tls`` is an SSL context to serve with.
    """
    seen = []
    turns = {"user": [Answer(LEAST)]} | {
        path: list(answer) if isinstance(answer, list) else [answer]
        for path, answer in answers.items()
    }

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            seen.append((self.path, dict(self.headers)))
            turn = turns[self.path.split("?")[0].rsplit("/", 1)[-1]]
            answer = turn.pop(0) if len(turn) > 1 else turn[0]
            time.sleep(answer.delay)
            self.send_response(answer.status)
            for name, text in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}/hub/api", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
