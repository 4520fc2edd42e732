"""Files that appear whole: whoever follows one, or loads it anew at any moment, never sees half of it."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def whole_file(path: Path) -> Iterator[IO[str]]:
    """A file to write text to, which stands under its name once all of it is written; until then what was there stays.

    Where a link leads is written, and the link stays. What is no file, such as a pipe or /dev/null, takes the text as
    it comes: it must not be put in the place of a device.

    Args:
        path: of the file.

    Raises:
        OSError: it cannot be written; nothing is left beside it.
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
