"""Deploying, with answers of a real Grafana, recorded and played again."""

import os
import re
from pathlib import Path

import pytest

from dashboards.deploy import FOLDER, DeployOptions, DesiredBoard, apply, folder_uid, make_plan
from dashboards.deploy.provenance import KEY
from dashboards.grafana import Folder, Grafana
from dashboards.grafana.errors import RefusedError
from tests.support.grafana_recorder import (
    BOARD,
    CASSETTES,
    HERE,
    MESSAGE,
    ORIGIN,
    Recorder,
    deployed,
    edited,
    run,
    writes,
)
from tests.support.paths import ROOT

pytestmark = pytest.mark.cassette


def test_fresh_deploy_creates_folder_and_dashboard(recorder: Recorder) -> None:
    outcomes, written = recorder.deploy(recorder.board)
    assert outcomes == [
        ("+", recorder.title, recorder.folder_url, ""),
        ("+", "Cassette", recorder.board_url, ""),
    ]
    assert written == [
        {"title": recorder.title, "uid": recorder.folder_uid},
        {
            "dashboard": deployed(recorder.board),
            "folderUid": recorder.folder_uid,
            "message": MESSAGE,
            "overwrite": False,
        },
    ]


def test_second_deploy_writes_nothing(recorder: Recorder) -> None:
    grafana = recorder.grafana()
    with recorder.playing() as cassette:
        first, second = (recorder.outcomes(grafana, recorder.board) for _ in range(2))
    assert [mark for mark, *_ in first] == ["+", "+"]
    assert [mark for mark, *_ in second] == ["="]
    # The two of the first deploy; what was read after them is the second.
    assert [r.method for r in cassette.requests][-4:] == ["POST", "POST", "GET", "GET"]
    assert len(writes(cassette)) == 2


def test_changed_board_replaces_the_version_that_was_read(recorder: Recorder) -> None:
    recorder.has(recorder.board)
    outcomes, written = recorder.deploy(recorder.changed)
    assert outcomes == [("~", "Cassette", recorder.board_url, "")]
    assert written == [
        {
            "dashboard": {**deployed(recorder.changed), "version": 1},
            "folderUid": recorder.folder_uid,
            "message": MESSAGE,
            "overwrite": False,
        }
    ]


# --- nobody's work is overwritten -----------------------------------------------------------------


WHO_AND_WHEN = (
    r"“Cassette” was changed in Grafana by \w+ on [\d-]+ [\d:]+ UTC, after it was deployed"
)


def test_what_was_changed_in_grafana_is_left_as_it_is(recorder: Recorder) -> None:
    """Saved through the API by a program that keeps what it does not know."""
    recorder.has(recorder.board, edited(recorder.board))
    [(mark, _, _, note)], written = recorder.deploy(recorder.changed)
    assert mark == "!"
    assert re.match(WHO_AND_WHEN, note)
    assert "See the difference with `pull`, replace it with --overwrite" in note
    assert written == []


def test_what_was_saved_in_a_browser_is_left_as_it_is(recorder: Recorder) -> None:
    """Grafana's own pages leave out the mark; the history still knows."""
    theirs = {**recorder.board, KEY: None, "description": "Theirs."}
    recorder.has(recorder.board, recorder.changed, theirs)
    grafana = recorder.grafana()
    with recorder.playing() as cassette:
        [(mark, _, _, note)] = recorder.outcomes(grafana, recorder.changed)
        pruning = {"folder": recorder.title, "prune": frozenset({KEY})}
        [(kept, _, _, reason)] = recorder.outcomes(grafana, **pruning)
        [(pruned, *_)] = recorder.outcomes(grafana, dry_run=True, overwrite=True, **pruning)
    assert mark == "!"
    assert re.match(WHO_AND_WHEN, note)
    assert kept == "!"
    assert "is no longer one of the boards, but was changed in Grafana by" in reason
    assert pruned == "-"
    assert writes(cassette) == []


