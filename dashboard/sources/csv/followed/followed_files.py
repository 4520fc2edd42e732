"""Determines which files to follow, each once, through renames, copies, deletions and replacements.

A rotated file still counts, and so does a deleted one until the next start. A rewritten file is a different one:
everything is read again, as its old rows are no longer valid.
"""

from collections.abc import Iterator, Mapping

from dashboard.exceptions import InvalidData, SourceError
from dashboard.sources.csv.contents import Content, opened
from dashboard.sources.csv.files import CHECK_BYTES, FollowedFile, Identity, Present, Unread, Version, version_of
from dashboard.sources.csv.followed import rotation
from dashboard.sources.csv.followed.copies import Copies
from dashboard.sources.csv.followed.rotation import Resemblance
from dashboard.sources.csv.reading import Reading
from dashboard.sources.csv.recognition import Recognised
from dashboard.sources.protocol import Problem

DELETED = "was deleted: its rows stay until the next start"
NAMED_MAX = 3


class Rewritten(Exception):
    """A file was replaced: everything must be read again."""


class FollowedFiles:
    """The files of a source.

    Attributes:
        copies: files that are not followed because others have the same content.
    """

    def __init__(self) -> None:
        self._files: dict[Identity, FollowedFile] = {}
        # By their last names: deleted files, and errors of existing files that cannot be read.
        self._deleted: dict[str, FollowedFile] = {}
        self._missing: dict[str, SourceError] = {}
        self._refused: dict[str, tuple[Version, SourceError]] = {}
        self.copies = Copies()
        # Formats of rotated or truncated files by their last names, as their writers may not repeat the header.
        self._headers: dict[str, Recognised] = {}
        self._named: set[str] = set()
        self._rotated: set[str] = set()
        # Files with an incomplete header.
        self._waiting: list[Present] = []

    @property
    def files(self) -> tuple[FollowedFile, ...]:
        """The files that are followed now."""
        return tuple(self._files.values())

    @property
    def elsewhere(self) -> dict[str, Reading]:
        """Files that are followed although no path leads to them any more."""
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
        """Notes on files that are deleted, or exist twice."""
        names = sorted(self._deleted.keys() - self._refused.keys())
        more = f" and {len(names) - NAMED_MAX:,} more" if names[NAMED_MAX:] else ""
        waiting = (Problem(file.name, "holds no complete header yet") for file in self._waiting if file.status.st_size)
        return (
            *self.copies.remarks,
            *waiting,
            *((Problem(", ".join(names[:NAMED_MAX]) + more, DELETED),) if names else ()),
        )

    def forget(self) -> None:
        """Start again without any file."""
        self._files, self._deleted, self._rotated = {}, {}, set()
        self.copies.forget()

    def refuse(self, name: str, error: SourceError, version: Version = ()) -> None:
        """Skip a file until it changes.

        Args:
            name: its path. `error`: the reason. `version`: of the file that was tried; empty if it does not exist.
        """
        self._refused[name] = (version, error)

    def follow(self, file: FollowedFile) -> None:
        """Follow a file from now on."""
        self._files[file.identity] = file
        self._refused.pop(file.name, None)

    def begun(self, content: Content, unread: Unread) -> FollowedFile | None:
        """A file that is not followed yet, at the position of its new rows; None while nothing can be read.

        Args:
            content: of the file. `unread`: describes what to read.

        Raises:
            InvalidData: it has none of the shapes.
            Rewritten: it has the same beginning as the file that had its name.
        """
        self.copies.unmark(content.present.name)
        file = self._begin(content, unread.resumes)
        if file is None:
            self._waiting.append(content.present)
            return None
        if unread.resumes is not None:
            file.resume(unread.resumes)
            file.is_rotated = True
            return file
        for original in self.copies.alike(content.head(), file.reading.constant_service):
            resemblance = self._resemblance(content, original)
            if resemblance is Resemblance.NONE:
                continue
            if unread.is_rotated:
                # The old file was a backup instead of a rotated log.
                raise Rewritten
            return self._longer_of(file, original, resemblance)
        return file

    def _begin(self, content: Content, original: FollowedFile | None = None) -> FollowedFile | None:
        """A file from its start; None while its header is incomplete.

        Args:
            content: of the file. `original`: the file that it continues as a copy.

        Raises:
            InvalidData: it has none of the shapes, and does not continue the rows of the file that had its name.
        """
        try:
            return content.begun()
        except InvalidData:
            name = content.present.name
            known = original.recognised if original is not None else self._headers.get(name)
            if known is None or not content.begins_with_row(known):
                raise
            self._headers[name] = known
            return content.without_header(known)

    def _resemblance(self, content: Content, original: FollowedFile) -> Resemblance:
        """The resemblance of a file to another one; a file that is no longer followed has none."""
        is_counted = self._files.get(original.identity) is original or self._deleted.get(original.name) is original
        return rotation.resemblance(content, original) if is_counted else Resemblance.NONE

    def _longer_of(self, file: FollowedFile, original: FollowedFile, resemblance: Resemblance) -> FollowedFile | None:
        """The longer one of two similar files, if it was not followed yet; the other one is its copy.

        Args:
            file: from its start. `original`: a followed file. `resemblance`: of the first to the second.
        """
        if resemblance is Resemblance.PART:
            self.copies.mark(file, original)
            return None
        # If both were followed, rows appended to the shorter one would be counted twice.
        if self._files.pop(original.identity, None) is not None:
            self.copies.mark(original, file)
        file.resume(original)
        return file

    def raise_unless_readable(self) -> None:
        """Raise an error if no file can be read.

        Raises:
            SourceError: the error of the first file.
        """
        if self._waiting or any(file.name not in self._refused for file in self._files.values()):
            return
        errors = self._missing | {name: error for name, (_, error) in self._refused.items()}
        if errors:
            raise errors[min(errors)]

    def unread(self, names: Mapping[str, Reading]) -> Iterator[Unread]:
        """The files to read now; one after the other, as one may be a copy of another.

        Args:
            names: paths of all files, and their settings.

        Raises:
            Rewritten: a file was replaced.
        """
        self._named, self._waiting = set(names), []
        by_name = self._present(names)
        present: dict[Identity, Present] = {}
        for there in by_name.values():
            present.setdefault(there.identity, there)
        due = sum(
            file.is_due(present[identity].status) for identity, file in self._files.items() if identity in present
        )
        limit = CHECK_BYTES // max(1, due)
        located = [self._located(file, present, limit) for file in list(self._files.values())]
        resumed = [unread for unread in located if unread is not None]
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
        """The followed files with new rows."""
        for identity, file in list(self._files.items()):
            now = present.get(identity) or Present.of(file.name, file.reading)
            if not file.is_read(now.status) and not self._is_left_out(now):
                yield Unread(now, file)

    def _present(self, names: Mapping[str, Reading]) -> dict[str, Present]:
        """The existing files, by all of their names."""
        self.copies.keep(names)
        for name in self._refused.keys() - names.keys():
            del self._refused[name]
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

    def _located(self, file: FollowedFile, present: Mapping[Identity, Present], limit: int) -> Unread | None:
        """Find a followed file; returns what to read instead of it, if a copy continues it.

        Args:
            file: the followed file. `present`: the files at the paths.
            limit: maximum number of bytes to compare with the text already read.
        """
        here = present.get(file.identity)
        was_named, file.is_named = file.is_named, here is not None
        here = here or rotation.still_there(file)
        if here is not None and not file.is_replaced(here, limit):
            self._rename(file, here)
            return None
        if here is None and (elsewhere := rotation.moved(file)) is not None:
            self._rename(file, elsewhere)
            return None
        copy = rotation.copied(file, present.values(), self._files)
        del self._files[file.identity]
        self._headers[file.name] = file.recognised
        if copy is not None:
            self._rotated.add(file.name)
            return Unread(copy, resumes=file)
        # Names of rotated files are reused, and deletion of the oldest one is normal.
        if was_named and file.has_rows and not file.is_rotated:
            self._deleted[file.name] = file
        return None

    def _rename(self, file: FollowedFile, here: Present) -> None:
        if file.name != here.name:
            self._rotated.add(file.name)
            self._headers[file.name] = file.recognised
            file.name, file.is_rotated = here.name, True

    def _look_for_deleted(self, file: FollowedFile, by_name: Mapping[str, Present]) -> None:
        """Check whether another file has the name of a deleted one: then that one was rewritten."""
        here = by_name.get(file.name)
        if here is None or self._is_left_out(here):
            return
        if here.identity in self._files:
            # The next older file of a rotation has the name now.
            del self._deleted[file.name]
            return
        try:
            with opened(here) as content:
                begun = self._begin(content)
        except SourceError as error:
            # An invalid file in its place does not invalidate the old rows.
            self.refuse(here.name, error, version_of(here.status))
            return
        if begun is not None and not begun.has_header:
            # It was truncated, and its writer continues without a header.
            del self._deleted[file.name]
            self._rotated.add(here.name)
            return
        raise Rewritten

    def _is_left_out(self, file: Present) -> bool:
        """Whether it could not be read, or is a copy of another file, and has not changed since."""
        refused, _ = self._refused.get(file.name, ((), None))
        return version_of(file.status) in (refused, self.copies.versions.get(file.name))
