"""Boards into a Grafana: what would be written, as values, and the writing of it.

``plan_all`` only reads. ``apply`` writes what the plan says, and nothing that somebody changed
meanwhile. Nothing is kept on this side: what is in Grafana says what is left to do, so that a run
that was ended at any moment is completed by the next one.
"""

from dashboards.deploy.apply import Outcome, apply, counts, foreseen, settled
from dashboards.deploy.folders import FOLDER, choose_folder, folder_uid, titles
from dashboards.deploy.plan import Action, Change, Plan, Wanted, Where, plan, plan_all, saved

__all__ = [
    "FOLDER",
    "Action",
    "Change",
    "Outcome",
    "Plan",
    "Wanted",
    "Where",
    "apply",
    "choose_folder",
    "counts",
    "folder_uid",
    "foreseen",
    "plan",
    "plan_all",
    "saved",
    "settled",
    "titles",
]