def test_going_back_to_an_older_version_is_left_as_it_is(recorder: Recorder) -> None:
    """What somebody restored has the mark of then, and is theirs now."""
    recorder.has(recorder.board, recorder.changed)
    recorder.restores(recorder.board, 1)
    newest = {**recorder.board, "description": "Newest."}
    [(mark, _, _, note)], written = recorder.deploy(newest)
    assert mark == "!"
    assert re.match(WHO_AND_WHEN, note)
    assert written == []


def test_what_another_collection_deployed_is_left_as_it_is(recorder: Recorder) -> None:
    recorder.has(deployed(recorder.board, "physics"))
    [(mark, _, _, note)], written = recorder.deploy(recorder.changed)
    assert mark == "!"
    assert "belongs to the collection physics. Give yours another uid" in note
    assert written == []


def test_whose_it_is_where_the_history_may_not_be_read(recorder: Recorder) -> None:
    """A Viewer may not: the mark says what it can."""
    recorder.has(recorder.board, edited(recorder.board))
    outcomes, _ = recorder.deploy(recorder.changed, role="Viewer", dry_run=True)
    assert [mark for mark, *_ in outcomes] == ["!"]
    assert re.match(WHO_AND_WHEN, outcomes[0][3])


def test_what_was_changed_in_grafana_is_overwritten_if_told_so(recorder: Recorder) -> None:
    recorder.has(recorder.board, edited(recorder.board))
    outcomes, written = recorder.deploy(recorder.changed, overwrite=True)
    note = "overwrites what was in Grafana"
    assert outcomes == [("~", "Cassette", recorder.board_url, note)]
    assert [body["dashboard"]["version"] for body in written] == [2]
    assert [body["overwrite"] for body in written] == [False]


def test_a_dashboard_of_the_same_uid_that_is_not_ours_is_left_as_it_is(recorder: Recorder) -> None:
    recorder.has({**recorder.changed, KEY: None})
    [(mark, _, _, note)], written = recorder.deploy(recorder.board)
    assert mark == "!"
    assert "but deploy did not put it there" in note
    assert written == []


def test_save_that_races_with_another_is_refused(recorder: Recorder) -> None:
    recorder.has(recorder.board, recorder.changed)
    grafana = recorder.grafana()
    with recorder.playing():
        for version in (1, None):
            with pytest.raises(RefusedError, match="Someone else saved “Cassette”"):
                grafana.save(
                    recorder.board,
                    folder_uid=recorder.folder_uid,
                    version=version,
                    message=MESSAGE,
                )


def test_save_between_the_reading_and_the_writing_is_kept(recorder: Recorder) -> None:
    """A plan that is carried out when somebody has saved meanwhile."""
    recorder.has(recorder.board)
    grafana = recorder.grafana()
    with recorder.playing() as cassette:
        plan = make_plan(grafana, [DesiredBoard(recorder.changed)], DeployOptions(recorder.title))
        theirs = edited(recorder.board)
        grafana.save(theirs, folder_uid=recorder.folder_uid, version=1, message="by hand")
        [outcome] = apply(grafana, plan, ORIGIN.release)
        existing = grafana.dashboard(recorder.board["uid"])
    assert "Someone else saved “Cassette” in Grafana at the same moment" in outcome.note
    assert existing is not None
    assert existing.content["description"] == "Theirs."
    assert [body["message"] for body in writes(cassette)] == ["by hand", MESSAGE]


def test_what_was_saved_already_is_no_race(recorder: Recorder) -> None:
    """As after an answer that was lost on the way: the second request finds it done."""
    grafana = recorder.grafana()
    with recorder.playing():
        folder = Folder(recorder.folder_uid, recorder.title)
        for _ in range(2):
            assert grafana.create_folder(folder) == folder
        for _ in range(2):
            grafana.save(
                deployed(recorder.board),
                folder_uid=recorder.folder_uid,
                version=None,
                message=MESSAGE,
            )
        existing = grafana.dashboard(recorder.board["uid"])
    assert existing is not None
    assert existing.version == 1


