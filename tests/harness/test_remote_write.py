"""What is handed to a Prometheus arrives, in the order of its times."""

import numpy as np
import pytest

from harness.prometheus import ONE_BLOCK, TAKES_SNAPSHOTS, TAKES_WRITES, started
from harness.remote_write import Writer, pack

LIFE = 60_000
"""Samples: more than go into one request."""
LIVES = 12
SECONDS = 0.1


@pytest.mark.prometheus
def test_a_series_that_goes_on_is_written_in_order(tmp_path):
    """Requests are sent two at once, and Prometheus refuses what is out of order."""
    flags = (TAKES_WRITES, TAKES_SNAPSHOTS, *ONE_BLOCK)
    begin = 1.7e9
    with started(tmp_path, tmp_path / "data", *flags) as prometheus:
        writer = Writer(prometheus.client, prometheus.url)
        for life in range(LIVES):
            times = begin + (life * LIFE + np.arange(LIFE)) * SECONDS
            writer.write({"__name__": "goes_on"}, pack(times, np.ones(LIFE)))
        writer.flush()
        end = begin + LIVES * LIFE * SECONDS
        (found,) = prometheus.api.instant(f"count_over_time(goes_on[{LIVES * LIFE}s])", end)
        assert found.values[-1] == writer.samples == LIVES * LIFE
