"""Expands paths, directories and globs to files."""

import glob
import os
import re
from collections.abc import Sequence
from pathlib import Path

from dashboard.exceptions import SourceUnavailable
from dashboard.sources.csv.files import unreadable
from dashboard.sources.csv.reading import FileGroup, Reading

# Files of a folder that are read: also those that were put aside or compressed, such as access.log.2.gz.
INSIDE = re.compile(
    r"^[^.].*(?:\.(?:csv|tsv|log|jtl|parquet)(?:[.-]\d[\d-]*)?(?:\.(?:gz|bz2|xz))?|\.gz)$", re.IGNORECASE
)


def csv_files(groups: Sequence[FileGroup]) -> dict[str, Reading]:
    """The files that paths, directories and globs stand for, each once, and how they are read.

    Args:
        groups: a file that two of them name is read as the first of them says.

    Raises:
        SourceUnavailable: there are none.
    """
    return {name: readings[0] for name, readings in readings_of(groups).items()}


def readings_of(groups: Sequence[FileGroup]) -> dict[str, list[Reading]]:
    """The files that paths, directories and globs stand for, and what each group that names one says of it.

    Args:
        groups: in the order in which they go before each other.

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
    # The signs of a glob may stand in the name of a file; `**` stands for folders in folders.
    is_name = os.path.lexists(path) or not glob.has_magic(path)
    names = [path] if is_name else sorted(glob.glob(path, recursive=True))
    return [file for name in names for file in (_inside(name) if os.path.isdir(name) else [name])]


def _inside(folder: str) -> list[str]:
    """The files of a folder and of those in it, which many have one of for each day."""

    def refuse(error: OSError) -> None:
        raise unreadable(str(error.filename), error) from None

    folders = os.walk(folder, onerror=refuse)
    return sorted(str(Path(inner) / name) for inner, _, names in folders for name in names if INSIDE.search(name))
