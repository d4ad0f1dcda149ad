"""The state file: back exactly as it was, or not at all; replaced whole, or not at all."""

import asyncio
import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.core.memberships import Snapshot, User
from exporter.snapshot import file
from exporter.snapshot.file import SnapshotFile, SnapshotFileError
from tests.support.exporter_values import SNAPSHOTS
from tests.support.paths import ROOT

HUB = "http://127.0.0.1:8081/hub/api"
NOW = 2e9

SMALL = Snapshot(
    users=(
        User("ann-zyx", ("staff", "gpu"), last_activity=1000.25),
        User('b"o\n\\b\u2028\x00\U0001f600', ("staff",), last_activity=-0.1),
        User("cyn-zyx", (), last_activity=None),
    ),
    groups=("staff", "empty"),
    taken_at=1.9e9,
)
LARGE = Snapshot(
    users=tuple(User(f"user-{n}-zyx", (f"g{n % 7}", f"h{n % 11}"), n / 3) for n in range(10_000)),
    groups=tuple(f"g{n}" for n in range(1200)),
    taken_at=1.9e9,
    activity_known=False,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.json"


def file_at(path, hub_url=HUB):
    return SnapshotFile(path, hub_url, clock=lambda: NOW)


def save(path, snapshot):
    asyncio.run(file_at(path).save(snapshot))


def names_in(folder):
    return sorted(each.name for each in folder.iterdir())


def sealed(records):
    """Return a file with a right checksum, whatever it says."""
    lines = "".join(f"{r if isinstance(r, str) else json.dumps(r)}\n" for r in records[:-1])
    digest = hashlib.sha256(lines.encode()).hexdigest()
    return (lines + json.dumps(records[-1] | {"sha256": digest}) + "\n").encode()


HEADER = {
    "format": "groupscope-state",
    "version": 1,
    "hub_url": HUB,
    "taken_at": 1.9e9,
    "activity_known": True,
    "listed": 1,
}
USERS = {"names": ["staff"], "users": ["ann-zyx"], "groups": [[0]], "active": [1.5]}
END = {"users": 1, "names": 1}


def one_warning(caplog):
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "zyx" not in caplog.text
    return record.getMessage()


@pytest.mark.slow
@given(SNAPSHOTS, st.booleans())
def test_what_is_saved_comes_back(snapshot, activity_known):
    snapshot = replace(snapshot, activity_known=activity_known)
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder, "state.json"), snapshot)
        assert file_at(Path(folder, "state.json")).load() == snapshot
        assert names_in(Path(folder)) == ["state.json"]


@pytest.mark.parametrize("snapshot", [SMALL, LARGE, Snapshot((), (), 0.0)])
def test_every_size_comes_back_and_replaces_the_last(path, snapshot, caplog):
    caplog.set_level("DEBUG", "exporter")
    save(path, SMALL)
    save(path, snapshot)
    loaded = file_at(path).load()
    assert loaded == snapshot
    assert repr(loaded) == repr(snapshot)
    assert not caplog.records


def test_equal_groups_are_held_once(path):
    save(path, LARGE)
    users = file_at(path).load().users
    assert users[0].groups is users[77].groups
    assert len({id(name) for user in users for name in user.groups}) == 18


def test_the_format_is_that_of_the_docstring(path):
    save(path, replace(SMALL, users=SMALL.users[::2]))
    lines = path.read_text().splitlines()
    assert [json.loads(line) for line in lines[:-1]] == [
        HEADER | {"listed": 2},
        {"names": ["staff", "empty"], "users": [], "groups": [], "active": []},
        {
            "names": ["gpu"],
            "users": ["ann-zyx", "cyn-zyx"],
            "groups": [[0, 2], []],
            "active": [1000.25, None],
        },
    ]
    digest = hashlib.sha256(path.read_bytes()[: -len(lines[-1]) - 1]).hexdigest()
    assert json.loads(lines[-1]) == {"users": 2, "names": 3, "sha256": digest}


def test_no_file_is_no_news(path, caplog):
    caplog.set_level("INFO", "exporter")
    assert file_at(path).load() is None
    assert not caplog.records


def test_cut_off_anywhere_it_is_ignored(path, caplog):
    save(path, SMALL)
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        caplog.clear()
        assert file_at(path).load() is None
        one_warning(caplog)


