"""Which files are followed: each once whatever it is called, through renames, copies, deletions and replacements.

A file that is rotated away continues to count, and so does one that was deleted, until the next start. One that is
written again is another one: all is read again then, as its old rows are no longer true.
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
    """A file is another one than before: all must be read again."""


class FollowedFiles:
    """The files of a source.

    Attributes:
        copies: the files that are not followed, as others hold the same.
    """

    def __init__(self) -> None:
        self._files: dict[Identity, FollowedFile] = {}
        # By their last names: files that are no longer there, and what cannot be read of those that are.
        self._deleted: dict[str, FollowedFile] = {}
        self._missing: dict[str, SourceError] = {}
        self._refused: dict[str, tuple[Version, SourceError]] = {}
        self.copies = Copies()
        # What files were by their last names that were rotated away or cut off: who writes on may write no header.
        self._headers: dict[str, Recognised] = {}
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
        names = sorted(self._deleted.keys() - self._refused.keys())
        more = f" and {len(names) - NAMED_MAX:,} more" if names[NAMED_MAX:] else ""
        waiting = (Problem(file.name, "holds no complete header yet") for file in self._waiting if file.status.st_size)
        return (
            *self.copies.remarks,
            *waiting,
            *((Problem(", ".join(names[:NAMED_MAX]) + more, DELETED),) if names else ()),
        )

    def forget(self) -> None:
        """Nothing was read yet."""
        self._files, self._deleted, self._rotated = {}, {}, set()
        self.copies.forget()

    def refuse(self, name: str, error: SourceError, version: Version = ()) -> None:
        """Leave a file out until it changes.

        Args:
            name: its path. `error`: why. `version`: of the file that was tried; empty if there is none.
        """
        self._refused[name] = (version, error)

    def follow(self, file: FollowedFile) -> None:
        """A file was begun, and is read from now on as it grows."""
        self._files[file.identity] = file
        self._refused.pop(file.name, None)

    def begun(self, content: Content, unread: Unread) -> FollowedFile | None:
        """A file that is not followed yet, from where its rows are new; None while nothing can be read of it.

        Args:
            content: what it holds. `unread`: what is to be read of it.

        Raises:
            InvalidData: it is none of the shapes.
            Rewritten: it begins as the file did that had its name.
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
                # The old one was no rotated log but a backup.
                raise Rewritten
            return self._longer_of(file, original, resemblance)
        return file

    def _begin(self, content: Content, original: FollowedFile | None = None) -> FollowedFile | None:
        """A file from its beginning; None while its header is not complete.

        Args:
            content: what it holds. `original`: what it continues from, as a copy of it.

        Raises:
            InvalidData: it is none of the shapes, and does not continue with the rows of the file that had its name.
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
        """How a file is like another one; one that is no longer followed tells nothing."""
        is_counted = self._files.get(original.identity) is original or self._deleted.get(original.name) is original
        return rotation.resemblance(content, original) if is_counted else Resemblance.NONE

    def _longer_of(self, file: FollowedFile, original: FollowedFile, resemblance: Resemblance) -> FollowedFile | None:
        """The longer one of two files that are alike, where it was not followed yet; the other one is its copy.

        Args:
            file: from its beginning. `original`: it is followed. `resemblance`: of the first with it.
        """
        if resemblance is Resemblance.PART:
            self.copies.mark(file, original)
            return None
        # Followed both, they would count what is appended to the shorter one once more.
        if self._files.pop(original.identity, None) is not None:
            self.copies.mark(original, file)
        file.resume(original)
        return file

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
        """The files that are followed and have new rows."""
        for identity, file in list(self._files.items()):
            now = present.get(identity) or Present.of(file.name, file.reading)
            if not file.is_read(now.status) and not self._is_left_out(now):
                yield Unread(now, file)

    def _present(self, names: Mapping[str, Reading]) -> dict[str, Present]:
        """The files that are there, by all of their names."""
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
        """Find a file that was followed; what is to be read instead of it, where a copy continues from it.

        Args:
            file: which it is. `present`: the files that paths lead to.
            limit: this many bytes of it are compared with what was read.
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
        # The names of rotated files are used again, and that the oldest goes is no news.
        if was_named and file.has_rows and not file.is_rotated:
            self._deleted[file.name] = file
        return None

    def _rename(self, file: FollowedFile, here: Present) -> None:
        if file.name != here.name:
            self._rotated.add(file.name)
            self._headers[file.name] = file.recognised
            file.name, file.is_rotated = here.name, True

    def _look_for_deleted(self, file: FollowedFile, by_name: Mapping[str, Present]) -> None:
        """Whether another file has the name of one that is gone: then that one was written again."""
        here = by_name.get(file.name)
        if here is None or self._is_left_out(here):
            return
        if here.identity in self._files:
            # The next older one of a rotation has the name now.
            del self._deleted[file.name]
            return
        try:
            with opened(here) as content:
                begun = self._begin(content)
        except SourceError as error:
            # Rubbish instead of a file takes nothing back of what was in it.
            self.refuse(here.name, error, version_of(here.status))
            return
        if begun is not None and not begun.has_header:
            # It was cut off, and whoever had written the header writes on.
            del self._deleted[file.name]
            self._rotated.add(here.name)
            return
        raise Rewritten

    def _is_left_out(self, file: Present) -> bool:
        """It could not be read, or is a copy of another one, and has not changed since."""
        refused, _ = self._refused.get(file.name, ((), None))
        return version_of(file.status) in (refused, self.copies.versions.get(file.name))
