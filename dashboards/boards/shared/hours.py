"""Hours of CPU, memory and GPUs: of the selected groups, of chosen users, of the hub."""

from dataclasses import dataclass

from dashboards.kit import Column, Link, Panel, stat, units
from dashboards.queries import usage
from dashboards.queries.usage import Usage


@dataclass(frozen=True, slots=True)
class Hours:
    """A kind of use that is summed over the range: its title, unit and meaning."""

    usage: Usage
    title: str
    unit: str
    meaning: str

    def tile(self, query: str, more: str, *, title: str = "", link: Link | None = None) -> Panel:
        """Return a stat of such hours, whose description ``more`` ends."""
        return stat(
            title or self.title,
            query,
            unit=self.unit,
            link=link,
            description=f"{self.meaning} {more}",
        )

    def column(self, query: str) -> Column:
        """Return a table's column of such hours."""
        return Column(self.title, query, self.unit)


CPU = Hours(
    usage.CPU,
    "CPU-hours",
    units.CPU_HOURS,
    "CPU time used in the range: one core busy for an hour is one CPU-hour. CPU that is requested "
    "but idle does not count.",
)
MEMORY = Hours(
    usage.MEMORY_GIB,
    "Memory GiB-hours",
    units.GIB_HOURS,
    "Memory used over time in the range: 1 GiB in use for an hour is one GiB-hour. It is the "
    "working set, without the file cache that the kernel drops first; memory that is requested but "
    "unused does not count.",
)
GPU = Hours(
    usage.GPUS_HELD,
    "GPU-hours",
    units.GPU_HOURS,
    "Time in the range for which running pods held GPUs, busy or not, as nobody else could have "
    "them. Pending pods do not count.",
)
ALL = (CPU, MEMORY, GPU)
