"""The images that the demo's servers and Dask workers run, and what their containers are called."""

from demo.people import PEOPLE, Habit
from demo.schedule import Pod

_HABITS = {person.username: person.habit for person in PEOPLE}
_OF_HABIT = {
    Habit.GPU: "quay.io/jupyter/pytorch-notebook:cuda12-2026-01-05",
    Habit.COURSE: "registry.example.org/course/statistics:2026-spring",
    Habit.WORKSHOP: "quay.io/jupyter/minimal-notebook:2026-01-05",
}
_OTHERS = "quay.io/jupyter/scipy-notebook:2026-01-05"


def image_of(pod: Pod) -> str:
    """Return the image that a user's pod runs."""
    if pod.component.startswith("dask"):
        return "ghcr.io/dask/dask:2026.1.1-py3.12"
    return _OF_HABIT.get(_HABITS.get(pod.username, Habit.RARE), _OTHERS)


def container_of(component: str) -> str:
    """Return what the container of such a pod is called."""
    return component if component.startswith("dask") else "notebook"
