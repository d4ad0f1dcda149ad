"""The least that the hub takes for a user's server: it answers on the port it is given."""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit


class _Anything(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


HTTPServer(
    ("127.0.0.1", urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"]).port or 80), _Anything
).serve_forever()
