"""How long to leave the hub alone: a plain function of how the refreshes went."""

import random
from collections.abc import Callable
from dataclasses import dataclass

# A hub that was down is asked again no later than this, so that nobody waits long for its return.
CEILING = 300.0
# The longest that a hub can ask for: a wrong header must not silence the exporter for a year.
LONGEST_RETRY_AFTER = 3600.0
_JITTER = 0.1


@dataclass(frozen=True, slots=True)
class RefreshSchedule:
    """Pauses in seconds; ``chance`` gives numbers in [0, 1).

    Each differs by up to a tenth, so that exporters which started together do not stay together.
    ``longest`` is the most that a hub can ask for: data that are kept longer would end meanwhile.
    """

    interval: float
    longest: float = LONGEST_RETRY_AFTER
    chance: Callable[[], float] = random.random

    def after_success(self, took: float) -> float:
        """Return the rest of the interval; after a long refresh the hub rests as long as it took.

        But no longer than the interval: ``RefreshSchedule(60).after_success(5)`` is about 55,
        ``after_success(50)`` 50, ``after_success(90)`` 60.
        """
        return self._spread(max(self.interval - took, min(took, self.interval)))

    def after_failure(self, failures: int, retry_after: float = 0.0) -> float:
        """Return the pause after so many failures in a row: doubled each time, up to a ceiling.

        It is the ceiling also where the interval is longer: after a failure it is tried sooner.
        Never shorter than what the hub asked for (``Retry-After``), of which ``longest`` counts.
        """
        # Beyond 2**30 intervals the ceiling has long been reached.
        pause = min(self.interval * 2 ** min(failures - 1, 30), CEILING)
        asked = min(retry_after, self.longest, LONGEST_RETRY_AFTER)
        # A hub that names a time means it: the spread only adds to it.
        return max(self._spread(pause), asked + _JITTER * self.chance() * min(asked, CEILING))

    def _spread(self, pause: float) -> float:
        return pause * (1 - _JITTER + 2 * _JITTER * self.chance())
