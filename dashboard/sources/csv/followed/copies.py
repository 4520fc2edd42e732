"""Detects files with the same start, and copies, which are not followed."""

from collections.abc import Iterator, Mapping

from dashboard.sources.csv.files import TAIL, FollowedFile, Version, version_of
from dashboard.sources.protocol import Problem


class Copies:
    """Files by their beginning, and those that are copies.

    Attributes:
        versions: of the copies, by their names.
    """

    def __init__(self) -> None:
        # Files by their first bytes and their service: only those that begin alike are compared.
        self._by_head: dict[tuple[bytes, str], list[FollowedFile]] = {}
        self.versions: dict[str, Version] = {}
        self._originals: dict[str, str] = {}

    @property
    def remarks(self) -> tuple[Problem, ...]:
        """What people should know of files that are there twice."""
        return tuple(Problem(name, f"is a copy of {self._originals[name]}: counted once") for name in self.versions)

    def forget(self) -> None:
        """Nothing was read yet."""
        self._by_head.clear()
        self.versions.clear()

    def remember(self, file: FollowedFile) -> None:
        """The beginning of a file was read, by which its copies are known."""
        # A few rows may be alike by chance, and files of two services as well.
        if len(file.head) == TAIL:
            self._by_head.setdefault((file.head, file.reading.constant_service), []).append(file)

    def alike(self, head: bytes, service: str) -> Iterator[FollowedFile]:
        """The files that were read and have the same beginning.

        Args:
            head: the first bytes of the other one's text. `service`: of its rows, where no column tells it.
        """
        yield from self._by_head.get((head, service), ())

    def mark(self, copy: FollowedFile, original: FollowedFile) -> None:
        """A file holds nothing that another one does not.

        Args:
            copy: it is not followed until it changes. `original`: the other one.
        """
        self.versions[copy.name] = version_of(copy.status)
        self._originals[copy.name] = original.name

    def unmark(self, name: str) -> None:
        """A file is looked at again; `name`: its path."""
        self.versions.pop(name, None)

    def keep(self, names: Mapping[str, object]) -> None:
        """No path leads to other files any more; `names`: paths of those that are there."""
        for name in self.versions.keys() - names.keys():
            self.unmark(name)
