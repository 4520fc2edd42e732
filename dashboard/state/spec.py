"""Where the state is, and how much of it is kept."""

from dataclasses import dataclass

MEMORY = ":memory:"
DAY = 86_400.0
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class StateSpec:
    """A store.

    Attributes:
        where: a folder, the URL of a PostgreSQL, or `MEMORY`; empty for the folder that the system has for it.
        retention: seconds for which what is over is kept. `max_size`: bytes of its texts and numbers, in all.
        hours: a folder for closed hours; empty for one in the folder of the store.
        hours_retention: seconds for which closed hours are kept; 25 months, as a year is compared with another.
    """

    where: str = ""
    retention: float = 400 * DAY
    max_size: int = 200 * MB
    hours: str = ""
    hours_retention: float = 762 * DAY

    @property
    def is_postgresql(self) -> bool:
        """Whether it is a server that replicas share."""
        return self.where.startswith(("postgresql://", "postgres://"))
