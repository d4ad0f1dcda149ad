"""Tables on terminals."""

from collections.abc import Sequence

from tabulate import tabulate


def text_table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()
) -> list[str]:
    """Return the lines of a table: two spaces between columns, those of ``right`` at the right.

    ```
    name  panels
    home      28
    ```

    Colors take no room, and stay for ``click.echo`` to leave out where nobody sees them.
    """
    align = ["right" if column in right else "left" for column in range(len(headings))]
    text = tabulate([headings, *rows], tablefmt="plain", colalign=align, disable_numparse=True)
    return [line.rstrip() for line in text.splitlines()]
