"""Words that several commands say alike."""

from collections.abc import Collection
from difflib import get_close_matches


def counted(number: int, noun: str) -> str:
    """``counted(1, "user")`` → ``1 user``, ``counted(2000, "user")`` → ``2,000 users``."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def did_you_mean(
    name: str, known: Collection[str], *, most: int = 1, cutoff: float = 0.6, listed: int = 100
) -> str:
    """Return ``Did you mean hub?``, or ``There are: home, hub.`` if no known name is close.

    At most so many close names are given, and so many ``listed``; ``cutoff`` is the least
    similarity of a close one, from 0 to 1.
    """
    close = get_close_matches(name, known, most, cutoff)
    if close:
        return f"Did you mean {' or '.join(close)}?"
    rest = ", …" * (len(known) > listed)
    return f"There are: {', '.join([*known][:listed])}{rest}."
