"""``python -m docs_build``: write the generated parts of all pages, or check them."""

import sys
from pathlib import Path

import click

from docs_build import pages, prose
from docs_build.fragments import FRAGMENTS


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Write the generated parts of the pages, and hold all text to the field's words."""


@main.command()
@click.option("--check", is_flag=True, help="Write nothing; name the pages that differ, exit 1.")
def write(check: bool) -> None:
    """Fill the generated parts of every page, and lay the pages out."""
    different = []
    for page in pages.pages():
        text = page.read_text("utf-8")
        try:
            finished = pages.finished(text, FRAGMENTS)
        except pages.PageError as error:
            raise click.ClickException(f"{_name(page)}: {error}") from error
        if finished != text:
            different.append(page)
            if not check:
                page.write_text(finished, "utf-8")
    for page in different:
        click.echo(f"{_name(page)} {'is not as `make docs` writes it' if check else 'written'}")
    sys.exit(1 if check and different else 0)


@main.command()
@click.argument("target", type=click.Path(file_okay=False, path_type=Path))
def site(target: Path) -> None:
    """Build the site into a directory; exit 1 if a link is broken."""
    # Sphinx takes its time to be imported.
    from docs_build.site import build  # noqa: PLC0415

    sys.exit(1 if build(target.resolve()) else 0)


@main.command("prose")
def lint_prose() -> None:
    """Name words that are not used in docs and in texts that users read; exit 1 if there are."""
    findings = list(prose.findings())
    for finding in findings:
        click.echo(finding)
    sys.exit(1 if findings else 0)


def _name(page: Path) -> str:
    return page.relative_to(pages.ROOT).as_posix()


if __name__ == "__main__":
    main(prog_name="python -m docs_build")
