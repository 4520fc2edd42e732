"""Where pages and Streamlit's options lie: beside the package in the sources, inside of it in a wheel; and scripts."""

import hashlib
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE / "_bundle" if (PACKAGE / "_bundle" / "pages").is_dir() else PACKAGE.parent
PAGES = ROOT / "pages"
STREAMLIT = ROOT / ".streamlit"
# Scripts, and the paths they are served under: with a digest, so that browsers may keep them for ever.
CHART_SCRIPTS = tuple(sorted((PACKAGE / "ui" / "chart_scripts").glob("*.js")))
_digest = hashlib.sha256(b"".join(path.read_bytes() for path in CHART_SCRIPTS)).hexdigest()
CHART_SCRIPTS_PATH = f"/assets/charts-{_digest[:12]}"
WAYS = PACKAGE / "ui" / "ways.js"
WAYS_PATH = f"/assets/ways-{hashlib.sha256(WAYS.read_bytes()).hexdigest()[:12]}.js"
