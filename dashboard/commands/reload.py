"""Restart the server whenever its code changes, for developers. Modules are never reloaded in place."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import FrameType

# Seconds between two checks of the files: fast enough for a person, at next to no cost.
LOOK_EVERY = 0.5
# Seconds that a process may take to exit before it is killed.
PATIENCE = 10.0
WRONG_USE = 2
IGNORED = ("__pycache__",)


def run_reloading(command: Sequence[str], folders: Iterable[Path], *, say: Callable[[str], None] = print) -> int:
    """Run a command until it is interrupted, and restart it whenever a file changes; returns the exit code.

    A process that fails, for example with a syntax error, is restarted at the next change. One that exits with 0 or
    because of wrong use is not.

    Args:
        command: program and arguments. `folders`: the folders to watch. `say`: receives a line at each restart.
    """
    folders = tuple(folders)
    # By default SIGTERM does not run `finally` blocks, which would leave the child process running.
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
    """Modification time of each file in the folders, in nanoseconds."""
    written_at: dict[Path, int] = {}
    for folder in folders:
        for path in folder.rglob("*"):
            try:
                if path.is_file() and not any(part in IGNORED for part in path.parts):
                    written_at[path] = path.stat().st_mtime_ns
            except OSError:
                # The file vanished: editors replace files when they save.
                continue
    return written_at


def changed(before: dict[Path, int], after: dict[Path, int]) -> str:
    """The name of a file that was written, added or removed; empty if there is none."""
    names = sorted(path.name for path, _ in before.items() ^ after.items())
    return names[0] if names else ""


def _until_changed(process: "subprocess.Popen[bytes]", folders: tuple[Path, ...], seen: dict[Path, int]) -> int | None:
    """The exit code of a process that should not be restarted; None once a file has changed."""
    while stamps(folders) == seen:
        code = process.poll()
        if code in (0, WRONG_USE):
            return code
        time.sleep(LOOK_EVERY)
    return None


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Stop a process that still runs. Ctrl-C in a terminal has reached it already."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _interrupt(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)
