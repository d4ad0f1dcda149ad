"""Real files, replaced and broken as editors, Kubernetes and accidents do it."""

import logging
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporter.config.files import (
    LONGEST_TOKEN,
    MOST_BYTES,
    FileError,
    Incident,
    WatchedFile,
    read_file,
    tokens,
)
from exporter.config.parsers import Secret

SECRET = "s3cret-0123456789"


def text(content):
    return content.decode()


def message(call, *arguments):
    with pytest.raises(FileError) as caught:
        call(*arguments)
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_changed_file_is_read_again(tmp_path):
    path = tmp_path / "token"
    path.write_text("one")
    file = WatchedFile(path, text)
    assert file.read() == "one"
    # Of the same length, and within one tick of the clock that stamps files.
    for content in ("two", "six", "ten"):
        path.write_text(content)
        assert file.read() == content
    other = tmp_path / "other"
    other.write_text("new")
    other.replace(path)
    assert file.read() == "new"


def test_an_unchanged_file_is_parsed_once(tmp_path, monkeypatch):
    path = tmp_path / "token"
    path.write_text("one")
    seen = []
    file = WatchedFile(path, lambda content: seen.append(content) or content)
    # The file is new: a second ago its content could still change without a new stamp.
    assert [file.read(), file.read()] == [b"one", b"one"]
    assert len(seen) == 2
    later = path.stat().st_ctime_ns + 3_000_000_000
    monkeypatch.setattr("exporter.config.files.time.time_ns", lambda: later)
    assert [file.read(), file.read(), file.read()] == [b"one"] * 3
    assert len(seen) == 3
    path.write_text("two")
    assert file.read() == b"two"


def test_kubernetes_swaps_a_symlink(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "token").write_text(name)
    data, path = tmp_path / "..data", tmp_path / "token"
    data.symlink_to("one")
    path.symlink_to("..data/token")
    file = WatchedFile(path, text)
    assert file.read() == "one"
    fresh = tmp_path / "..data_tmp"
    fresh.symlink_to("two")
    fresh.replace(data)
    assert file.read() == "two"


def test_times_that_are_copied_hide_nothing(tmp_path, monkeypatch):
    path = tmp_path / "token"
    path.write_text("one")
    before = path.stat()
    monkeypatch.setattr(
        "exporter.config.files.time.time_ns", lambda: before.st_ctime_ns + 3_000_000_000
    )
    file = WatchedFile(path, text)
    assert file.read() == "one"
    while path.stat().st_ctime_ns == before.st_ctime_ns:
        path.write_text("two")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.read() == "two"


def test_bad_for_a_while(tmp_path):
    path = tmp_path / "token"
    file = WatchedFile(path, tokens)
    assert message(file.read) == (
        f"The file {path} can't be read (No such file or directory): check that it exists and "
        "that the exporter may read it."
    )
    path.write_text(SECRET)
    assert file.read() == (Secret(SECRET),)
    path.write_text("")
    assert message(file.read) == f"The file {path} holds no token: write one in it, or one a line."
    path.unlink()
    assert "No such file" in message(file.read)
    path.write_text(SECRET)
    assert file.read() == (Secret(SECRET),)


def test_what_is_no_file(tmp_path):
    assert message(read_file, tmp_path) == (
        f"The file {tmp_path} can't be read (Is a directory): check that it exists and that the "
        "exporter may read it."
    )
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert message(read_file, pipe) == f"{pipe} is not a file: name one."
    assert "null character" in message(read_file, tmp_path / "a\0b")
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert "symbolic links" in message(read_file, loop)


@pytest.mark.parametrize("path", ["a\0b", "nowhere/at/all"])
def test_watching_what_is_no_file(path, tmp_path):
    message(WatchedFile(tmp_path / path, text).read)


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_failing_reads_leave_no_file_open(tmp_path):
    before = open_files()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path, pipe):
        for _ in range(5):
            message(WatchedFile(path, text).read)
    assert open_files() == before


def test_no_permission(tmp_path):
    path = tmp_path / "token"
    path.write_text(SECRET)
    path.chmod(0)
    user = os.geteuid()
    if user == 0:
        # Root may read everything; 65534 is nobody.
        os.seteuid(65534)
    try:
        assert "Permission denied" in message(read_file, path)
    finally:
        os.seteuid(user)


def test_size(tmp_path):
    path = tmp_path / "token"
    path.write_bytes(b"x" * MOST_BYTES)
    assert len(read_file(path)) == MOST_BYTES
    path.write_bytes(b"x" * (MOST_BYTES + 1))
    assert message(read_file, path) == f"The file {path} is larger than 1 MiB: name another."


def test_endless_file():
    assert "is not a file" in message(read_file, "/dev/zero")


def test_not_text(tmp_path):
    path = tmp_path / "token"
    path.write_bytes(SECRET.encode() + b"\xff")
    assert message(WatchedFile(path, tokens).read) == (
        f"The file {path} is not text: write it again, in UTF-8."
    )


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("abc", ["abc"]),
        ("abc\n", ["abc"]),
        ("\ufeffabc\r\n\r\n# old, until Friday: é\r\n  def  \r\n", ["abc", "def"]),
        ("a#b", ["a#b"]),
    ],
)
def test_tokens(content, found):
    assert tokens(content.encode()) == tuple(Secret(each) for each in found)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "holds no token:"),
        ("\n# none\n", "holds no token:"),
        (f"abc\n{SECRET} # mine", "holds no token in line 2, but a space or an odd character:"),
        (f"{SECRET}\u2028abc", "holds no token in line 1,"),
        (f"{SECRET}\x1cabc", "holds no token in line 1,"),
        ("x" * (LONGEST_TOKEN + 1), "holds more than a token in line 1:"),
        ("abc\n" * 101, "holds more than 100 tokens:"),
    ],
)
def test_no_tokens(content, reason):
    with pytest.raises(ValueError, match=r"^holds") as caught:
        tokens(content.encode())
    assert str(caught.value).startswith(reason)
    assert SECRET not in str(caught.value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200))
def test_any_bytes_are_tokens_or_one_sentence(content, tmp_path):
    path = tmp_path / "token"
    path.write_bytes(content)
    found, problem = (), None
    try:
        found = WatchedFile(path, tokens).read()
    except FileError as error:
        problem = str(error)
    assert bool(found) != bool(problem)
    assert all(each.value.isascii() and " " not in each.value for each in found)
    if problem:
        assert problem.startswith(f"The file {path} ")
        assert "\n" not in problem


PLAIN = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)


@given(st.lists(PLAIN.filter(lambda each: not each.startswith("#")), min_size=1, max_size=20))
def test_tokens_are_found_as_written(written):
    content = "# tokens\n" + "\n\n".join(written)
    assert [each.value for each in tokens(content.encode())] == written


def test_trouble_is_logged_once_a_change(caplog):
    log = logging.getLogger("test")
    caplog.set_level(logging.INFO)
    trouble = Incident(log)
    trouble.resolve("never was")
    for _ in range(3):
        trouble.open("gone")
    trouble.open("bad")
    for _ in range(2):
        trouble.resolve("back")
    trouble.open("bad")
    assert [(each.levelname, each.message) for each in caplog.records] == [
        ("ERROR", "gone"),
        ("ERROR", "bad"),
        ("INFO", "back"),
        ("ERROR", "bad"),
    ]
