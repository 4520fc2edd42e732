"""What an open page does by itself: it loads anew after an upgrade, and its clock goes on between two refreshes."""

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
    """The version, and a mark of the files that an open page is made of: they change without it, too."""
    sheets = sorted(path for path in (PACKAGE / "ui").rglob("*") if path.suffix in (".css", ".js"))
    return f"{__version__}-{sha256(b''.join(path.read_bytes() for path in sheets)).hexdigest()[:12]}"


# Of this process: files that are replaced beneath it are not what it serves.
VERSION = version()


def keep() -> None:
    """Put on the page what keeps it fresh; once, outside of what is refreshed."""
    _component(key="screen", data={"version": VERSION})
