"""Output of commands whose exit code is the answer."""

import sys
from contextlib import suppress

from dashboard.commands.streams import drop_output
from dashboard.printable import printable


def print_answer(text: str) -> None:
    """Print the whole text at once. If the reader closes the pipe early, as `head` does, the exit code still counts."""
    try:
        print(text, end="", flush=True)
    except OSError as error:
        drop_output()
        if not isinstance(error, BrokenPipeError):
            remark(f"standard output: {error.strerror}")


def remark(line: str) -> None:
    """Print a line to standard error; if that is closed, the line is dropped."""
    with suppress(OSError):
        print(f"golden-signals: {printable(line)}", file=sys.stderr, flush=True)
