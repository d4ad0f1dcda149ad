"""Hypothesis makes clusters with odd cases, and views of them."""

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.support.fuzz_clusters import (
    CADVISOR,
    DCGM,
    DIRSIZE,
    EXPORTER,
    JOBS,
    KSM,
    NONE,
    Cluster,
    Gap,
    Hub,
    Pod,
    User,
    View,
)

USERNAMES = ("jo", "john", "my.name@example.com", "Zoë O'N", 'q"\\d')
GROUPS = ("lab", "Lab.*", 'a "b"', "back\\slash", "a|b", "größe 組", "{x}", "$group", "other")
_NAME = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Co", "Cn", "Zl", "Zp")), min_size=1, max_size=6
)
_OFTEN_1 = st.sampled_from((1, 1, 2))
# A user's servers by what their pods' names end with.
_OFTEN = {"": st.sampled_from((True, True, False)), "--lab": st.booleans()}
_OFTEN["--dask"] = st.sampled_from((False, False, True))


def _some(strategy, numbers):
    """Draw a list of different values, of a length that is one of some numbers."""
    return st.sampled_from(numbers).flatmap(
        lambda number: st.lists(strategy, min_size=number, max_size=number, unique=True)
    )


@dataclass(frozen=True)
class _Clock:
    """The cluster's minutes, and those around which things happen: odd cases meet each other."""

    minutes: int
    moments: tuple[int, ...]

    def when(self, first, last):
        near = st.builds(int.__add__, st.sampled_from(self.moments), st.integers(-2, 12))
        return near.map(lambda minute: min(max(minute, first), last)) | st.integers(first, last)


@st.composite
def _lives(draw, clock):
    """Draw one to three times of life, the next often at once where the last ended."""
    found, now = [], draw(st.just(0) | clock.when(0, clock.minutes))
    for _ in range(draw(st.integers(1, 3))):
        if now > clock.minutes:
            break
        end = draw(st.just(clock.minutes + 1) | clock.when(now + 1, clock.minutes + 1))
        found.append((now, end))
        now = end + draw(st.sampled_from((0, 0, 1, 4, 30)))
    return found


def _pattern(values):
    return st.lists(st.sampled_from(values), min_size=1, max_size=4).map(tuple)


@st.composite
def _pods(draw, owner, name, clock, *, dask=False):
    """Draw the pods of one name, one after the other, on one node and another."""
    found = []
    for number, (low, high) in enumerate(draw(_lives(clock))):
        waits = draw(st.sampled_from((0, 0, 0, 3, clock.minutes)))
        stays = draw(st.sampled_from((0, 0, 0, 2, 25)))
        runs = (low + waits, high - stays) if low + waits < high - stays else (high, high)
        restarts = ()
        if runs[1] - runs[0] > 4:
            when = st.integers(1, runs[1] - runs[0] - 1)
            drawn = draw(st.lists(st.tuples(when, st.booleans()), max_size=2))
            restarts = tuple(sorted(dict(drawn).items()))
        gpus = draw(st.sampled_from((0, 0, 0, 1, 2)))
        # Of some devices, or of all, nobody says how busy they are.
        told = draw(st.sampled_from((gpus, gpus, 0, 1 if gpus else 0)))
        percents = st.lists(st.sampled_from((0, 35, 100)), min_size=told, max_size=told)
        found.append(
            Pod(
                owner,
                name,
                f"{name}-uid-{number}",
                (low, high),
                runs,
                draw(st.sampled_from(("node-1", "node-2"))),
                draw(_pattern((1.0, 0.01, 0.0, 0.5, 3.9))),
                draw(_pattern((1.0, 0.25, 3.5))),
                restarts,
                draw(st.sampled_from((1.0, 0.5, 2.0, 0.0))),
                draw(st.sampled_from((1.0, 4.0, 0.0))),
                gpus,
                tuple(draw(percents)),
                dask,
            )
        )
    return tuple(found)


