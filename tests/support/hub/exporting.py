"""The exporter as a process of its own, as an admin starts it."""

import re
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

from prometheus_client.parser import text_string_to_metric_families

from exporter.resending import Client
from harness.hub import PATIENCE_SECONDS, wait_for
from harness.processes import surroundings

OWN = "jupyterhub_groups_exporter_"


class Exporter:
    """A running exporter: its log so far, its pages, its end."""

    def __init__(self, process):
        self.process = process
        self._lines = []
        self._client = Client(trust_env=False, verify=False, timeout=PATIENCE_SECONDS)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stderr:
            self._lines.append(line)

    @property
    def log(self):
        return "".join(self._lines)

    @property
    def url(self):
        found = re.search(r"Serving (https?://\S+)/metrics;", self.log)
        return found and found[1]

    def get(self, path, **headers):
        """Return the answer to a request."""
        return self._client.get(f"{self.url}{path}", headers=headers)

    def samples(self):
        """Return the page as ``{name: [(labels, value)]}``."""
        return samples(self.get("/metrics").text)

    def wait_for_log(self, text):
        def logged():
            assert self.process.poll() is None or text in self.log, self.log
            return text in self.log

        wait_for(logged, f"{text!r} in:\n{self.log}")

    def end(self, number=signal.SIGTERM):
        """Send a signal; return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        self.process.stderr.close()
        self._client.close()


def samples(text):
    """Return a page as ``{name: [(labels, value)]}``."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


@contextmanager
def exporter(*args, **env):
    """Start ``python -m exporter``; kill it at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "exporter", *args],
        env=surroundings(**env),
        stderr=subprocess.PIPE,
        text=True,
    )
    running = Exporter(process)
    try:
        yield running
    finally:
        running.close()
