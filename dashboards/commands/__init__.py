"""One file a command of ``python -m dashboards``; each holds a click command named ``command``."""

INTERRUPTED = 130
"""The exit code after Ctrl-C: 128 and the number of SIGINT, as shells have it."""
