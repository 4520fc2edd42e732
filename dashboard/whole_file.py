"""Writes files atomically: a reader never sees a partial file."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def whole_file(path: Path) -> Iterator[IO[str]]:
    """Open a text file that replaces `path` once it is completely written; until then the old file stays.

    A symbolic link is kept and its target replaced. A pipe or device such as /dev/null is written directly, as it must
    not be replaced by a file.

    Args:
        path: the file.

    Raises:
        OSError: it cannot be written; no temporary file is left behind.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.exists() and not path.is_file():
        with path.open("w", newline="", encoding="utf-8") as device:
            yield device
        return
    target = path.resolve()
    with tempfile.NamedTemporaryFile(
        "w",
        dir=target.parent,
        prefix=f".{target.name[:100]}-",
        suffix=".part",
        delete=False,
        newline="",
        encoding="utf-8",
    ) as draft:
        try:
            yield draft
            draft.close()
            os.chmod(draft.name, target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
            os.replace(draft.name, target)
        except BaseException:
            Path(draft.name).unlink(missing_ok=True)
            raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
