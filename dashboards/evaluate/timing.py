"""The lengths that a query's built-in variables stand for: ``$__interval``, ``$__range``."""

from dataclasses import dataclass

from dashboards.schema import intervals


@dataclass(frozen=True, slots=True)
class Timing:
    """The lengths, in milliseconds, that a query's built-in variables stand for."""

    step: int
    rate: int
    length: int

    @classmethod
    def of(cls, length: int, points: int, panel_minimum: int, target_minimum: int) -> "Timing":
        """Return what Grafana reckons for a range, a panel's points, and the minima given."""
        return cls(
            step=intervals.step(length, points, target_minimum),
            rate=intervals.rate_interval(
                intervals.panel_interval(length, points, panel_minimum), target_minimum
            ),
            length=length,
        )

    def variables(self) -> dict[str, str]:
        """Return the built-in variables and their texts."""
        seconds = (self.length + 500) // 1000
        return {
            "__interval": intervals.text(self.step),
            "__interval_ms": str(self.step),
            "__range": f"{seconds}s",
            "__range_s": str(seconds),
            "__range_ms": str(self.length),
            "__rate_interval": intervals.go_text(self.rate),
            "__rate_interval_ms": str(self.rate),
        }
