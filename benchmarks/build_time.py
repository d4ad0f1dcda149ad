"""All boards and rules built: the whole process, as a commit hook or a workflow starts it."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks import figures as kinds
from benchmarks.figures import Figure
from benchmarks.measure import Plan
from benchmarks.processes import BenchError
from dashboards import catalog

STAGE = "build"
_RUNS = 9


def measure(plan: Plan) -> Iterator[Figure]:
    """Yield how long it takes to build everything, started anew each time. Raises BenchError."""
    plan.say("build")
    out = plan.folder / "built"
    command = [sys.executable, "-m", "dashboards", "build", "--output", str(out)]
    command += ["--rules", str(out / "rules")]
    took: list[float] = []
    used = os.times()
    # The first writes the files, and finds less in the system's cache.
    for _ in range(_RUNS + 1):
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        took.append(time.perf_counter() - began)
        if done.returncode:
            raise BenchError(f"The boards cannot be built: {done.stderr.strip()}")
    done_with = os.times()
    cpu = done_with.children_user - used.children_user
    cpu += done_with.children_system - used.children_system
    note = f"{len(catalog.names())} boards; median of {_RUNS}; {cpu / (_RUNS + 1):.2f} s of CPU"
    yield kinds.BUILD.of(1, statistics.median(took[1:]), note)
