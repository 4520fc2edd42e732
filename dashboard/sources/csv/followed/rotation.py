"""Finds the content of a rotated file, which was renamed, or copied and truncated."""

import os
from collections.abc import Container, Iterable, Iterator
from enum import Enum
from pathlib import Path

from dashboard.exceptions import SourceError
from dashboard.sources.csv.contents import Content, opened
from dashboard.sources.csv.files import FollowedFile, Identity, Present
from dashboard.sources.csv.fingerprint import BLOCK


class Resemblance(Enum):
    """The resemblance of a file to a followed one."""

    NONE = "it holds something else"
    PART = "it holds the same, or less of it"
    LONGER = "it holds the same, and more after it"


# A copy is at least as new as its original, up to the resolution of file systems.
CLOCK_STEP_S = 2.0
# Maximum number of files next to a rotated one to examine.
SIBLINGS_MAX = 10_000


def still_there(file: FollowedFile) -> Present | None:
    """The same file under its old name, although no path leads to it; None if it is deleted."""
    try:
        present = Present.of(file.name, file.reading)
    except SourceError:
        return None
    return present if present.identity == file.identity else None


def moved(file: FollowedFile) -> Present | None:
    """The same file under another name, in the same folder or a subfolder; None if there is none."""
    for entry in _siblings(file.name):
        if entry.inode() == file.status.st_ino:
            present = _present(entry, file)
            if present is not None and present.identity == file.identity and not file.is_replaced(present):
                return present
    return None


def copied(file: FollowedFile, new: Iterable[Present], followed: Container[Identity]) -> Present | None:
    """A file that contains all text read from another one, possibly compressed; None if there is none.

    Args:
        file: the file that was read. `new`: files at the paths. `followed`: identities of other followed files.
    """
    # For a table without lines there is no fingerprint to recognise a copy.
    if not file.head or not file.has_rows:
        return None
    stem = Path(file.name).name.split(".")[0]
    beside = (_present(entry, file) for entry in _siblings(file.name) if entry.name.startswith(stem))
    candidates = {present.identity: present for present in (*new, *filter(None, beside))}
    written = file.status.st_mtime - CLOCK_STEP_S
    recent = (
        present
        for identity, present in candidates.items()
        if present.status.st_mtime >= written and identity not in followed
    )
    return next((present for present in recent if _holds(present, file)), None)


def resemblance(content: Content, file: FollowedFile) -> Resemblance:
    """The resemblance of a file to a followed one, comparing their common length.

    Args:
        content: of the file. `file`: the followed one.
    """
    size = content.size()
    goes_on = size >= file.offset
    if not (content.goes_on_from(file) if goes_on else file.read.begins_with(content.text, size)):
        return Resemblance.NONE
    compared = file.offset if goes_on else size // BLOCK * BLOCK
    try:
        with opened(Present.of(file.name, file.reading)) as other:
            both = min(size, other.size())
            if not content.equals(other, compared, both):
                return Resemblance.NONE
            return Resemblance.LONGER if size > other.size() else Resemblance.PART
    except SourceError:
        # Of a deleted file, only the text already read is known.
        return Resemblance.LONGER if goes_on else Resemblance.NONE


def _holds(present: Present, file: FollowedFile) -> bool:
    try:
        with opened(present) as content:
            return content.goes_on_from(file)
    except SourceError:
        return False


def _siblings(name: str) -> Iterator[os.DirEntry[str]]:
    """The entries in the folder of a file, and in its subfolders."""
    left = SIBLINGS_MAX
    folders = [str(Path(name).parent)]
    for depth in range(2):
        for folder in folders:
            entries = _entries(folder)[:left]
            left -= len(entries)
            yield from (entry for entry in entries if entry.is_file())
            folders = [*folders, *(entry.path for entry in entries if entry.is_dir())] if depth == 0 else folders
        folders = folders[1:]


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _present(entry: os.DirEntry[str], file: FollowedFile) -> Present | None:
    try:
        return Present(os.path.normpath(entry.path), entry.stat(), file.reading)
    except OSError:
        return None
