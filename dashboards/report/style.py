"""The page's style sheet, its one script, and the policy that lets no other run."""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from dashboards.report.colors import palette

_STATIC = files("dashboards.report") / "static"


def _text(name: str) -> str:
    return (_STATIC / name).read_text("utf-8")


def _variables(*, dark: bool) -> str:
    """Return ``:root{--s0:#005fa8;--s1:…}``."""
    colors = "".join(f"--s{index}:{color};" for index, color in enumerate(palette(dark=dark)))
    return f":root{{{colors}}}"


def _hash(text: str) -> str:
    """Return a text as a policy names it: ``'sha256-…'``."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


CSS = "\n".join(
    [
        "",
        _variables(dark=False),
        f"@media screen and (prefers-color-scheme:dark){{{_variables(dark=True)}}}",
        *map(_text, ("page.css", "panels.css", "print.css")),
    ]
)

SCRIPT = f"\n{_text('page.js')}"

# Pictures and values have style attributes. Browsers that know style-src-elem let no other style
# sheet in, older ones read style-src.
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
    f"style-src 'unsafe-inline'; style-src-elem {_hash(CSS)}; style-src-attr 'unsafe-inline'; "
    f"script-src {_hash(SCRIPT)}"
)
