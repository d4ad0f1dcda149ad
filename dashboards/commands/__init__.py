"""One file a command of ``python -m dashboards``; each holds a click command named ``command``."""
