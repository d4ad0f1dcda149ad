"""Two ways of installing that meet in one Grafana: each row of docs/reference/deploy.md's table.

Answers of a real Grafana, recorded and played again.
"""

import os
import re
from typing import Any

import pytest

from dashboards.deploy import DeployOptions, DesiredBoard, make_plan
from dashboards.deploy.provenance import KEY
from dashboards.grafana import Grafana, Manager
from dashboards.grafana.errors import RefusedError
from tests.support.grafana_recorder import BOARD, HERE, MESSAGE, Recorder, writes

pytestmark = pytest.mark.cassette

APP = "groupscope-jupyterhub-app"


# --- an app, or another tool ----------------------------------------------------------------------


def test_what_an_app_owns_is_left_and_said_whose(recorder: Recorder) -> None:
    """As an app leaves it that was installed after a deploy and brought the same uid."""
    recorder.has(recorder.board)
    recorder.manages(recorder.board, "plugin", APP)
    grafana = recorder.grafana()
    with recorder.playing() as cassette:
        [(mark, _, _, note)] = recorder.outcomes(grafana, recorder.changed)
    assert mark == "!"
    assert note == (
        f"“Cassette” in Grafana belongs to the plugin {APP}. Take it over with --overwrite, which "
        f"ends that, or give yours another uid (it is {recorder.board['uid']}), or leave it."
    )
    assert writes(cassette) == []


def test_overwrite_takes_over_what_an_app_owns(recorder: Recorder) -> None:
    recorder.has(recorder.board)
    recorder.manages(recorder.board, "plugin", APP)
    grafana = recorder.grafana()
    with recorder.playing() as cassette:
        before = grafana.manager(recorder.board["uid"])
        [outcome] = recorder.outcomes(grafana, recorder.changed, overwrite=True)
        after = grafana.manager(recorder.board["uid"])
        [(again, *_)] = recorder.outcomes(grafana, recorder.changed)
    assert (before, after) == (Manager("plugin", APP), None)
    note = f"taken over from plugin {APP}"
    assert outcome == ("~", "Cassette", recorder.board_url, note)
    assert again == "="
    # Grafana says first that the version is the one that was read, and then who owns it.
    assert [body["overwrite"] for body in writes(cassette)] == [False, True]


def test_an_app_that_moved_a_board_is_seen_though_nothing_else_changed(recorder: Recorder) -> None:
    """An app imports to the top level: the content is the same, and it is the app's now."""
    recorder.has(recorder.board, title="By hand", uid=recorder.by_hand)
    recorder.manages(recorder.board, "plugin", APP)
    [(mark, _, _, note)], written = recorder.deploy(recorder.board)
    assert mark == "!"
    assert f"belongs to the plugin {APP}" in note
    assert written == []


def test_a_save_over_an_apps_board_is_no_race(recorder: Recorder) -> None:
    """Where the resource API says nothing, the answer to the save does."""
    recorder.has(recorder.board)
    recorder.manages(recorder.board, "plugin", APP)
    grafana = recorder.grafana()
    with recorder.playing():
        existing = grafana.dashboard(recorder.board["uid"])
        assert existing is not None
        with pytest.raises(RefusedError) as caught:
            grafana.save(
                recorder.changed,
                folder_uid=recorder.folder_uid,
                version=existing.version,
                message=MESSAGE,
            )
    assert str(caught.value) == (
        "“Cassette” in Grafana belongs to a plugin: The dashboard belongs to plugin "
        f"{APP}. Take it over with --overwrite, or deploy yours under another uid."
    )


def test_what_another_tool_manages_is_left_unless_told_so(recorder: Recorder) -> None:
    recorder.has(recorder.board)
    recorder.manages(recorder.board, "terraform", "infrastructure")
    grafana = recorder.grafana()
    with recorder.playing() as cassette:
        [(mark, _, _, note)] = recorder.outcomes(grafana, recorder.changed)
        [(told, _, _, taken)] = recorder.outcomes(grafana, recorder.changed, overwrite=True)
        after = grafana.manager(recorder.board["uid"])
    assert mark == "!"
    assert note.startswith("“Cassette” is managed by terraform (infrastructure) in Grafana. Take")
    assert (told, taken) == ("~", "taken over from terraform infrastructure")
    assert after is None
    assert len(writes(cassette)) == 1


def test_what_comes_from_git_is_left_whatever_is_asked_for(recorder: Recorder) -> None:
    """From a Grafana with Git Sync, whose repository brings a dashboard with this uid."""
    recorder.base = os.environ.get("RECORD_GIT_URL", recorder.base)
    grafana = Grafana(recorder.connection(_admin()))
    board = {**BOARD, "uid": "git-cassette", "description": "Ours."}
    with recorder.playing() as cassette:
        existing = grafana.dashboard(board["uid"])
        manager = grafana.manager(board["uid"])
        assert existing is not None
        assert manager is not None
        there = {"folder": "", "folder_uid": existing.folder_uid}
        [refused] = recorder.outcomes(grafana, board, **there)
        [told] = recorder.outcomes(grafana, board, overwrite=True, **there)
        # Should it come between the reading and the saving, the answer says so, too.
        with pytest.raises(RefusedError, match="“Cassette” is managed by another tool in Grafana"):
            grafana.save(
                board,
                folder_uid=existing.folder_uid,
                version=existing.version,
                message=MESSAGE,
                take_over=True,
            )
    assert manager.kind == "repo"
    assert refused == told
    assert (refused[0], refused[3]) == (
        "!",
        f"“Cassette” comes from the Git repository {manager.identity} (Git Sync). Change it "
        "there, or remove it there and run deploy again.",
    )
    assert len(writes(cassette)) == 1