@pytest.mark.slow
def test_each_bit_that_flips_is_noticed(path, caplog):
    save(path, SMALL)
    whole = path.read_bytes()
    for place in range(len(whole)):
        for bit in range(8):
            flipped = bytearray(whole)
            flipped[place] ^= 1 << bit
            path.write_bytes(flipped)
            caplog.clear()
            assert file_at(path).load() is None
            one_warning(caplog)


@pytest.mark.slow
@given(st.binary(max_size=200), st.integers(0, 700), st.integers(0, 700))
def test_any_bytes_are_survived(junk, start, end):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "state.json")
        save(path, SMALL)
        whole = path.read_bytes()
        path.write_bytes(whole[:start] + junk + whole[end:])
        assert file_at(path).load() in {None, SMALL}


def test_the_sealed_file_is_good(path):
    path.write_bytes(sealed([HEADER, USERS, END]))
    assert file_at(path).load() == Snapshot((User("ann-zyx", ("staff",), 1.5),), ("staff",), 1.9e9)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is not a state file"),
        (b"zyx, not JSON at all\n", "is not a state file"),
        (b'{"format": "zyx"}\n', "is not a state file"),
        (b'["zyx"]\n', "is not a state file"),
        (b"[" * 60_000 + b"\n", "is not a state file"),
        (b"7" * 5000 + b"\n", "is not a state file"),
        (b" " * 100_000 + b"\n", "is not a state file"),
        (b"\xff\xfe{\x00}\x00\n\x00", "is not a state file"),
        (sealed([HEADER | {"version": 2}, USERS, END]), "another version"),
        (sealed([HEADER | {"hub_url": "https://zyx/hub/api"}, USERS, END]), "another hub"),
        (sealed([HEADER | {"taken_at": NOW + 301}, USERS, END]), "clock"),
    ],
)
def test_a_foreign_file_is_ignored_and_replaced(path, caplog, content, reason):
    path.write_bytes(content)
    assert file_at(path).load() is None
    message = one_warning(caplog)
    assert reason in message
    assert str(path) in message
    assert path.read_bytes() == content
    save(path, SMALL)
    assert file_at(path).load() == SMALL


def test_a_clock_may_be_five_minutes_off(path):
    ahead = replace(SMALL, taken_at=NOW + 299)
    save(path, ahead)
    assert file_at(path).load() == ahead


def test_of_another_hub(path, caplog):
    save(path, SMALL)
    assert file_at(path, "http://127.0.0.1:8082/hub/api").load() is None
    assert "another hub" in one_warning(caplog)


WRONG = {
    "no users": [HEADER, END],
    "count": [HEADER, USERS, END | {"users": 2}],
    "no names": [HEADER, {"users": [], "groups": [], "active": []}, END],
    "a list": [HEADER, "[]", END],
    "deep": [HEADER, "[" * 100_000, END],
    "half a pair": [HEADER, USERS | {"users": ["zyx\ud800"]}, END],
    "twice": [HEADER, USERS, USERS | {"names": []}, {"users": 2, "names": 1}],
    "name twice": [HEADER, USERS | {"names": ["staff", "staff"]}, {"users": 1, "names": 2}],
    **{
        f"header {key} {value!r}": [HEADER | {key: value}, USERS, END]
        for key, value in [
            ("taken_at", float("nan")),
            ("taken_at", float("-inf")),
            ("taken_at", -1.0),
            ("taken_at", "zyx"),
            ("taken_at", None),
            ("taken_at", True),
            ("activity_known", 1),
            ("listed", 2),
            ("listed", -1),
            ("listed", 1.0),
        ]
    },
    **{
        f"{key} {value!r:.20}": [HEADER, USERS | {key: value}, END]
        for key, value in [
            ("names", "s"),
            ("names", [None]),
            ("names", [["staff"]]),
            ("users", [7]),
            ("users", "z"),
            ("users", {"zyx": 1}),
            ("users", ["zyx", "zyy"]),
            ("groups", [[1]]),
            ("groups", [[-1]]),
            ("groups", [[10**30]]),
            ("groups", [[0.0]]),
            ("groups", [[False]]),
            ("groups", [[[]]]),
            ("groups", [["0"]]),
            ("groups", [[0, 0]]),
            ("groups", [""]),
            ("groups", [{}]),
            ("groups", [None]),
            ("groups", None),
            ("active", [float("nan")]),
            ("active", [float("inf")]),
            ("active", [10**400]),
            ("active", ["1.5"]),
            ("active", [True]),
            ("active", []),
        ]
    },
}


