"""The simulated cluster's exporters over HTTP: /<job>/metrics is what that job's target answers."""

import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from demo.exporters import JOBS, cluster, dcgm, jupyterhub
from demo.exposition import scrape
from demo.series import Series
from demo.world import World

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def targets(world: World) -> dict[str, list[Series]]:
    """Return the series of each job as its target exposes them, before the scrape adds labels."""
    found: dict[str, list[Series]] = {job: [] for job in JOBS}
    for series in cluster(world):
        found[series.job].append(_before_scrape(series))
    return found


def _before_scrape(series: Series) -> Series:
    """Return a series without what Prometheus makes of it: exported_pod is the target's pod."""
    if series.job == jupyterhub.JOB:
        own = [pair for pair in series.labels if pair not in jupyterhub.TARGET.items()]
        return replace(series, labels=tuple(own))
    if series.job != dcgm.JOB:
        return series
    exported = {name.removeprefix("exported_") for name, _ in series.labels if "exported_" in name}
    kept = [(name, value) for name, value in series.labels if name not in exported]
    return replace(
        series, labels=tuple((name.removeprefix("exported_"), value) for name, value in kept)
    )


def serve(world: World, host: str, port: int) -> None:
    """Answer scrapes until interrupted."""
    series = targets(world)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            job, _, rest = self.path.strip("/").partition("/")
            if job not in series or rest != "metrics":
                self._answer(404, f"There are: {', '.join(f'/{job}/metrics' for job in series)}\n")
                return
            self._answer(200, scrape(series[job], time.time()))

        def _answer(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Say nothing: a scrape a minute and job is no news."""

    ThreadingHTTPServer((host, port), Handler).serve_forever()
