"""Which files are followed: each once whatever it is called, through renames, copies, deletions and replacements.

A file that is rotated away goes on to count, and so does one that was deleted, until the next start. One that is
written anew is another one: all is read anew then, as its old rows are no longer true.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dashboard.exceptions import SourceError
from dashboard.sources.csv import rotation
from dashboard.sources.csv.contents import Content, opened
from dashboard.sources.csv.files import TAIL, FollowedFile, Identity, Present, Version, version_of
from dashboard.sources.csv.reading import Reading
from dashboard.sources.protocol import Problem

DELETED = "was deleted: its rows stay until the next start"
NAMED_MAX = 3


class Rewritten(Exception):
    """A file is another one than before: all must be read again."""


@dataclass(frozen=True, slots=True)
class Unread:
    """What is to be read now.

    Attributes:
        present: the file. `file`: how far it was read; None where it begins to be followed.
        resumes: what it goes on from, as a copy of it.
        is_rotated: it has the name of a file that was rotated away.
    """

    present: Present
    file: FollowedFile | None = None
    resumes: FollowedFile | None = None
    is_rotated: bool = False


class FollowedFiles:
    """The files of a source."""

    def __init__(self) -> None:
        self._files: dict[Identity, FollowedFile] = {}
        # By their last names: files that are no longer there, and what cannot be read of those that are.
        self._deleted: dict[str, FollowedFile] = {}
        self._missing: dict[str, SourceError] = {}
        self._refused: dict[str, tuple[Version, SourceError]] = {}
        # Copies of files that are followed: each with its version, and what it is a copy of.
        self._copies: dict[str, tuple[Version, str]] = {}
        # Files by their first bytes and their service: of thousands each is compared with none.
        self._by_head: dict[tuple[bytes, str], FollowedFile] = {}
        self._named: set[str] = set()
        self._rotated: set[str] = set()
        # Files of which the header is not complete.
        self._waiting: list[Present] = []

    @property
    def files(self) -> tuple[FollowedFile, ...]:
        """Those that are followed now."""
        return tuple(self._files.values())

    @property
    def elsewhere(self) -> dict[str, Reading]:
        """Files that are followed, though no path names them any more."""
        files = self._files.values()
        return {file.name: file.reading for file in files if file.name not in self._named}

    @property
    def refused(self) -> tuple[Problem, ...]:
        """The files that cannot be read, and why."""
        return tuple(
            Problem(name, str(error).removeprefix(f"{name}: ")) for name, (_, error) in sorted(self._refused.items())
        )

    @property
    def remarks(self) -> tuple[Problem, ...]:
        """What people should know of files that are gone, or there twice."""
        copies = (
            Problem(name, f"is a copy of {original}: counted once") for name, (_, original) in self._copies.items()
        )
        names = sorted(self._deleted.keys() - self._refused.keys())
        more = f" and {len(names) - NAMED_MAX:,} more" if names[NAMED_MAX:] else ""
        waiting = (Problem(file.name, "holds no complete header yet") for file in self._waiting if file.status.st_size)
        return (*copies, *waiting, *((Problem(", ".join(names[:NAMED_MAX]) + more, DELETED),) if names else ()))

    def forget(self) -> None:
        """Nothing was read yet."""
        self._files, self._deleted, self._rotated, self._copies = {}, {}, set(), {}
        self._by_head.clear()

    def refuse(self, name: str, error: SourceError, version: Version = ()) -> None:
        """Leave a file out until it changes.

        Args:
            name: its path. `error`: why. `version`: of the file that was tried; empty where there is none.
        """
        self._refused[name] = (version, error)

    def follow(self, file: FollowedFile) -> None:
        """A file was begun, and is read from now on as it grows."""
        self._files[file.identity] = file
        self._refused.pop(file.name, None)

    def remember(self, file: FollowedFile) -> None:
        """The beginning of a file was read, by which its copies are known."""
        # A few rows may be alike by chance, and files of two services as well.
        if len(file.head) == TAIL:
            self._by_head[file.head, file.reading.constant_service] = file

    def begun(self, content: Content, unread: Unread) -> FollowedFile | None:
        """A file that is not followed yet, from where its rows are new; None while nothing can be read of it.

        Args:
            content: what it holds. `unread`: what is to be read of it.

        Raises:
            InvalidData: it is none of the shapes.
            Rewritten: it begins as the file did that had its name.
        """
        file = content.begun()
        if file is None:
            self._waiting.append(content.present)
            return None
        original = unread.resumes or self._original(content.head(), file.reading.constant_service)
        if original is None:
            return file
        is_copy = content.goes_on_from(original)
        # A shorter one may still be written.
        is_part = not is_copy and rotation.is_part(content, original)
        if unread.is_rotated and (is_copy or is_part):
            # The old one was no rotated log but a backup.
            raise Rewritten
        if unread.resumes is None and (is_copy or is_part):
            self._copies[file.name] = version_of(file.status), original.name
        if is_copy:
            file.offset, file.last_bytes = original.offset, original.last_bytes
            file.order, file.numerals = original.order, original.numerals
            file.is_rotated = unread.resumes is not None
        return None if is_part else file

    def _original(self, head: bytes, service: str) -> FollowedFile | None:
        """The file that was read and has the same beginning; None where there is none.

        Args:
            head: the first bytes of the other one's text. `service`: of its rows, where no column tells it.
        """
        file = self._by_head.get((head, service))
        return file if file is not None and self._files.get(file.identity) is file else None

    def raise_unless_readable(self) -> None:
        """Nothing is known of now where no file can be read.

        Raises:
            SourceError: why the first of them cannot.
        """
        if self._waiting or any(file.name not in self._refused for file in self._files.values()):
            return
        errors = self._missing | {name: error for name, (_, error) in self._refused.items()}
        if errors:
            raise errors[min(errors)]

    def unread(self, names: Mapping[str, Reading]) -> Iterator[Unread]:
        """What is to be read now; one after the other, as one may be the copy of another.

        Args:
            names: paths of all files, and how they are read.

        Raises:
            Rewritten: a file is another one than before.
        """
        self._named, self._waiting = set(names), []
        by_name = self._present(names)
        present: dict[Identity, Present] = {}
        for there in by_name.values():
            present.setdefault(there.identity, there)
        resumed = [
            unread for file in list(self._files.values()) if (unread := self._located(file, present)) is not None
        ]
        for file in list(self._deleted.values()):
            self._look_for_deleted(file, by_name)
        yield from resumed
        yield from self._grown(present)
        for identity, new in present.items():
            if identity not in self._files and not self._is_left_out(new):
                is_rotated = new.name in self._rotated
                self._rotated.discard(new.name)
                yield Unread(new, is_rotated=is_rotated)

    def _grown(self, present: Mapping[Identity, Present]) -> Iterator[Unread]:
        """The files that are followed and have new rows."""
        for identity, file in list(self._files.items()):
            now = present.get(identity) or Present.of(file.name, file.reading)
            if not file.is_read(now.status) and not self._is_left_out(now):
                yield Unread(now, file)

    def _present(self, names: Mapping[str, Reading]) -> dict[str, Present]:
        """The files that are there, by all of their names."""
        for marks in (self._refused, self._copies):
            for name in marks.keys() - names.keys():
                del marks[name]
        present: dict[str, Present] = {}
        self._missing = {}
        followed = {file.name for file in self._files.values()} | self._deleted.keys()
        for name, reading in names.items():
            try:
                present[name] = Present.of(name, reading)
            except SourceError as error:
                self._missing[name] = error
                if name not in followed:
                    self.refuse(name, error)
        return present

    def _located(self, file: FollowedFile, present: Mapping[Identity, Present]) -> Unread | None:
        """Find a file that was followed; what is to be read instead of it, where a copy goes on from it."""
        here = present.get(file.identity)
        was_named, file.is_named = file.is_named, here is not None
        here = here or rotation.still_there(file)
        if here is not None and not file.is_replaced(here):
            self._rename(file, here)
            return None
        if here is None and (elsewhere := rotation.moved(file)) is not None:
            self._rename(file, elsewhere)
            return None
        copy = rotation.copied(file, present.values(), self._files)
        del self._files[file.identity]
        if copy is not None:
            self._rotated.add(file.name)
            return Unread(copy, resumes=file)
        # The names of rotated files are used again, and that the oldest goes is no news.
        if was_named and file.has_rows and not file.is_rotated:
            self._deleted[file.name] = file
        return None

    def _rename(self, file: FollowedFile, here: Present) -> None:
        if file.name != here.name:
            self._rotated.add(file.name)
            file.name, file.is_rotated = here.name, True

    def _look_for_deleted(self, file: FollowedFile, by_name: Mapping[str, Present]) -> None:
        """Whether another file has the name of one that is gone: then that one was written anew."""
        here = by_name.get(file.name)
        if here is None or self._is_left_out(here):
            return
        if here.identity in self._files:
            # The next older one of a rotation has the name now.
            del self._deleted[file.name]
            return
        try:
            with opened(here) as content:
                content.begun()
        except SourceError as error:
            # Rubbish in the place of a file takes nothing back of what was in it.
            self.refuse(here.name, error, version_of(here.status))
            return
        raise Rewritten

    def _is_left_out(self, file: Present) -> bool:
        """It could not be read, or is a copy of another one, and has not changed since."""
        versions = (marks[file.name][0] for marks in (self._refused, self._copies) if file.name in marks)
        return version_of(file.status) in versions
