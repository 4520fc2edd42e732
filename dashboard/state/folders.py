"""Folders of the state: the system's default place, and the place of closed hours."""

from pathlib import Path

import platformdirs

from dashboard.exceptions import StateError
from dashboard.state.spec import MEMORY, StateSpec

FILE = "state.db"


class NoFolder(StateError):
    """There is no writable folder."""


def default_folder() -> Path:
    """The system's folder for the state of programs.

    Raises:
        StateError: there is none.
    """
    folder = platformdirs.user_state_path("golden-signals", appauthor=False)
    if not folder.is_absolute():
        # The user of a container, without name and home.
        raise NoFolder("there is no home folder")
    return folder


def hours_folder(spec: StateSpec) -> Path | None:
    """The folder for closed hours; None if not stored: in memory, and with PostgreSQL unless it is configured."""
    if spec.hours:
        return Path(spec.hours)
    if spec.where == MEMORY or spec.is_postgresql:
        return None
    try:
        return (Path(spec.where) if spec.where else default_folder()) / "hours"
    except NoFolder:
        return None


def is_there(spec: StateSpec) -> bool:
    """Whether there is a state to read; opening a missing one would create it."""
    if spec.where == MEMORY:
        return False
    try:
        return bool(spec.is_postgresql or ((Path(spec.where) if spec.where else default_folder()) / FILE).exists())
    except (NoFolder, OSError):
        return False
