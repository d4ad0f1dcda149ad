"""Deploy as a process against a Grafana behind a proxy that fails: retries, Ctrl-C, kill -9.

The boards are two of a directory, and those of the catalog are left out: what these look like
must not decide whether a cassette still fits.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.grafana_proxy import (
    Fault,
    Holding,
    Proxy,
    bad_gateway,
    busy,
    hang_up,
    locked,
    lose_the_answer,
    proxying,
    slow,
)
from tests.support.grafana_recorder import Recorder
from tests.support.paths import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.cassette]

# The JSON itself: what render makes of a board must not decide whether a cassette still fits.
BOARD = """\
def board(source):
    return {{"title": "{title}", "uid": "{uid}", "schemaVersion": 39, "panels": []}}
"""


class Deploying:
    """Deploys boards of a directory through a proxy, in processes of their own."""

    def __init__(self, recorder: Recorder, folder: Path, number: int = 2) -> None:
        self.recorder = recorder
        self.directory = folder / "faulty"
        self.directory.mkdir()
        uid = recorder.board["uid"]
        self.titles = [f"Board {n}" for n in range(1, number + 1)]
        for n, title in enumerate(self.titles, 1):
            text = BOARD.format(title=title, uid=f"{n}-{uid}"[:40])
            (self.directory / f"board_{n}.py").write_text(text, "utf-8")
        self.names = [f"board-{n}" for n in range(1, number + 1)]
        self.token = recorder.login("Editor")

    def start(self, proxy: Proxy, *options: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", SHORT_WAITS, "deploy", *self.names, *options]
        kept = {k: v for k, v in os.environ.items() if "GRAFANA" not in k}
        return subprocess.Popen(
            [*command, f"--boards={self.directory}", f"--folder={self.recorder.title}", "--raw"],
            cwd=ROOT,
            env={**kept, "GRAFANA_URL": proxy.url, "GRAFANA_TOKEN": self.token},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def targets(self, config: Path, **urls: str) -> None:
        (config.parent / "token").write_text(self.token, "utf-8")
        table = '[targets.{}]\nurl = "{}"\ntoken_file = "token"\n'
        config.write_text("".join(table.format(*each) for each in urls.items()), "utf-8")

    def run(self, proxy: Proxy, *options: str) -> tuple[int, str, str]:
        process = self.start(proxy, *options)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err


# The command itself, with waits that a test has time for, and a release that is always the same.
SHORT_WAITS = """
import signal
from dashboards.commands import deployment, grafana_options
patience = grafana_options.RetryPolicy
grafana_options.RetryPolicy = lambda **k: patience(**k, first_wait=0.02, longest_wait=0.05)
deployment.release = lambda: "1.2.3"
# What a shell runs in the background is started with Ctrl-C ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
from dashboards.cli import main
main()
"""


@contextmanager
def through(recorder: Recorder, *faults: Fault | None) -> Iterator[Proxy]:
    with recorder.playing(), proxying(recorder.base, *faults) as proxy:
        yield proxy


def test_faults_that_pass_are_waited_for(recorder: Recorder, tmp_path: Path) -> None:
    deploying = Deploying(recorder, tmp_path)
    # What a kept connection loses is sent again at once; what the new one loses, too, is not.
    breaks = (hang_up, hang_up)
    with through(recorder, busy, busy, bad_gateway, None, locked, None, *breaks) as proxy:
        code, out, err = deploying.run(proxy)
    assert code == 0, err
    assert out.splitlines()[-1].endswith(": 2 new, 0 changed, 0 same")
    assert [re.sub(r"in \d+ s", "in . s", line) for line in err.splitlines()] == [
        "Grafana answers 429; trying again in . s (1 of 3)",
        "Grafana answers 429; trying again in . s (2 of 3)",
        "Something answers 502; trying again in . s (3 of 3)",
        "Grafana answers 500; trying again in . s (1 of 3)",
        "The connection broke; trying again in . s (1 of 3)",
    ]


def test_a_fault_that_stays_is_given_up(recorder: Recorder, tmp_path: Path) -> None:
    """One dashboard that cannot be read does not keep the other from being saved."""
    recorder.has()
    deploying = Deploying(recorder, tmp_path)
    with through(recorder, None, locked, locked) as proxy:
        code, out, err = deploying.run(proxy, "--retries", "1")
    assert code == 1
    assert "! failed   Board 1" in out
    assert "it answers 500, database is locked. Look into Grafana's log" in out
    assert out.splitlines()[-1].endswith(": 1 new, 0 changed, 0 same, 1 failed")
    assert err.count("trying again") == 1


def test_no_answer_in_time_is_asked_again(recorder: Recorder, tmp_path: Path) -> None:
    deploying = Deploying(recorder, tmp_path)
    with through(recorder, slow) as proxy:
        # On a busy machine the other answers take their time, too.
        code, out, err = deploying.run(proxy, "--timeout", "5")
    assert code == 0, err
    assert out.splitlines()[-1].endswith(": 2 new, 0 changed, 0 same")
    assert err.startswith("No answer within 5 s; trying again in ")


def test_answers_that_are_lost_do_not_double_anything(recorder: Recorder, tmp_path: Path) -> None:
    """Grafana has done it, nobody heard: folder, first dashboard; each is asked for again."""
    deploying = Deploying(recorder, tmp_path)
    reads = [None] * 4
    with through(recorder, *reads, lose_the_answer, None, None, lose_the_answer) as proxy:
        code, out, err = deploying.run(proxy)
        again = deploying.run(proxy)
    assert code == 0, err
    assert out.splitlines()[-1].endswith(": 2 new, 0 changed, 0 same")
    assert again[1].splitlines()[-1].endswith(": 0 new, 0 changed, 2 same")
    assert [method for method, _ in proxy.seen].count("POST") == 5


def test_killed_during_a_deploy_the_next_run_completes_it(
    recorder: Recorder, tmp_path: Path
) -> None:
    deploying = Deploying(recorder, tmp_path, number=3)
    holding = Holding()
    reads = [None] * 5
    with through(recorder, *reads, None, None, holding) as proxy:
        process = deploying.start(proxy)
        assert holding.reached.wait(30)
        process.kill()
        process.wait()
        holding.go_on.set()
        done = len(proxy.seen)
        code, out, err = deploying.run(proxy)
        twice = deploying.run(proxy)
    assert process.returncode == -signal.SIGKILL
    assert code == 0, err
    # The folder and two dashboards were saved, the second without anybody hearing of it.
    assert out.splitlines()[-1].endswith(": 1 new, 0 changed, 2 same")
    assert [method for method, _ in proxy.seen[:done]].count("POST") == 3
    assert [method for method, _ in proxy.seen[done:]].count("POST") == 1
    assert twice[1].splitlines()[-1].endswith(": 0 new, 0 changed, 3 same")


def test_ctrl_c_says_what_was_done_and_the_next_run_does_the_rest(
    recorder: Recorder, tmp_path: Path
) -> None:
    deploying = Deploying(recorder, tmp_path)
    holding = Holding()
    reads = [None] * 4
    with through(recorder, *reads, None, None, holding) as proxy:
        process = deploying.start(proxy)
        assert holding.reached.wait(30)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        holding.go_on.set()
        code, again, _ = deploying.run(proxy)
    assert process.returncode == 130, err
    *_, counted, last = out.splitlines()
    assert counted.endswith(": 1 new, 0 changed, 0 same, 1 left to do")
    assert last.startswith("Interrupted. What was saved is complete; run deploy again")
    assert "Traceback" not in err
    assert code == 0
    assert again.splitlines()[-1].endswith(": 0 new, 0 changed, 2 same")


def test_several_grafanas_at_once(recorder: Recorder, tmp_path: Path) -> None:
    """One that is well, one that is down: a table says so, and the one that is well is done."""
    deploying = Deploying(recorder, tmp_path)
    config = tmp_path / "groupscope.toml"
    with through(recorder) as proxy:
        deploying.targets(config, well=proxy.url, down="http://127.0.0.1:9/")
        code, out, _ = deploying.run(proxy, "--target=all", f"--config={config}")
    assert code == 1
    heading, well, down = out.splitlines()[-3:]
    assert heading.split() == ["new", "changed", "same", "pruned", "failed", "left"]
    assert well.split() == ["well", "2", "0", "0", "0", "0", "0", "ok"]
    assert down.split()[:7] == ["down", "0", "0", "0", "0", "0", "2"]
    assert "error: No server answers at http://127.0.0.1:9/ (connection refused)" in down
    assert "+ new      Board 1" in out


def test_ctrl_c_before_anything_is_written(recorder: Recorder, tmp_path: Path) -> None:
    deploying = Deploying(recorder, tmp_path)
    holding = Holding()
    with through(recorder, None, holding) as proxy:
        process = deploying.start(proxy)
        assert holding.reached.wait(30)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        holding.go_on.set()
    assert process.returncode == 130, err
    assert out == "Interrupted. Nothing was written.\n"
    assert "Traceback" not in err


def test_several_grafanas_interrupted_before_anything_is_written(
    recorder: Recorder, tmp_path: Path
) -> None:
    """Each ends before its next request: what it waits for when Ctrl-C comes is its last."""
    deploying = Deploying(recorder, tmp_path)
    config = tmp_path / "groupscope.toml"
    holding = Holding()
    with through(recorder, None, holding) as proxy:
        deploying.targets(config, well=proxy.url, down="http://127.0.0.1:9/")
        process = deploying.start(proxy, "--target=all", f"--config={config}")
        assert holding.reached.wait(30)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        holding.go_on.set()
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert [method for method, _ in proxy.seen] == ["GET", "GET"]
    assert re.search(r"^well .* 2  interrupted$", out, re.MULTILINE), out


def test_through_a_proxy_and_below_a_path(recorder: Recorder, tmp_path: Path) -> None:
    """--proxy, with a name that only the proxy knows; and a Grafana that is served below a path."""
    deploying = Deploying(recorder, tmp_path)
    with through(recorder) as proxy:
        proxy.below = "/grafana"
        below = deploying.run(proxy, f"--url={proxy.url}grafana")
        proxy.below = "http://grafana.test"
        named = deploying.run(proxy, "--url=http://grafana.test", f"--proxy={proxy.url}")
    assert below[0] == 0, below[2]
    assert below[1].splitlines()[-1].endswith(": 2 new, 0 changed, 0 same")
    assert named[0] == 0, named[2]
    assert named[1].splitlines()[-1].endswith(": 0 new, 0 changed, 2 same")


def test_several_grafanas_interrupted(recorder: Recorder, tmp_path: Path) -> None:
    """Ctrl-C lets each finish the request that it is at, and no more."""
    deploying = Deploying(recorder, tmp_path)
    config = tmp_path / "groupscope.toml"
    holding = Holding(answers=True)
    with through(recorder, None, None, None, None, None, holding) as proxy:
        deploying.targets(config, well=proxy.url, down="http://127.0.0.1:9/")
        process = deploying.start(proxy, "--target=well", "--target=down", f"--config={config}")
        assert holding.reached.wait(30)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        holding.go_on.set()
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Interrupted. What was saved is complete" in out
    assert "Traceback" not in err
    assert re.search(r"^well .* 1  interrupted$", out, re.MULTILINE), out


def test_the_writes_of_a_second_deploy(recorder: Recorder, tmp_path: Path) -> None:
    deploying = Deploying(recorder, tmp_path)
    with through(recorder) as proxy:
        first = deploying.run(proxy)
        wrote = [method for method, _ in proxy.seen].count("POST")
        second = deploying.run(proxy)
    assert (first[0], second[0]) == (0, 0)
    assert wrote == 3
    assert [method for method, _ in proxy.seen].count("POST") == 3
    assert second[1].splitlines()[-1].endswith(": 0 new, 0 changed, 2 same")
