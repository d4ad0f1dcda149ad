"""Views and the templates that draw them: whatever is not markup yet is escaped."""

from typing import ClassVar, Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dashboards.report.visible import visible


class View(Protocol):
    """A value of what is shown; its template, in ``templates/``, has it as ``view``."""

    template: ClassVar[str]


def _shown(value: object) -> object:
    """Return what stands in a template's ``{{ }}``; Jinja escapes it, unless it is markup."""
    if value is None:
        raise TypeError("A template shows a value that is not there: None")
    # An undefined value raises here: StrictUndefined has no text.
    return value if isinstance(value, Markup) else visible(str(value))


_ENVIRONMENT = Environment(
    loader=PackageLoader("dashboards.report"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_shown,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def render(view: View) -> Markup:
    """Return the markup of a view."""
    return Markup(_ENVIRONMENT.get_template(view.template).render(view=view))
