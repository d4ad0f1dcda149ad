"""The boards: a table with what each answers, and the gallery of their pictures."""

from collections.abc import Iterator

from dashboards import catalog
from docs_build.markdown import table


def table_of(folder: str) -> str:
    """Return a row for each board, linked to its page in that folder."""
    rows = (
        (f"[{board['title']}]({folder}/{name}.md)", str(board["description"]))
        for name, board in _boards()
    )
    return table(("board", "what it answers"), rows)


def of_readme() -> str:
    """Return the table with links from the repository's root."""
    return table_of("docs/reference/boards")


def gallery() -> str:
    """Return a section for each board: what it is for, its page, its picture."""
    return "\n\n".join(
        f"## {board['title']}\n\n{board['description']} "
        f"[What it counts](reference/boards/{name}.md).\n\n"
        f"![The {board['title']} board](gallery/{name}.png)"
        for name, board in _boards()
    )


def _boards() -> Iterator[tuple[str, dict[str, object]]]:
    return ((name, catalog.load(name)) for name in catalog.names())
