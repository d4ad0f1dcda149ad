"""Each fault of the hub against the running exporter: its data, metrics, log, memory and end."""

import asyncio
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from certipy import Certipy

from exporter.config.parsers import Secret
from exporter.core.errors import HubError, Reason
from exporter.hub.api import open_client
from exporter.hub.client import Hub
from exporter.snapshot.file import SnapshotFile
from exporter.web.tls import hub_context
from harness.hub import wait_for
from tests.support.exporter_values import text
from tests.support.hub.exporting import OWN, exporter, samples
from tests.support.hub.faults import ELSEWHERE, FAULTS, FIRST, LAST, MARK, RIGHT, TOKEN, Fault
from tests.support.hub.misbehaving import SwitchableHub

pytestmark = pytest.mark.slow

FLAGS = ("--namespace", "a", "--port", "0", "--interval", "1")
# Mostly they wait for their next refresh.
EXPORTERS_AT_ONCE = 12
MOST_MEMORY = 250 * 2**20
# A body or a name in it would make a message longer.
LONGEST_MESSAGE = 500
SUCCESS = "last_success_timestamp_seconds"


@dataclass(frozen=True)
class Look:
    """The exporter as seen from outside."""

    memberships: str
    own: dict
    failures: dict
    healthz: int
    readyz: int


@dataclass(frozen=True)
class Tour:
    """What an exporter did whose hub was good, then something else, then good again.

    ``pages`` are the memberships as text that scrapes saw, one after the other. ``again`` says
    that it was refreshed once more after it was seen ``before``.
    """

    before: Look
    during: Look
    pages: list
    log: str
    memory: int
    code: int
    again: bool


def memberships(running):
    return running.get("/metrics").text.partition(f"# HELP {OWN}")[0]


def look(running):
    page = running.get("/metrics").text
    shown, _, rest = page.partition(f"# HELP {OWN}")
    found = samples(f"# HELP {OWN}{rest}")
    names = (SUCCESS, "hub_reachable", "users", "groups", "memberships")
    return Look(
        memberships=shown,
        own={name: found[OWN + name][0][1] for name in names},
        failures={labels["reason"]: n for labels, n in found[f"{OWN}refresh_failures_total"]},
        healthz=running.get("/healthz").status_code,
        readyz=running.get("/readyz").status_code,
    )