# --- prune ----------------------------------------------------------------------------------------


def test_prune_takes_what_we_deployed_and_nothing_else(recorder: Recorder) -> None:
    title = {"title": "Copied by hand", "uid": f"copy-{recorder.by_hand}"[:40]}
    copied = {**deployed(recorder.other), **title}
    tagged = {**BOARD, "uid": f"tag-{recorder.by_hand}"[:40], "title": "By hand", KEY: None}
    recorder.has(recorder.board, recorder.other, copied, tagged)
    grafana = recorder.grafana()
    prune = frozenset({KEY})
    with recorder.playing() as cassette:
        planned = recorder.outcomes(grafana, recorder.board, dry_run=True, prune=prune)
        done = recorder.outcomes(grafana, recorder.board, prune=prune)
        left = grafana.dashboards(folder_uid=recorder.folder_uid)
    pruned = ("-", "Other", f"{HERE}d/{recorder.other['uid']}", "deployed by groupscope 1.2.3")
    assert planned == [("=", "Cassette", recorder.board_url, ""), pruned]
    assert done == [pruned, ("=", "Cassette", recorder.board_url, "")]
    assert sorted(each.title for each in left) == ["By hand", "Cassette", "Copied by hand"]
    assert writes(cassette) == [f"/api/dashboards/uid/{recorder.other['uid']}"]


def test_prune_leaves_what_was_saved_at_the_same_moment(recorder: Recorder) -> None:
    recorder.has(recorder.other)
    grafana = recorder.grafana()
    with recorder.playing() as cassette:
        plan = make_plan(grafana, [], DeployOptions(recorder.title, prune=frozenset({KEY})))
        theirs = edited(recorder.other)
        grafana.save(theirs, folder_uid=recorder.folder_uid, version=1, message="by hand")
        [outcome] = apply(grafana, plan, ORIGIN.release)
    assert outcome.change.value == "!"
    assert "Someone else saved “Other” in Grafana at the same moment" in outcome.note
    assert len(writes(cassette)) == 1


def test_prune_of_what_is_gone_already_is_no_failure(recorder: Recorder) -> None:
    recorder.has(recorder.other)
    grafana = recorder.grafana()
    with recorder.playing():
        plan = make_plan(grafana, [], DeployOptions(recorder.title, prune=frozenset({KEY})))
        for _ in range(2):
            [outcome] = apply(grafana, plan, ORIGIN.release)
            assert (outcome.change.value, outcome.title) == ("-", "Other")


def test_prune_of_one_name_in_two_places(recorder: Recorder) -> None:
    """Two teams deploy to one folder: each collection is pruned by itself."""
    recorder.has(deployed(recorder.board, "physics"), deployed(recorder.other, "chemistry"))
    outcomes, _ = recorder.deploy(dry_run=True, prune=frozenset({KEY, "physics"}))
    assert [(mark, title) for mark, title, *_ in outcomes] == [("-", "Cassette")]


# --- folders --------------------------------------------------------------------------------------


def test_dashboard_in_another_folder_is_moved(recorder: Recorder) -> None:
    recorder.has(recorder.board, title="By hand", uid=recorder.by_hand)
    outcomes, written = recorder.deploy(recorder.board)
    assert outcomes == [
        ("+", recorder.title, recorder.folder_url, ""),
        ("~", "Cassette", recorder.board_url, "moved from “By hand”"),
    ]
    assert [body.get("folderUid") for body in written] == [None, recorder.folder_uid]


def test_folder_of_the_same_title_is_used(recorder: Recorder) -> None:
    recorder.has(uid=recorder.by_hand)
    outcomes, written = recorder.deploy(recorder.board)
    assert outcomes == [("+", "Cassette", recorder.board_url, "")]
    assert [body["folderUid"] for body in written] == [recorder.by_hand]


