"""Where pages and Streamlit's options lie: beside the package in the sources, inside of it in a wheel."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE / "_bundle" if (PACKAGE / "_bundle" / "pages").is_dir() else PACKAGE.parent
PAGES = ROOT / "pages"
STREAMLIT = ROOT / ".streamlit"
