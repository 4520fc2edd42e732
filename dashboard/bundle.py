"""Paths of the pages and of Streamlit's options, in a checkout and in a wheel; and the scripts that are served."""

import hashlib
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE / "_bundle" if (PACKAGE / "_bundle" / "pages").is_dir() else PACKAGE.parent
PAGES = ROOT / "pages"
STREAMLIT = ROOT / ".streamlit"
# Scripts, and the paths under which they are served: with a digest, so that browsers may cache them indefinitely.
CHART_SCRIPTS = tuple(sorted((PACKAGE / "ui" / "chart_scripts").glob("*.js")))
_digest = hashlib.sha256(b"".join(path.read_bytes() for path in CHART_SCRIPTS)).hexdigest()
CHART_SCRIPTS_PATH = f"/assets/charts-{_digest[:12]}"
WAYS = PACKAGE / "ui" / "ways.js"
WAYS_PATH = f"/assets/ways-{hashlib.sha256(WAYS.read_bytes()).hexdigest()[:12]}.js"
