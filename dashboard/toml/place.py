"""Where a value of the configuration stands, so that whatever is found wrong with it later can still say so."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboard.toml.lines import spelled


@dataclass(frozen=True, slots=True)
class Place:
    """A table of a file.

    Attributes:
        file: as the user named it; empty if nothing was read from a file.
        key: the table's name, such as `slas[2]`; empty for the top of the file.
        lines: the line of each key of the file, by its whole name.
    """

    file: str = ""
    key: str = ""
    lines: Mapping[str, int] = field(default_factory=dict, repr=False)

    def inside(self, *keys: str | int) -> "Place":
        """A table, or with a number (from 1) an item of a list, within this one."""
        name = self.key
        for key in keys:
            name = f"{name}[{key}]" if isinstance(key, int) else spelled(name, key)
        return Place(self.file, name, self.lines)

    def at(self, *keys: str | int) -> str:
        """File, line and name of a key in it; the line of what encloses the key where the key itself is missing."""
        place = self.inside(*keys)
        return f"{self.file}:{place.line}: {place.key}" if self.file else place.key

    @property
    def line(self) -> int:
        """Where it stands in the file, from 1."""
        name = self.key
        while name and name not in self.lines:
            # A dot inside of quotes only makes a name that no line has: the search continues to what encloses it.
            name = name[: max(name.rfind("."), name.rfind("["), 0)]
        return self.lines.get(name, 1)