def _admin() -> tuple[str, str]:
    return os.environ.get("RECORD_USER", "admin"), os.environ.get("RECORD_PASSWORD", "admin")


def test_prune_leaves_what_an_app_has_taken(recorder: Recorder) -> None:
    recorder.has(recorder.board, recorder.other)
    recorder.manages(recorder.other, "plugin", APP)
    outcomes, written = recorder.deploy(
        recorder.board, prune=frozenset({KEY}), overwrite=True, dry_run=True
    )
    assert [mark for mark, *_ in outcomes] == ["="]
    assert written == []


# --- two folders, two titles, one uid -------------------------------------------------------------


def test_two_folders_move_one_board_between_them(recorder: Recorder) -> None:
    """Two deploys that name different folders: the board is where the last one put it."""
    recorder.has(recorder.board, title="By hand", uid=recorder.by_hand)
    grafana = recorder.grafana()
    with recorder.playing():
        first = recorder.outcomes(grafana, recorder.board)
        second = recorder.outcomes(grafana, recorder.board, folder="By hand")
        existing = grafana.dashboard(recorder.board["uid"])
    assert first[-1] == ("~", "Cassette", recorder.board_url, "moved from “By hand”")
    assert second == [
        ("~", "Cassette", recorder.board_url, f"moved from “{recorder.title}”"),
    ]
    assert existing is not None
    assert existing.folder_uid == recorder.by_hand


def test_another_dashboard_of_the_same_title_stays(recorder: Recorder) -> None:
    """Grafana has had several of one title in a folder since 11: they are told by their uids."""
    theirs = {**recorder.other, "title": recorder.board["title"], KEY: None}
    recorder.has(theirs)
    grafana = recorder.grafana()
    with recorder.playing():
        outcomes = recorder.outcomes(grafana, recorder.board)
        there = grafana.dashboards(folder_uid=recorder.folder_uid)
    assert [mark for mark, *_ in outcomes] == ["+"]
    assert sorted(one.uid for one in there) == sorted([recorder.board["uid"], theirs["uid"]])
    assert {one.title for one in there} == {"Cassette"}


def test_a_folder_of_the_boards_uid(recorder: Recorder) -> None:
    """Folders and dashboards have their uids each for themselves."""
    uid = recorder.folder_uid
    board = {**recorder.board, "uid": uid}
    recorder.has(title=recorder.title)
    grafana = recorder.grafana()
    with recorder.playing():
        outcomes = recorder.outcomes(grafana, board)
    assert [(mark, url) for mark, _, url, _ in outcomes] == [("+", f"{HERE}d/{uid}")]


# --- what somebody did in Grafana -----------------------------------------------------------------


def test_a_folder_that_was_deleted_is_made_again(recorder: Recorder) -> None:
    """With its boards, which are new: their history went with it."""
    recorder.has(recorder.board)
    recorder.deletes_folder(recorder.folder_uid)
    outcomes, written = recorder.deploy(recorder.board)
    assert outcomes == [
        ("+", recorder.title, recorder.folder_url, ""),
        ("+", "Cassette", recorder.board_url, ""),
    ]
    assert len(written) == 2


def test_a_panel_that_was_made_a_library_panel(recorder: Recorder) -> None:
    """Then the board is somebody's: left as it is, and replaced if told so."""
    library = {"uid": f"lib-{recorder.by_hand}"[:40], "name": f"Hello {recorder.title}"}
    shared: dict[str, Any] = {
        **{key: BOARD["panels"][0][key] for key in ("id", "gridPos", "title")},
        "libraryPanel": library,
    }
    theirs = {**recorder.board, "panels": [shared], KEY: None}
    recorder.shares(BOARD["panels"][0], library)
    recorder.has(recorder.board, theirs)
    grafana = recorder.grafana()
    with recorder.playing() as cassette:
        [(mark, _, _, note)] = recorder.outcomes(grafana, recorder.board)
        [(told, *_)] = recorder.outcomes(grafana, recorder.board, overwrite=True)
        existing = grafana.dashboard(recorder.board["uid"])
    recorder.unshares(library)
    assert mark == "!"
    assert re.search(r"was changed in Grafana by \w+ on", note)
    assert told == "~"
    assert existing is not None
    assert existing.content["panels"] == BOARD["panels"]
    assert len(writes(cassette)) == 1


# --- files ----------------------------------------------------------------------------------------


def test_files_take_over_what_was_deployed_and_leave_nothing(recorder: Recorder) -> None:
    """From a Grafana that reads dashboards from a directory that the recorder may write to."""
    recorder.base = recorder.provided_base
    recorder.clear()
    recorder.has(recorder.board)
    grafana = recorder.grafana()
    recorder.provides(recorder.board)
    with recorder.playing() as cassette:
        plan = make_plan(grafana, [DesiredBoard(recorder.changed)], DeployOptions(recorder.title))
        [refused] = recorder.outcomes(grafana, recorder.changed)
        [told] = recorder.outcomes(grafana, recorder.changed, overwrite=True)
        recorder.withdraws(recorder.board)
        [again] = recorder.outcomes(grafana, recorder.changed)
    assert [action.change.value for action in plan.actions] == ["!"]
    assert "“Cassette” comes from a file in Grafana's provisioning directory" in refused[3]
    # Grafana lets nobody save over a file, so --overwrite cannot either.
    assert told == refused
    assert again == ("+", "Cassette", recorder.board_url, "")
    assert len(writes(cassette)) == 1