def test_folder_that_was_renamed_is_still_ours(recorder: Recorder) -> None:
    recorder.has(title="Renamed")
    outcomes, written = recorder.deploy(recorder.board)
    assert outcomes == [("+", "Cassette", recorder.board_url, "")]
    assert [body["folderUid"] for body in written] == [recorder.folder_uid]


def test_folder_with_a_slash_in_its_title(recorder: Recorder) -> None:
    title = f"{recorder.title} / 2"
    recorder.has(title=title, uid=recorder.by_hand)
    outcomes, written = recorder.deploy(recorder.board, folder=title)
    assert [mark for mark, *_ in outcomes] == ["+"]
    assert [body["folderUid"] for body in written] == [recorder.by_hand]


def test_the_top_level_by_its_uid(recorder: Recorder) -> None:
    recorder.has(recorder.board)
    outcomes, _ = recorder.deploy(recorder.board, dry_run=True, folder="", folder_uid="general")
    [(mark, _, _, note)] = outcomes
    assert (mark, note) == ("~", f"moved from “{recorder.title}”")


def test_folder_by_its_uid(recorder: Recorder) -> None:
    recorder.has(title="Whatever it is called", uid=recorder.by_hand)
    outcomes, written = recorder.deploy(recorder.board, folder="", folder_uid=recorder.by_hand)
    assert outcomes == [("+", "Cassette", recorder.board_url, "")]
    assert [body["folderUid"] for body in written] == [recorder.by_hand]


def test_folder_by_a_uid_that_there_is_not(recorder: Recorder) -> None:
    grafana = recorder.grafana()
    with (
        recorder.playing(),
        pytest.raises(RefusedError, match="has no folder with the uid nowhere that this login"),
    ):
        recorder.outcomes(grafana, recorder.board, folder_uid="nowhere")


def test_folders_within_folders_are_created_and_found_again(recorder: Recorder) -> None:
    """An outer folder that somebody made is used; what is missing below it is created."""
    recorder.has(uid=recorder.by_hand)
    grafana = recorder.grafana()
    path = f"{recorder.title}/Hubs/Lab"
    with recorder.playing() as cassette:
        first = recorder.outcomes(grafana, recorder.board, folder=path)
        second = recorder.outcomes(grafana, recorder.board, folder=path)
        inner = grafana.folder(folder_uid(path))
    assert [(mark, title) for mark, title, *_ in first] == [
        ("+", "Hubs"),
        ("+", "Lab"),
        ("+", "Cassette"),
    ]
    assert [(mark, title) for mark, title, *_ in second] == [("=", "Cassette")]
    hubs = folder_uid(f"{recorder.title}/Hubs")
    assert inner == Folder(folder_uid(path), "Lab", hubs)
    outer, _, saved = writes(cassette)
    assert outer == {"title": "Hubs", "uid": hubs, "parentUid": recorder.by_hand}
    assert saved["folderUid"] == folder_uid(path)


def test_permissions_of_the_folder_are_kept(recorder: Recorder) -> None:
    recorder.has(recorder.board)
    grafana = recorder.grafana()
    path = f"/folders/{recorder.folder_uid}/permissions"
    with recorder.playing() as cassette:
        seen = []
        # An editor of the folder may not read who else may.
        reader = Grafana(recorder.connection(_admin()))
        for _ in range(2):
            seen.append(reader._session.request("read the permissions", "GET", path))
            recorder.outcomes(grafana, recorder.changed)
    assert seen[0] == seen[1]
    assert [one["permission"] for one in seen[0]] == [2]
    assert len(writes(cassette)) == 1


def _admin() -> tuple[str, str]:
    return os.environ.get("RECORD_USER", "x"), os.environ.get("RECORD_PASSWORD", "x")


def test_folder_deleted_between_the_reading_and_the_writing(recorder: Recorder) -> None:
    """The next run creates it again, and completes what is left."""
    recorder.has()
    grafana = recorder.grafana()
    with recorder.playing():
        plan = make_plan(grafana, [DesiredBoard(recorder.board)], DeployOptions(recorder.title))
        reader = Grafana(recorder.connection(_admin()))
        reader._session.request("delete it", "DELETE", f"/folders/{recorder.folder_uid}")
        [outcome] = apply(grafana, plan, ORIGIN.release)
        again = recorder.outcomes(grafana, recorder.board)
    assert "The folder for “Cassette” was deleted in Grafana at the same moment" in outcome.note
    assert [mark for mark, *_ in again] == ["+", "+"]


