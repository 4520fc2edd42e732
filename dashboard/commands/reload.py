"""Restart a process whenever its code changes: for those who change it. Modules are never replaced in place."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import FrameType

# Seconds between two looks at the files: soon enough for a person, and next to no work.
LOOK_EVERY = 0.5
# Seconds that a process may take to end before it is killed.
PATIENCE = 10.0
WRONG_USE = 2
IGNORED = ("__pycache__",)


def run_reloading(command: Sequence[str], folders: Iterable[Path], *, say: Callable[[str], None] = print) -> int:
    """Run a command until it is interrupted, and anew at each change of a file; returns the exit code.

    A process that fails (a change that does not parse) is started again at the next change; one that was used wrongly,
    or ended by itself, is not.

    Args:
        command: program and arguments. `folders`: whose files are watched. `say`: gets one line at each restart.
    """
    folders = tuple(folders)
    # By default SIGTERM runs no `finally`: the process that was started would stay behind.
    signal.signal(signal.SIGTERM, _interrupt)
    while True:
        seen = stamps(folders)
        process = subprocess.Popen(command)
        try:
            code = _until_changed(process, folders, seen)
        finally:
            _end(process)
        if code is not None:
            return code
        say(f"golden-signals: {changed(seen, stamps(folders))} changed, starting anew")


def stamps(folders: Iterable[Path]) -> dict[Path, int]:
    """When each file of some folders was last written, in nanoseconds."""
    written_at: dict[Path, int] = {}
    for folder in folders:
        for path in folder.rglob("*"):
            try:
                if path.is_file() and not any(part in IGNORED for part in path.parts):
                    written_at[path] = path.stat().st_mtime_ns
            except OSError:
                # It was there a moment ago: editors replace files.
                continue
    return written_at


def changed(before: dict[Path, int], after: dict[Path, int]) -> str:
    """The name of a file that was written, added or removed; empty where none was."""
    names = sorted(path.name for path, _ in before.items() ^ after.items())
    return names[0] if names else ""


def _until_changed(process: "subprocess.Popen[bytes]", folders: tuple[Path, ...], seen: dict[Path, int]) -> int | None:
    """The exit code of a process that ended for good; None once a file has changed."""
    while stamps(folders) == seen:
        code = process.poll()
        if code in (0, WRONG_USE):
            return code
        time.sleep(LOOK_EVERY)
    return None


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a process if it still runs; Ctrl-C in a terminal reaches it, too."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _interrupt(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)
