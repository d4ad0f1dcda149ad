"""What deploy says of each way in which Grafana refuses a save: a sentence with a next step.

The answers are those of Grafana's source: pkg/services/dashboards/errors.go and
pkg/api/apierrors/dashboard.go of 12.4; ``name-exists`` and the message about slugs are of
Grafana 10 and older. Those that 12.4 can be brought to give are recorded, too
(tests/dashboards/deploy/test_meets.py, tests/dashboards/deploy/test_deploy.py).
"""

import re

import pytest

from dashboards.grafana import Manager
from dashboards.grafana.errors import StatusError
from dashboards.grafana.refusals import managed, unsaved

OWN = "Grafana could not save “Users”: it answers …. Put that right, then run deploy again."

# (HTTP status, field `status`, message) → what the sentence begins with or has in it.
ANSWERS = {
    (412, "version-mismatch", "The dashboard has been changed by someone else"): (
        "Someone else saved “Users” in Grafana at the same moment"
    ),
    (412, "plugin-dashboard", "The dashboard belongs to plugin groupscope for JupyterHub."): (
        "“Users” in Grafana belongs to a plugin: The dashboard belongs to plugin groupscope for "
        "JupyterHub. Take it over with --overwrite"
    ),
    (412, "name-exists", "A dashboard with the same name in the folder already exists"): (
        "Grafana has another dashboard called “Users” in that folder"
    ),
    (412, "", "Multiple dashboards with the same slug exists"): (
        "Grafana has another dashboard called “Users” in that folder"
    ),
    (412, "new-in-13", "Something else"): (
        "Grafana did not save “Users”, because what it has is not what deploy read (412, "
        "new-in-13: Something else). Look at the dashboard there"
    ),
    (409, "", "Operation cannot be fulfilled: the object has been modified"): (
        "Grafana did not save “Users”, because what it has is not what deploy read (409, no reason"
    ),
    (404, "not-found", "Dashboard not found"): "“Users” was deleted in Grafana at the same moment",
    (400, "empty-name", "Dashboard title cannot be empty"): (
        "The dashboard with the uid users has no title"
    ),
    (400, "title-too-long", "Dashboard title cannot contain more than 5 000 characters"): (
        "The title of “Users” is too long for Grafana (Dashboard title cannot contain more than"
    ),
    (400, "tag-too-long", "dashboard tag too long, max 50 characters"): (
        "A tag of “Users” is too long for Grafana (dashboard tag too long, max 50 characters)"
    ),
    (400, "", "A dashboard with the same uid already exists"): (
        "Grafana has another dashboard with the uid users"
    ),
    (400, "", "Dashboard cannot be changed to a folder"): "Grafana has a folder with the uid users",
    (400, "", "Dashboard refresh interval is too low"): (
        "“Users” refreshes more often than this Grafana allows"
    ),
    (400, "", "Cannot save provisioned dashboard"): (
        "“Users” comes from a file in Grafana's provisioning directory"
    ),
    (400, "", "folder not found"): "The folder for “Users” was deleted in Grafana",
    (413, "", "Dashboard is too large, max is 16 MB"): (
        "“Users” is too large for Grafana (Dashboard is too large, max is 16 MB)"
    ),
    (403, "", "this resource is managed by a repository"): (
        "“Users” comes from a Git repository (Git Sync)"
    ),
    (403, "", "Can not remove resource manager from resource"): (
        "“Users” is managed by another tool in Grafana"
    ),
    # What is not known is said as Grafana says it.
    (400, "", "uid contains illegal characters"): OWN,
}


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda it: f"{it[0]} {it[1] or it[2]}")
def test_each_refusal_has_its_sentence_and_a_next_step(answer: tuple[int, str, str]) -> None:
    status, reason, said = answer
    sentence = unsaved(
        StatusError(OWN, status=status, message=said, reason=reason), "users", "Users"
    )
    assert ANSWERS[answer] in sentence
    assert sentence.endswith(".")
    assert "{" not in sentence
    # A race is said to be one only where Grafana says so.
    assert ("at the same moment" in sentence) == (
        reason in ("version-mismatch", "not-found") or said == "folder not found"
    )
    next_step = (
        r"[Rr]un deploy again|--overwrite|another uid|[Ss]horten|Give |Make two|--folder|Rename"
    )
    assert re.search(next_step, sentence)


@pytest.mark.parametrize(
    ("manager", "sentence"),
    [
        (
            Manager("plugin", "groupscope-jupyterhub-app"),
            "“Users” in Grafana belongs to the plugin groupscope-jupyterhub-app.",
        ),
        (Manager("repo", "ops"), "“Users” comes from the Git repository ops (Git Sync)."),
        (Manager("terraform", "ops"), "“Users” is managed by terraform (ops) in Grafana."),
        (Manager("kubectl"), "“Users” is managed by kubectl in Grafana."),
    ],
)
def test_who_manages_a_dashboard_is_said_in_a_sentence(manager: Manager, sentence: str) -> None:
    assert managed("Users", manager) == sentence
