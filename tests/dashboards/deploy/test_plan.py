"""What a deploy would write, as values."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.deploy import (
    Action,
    Change,
    DeployOptions,
    DesiredBoard,
    choose_folder,
    folder_uid,
    plan_board,
    plan_pruning,
    split_titles,
)
from dashboards.deploy.history import Provenance
from dashboards.deploy.provenance import (
    KEY,
    Origin,
    Ownership,
    is_deploy_message,
    ownership,
    stamp,
    stamped_origin,
)
from dashboards.grafana import Existing, Folder
from dashboards.grafana.errors import RefusedError
from tests.support.grafana_recorder import BOARD, CHANGED, ORIGIN, deployed, edited


def there(content: dict[str, Any] = BOARD, **changes: Any) -> Existing:
    """Return a dashboard as Grafana has it, as we deployed it unless the content has a mark."""
    values: dict[str, Any] = {
        "content": {**deployed(content), **content, "id": 7, "version": 3},
        "folder_uid": "f",
        "folder_title": "F",
        "version": 3,
        "provisioned_from": None,
    }
    return Existing(**{**values, **changes})


OURS = Provenance(Ownership.AS_DEPLOYED, ORIGIN)
CHANGED_SINCE = Provenance(Ownership.CHANGED_SINCE, ORIGIN)
NOT_OURS = Provenance(Ownership.NOT_OURS)
OTHERS = Provenance(Ownership.AS_DEPLOYED, Origin("1.2.3", "physics"))
ADA = {"updated_by": "ada", "updated": "2026-03-20T12:00:00Z"}


def planned(existing: Existing | None, provenance: Provenance = OURS, **more: Any) -> Action:
    return plan_board(DesiredBoard(BOARD), existing, provenance, more.pop("folder", "f"), **more)


@pytest.mark.parametrize(
    ("existing", "expected"),
    [
        (None, Action(Change.NEW, BOARD)),
        (there(), Action(Change.SAME, BOARD)),
        (there(CHANGED), Action(Change.CHANGED, BOARD, 3, words=("description gone",))),
        (
            there(folder_uid="g", folder_title="G"),
            Action(Change.CHANGED, BOARD, 3, "moved from “G”"),
        ),
        (there(folder_uid=""), Action(Change.CHANGED, BOARD, 3, "moved from the top level")),
    ],
    ids=["absent", "equal", "other content", "other folder", "top level"],
)
def test_plan(existing: Existing | None, expected: Action) -> None:
    assert planned(existing) == expected


@pytest.mark.parametrize(
    ("provenance", "says"),
    [
        (
            CHANGED_SINCE,
            "was changed in Grafana by ada on 2026-03-20 12:00:00 UTC, after it was deployed",
        ),
        (NOT_OURS, "saved by ada on 2026-03-20 12:00:00 UTC, but deploy did not put it there"),
        (OTHERS, "belongs to the collection physics"),
    ],
    ids=["changed", "by hand", "somebody else's collection"],
)
def test_plan_leaves_alone_what_somebody_did_in_grafana(provenance: Provenance, says: str) -> None:
    existing = there(CHANGED, **ADA)
    refused = planned(existing, provenance)
    assert refused.change is Change.FAILED
    assert says in refused.note
    assert "--overwrite" in refused.note
    told = planned(existing, provenance, overwrite=True)
    assert (told.change, told.version) == (Change.CHANGED, 3)
    assert told.note == "overwrites what was in Grafana"


def test_plan_needs_no_overwriting_of_what_is_the_same_or_only_elsewhere() -> None:
    assert planned(there(), NOT_OURS).change is Change.SAME
    assert planned(there(), NOT_OURS, folder="g").change is Change.CHANGED


def test_plan_ignores_the_id_and_version_of_both_sides() -> None:
    wanted = DesiredBoard({**BOARD, "id": 1, "version": 99})
    assert plan_board(wanted, there(), OURS, "f").change is Change.SAME


def test_plan_of_a_provisioned_dashboard_fails_even_if_it_is_equal() -> None:
    action = planned(there(provisioned_from="cassette.json"))
    assert action.change is Change.FAILED
    assert "cassette.json" in action.note


# --- what is pruned -------------------------------------------------------------------------------

ALL = DeployOptions(prune=frozenset({KEY, "physics"}))
OVERWRITE = DeployOptions(prune=ALL.prune, overwrite=True)


@pytest.mark.parametrize("provenance", [OURS, OTHERS])
def test_what_we_deployed_and_no_board_makes_is_pruned(provenance: Provenance) -> None:
    action = plan_pruning(there(), provenance, ALL)
    assert (action.change, action.version) == (Change.PRUNED, 3)
    assert action.note == "deployed by groupscope 1.2.3"


@pytest.mark.parametrize(
    "provenance",
    [
        NOT_OURS,
        Provenance(Ownership.AS_DEPLOYED, Origin("1.2.3", "chemistry")),
        Provenance(Ownership.AS_DEPLOYED, Origin("1.2.3", "")),
        Provenance(Ownership.CHANGED_SINCE),
    ],
    ids=["by hand", "somebody else's collection", "nobody's collection", "nobody knows provenance"],
)
@pytest.mark.parametrize("options", [ALL, OVERWRITE])
def test_nothing_else_is_ever_pruned(provenance: Provenance, options: DeployOptions) -> None:
    assert plan_pruning(there(), provenance, options) is None


def test_what_was_changed_since_is_pruned_only_if_told_so() -> None:
    refused = plan_pruning(there(edited(BOARD), **ADA), CHANGED_SINCE, ALL)
    assert refused.change is Change.FAILED
    assert "changed in Grafana by ada on 2026-03-20 12:00:00 UTC" in refused.note
    assert "--prune --overwrite" in refused.note
    told = plan_pruning(there(edited(BOARD)), CHANGED_SINCE, OVERWRITE)
    assert told.change is Change.PRUNED


# --- the mark -------------------------------------------------------------------------------------


def test_the_mark_says_who_deployed_and_whether_it_was_changed() -> None:
    board = stamp(BOARD, Origin("1.2.3", "physics"))
    assert ownership(board) is Ownership.AS_DEPLOYED
    assert stamped_origin(board) == Origin("1.2.3", "physics")
    assert ownership({**board, "id": 3, "version": 9}) is Ownership.AS_DEPLOYED
    assert ownership({**board, "title": "x"}) is Ownership.CHANGED_SINCE
    assert ownership({**board, "uid": "copy"}) is Ownership.NOT_OURS
    assert stamped_origin({**board, "uid": "copy"}) is None
    assert ownership(BOARD) is Ownership.NOT_OURS
    assert ORIGIN.message == "groupscope 1.2.3"
    assert is_deploy_message(ORIGIN.message)
    assert not is_deploy_message("groupscope looks better like this")
    assert not is_deploy_message("Restored from version 1")


# --- folders --------------------------------------------------------------------------------------


@given(st.text(min_size=1, max_size=80))
def test_folder_uid_is_one_that_grafana_takes(title: str) -> None:
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", folder_uid(title))


def test_folder_uid_is_stable() -> None:
    assert folder_uid("groupscope") == "groupscope"
    assert folder_uid("Ops team") == "groupscope-ops-team-d11d73ab"
    assert folder_uid("Ops-Team") != folder_uid("Ops team")


def test_a_path_of_titles() -> None:
    assert split_titles(" Ops / Hubs of 2026/ ") == ("Ops", "Hubs of 2026")
    assert split_titles(" / ") == ()


def test_choose_folder() -> None:
    ours, other = Folder(folder_uid("A"), "A"), Folder("x", "A")
    uid = ours.uid
    assert choose_folder("A", uid, [Folder("y", "B")]) is None
    assert choose_folder("A", uid, [other]) == other
    assert choose_folder("A", uid, [other, ours]) == ours
    with pytest.raises(RefusedError, match=r"2 folders called “A”.*--folder-uid"):
        choose_folder("A", uid, [other, Folder("y", "A")])
