"""Output of commands whose exit code is the answer."""

import sys
from contextlib import suppress

from dashboard.commands.streams import drop_output
from dashboard.printable import printable
from dashboard.redaction import redacted

# Not 1 (error) or 2 (wrong use), so that scripts can recognise that nothing is known.
NO_DATA = 3


def no_data(why: object) -> int:
    """Say why nothing is known; returns the exit code."""
    remark(redacted(str(why)))
    return NO_DATA


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