def peak_memory(running):
    lines = Path(f"/proc/{running.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def tour(way, pairs):
    """Start an exporter, show it the hub's way to answer, then a good one; end it."""
    secured = isinstance(way, Fault) and way.secured
    flags = (*FLAGS, "--timeout", "20", *getattr(way, "flags", ()))
    if secured:
        flags += ("--hub-ca-file", pairs["server"]["ca"])
    first, last = (replace(each, tls="server" if secured else "none") for each in (FIRST, LAST))
    pages = []

    def until(condition, what):
        """Scrape again and again; no page may be one that is half."""

        def met():
            assert running.process.poll() is None, running.log
            shown = memberships(running)
            if pages[-1:] != [shown]:
                pages.append(shown)
            return condition(shown)

        wait_for(met, f"{what}; log:\n{running.log}")

    with (
        SwitchableHub(first, pairs) as hub,
        exporter("--hub-url", hub.url, *flags, GROUPSCOPE_HUB_TOKEN=TOKEN) as running,
    ):
        running.wait_for_log("Refreshed in")
        refreshed = running.log.count("Refreshed in")
        before = look(running)
        # A busy machine may scrape for the next time when the hub's next way was seen.
        pages.append(before.memberships)
        hub.show(way)
        if isinstance(way, Fault):
            until(lambda _: "Refresh failed" in running.log, "a failure")
        else:
            expected = served(way)
            until(lambda shown: shown == expected, "the hub's data")
        during = look(running)
        again = running.log.count("Refreshed in") > refreshed
        hub.show(last)
        expected = served(last)
        until(lambda shown: shown == expected, "good data again")
        memory = peak_memory(running)
        code = running.end()
    return Tour(before, during, pages, running.log, memory, code, again)


def served(right):
    return text(right.snapshot, namespace="a")


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """Certificates by name: the hub's, one of a stranger's authority, one of another host."""
    store = Certipy(store_dir=str(tmp_path_factory.mktemp("certificates")))
    for authority in ("ours", "theirs"):
        store.create_ca(authority)
    here = ["IP:127.0.0.1"]
    return {
        name: store.create_signed_pair(name, authority, alt_names=names)["files"]
        for name, authority, names in (
            ("server", "ours", here),
            ("stranger", "theirs", here),
            ("elsewhere", "ours", ["DNS:elsewhere.test"]),
        )
    }


@pytest.fixture(scope="module")
def elsewhere():
    """Listen where nobody should ever come."""
    with socket.create_server(ELSEWHERE) as server:
        server.settimeout(0)
        yield server


@pytest.fixture(scope="module")
def tours(request, pairs, elsewhere):
    """Return the tours, several at once, of those faults and right answers that are asked for."""
    mine = (item for item in request.session.items if item.path == request.path)
    params = (item.callspec.params for item in mine if hasattr(item, "callspec"))
    asked = dict.fromkeys(each["way"] for each in params if "way" in each)
    with ThreadPoolExecutor(EXPORTERS_AT_ONCE) as pool:
        yield {way.name: pool.submit(tour, way, pairs) for way in asked}
        pool.shutdown(cancel_futures=True)


def assert_nobody_came(server):
    with pytest.raises(BlockingIOError):
        server.accept()


def records(log):
    return [json.loads(line) for line in log.splitlines()]


@pytest.mark.parametrize("way", FAULTS, ids=lambda fault: fault.name)
def test_a_fault(way, tours, elsewhere):
    seen = tours[way.name].result()
    # The data: what was good last stays, until there is something good again.
    assert seen.before.memberships == served(FIRST)
    assert seen.pages == [served(FIRST), served(LAST)]
    # The exporter on itself: only that failed which did, and what is served is as old as it is.
    expected = {**seen.before.own, "hub_reachable": float(way.reached)}
    if seen.again:
        # A busy machine: the hub was asked once more after the look and before the fault.
        assert seen.during.own[SUCCESS] > seen.before.own[SUCCESS]
        expected[SUCCESS] = seen.during.own[SUCCESS]
    assert seen.during.own == expected
    failed = {reason for reason, count in seen.during.failures.items() if count}
    assert (failed, {*seen.before.failures.values()}) == ({way.reason}, {0})
    # Alive, and ready: the data are fresh still.
    assert (seen.during.healthz, seen.during.readyz) == (200, 200)
    # The log.
    failure = next(each for each in records(seen.log) if "failures" in each)
    message = failure["message"]
    assert (failure["level"], failure["reason"]) == ("WARNING", way.reason)
    assert message.startswith(f"Refresh failed ({way.reason}). {way.says}"), message
    assert "Still serving the data of" in message
    assert "Next try in 1 s." in message
    assert_well_told(seen.log)
    # Its bounds, its end, and the token's way.
    assert seen.memory < MOST_MEMORY
    assert seen.code == 0
    assert_nobody_came(elsewhere)


@pytest.mark.parametrize("way", RIGHT, ids=lambda right: right.name)
def test_what_is_unusual_but_right(way, tours, elsewhere):
    seen = tours[way.name].result()
    pages = [served(FIRST), served(way), served(LAST)]
    assert seen.pages == list(dict.fromkeys(pages))
    assert not any(seen.during.failures.values())
    assert seen.during.own["users"] == len(way.snapshot.users)
    assert_well_told(seen.log)
    assert seen.memory < MOST_MEMORY
    assert seen.code == 0
    assert_nobody_came(elsewhere)


def assert_well_told(log):
    """Hold that each line of the log is a short record that shows neither token nor name."""
    assert MARK not in log
    for record in records(log):
        assert record["level"] in {"INFO", "WARNING"}
        assert "\n" not in record["message"]
        assert len(record["message"]) < LONGEST_MESSAGE


HANGING = [fault for fault in FAULTS if fault.reason is Reason.TIMEOUT]


@pytest.mark.parametrize("way", HANGING, ids=lambda fault: fault.name)
def test_it_ends_while_the_hub_hangs(way, pairs):
    with (
        SwitchableHub(way, pairs) as hub,
        exporter("--hub-url", hub.url, *FLAGS, GROUPSCOPE_HUB_TOKEN=TOKEN) as running,
    ):
        wait_for(lambda: hub.asked[-1:] in (["users"], ["handshake"]), "a request")
        assert running.end() == 0
    assert_well_told(running.log)


def test_a_name_that_nobody_knows(tmp_path):
    """The data are those of the state file: such a hub never answered."""
    url = "http://hub.invalid:8081/hub/api"
    state = SnapshotFile(tmp_path / "state", url)
    asyncio.run(state.save(replace(FIRST.snapshot, taken_at=time.time())))
    flags = (*FLAGS, "--hub-url", url, "--state-file", str(tmp_path / "state"))
    with exporter(*flags, GROUPSCOPE_HUB_TOKEN=TOKEN) as running:
        running.wait_for_log(
            "Refresh failed (connect). No connection to the hub at hub.invalid:8081"
        )
        seen = look(running)
        assert seen.memberships == served(FIRST)
        assert seen.own["hub_reachable"] == 0
        assert (seen.healthz, seen.readyz) == (200, 200)
        assert running.end() == 0
    assert_well_told(running.log)


# What is beyond the length told is taken for the beginning of the next answer, which fails, too.
HTTP = [
    each
    for each in FAULTS
    if each.listens and each.tls == "none" and not each.secured and each.name != "longer than told"
]


@pytest.mark.parametrize(
    ("faults", "timeout"),
    [
        ([each for each in HTTP if each in HANGING], 0.7),
        ([each for each in HTTP if each not in HANGING], 30),
    ],
    ids=["hanging", "others"],
)
def test_one_client_survives_all_of_them(faults, timeout):
    """No fault leaves a connection behind that a later request waits for, or is mixed up with."""

    def hub(client, timeout):
        return Hub(
            client, lambda: Secret(TOKEN), page_size=1000, timeout=timeout, max_memberships=50
        )

    async def meet(client, server, fault):
        server.show(fault)
        with pytest.raises(HubError) as caught:
            await hub(client, timeout).snapshot(taken_at=2e9)
        server.show(FIRST)
        # The right answer may take its time, on a busy machine.
        assert await hub(client, 30).snapshot(taken_at=2e9) == FIRST.snapshot, fault.name
        return caught.value.reason

    async def all_of_them():
        with SwitchableHub(FIRST) as server:
            async with open_client(server.url, hub_context(None, None, None)) as client:
                return {fault.name: await meet(client, server, fault) for fault in faults}

    assert asyncio.run(all_of_them()) == {fault.name: fault.reason for fault in faults}
