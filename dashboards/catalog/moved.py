"""Modules that have moved: an old custom board's error names the new import."""

import re
from collections.abc import Mapping
from types import MappingProxyType

_KIT = "dashboards.kit"

_MOVED: Mapping[str, str] = MappingProxyType(
    {
        **{
            f"dashboards.{module}": _KIT
            for module in (
                *("layout", "links", "palette", "panels", "render", "thresholds", "units"),
                "variables",
            )
        },
        "dashboards.needs": "dashboards.kit.requirements",
        "dashboards.limits": "dashboards.kit.alert_thresholds",
        "dashboards.queries.homes": "dashboards.queries.home_directories",
        "dashboards.queries.reporting": "dashboards.queries.usage_report",
        "dashboards.queries.trouble": "dashboards.queries.pod_health",
    }
)

_NO_NAME = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")


def new_import(error: ImportError) -> str:
    """Return a sentence that names the new module of one that has moved, or "".

    ``from dashboards.panels import stat`` fails for want of a module, ``from dashboards import
    panels`` for want of a name.
    """
    no_name = _NO_NAME.match(str(error))
    missing = f"{no_name[2]}.{no_name[1]}" if no_name else error.name or ""
    for old, new in _MOVED.items():
        if missing == old or missing.startswith(f"{old}."):
            return f"{old} has moved: import from {new}, as `python -m dashboards new` does."
    return ""
