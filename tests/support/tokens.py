"""A token for the exporter's page, and whether anything keeps it."""

import gc
import logging

TOKEN = "s3cret-0123456789"
CHALLENGE = 'Bearer realm="groupscope"'


def held(start, secret):
    """Return whether the secret is in anything that can be reached from there.

    Loggers lead to everything that runs; what is in the log is looked at by itself.
    """
    seen, todo = set(), [start]
    while todo:
        each = todo.pop()
        if id(each) in seen or isinstance(each, type | logging.Logger) or callable(each):
            continue
        seen.add(id(each))
        if isinstance(each, str | bytes) and secret in str(each):
            return True
        todo += gc.get_referents(each)
    return False
