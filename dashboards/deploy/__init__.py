"""Boards into a Grafana: what would be written, as values, and the writing of it.

``make_plan`` only reads. ``apply`` writes what the plan says, and nothing that somebody changed
meanwhile. Nothing is kept on this side: what is in Grafana says what is left to do, so that a run
that was ended at any moment is completed by the next one.
"""

from dashboards.deploy.apply import apply
from dashboards.deploy.decisions import last_saved, plan_board, plan_pruning
from dashboards.deploy.folders import FOLDER, choose_folder, folder_uid, split_titles
from dashboards.deploy.model import (
    WRITES,
    Action,
    Change,
    DeployOptions,
    DesiredBoard,
    Outcome,
    Plan,
    counts,
)
from dashboards.deploy.plan import make_plan

__all__ = [
    "FOLDER",
    "WRITES",
    "Action",
    "Change",
    "DeployOptions",
    "DesiredBoard",
    "Outcome",
    "Plan",
    "apply",
    "choose_folder",
    "counts",
    "folder_uid",
    "last_saved",
    "make_plan",
    "plan_board",
    "plan_pruning",
    "split_titles",
]
