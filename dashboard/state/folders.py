"""Folders of the state: the system's default place, and the place of closed hours."""

from pathlib import Path

import platformdirs

from dashboard.exceptions import StateError
from dashboard.state.spec import MEMORY, StateSpec

FILE = "state.db"


class NoFolder(StateError):
    """There is no folder that can be written to."""


def default_folder() -> Path:
    """Where the system keeps the state of programs.

    Raises:
        StateError: it has no place for it.
    """
    folder = platformdirs.user_state_path("golden-signals", appauthor=False)
    if not folder.is_absolute():
        # A container's user without a name and a home.
        raise NoFolder("there is no home folder")
    return folder


def hours_folder(spec: StateSpec) -> Path | None:
    """Where closed hours are kept; None if they are not: in memory, and beside a PostgreSQL unless it is named."""
    if spec.hours:
        return Path(spec.hours)
    if spec.where == MEMORY or spec.is_postgresql:
        return None
    try:
        return (Path(spec.where) if spec.where else default_folder()) / "hours"
    except NoFolder:
        return None


def is_there(spec: StateSpec) -> bool:
    """Whether there is a state to read; opening one that is not there would make it."""
    if spec.where == MEMORY:
        return False
    try:
        return bool(spec.is_postgresql or ((Path(spec.where) if spec.where else default_folder()) / FILE).exists())
    except (NoFolder, OSError):
        return False
