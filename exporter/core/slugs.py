"""The names that KubeSpawner makes of a username, for pods, volumes and home directories.

| user | ``safe`` | ``escaped`` |
|---|---|---|
| ``alice`` | ``alice`` | ``alice`` |
| ``Alice`` | ``alice---3bc51062`` | ``-41lice`` |
| ``user_1`` | ``user-1---79b0aa00`` | ``user-5f1`` |

Source of both rules: kubespawner 7, ``slugs.py`` and the page "Templated fields" of its
documentation. The tests compare them with kubespawner itself.
"""

import hashlib
import re
import string

_SAFE_CHARACTERS = frozenset(string.ascii_lowercase + string.digits)
_OBJECT_NAME = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")
_UNSAFE_RUN = re.compile(r"[^a-z0-9]+")
_HASH_DIGITS = 8


def escaped(name: str) -> str:
    """Encode as KubeSpawner before 7 did (``slug_scheme = "escape"``): ``user_1`` → ``user-5f1``.

    Each byte of UTF-8 other than a-z and 0-9 becomes ``-`` and its hexadecimal digits, without
    a leading zero.
    """
    return "".join(
        char if char in _SAFE_CHARACTERS else "".join(f"-{byte:x}" for byte in char.encode())
        for char in name
    )


def safe(name: str, max_length: int = 48) -> str:
    """Encode as KubeSpawner 7 does by default (``{username}``): ``Alice`` → ``alice---3bc51062``.

    A name that is a valid Kubernetes object name, without ``--`` and no longer than
    ``max_length`` (48 is what KubeSpawner uses for ``{username}``; 12 is the least), stays as
    it is. Any other is made readable, cut, and gets 8 digits of its SHA-256.
    """
    if "--" not in name and len(name) <= min(max_length, 63) and _OBJECT_NAME.fullmatch(name):
        return name
    room = max_length - _HASH_DIGITS - len("---")
    readable = _UNSAFE_RUN.sub("-", name.lower()).lstrip("-")[:room].rstrip("-")
    if not readable:
        readable = "x"
    elif readable[0] in string.digits:
        readable = f"x-{readable[: room - len('x-')]}"
    return f"{readable}---{hashlib.sha256(name.encode()).hexdigest()[:_HASH_DIGITS]}"
