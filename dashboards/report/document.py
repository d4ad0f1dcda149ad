"""What every page begins with."""

from dashboards.report import style
from dashboards.report.html import Html, element, escape, text


def head(title: str) -> Html:
    """Return the head of a page that loads nothing and runs nothing but its own script."""
    return element(
        "head",
        Html('<meta charset="utf-8">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{escape(style.POLICY)}">'),
        Html('<meta name="color-scheme" content="light dark">'),
        Html('<meta name="robots" content="noindex">'),
        text("title", title),
        Html(f"<style>{style.CSS}</style>"),
    )