def test_folder_whose_uid_is_taken(recorder: Recorder) -> None:
    """So says Grafana of a folder that one may not see, and of one that was made a moment ago."""
    recorder.has(title="Hidden")
    grafana = recorder.grafana()
    with recorder.playing(), pytest.raises(RefusedError, match="has a folder with the uid"):
        grafana.create_folder(Folder(recorder.folder_uid, recorder.title))


# --- what is not allowed --------------------------------------------------------------------------


def test_dry_run_writes_not_even_the_folder(recorder: Recorder) -> None:
    outcomes, written = recorder.deploy(recorder.board, dry_run=True)
    assert outcomes == [
        ("+", recorder.title, recorder.folder_url, ""),
        ("+", "Cassette", recorder.board_url, ""),
    ]
    assert written == []


def test_viewer_may_not_create_the_folder(recorder: Recorder) -> None:
    outcomes, written = recorder.deploy(recorder.board, role="Viewer")
    assert outcomes == [
        (
            "!",
            recorder.title,
            recorder.folder_url,
            f"Grafana does not allow this login to create the folder “{recorder.title}” "
            "(permission needed: folders:create). Give the service account or user the role "
            "Editor, or Edit on the folder, then run deploy again.",
        ),
        ("!", "Cassette", recorder.board_url, "Not saved: its folder could not be created."),
    ]
    assert len(written) == 1


def test_viewer_may_not_save(recorder: Recorder) -> None:
    recorder.has(recorder.board)
    [(mark, _, _, note)], written = recorder.deploy(recorder.changed, role="Viewer")
    assert mark == "!"
    assert "permission needed: any of dashboards:create, dashboards:write" in note
    assert len(written) == 1


def test_no_basic_role_and_edit_on_the_folder_is_enough(recorder: Recorder) -> None:
    """The least rights that docs/how-to/deploy.md names: save, replace, prune; nothing outside."""
    recorder.has(recorder.board, recorder.other)
    grafana = recorder.grafana("None")
    new = {**BOARD, "uid": f"new-{recorder.by_hand}"[:40], "title": "New"}
    prune = frozenset({KEY})
    with recorder.playing():
        inside = recorder.outcomes(grafana, recorder.changed, new, prune=prune)
        outside = recorder.outcomes(grafana, {**new, "uid": "elsewhere"}, folder="Not theirs")
    assert [(mark, title) for mark, title, *_ in inside] == [
        ("~", "Cassette"),
        ("+", "New"),
        ("-", "Other"),
    ]
    assert [mark for mark, *_ in outside] == ["!", "!"]
    assert "Grafana does not allow this login to create the folder “Not theirs”" in outside[0][3]


def test_one_that_fails_does_not_hide_another(recorder: Recorder) -> None:
    bad = {**recorder.board, "uid": "no uid!", "title": "Bad"}
    outcomes, _ = recorder.deploy(bad, recorder.board)
    assert [(mark, title) for mark, title, _, _ in outcomes] == [
        ("+", recorder.title),
        ("!", "Bad"),
        ("+", "Cassette"),
    ]
    assert outcomes[1][3] == (
        "Grafana could not save “Bad”: it answers 400, uid contains illegal characters. Put that "
        "right, then run deploy again."
    )


def test_quota_of_dashboards_is_reached(recorder: Recorder) -> None:
    # The Grafana that this is recorded from allows an organization one dashboard, and has it.
    recorder.base = os.environ.get("RECORD_QUOTA_URL", recorder.base)
    recorder.clear()
    outcomes, _ = recorder.deploy(recorder.board, grafana=Grafana(recorder.connection(_admin())))
    recorder.clear()
    assert [mark for mark, *_ in outcomes] == ["+", "!"]
    assert "Grafana could not save “Cassette”: Quota reached. Whoever runs it has" in outcomes[1][3]


