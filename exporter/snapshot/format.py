"""A snapshot as the lines of a state file, and back.

A JSON object a line: a header; group names, first those that the hub lists; users by column,
their groups as places among the names so far; counts and a checksum of all that comes before::

    {"format":"groupscope-state","version":1,"hub_url":…,"taken_at":…,"activity_known":true,…}
    {"names":["staff","empty"],"users":[],"groups":[],"active":[]}
    {"names":["gpu"],"users":["ann","bob"],"groups":[[0,2],[]],"active":[1000.0,null]}
    {"users":2,"names":3,"sha256":…}
"""

import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterator
from itertools import chain, count
from typing import Any, BinaryIO

from exporter.core.memberships import Snapshot, User

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode

_FORMAT, _VERSION = "groupscope-state", 1
# Bytes. A short header, so that of any other large file not much is parsed.
MAX_FILE, MAX_LINE, _MAX_HEADER = 512 * 2**20, 64 * 2**20, 64 * 2**10
_SLICE = 500  # users in a line: a millisecond or so


class UnusableSnapshotError(Exception):
    """Why a file is ignored; ``str()`` ends a sentence and quotes nothing of the file."""


def lines(snapshot: Snapshot, hub_url: str) -> Iterator[bytes]:
    """Yield the file line by line, some 500 users in each."""
    digest, names = hashlib.sha256(), 0
    for record in _records(snapshot, hub_url):
        names += len(record.get("names", ()))
        line = f"{_encode(record)}\n".encode()
        digest.update(line)
        yield line
    end = {"users": len(snapshot.users), "names": names, "sha256": digest.hexdigest()}
    yield f"{_encode(end)}\n".encode()


def _records(snapshot: Snapshot, hub_url: str) -> Iterator[dict[str, Any]]:
    listed = tuple(dict.fromkeys(snapshot.groups))
    yield {
        "format": _FORMAT,
        "version": _VERSION,
        "hub_url": hub_url,
        "taken_at": snapshot.taken_at,
        "activity_known": snapshot.activity_known,
        "listed": len(listed),
    }
    groups = ((listed[start : start + _SLICE], ()) for start in range(0, len(listed), _SLICE))
    users = (((), users) for users in snapshot.slices(_SLICE))
    places: dict[str, int] = {}
    for some, members in chain[tuple[tuple[str, ...], tuple[User, ...]]](groups, users):
        used = (group for user in members for group in user.groups)
        names = [name for name in dict.fromkeys((*some, *used)) if name not in places]
        places.update(zip(names, count(len(places)), strict=False))
        yield {
            "names": names,
            "users": [user.name for user in members],
            "groups": [[places[group] for group in user.groups] for user in members],
            "active": [user.last_activity for user in members],
        }


def read(file: BinaryIO, hub_url: str, latest: float) -> Snapshot:
    """Return the snapshot, read line by line, or raise ``UnusableSnapshotError``."""
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_FILE:
        raise UnusableSnapshotError("it is no plain file of at most 512 MiB")
    digest, number = hashlib.sha256(), 1
    names: list[str] = []
    users: list[User] = []
    groups: dict[tuple[int, ...], tuple[str, ...]] = {}
    line = file.readline(_MAX_HEADER)
    header = _header(line, hub_url, latest)
    try:
        while True:
            digest.update(line)
            line, number = file.readline(MAX_LINE), number + 1
            record = _record(line)
            if "sha256" in record:
                break
            names += _texts(record["names"])
            users += _users(record, names, groups)
        end = {"users": len(users), "names": len(names), "sha256": digest.hexdigest()}
        _require(record == end and not file.read(1))
        _require(len({user.name for user in users}) == len(users))
        _require(len(set(names)) == len(names) >= header["listed"])
    except (LookupError, RecursionError, TypeError, ValueError):
        raise UnusableSnapshotError(f"it is damaged in line {number}") from None
    known = header["activity_known"]
    return Snapshot(tuple(users), tuple(names[: header["listed"]]), header["taken_at"], known)


def _header(line: bytes, hub_url: str, latest: float) -> dict[str, Any]:
    try:
        header = _record(line)
        _require(header["format"] == _FORMAT)
    except (LookupError, RecursionError, ValueError):
        raise UnusableSnapshotError(
            "it is not a state file of groupscope, or its start is damaged"
        ) from None
    if header.get("version") != _VERSION:
        raise UnusableSnapshotError("it has another version of the format")
    if header.get("hub_url") != hub_url:
        raise UnusableSnapshotError("it is of another hub")
    try:
        _require(_is_number(header["taken_at"]) and header["taken_at"] >= 0)
        _require(type(header["activity_known"]) is bool)
        _require(type(header["listed"]) is int and header["listed"] >= 0)
    except (LookupError, ValueError):
        raise UnusableSnapshotError("it is damaged in line 1") from None
    if header["taken_at"] > latest:
        raise UnusableSnapshotError("it is of a time to come, so a clock is or was wrong")
    return header


def _users(
    record: dict[str, Any], names: list[str], groups: dict[tuple[int, ...], tuple[str, ...]]
) -> Iterator[User]:
    """Yield the users of one line; users in the same groups share one tuple."""
    columns = (_texts(record["users"]), record["groups"], record["active"])
    for name, places, active in zip(*columns, strict=True):
        _require(active is None or _is_number(active))
        # Not only for what is new: True and 1.0 would find the tuple of 1.
        _require(isinstance(places, list) and all(type(place) is int for place in places))
        key = tuple(places)
        if key not in groups:
            _require(min(key, default=0) >= 0 and len(set(key)) == len(key))
            groups[key] = tuple(names[place] for place in key)
        yield User(name, groups[key], active)


def _record(line: bytes) -> dict[str, Any]:
    _require(line.endswith(b"\n"))
    record = json.loads(line.decode())
    _require(isinstance(record, dict))
    return record  # type: ignore[no-any-return]


def _texts(texts: list[Any]) -> list[str]:
    _require(isinstance(texts, list))
    # An error for what is no text, and for half a surrogate pair, which JSON can spell.
    "".join(texts).encode()
    return texts


def _is_number(number: object) -> bool:
    if isinstance(number, bool) or not isinstance(number, int | float):
        return False
    return abs(number) <= sys.float_info.max


def _require(condition: bool) -> None:
    if not condition:
        raise ValueError
