"""What JupyterHub says of its users on its own /hub/metrics: how many, how many are active."""

from collections.abc import Iterator

import numpy as np

from demo.people import HOUR, NAMESPACE
from demo.series import Series, Value, labels
from demo.truth import is_server
from demo.usage import Array
from demo.world import World
from exporter.memberships import DEFAULT_WINDOWS

JOB = "jupyterhub"


def series(world: World) -> Iterator[Series]:
    """Yield the users there are, those active within three periods, and the servers that run."""
    who = labels(namespace=NAMESPACE)
    yield Series(JOB, "jupyterhub_total_users", who, _counted(world))
    yield Series(JOB, "jupyterhub_running_servers", who, _running(world))
    for window in DEFAULT_WINDOWS:
        # JupyterHub has the same periods as the groups exporter.
        period = labels(namespace=NAMESPACE, period=window.label)
        yield Series(JOB, "jupyterhub_active_users", period, _active(world, window.seconds))


def _counted(world: World) -> Value:
    arrivals = sorted(world.arrival(person) for person in world.people)

    def value(times: Array) -> Array:
        return np.searchsorted(arrivals, times, side="right").astype(float)

    return value


def _running(world: World) -> Value:
    servers = [pod for pod in world.pods if is_server(pod)]
    starts = np.sort([pod.start for pod in servers])
    ends = np.sort([pod.end for pod in servers])

    def value(times: Array) -> Array:
        begun, ended = (np.searchsorted(of, times, side="right") for of in (starts, ends))
        return (begun - ended).astype(float)

    return value


def _active(world: World, seconds: float) -> Value:
    def value(times: Array) -> Array:
        # The hub looks once an hour.
        looks, place = np.unique(times // HOUR * HOUR, return_inverse=True)
        active = np.zeros(len(looks))
        for person in world.people:
            active += world.last_seen(person.username, looks) >= looks - seconds
        return active[place]

    return value
