"""Make the standard streams usable when the shell left them closed, full, without reader, or not in UTF-8."""

import os
import sys
import threading
from io import TextIOWrapper


def prepare() -> None:
    """Open closed streams to the null device, and escape characters that standard output cannot encode.

    Otherwise a file opened later would get the descriptor of a closed stream and receive its output, and Python would
    print to standard output what was meant for a missing standard error.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            # `open` returns the lowest free descriptor, which is this one.
            os.open(os.devnull, os.O_RDWR)
    if sys.stdin is None:
        sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
    if isinstance(sys.stdout, TextIOWrapper):
        # Python does the same for standard error.
        sys.stdout.reconfigure(errors="backslashreplace")


def leave(code: int) -> None:
    """Exit immediately if daemon threads are running; otherwise do nothing.

    At a normal exit the interpreter stops daemon threads while they work. If one is in C++ code that reads files, the
    process aborts with exit code 134 and loses its output.
    """
    if any(thread.daemon for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def drop_output() -> None:
    """Discard buffered output, so that Python does not report it again when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
