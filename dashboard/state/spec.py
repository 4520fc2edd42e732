"""The location of the state, and its limits."""

from dataclasses import dataclass

MEMORY = ":memory:"
DAY = 86_400.0
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class StateSpec:
    """A store.

    Attributes:
        where: a folder, the URL of a PostgreSQL, or `MEMORY`; empty for the system's default folder.
        retention: seconds for which ended rows are kept. `max_size`: maximum bytes of all texts and numbers.
        hours: folder for closed hours; empty for one in the folder of the store.
        hours_retention: seconds for which closed hours are kept; 25 months, to compare a year with the previous one.
    """

    where: str = ""
    retention: float = 400 * DAY
    max_size: int = 200 * MB
    hours: str = ""
    hours_retention: float = 762 * DAY

    @property
    def is_postgresql(self) -> bool:
        """Whether it is a server shared by replicas."""
        return self.where.startswith(("postgresql://", "postgres://"))