@pytest.mark.parametrize("records", WRONG.values(), ids=WRONG)
def test_a_right_checksum_does_not_make_it_right(path, caplog, records):
    path.write_bytes(sealed(records))
    assert file_at(path).load() is None
    assert "damaged" in one_warning(caplog)


def test_infinity_by_another_spelling(path, caplog):
    path.write_bytes(sealed([HEADER, json.dumps(USERS).replace("1.5", "1e999"), END]))
    assert file_at(path).load() is None
    assert "damaged in line 2" in one_warning(caplog)


def test_more_after_the_end(path, caplog):
    path.write_bytes(sealed([HEADER, USERS, END]) + b"\n")
    assert file_at(path).load() is None
    assert "damaged" in one_warning(caplog)


def test_a_huge_file_is_not_read(path, caplog):
    save(path, SMALL)
    os.truncate(path, 512 * 2**20 + 1)
    assert file_at(path).load() is None
    assert "512 MiB" in one_warning(caplog)


def test_what_would_not_be_read_is_not_written(path, monkeypatch):
    save(path, SMALL)
    monkeypatch.setattr(file, "MAX_FILE", 100_000)
    with pytest.raises(OSError, match="too large"):
        save(path, LARGE)
    assert file_at(path).load() == SMALL
    assert names_in(path.parent) == ["state.json"]


def make_folder(path):
    path.mkdir()


def make_link(path):
    target = path.with_name("target")
    save(target, SMALL)
    path.symlink_to(target)


def make_dangling(path):
    path.symlink_to("nowhere")


@pytest.mark.parametrize("make", [make_folder, make_link, make_dangling, os.mkfifo])
def test_what_is_no_plain_file_is_told_at_start_up(path, caplog, make):
    make(path)
    with pytest.raises(SnapshotFileError, match="a folder, a link or a device") as error:
        file_at(path).check()
    assert str(path) in str(error.value)
    assert file_at(path).load() is None
    one_warning(caplog)


def test_a_link_is_never_written_through(path):
    make_link(path)
    target = path.with_name("target").read_bytes()
    save(path, LARGE)
    assert path.with_name("target").read_bytes() == target
    assert file_at(path).load() == LARGE
    assert not path.is_symlink()


def test_a_folder_behind_a_link_is_fine(tmp_path):
    (tmp_path / "volume").mkdir()
    (tmp_path / "link").symlink_to("volume")
    file_at(tmp_path / "link" / "state").check()
    save(tmp_path / "link" / "state", SMALL)
    assert file_at(tmp_path / "volume" / "state").load() == SMALL


@pytest.mark.parametrize("place", ["missing/state", "file/state", "x" * 300])
def test_a_path_that_can_not_be_written_is_told_at_start_up(tmp_path, place):
    (tmp_path / "file").touch()
    with pytest.raises(SnapshotFileError, match="can't be written"):
        file_at(tmp_path / place).check()
    with pytest.raises(OSError, match="Errno"):
        save(tmp_path / place, SMALL)


def test_a_folder_that_refuses_is_told_at_start_up():
    with pytest.raises(SnapshotFileError, match="can't be written"):
        file_at(Path("/proc/state")).check()


def test_a_mounted_file_is_told_at_start_up(path, monkeypatch):
    save(path, SMALL)
    monkeypatch.setattr(os.path, "ismount", path.__eq__)
    with pytest.raises(SnapshotFileError, match="mount its folder"):
        file_at(path).check()


def test_a_check_changes_nothing(path):
    file_at(path).check()
    assert names_in(path.parent) == []
    save(path, SMALL)
    file_at(path).check()
    assert names_in(path.parent) == ["state.json"]
    assert file_at(path).load() == SMALL


