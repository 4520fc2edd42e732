"""Files that commands write: standard output unless a file is named."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from dashboard.exceptions import ConfigError
from dashboard.whole_file import whole_file

# As other programs have it; the same for files that are read.
STANDARD = "-"


@contextmanager
def out_file(path: str | None, option: str = "") -> Iterator[IO[str]]:
    """A file to write text to, which replaces the one of that name once all of it is written.

    A program that follows the file never reads part of it, and a copy from before stays if writing fails.

    Args:
        path: None or `-`: standard output. `option`: that names it, for messages.

    Raises:
        ConfigError: it cannot be written; nothing was.
    """
    if path is None or path == STANDARD:
        yield sys.stdout
        return
    named = f"{option} {path}".strip()
    try:
        with whole_file(Path(path)) as file:
            yield file
    except IsADirectoryError:
        raise ConfigError(f"{named}: is a directory: name a file in it") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{named}: {getattr(error, 'strerror', None) or error}") from None