@st.composite
def _users(draw, name, number, groups, clock):
    spans = []
    changes = _some(clock.when(2, clock.minutes), (1, 0, 2))
    for begin in sorted({0, *draw(changes)}):
        some = draw(st.sampled_from((len(groups), 1, 0)))
        chosen = draw(st.permutations(groups))[:some] if groups else []
        weights = [draw(st.sampled_from((1, 1, 0, 3))) for _ in chosen]
        if chosen and not any(weights):
            weights[0] = 1
        spans.append((begin, tuple(zip(chosen, weights, strict=True))))
    servers = [server for server in ("", "--lab", "--dask") if draw(_OFTEN[server])]
    pods = (
        draw(_pods(name, f"jupyter-{number}{server}", clock, dask=server == "--dask"))
        for server in servers
    )
    home = st.none() | st.tuples(
        st.sampled_from(("safe", "escaped", "raw")), st.integers(1, 10**12)
    )
    return User(name, tuple(spans), sum(pods, ()), draw(home))


@st.composite
def _hubs(draw, name, groups, clock):
    names = draw(_some(st.sampled_from(USERNAMES) | _NAME, (2, 1, 1, 3, 5)))
    own = tuple(draw(st.lists(st.sampled_from(groups), unique=True))) if groups else ()
    users = tuple(draw(_users(user, number, own, clock)) for number, user in enumerate(names))
    nobodys = draw(st.just(()) | _pods("", "jupyter-nobodys", clock))
    return Hub(name, own, users, nobodys, draw(st.booleans()))


@st.composite
def _gaps(draw, clock):
    """Draw a time without scrapes: of all, of one job, or of one of its replicas."""
    first = draw(clock.when(5, clock.minutes - 20))
    job = draw(st.sampled_from(("", EXPORTER, *JOBS)))
    # Of two jobs that scrape the kubelets, none is away alone: a rate over its gap is another.
    instance = draw(st.sampled_from(("", "1"))) if job not in ("", CADVISOR) else ""
    return Gap(first, first + draw(st.integers(1, 20)), job, instance)


@st.composite
def clusters(draw):
    """Draw a cluster of one or two hubs and what is asked of it: (Cluster, View)."""
    minutes = draw(st.sampled_from((120, 180, 360)))
    other_names = _NAME.filter(lambda name: name != NONE)
    groups = draw(_some(st.sampled_from(GROUPS) | other_names, (2, 1, 4, 0)))
    moments = draw(st.lists(st.integers(10, minutes - 10), min_size=1, max_size=2))
    clock = _Clock(minutes, tuple(moments))
    hubs = tuple(draw(_hubs(name, groups, clock)) for name in "ab"[: draw(_OFTEN_1)])
    gaps = draw(_some(_gaps(clock), (1, 0, 1, 2)))
    cluster = Cluster(
        minutes,
        hubs,
        tuple((job, draw(_OFTEN_1)) for job in (EXPORTER, KSM, DIRSIZE, CADVISOR, DCGM)),
        tuple(draw(st.sampled_from((0, 7, 31, 59))) for _ in JOBS),
        tuple(gaps),
        draw(st.sampled_from((0, 0, 13, 45))),
        draw(st.sampled_from((42, 42, 247, 0))),
    )
    names = tuple(hub.name for hub in hubs)
    chosen = draw(st.just(names) | st.sampled_from(names).map(lambda name: (name,)))
    there = (*groups, NONE)
    subset = st.lists(st.sampled_from(there), min_size=1, max_size=3, unique=True).map(tuple)
    start = draw(st.just(0) | st.integers(0, 60)) * 60 + draw(st.sampled_from((0, 1, 40)))
    end = minutes * 60 - draw(st.just(0) | st.integers(0, 30)) * 60
    # A month's steps are half an hour long. Not with gaps: what is told at another time of the
    # step, as whose a pod is, bridges them there, and the oracle does not say how far.
    start -= 0 if cluster.gaps else draw(st.sampled_from((0, 0, 30 * 86_400)))
    late = draw(st.sampled_from((0, 1, 40)))
    return cluster, View(start, end + late, chosen, draw(st.just(()) | subset))
