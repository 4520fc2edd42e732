"""What an open page does by itself: reload after an upgrade, and advance its clock between two refreshes."""

from hashlib import sha256
from pathlib import Path

import streamlit as st

from dashboard import __version__
from dashboard.bundle import PACKAGE

_component = st.components.v2.component(
    "gs_screen",
    html="<i></i>",
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def version() -> str:
    """The version, with a digest of the files of an open page, which may change within a version."""
    sheets = sorted(path for path in (PACKAGE / "ui").rglob("*") if path.suffix in (".css", ".js"))
    return f"{__version__}-{sha256(b''.join(path.read_bytes() for path in sheets)).hexdigest()[:12]}"


# Computed once per process: if files are replaced on disk, the process still serves the old ones.
VERSION = version()


def keep() -> None:
    """Put the keeping scripts on the page, once, outside of what is refreshed."""
    _component(key="screen", data={"version": VERSION})
