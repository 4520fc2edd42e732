"""The location and retention of the archive."""

from dataclasses import dataclass
from pathlib import Path

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class ArchiveSpec:
    """An archive.

    Attributes:
        folder: with a subfolder for each source. `source`: kind and address, which determine the name of the
            subfolder. `retention`: seconds for which hours are kept.
    """

    folder: Path
    source: str
    retention: float = 762 * DAY
