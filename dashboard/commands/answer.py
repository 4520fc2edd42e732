"""What commands print whose exit code is the answer."""

import sys
from contextlib import suppress

from dashboard.commands.streams import drop_output


def print_answer(text: str) -> None:
    """Print the whole text at once; the exit code counts also where nobody reads it to its end, as `head` does."""
    try:
        print(text, end="", flush=True)
    except OSError as error:
        drop_output()
        if not isinstance(error, BrokenPipeError):
            remark(f"standard output: {error.strerror}")


def remark(line: str) -> None:
    """Say a line beside the answer; where nobody reads that, the answer is the same."""
    with suppress(OSError):
        print(f"golden-signals: {line}", file=sys.stderr, flush=True)
