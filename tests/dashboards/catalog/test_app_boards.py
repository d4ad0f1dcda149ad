"""The boards that the Grafana app brings, beside those that are deployed or provisioned."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from dashboards import catalog
from dashboards.catalog.app_boards import TAG, app_uid, of_app
from dashboards.cli import cli
from dashboards.kit import links
from dashboards.kit.boards import BOARDS

DEPLOYED = {catalog.load(name)["uid"] for name in catalog.names()}


def urls(part: Any) -> Iterator[str]:
    """Yield the links of a board, wherever they are."""
    if isinstance(part, dict):
        if isinstance(part.get("url"), str):
            yield part["url"]
        part = list(part.values())
    for each in part if isinstance(part, list) else ():
        yield from urls(each)


@pytest.fixture(scope="module")
def boards() -> dict[str, Any]:
    return {name: of_app(catalog.load(name)) for name in catalog.names()}


def test_no_uid_is_one_that_deploy_or_provisioning_uses(boards: dict[str, Any]) -> None:
    """Grafana imports an app's boards over whatever has the same uid."""
    uids = [board["uid"] for board in boards.values()]
    assert len(set(uids)) == len(catalog.names())
    assert not DEPLOYED & set(uids)
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", uid) for uid in uids)


def test_links_lead_to_the_apps_own_boards(boards: dict[str, Any]) -> None:
    own = {board["uid"] for board in boards.values()}
    for name, board in boards.items():
        led_to = {re.split(r"[/?]", url)[2] for url in urls(board) if url.startswith("/d/")}
        assert led_to
        assert led_to <= own
        # As many links as the board has when it is deployed, with all that they keep on the way.
        deployed = [url.partition("?")[2] for url in urls(catalog.load(name))]
        assert [url.partition("?")[2] for url in urls(board)] == deployed


def test_lists_of_boards_are_by_a_tag_of_their_own(boards: dict[str, Any]) -> None:
    for board in boards.values():
        assert board["tags"] == [TAG]
        assert [it["tags"] for it in board["links"] if it["type"] == "dashboards"] == [[TAG]]


def test_nothing_else_of_a_board_is_other(boards: dict[str, Any]) -> None:
    for name, board in boards.items():
        deployed = json.dumps(catalog.load(name), sort_keys=True)
        back = json.dumps({**board, "tags": [links.TAG]}, sort_keys=True)
        for each in BOARDS:
            back = back.replace(f"/d/{app_uid(each.uid)}?", f"/d/{each.uid}?")
            back = back.replace(f'"{app_uid(each.uid)}"', f'"{each.uid}"')
            back = back.replace(f'"/d/{app_uid(each.uid)}"', f'"/d/{each.uid}"')
        back = back.replace(f'"{TAG}"', f'"{links.TAG}"')
        back = back.replace(f'"revision": {board["revision"]}, ', "")
        assert back == deployed


def test_a_board_that_changes_has_another_revision() -> None:
    """Grafana imports an app's board again only if the revision is another one."""
    board = catalog.load("home")
    same, changed = of_app(board), of_app({**board, "description": "Now with another one."})
    assert same["revision"] == of_app(catalog.load("home"))["revision"]
    assert changed["revision"] != same["revision"]
    assert 0 <= changed["revision"] < 2**31


@pytest.mark.parametrize("arguments", [("--output", "there", "--boards", "."), ()])
def test_the_apps_boards_are_never_mixed_with_others(arguments: tuple[str, ...]) -> None:
    result = CliRunner().invoke(cli, ["build", "--app", *arguments])
    assert result.exit_code == 2
    assert "--app builds groupscope's own boards for the app" in result.output