@pytest.mark.parametrize("umask", [0, 0o022, 0o777])
def test_only_the_owner_may_read_it(path, umask, monkeypatch):
    modes = []
    fsync = os.fsync

    def see(descriptor):
        modes.append(os.fstat(descriptor).st_mode & 0o7777)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", see)
    path.touch(0o666)
    before = os.umask(umask)
    try:
        save(path, SMALL)
    finally:
        os.umask(before)
    assert modes[0] == 0o600
    assert path.stat().st_mode & 0o7777 == 0o600


def test_what_a_crash_left_is_removed_when_it_is_old(path):
    ours = [path.with_name(f".state.json.{digit * 16}.tmp") for digit in "ab"]
    others = [path.with_name(f".other.json.{'a' * 16}.tmp"), path.with_name(".state.json.tmp")]
    for each in (*ours, *others):
        each.write_text("half")
        os.utime(each, (0, 0))
    os.utime(ours[1])
    save(path, SMALL)
    assert names_in(path.parent) == sorted(each.name for each in (*others, ours[1], path)), (
        "the young one may be in the making"
    )


def run(code, path, *, wait=True):
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"from tests.exporter.snapshot.test_file import *\n{code}",
            str(path),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    return process.communicate(timeout=60)[0] if wait else process


@pytest.mark.slow
@pytest.mark.parametrize("room", [0, 10_000, 300_000])
def test_a_full_disk_leaves_the_old_file(path, room):
    save(path, SMALL)
    # A limit on the size of files is a real failure of write(2), as a full disk is.
    code = f"""
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))
try:
    save(Path(sys.argv[1]), LARGE)
except OSError as error:
    print(error.strerror)
"""
    assert run(code, path) == "File too large\n"
    assert names_in(path.parent) == ["state.json"]
    assert file_at(path).load() == SMALL


@pytest.mark.slow
def test_killed_at_any_moment_it_leaves_a_whole_file(path):
    save(path, SMALL)
    code = """
print("ready", flush=True)
while True:
    save(Path(sys.argv[1]), LARGE)
    save(Path(sys.argv[1]), SMALL)
"""
    for pause in (0.0, 0.01, 0.02, 0.03):
        process = run(code, path, wait=False)
        process.stdout.readline()
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert file_at(path).load() in {SMALL, LARGE}


def test_cancelled_at_any_moment_it_is_whole_or_not_at_all(path):
    async def cancel_after(turns):
        task = asyncio.create_task(file_at(path).save(LARGE))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    for turns in (*range(20), *range(20, 400, 40)):
        save(path, SMALL)
        asyncio.run(cancel_after(turns))
        assert names_in(path.parent) == ["state.json"]
        assert file_at(path).load() in {SMALL, LARGE}


def test_cancelled_twice_while_the_disk_is_slow(path, monkeypatch):
    save(path, SMALL)
    entered, proceed = threading.Event(), threading.Event()

    def slow(descriptor):
        entered.set()
        proceed.wait(30)
        os.fstat(descriptor)  # It must still be open.

    monkeypatch.setattr(os, "fsync", slow)

    async def cancel():
        task = asyncio.create_task(file_at(path).save(LARGE))
        await asyncio.to_thread(entered.wait, 30)
        for _ in range(2):
            task.cancel()
            await asyncio.sleep(0.01)
        assert not task.done()
        assert len(names_in(path.parent)) == 2
        proceed.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert names_in(path.parent) == ["state.json"]
    assert file_at(path).load() == SMALL


def test_a_failing_fsync_leaves_the_old_file(path, monkeypatch):
    save(path, SMALL)

    def fail(_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output"):
        save(path, LARGE)
    assert names_in(path.parent) == ["state.json"]
    assert file_at(path).load() == SMALL


def test_others_have_their_turn_between_slices(path):
    async def count_turns():
        task = asyncio.create_task(file_at(path).save(LARGE))
        turns = 0
        while not task.done():
            await asyncio.sleep(0)
            turns += 1
        await task
        return turns

    assert asyncio.run(count_turns()) > len(LARGE.users) / 500


def test_two_at_once_leave_one_whole_file(path):
    async def both():
        await asyncio.gather(*(file_at(path).save(each) for each in (LARGE, SMALL, LARGE)))

    asyncio.run(both())
    assert names_in(path.parent) == ["state.json"]
    assert file_at(path).load() in {SMALL, LARGE}