def test_dashboard_provisioned_from_files(recorder: Recorder) -> None:
    # The Grafana that this is recorded from mounts provisioning/grafana.
    board = {**BOARD, "uid": "groupscope-user-groups", "title": "User groups"}
    recorder.base = os.environ.get("RECORD_PROVISIONED_URL", recorder.base)
    grafana = Grafana(recorder.connection(_admin()))
    with recorder.playing() as cassette:
        [(mark, _, _, note)] = recorder.outcomes(grafana, board, folder=FOLDER)
        existing = grafana.dashboard(board["uid"])
        assert existing is not None
        # Should files appear between the reading and the saving, the answer says the same.
        with pytest.raises(RefusedError, match="“User groups” comes from a file"):
            grafana.save(board, folder_uid=FOLDER, version=existing.version, message=MESSAGE)
        with pytest.raises(RefusedError, match="“User groups” comes from a file"):
            grafana.delete(board["uid"], board["title"])
    assert mark == "!"
    assert note == (
        "“User groups” comes from a file in Grafana's provisioning directory (user-groups.json), "
        "and Grafana lets nobody save over it. Update that file instead (python -m dashboards "
        "build), or remove it there and run deploy again."
    )
    assert len(writes(cassette)) == 2


def test_wrong_token(recorder: Recorder) -> None:
    with recorder.playing():
        result = run("--url", recorder.base, "--token", "glsa_wrong")
    assert result.exit_code == 1
    assert result.output.replace(recorder.base, HERE) == (
        "Error: Grafana at http://localhost:3000/ does not accept the token (Invalid API key). "
        "Create a new token for a service account with the role Editor and set GRAFANA_TOKEN "
        "(--token).\n"
    )


def test_wrong_password(recorder: Recorder) -> None:
    with recorder.playing():
        result = run(GRAFANA_URL=recorder.base, GRAFANA_USER="nobody", GRAFANA_PASSWORD="pässw€rd")
    assert result.exit_code == 1
    assert "does not accept the user and password (Invalid username or password)" in result.output
    assert "pässw€rd" not in result.output


# --- the history ----------------------------------------------------------------------------------


def test_the_version_history_says_who_deployed(recorder: Recorder) -> None:
    recorder.has(recorder.board)
    grafana = recorder.grafana()
    path = f"/dashboards/uid/{recorder.board['uid']}/versions"
    with recorder.playing():
        recorder.outcomes(grafana, recorder.changed)
        answer = grafana._session.request("read the versions", "GET", path)
    assert isinstance(answer, dict)
    assert answer["versions"][0]["message"] == MESSAGE


# --- the cassettes themselves ---------------------------------------------------------------------

_FILES = sorted(CASSETTES.glob("*.yaml"))


def test_every_cassette_belongs_to_a_test() -> None:
    texts = [file.read_text("utf-8") for file in (ROOT / "tests").rglob("test_*.py")]
    tests = {
        name for text in texts for name in re.findall(r"^def test_(\w+)\(", text, re.MULTILINE)
    }
    assert [path.stem for path in _FILES if path.stem not in tests] == []


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.stem)
def test_cassettes_hold_no_secret_no_host_and_nobody(path: Path) -> None:
    text = path.read_text("utf-8")
    found = re.findall(
        r"(?i)authorization|cookie|bearer|basic |glsa_\w+|passw(?:or)?d\W*:|x-grafana|user-agent",
        text,
    )
    assert found == []
    # Nobody is at the second.
    hosts = {"http://localhost:3000", "http://127.0.0.1:9"}
    assert set(re.findall(r"https?://[^\s\"'/\\]+", text)) <= hosts
    assert set(re.findall(r'"(?:created|updated)By": ?"([^"]*)"', text)) <= {"somebody"}
