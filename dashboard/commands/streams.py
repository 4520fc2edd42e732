"""Standard streams as a shell may leave them: closed, full, without a reader, or of few letters."""

import os
import sys
import threading
from io import TextIOWrapper


def prepare() -> None:
    """Open what was closed at nothing, and let no letter be too rare for where output goes.

    A file that is opened later would get the number of a closed stream, and lines for people would land in it; and
    Python prints to standard output what is meant for a standard error that is not there.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free is this one.
            os.open(os.devnull, os.O_RDWR)
    if sys.stdin is None:
        sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
    if isinstance(sys.stdout, TextIOWrapper):
        # As Python does of standard error.
        sys.stdout.reconfigure(errors="backslashreplace")


def leave(code: int) -> None:
    """End the process at once where threads are still at work; nothing where none is.

    The interpreter ends daemon threads amid what they do, and C++ that reads files aborts the process then: the exit
    code would be 134, and nothing of what was said.
    """
    if any(thread.daemon for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def drop_output() -> None:
    """Send what is still buffered nowhere: Python must not complain again when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
