"""Detects files with the same beginning, and copies, which are not followed."""

from collections.abc import Iterator, Mapping

from dashboard.sources.csv.files import TAIL, FollowedFile, Version, version_of
from dashboard.sources.protocol import Problem


class Copies:
    """Files by their beginning, and copies.

    Attributes:
        versions: of the copies, by name.
    """

    def __init__(self) -> None:
        # Files by their first bytes and service: only files with the same beginning are compared.
        self._by_head: dict[tuple[bytes, str], list[FollowedFile]] = {}
        self.versions: dict[str, Version] = {}
        self._originals: dict[str, str] = {}

    @property
    def remarks(self) -> tuple[Problem, ...]:
        """Notes on files that exist twice."""
        return tuple(Problem(name, f"is a copy of {self._originals[name]}: counted once") for name in self.versions)

    def forget(self) -> None:
        """Start again without any file."""
        self._by_head.clear()
        self.versions.clear()

    def remember(self, file: FollowedFile) -> None:
        """Register the beginning of a file, by which its copies are recognised."""
        # A few rows may be equal by chance, even in files of two services.
        if len(file.head) == TAIL:
            self._by_head.setdefault((file.head, file.reading.constant_service), []).append(file)

    def alike(self, head: bytes, service: str) -> Iterator[FollowedFile]:
        """The files already read with the same beginning.

        Args:
            head: the first bytes of the other file's text. `service`: of its rows without a service column.
        """
        yield from self._by_head.get((head, service), ())

    def mark(self, copy: FollowedFile, original: FollowedFile) -> None:
        """Mark a file as a copy of another one.

        Args:
            copy: not followed until it changes. `original`: the other file.
        """
        self.versions[copy.name] = version_of(copy.status)
        self._originals[copy.name] = original.name

    def unmark(self, name: str) -> None:
        """Examine a file again; `name`: its path."""
        self.versions.pop(name, None)

    def keep(self, names: Mapping[str, object]) -> None:
        """Drop copies without a path; `names`: existing paths."""
        for name in self.versions.keys() - names.keys():
            self.unmark(name)
