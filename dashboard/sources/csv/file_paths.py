"""Expands paths, directories and globs to files."""

import glob
import os
import re
from collections.abc import Sequence
from pathlib import Path

from dashboard.exceptions import SourceUnavailable
from dashboard.sources.csv.files import unreadable
from dashboard.sources.csv.reading import FileGroup, Reading

# Files to read in a folder, including rotated or compressed ones such as access.log.2.gz.
INSIDE = re.compile(
    r"^[^.].*(?:\.(?:csv|tsv|log|jtl|parquet)(?:[.-]\d[\d-]*)?(?:\.(?:gz|bz2|xz))?|\.gz)$", re.IGNORECASE
)


def csv_files(groups: Sequence[FileGroup]) -> dict[str, Reading]:
    """The files for paths, directories and globs, without duplicates, and how to read them.

    Args:
        groups: if several name a file, the first one determines how it is read.

    Raises:
        SourceUnavailable: there are none.
    """
    return {name: readings[0] for name, readings in readings_of(groups).items()}


def readings_of(groups: Sequence[FileGroup]) -> dict[str, list[Reading]]:
    """The files for paths, directories and globs, with the settings of each group that names them.

    Args:
        groups: in order of precedence.

    Raises:
        SourceUnavailable: there are none.
    """
    files: dict[str, list[Reading]] = {}
    for group in groups:
        for path in group.paths:
            for name in _named(path):
                readings = files.setdefault(name, [])
                if group.reading not in readings:
                    readings.append(group.reading)
    if not files:
        paths = ", ".join(path for group in groups for path in group.paths)
        raise SourceUnavailable(f"{paths}: no CSV file is there yet")
    return files


def _named(path: str) -> list[str]:
    # File names may contain glob characters; `**` matches nested folders.
    is_name = os.path.lexists(path) or not glob.has_magic(path)
    names = [path] if is_name else sorted(glob.glob(path, recursive=True))
    return [file for name in names for file in (_inside(name) if os.path.isdir(name) else [name])]


def _inside(folder: str) -> list[str]:
    """The files in a folder and in its subfolders, as many tools create one for each day."""

    def refuse(error: OSError) -> None:
        raise unreadable(str(error.filename), error) from None

    folders = os.walk(folder, onerror=refuse)
    return sorted(str(Path(inner) / name) for inner, _, names in folders for name in names if INSIDE.search(name))
