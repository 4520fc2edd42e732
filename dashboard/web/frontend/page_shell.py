"""The page before its first script runs: Streamlit's index.html, reduced for slow phones."""

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from dashboard.bundle import PACKAGE
from dashboard.charts import palette

# Parts of Streamlit's frontend that every page uses, by the start of their names: they are preloaded, instead of
# requested only when a page is drawn with them.
PARTS = ("Html", "BidiComponent")
# Marks where the first paint goes.
FIRST_PAINT = "<!-- first paint -->"
# The background of both schemes, and the font size of Streamlit, before its style sheet is loaded.
_STYLE = (
    f"<style>html{{font-size:14px;color-scheme:light dark;"
    f"background:light-dark({palette.LIGHT['page']},{palette.DARK['page']})}}</style>"
)
_ICON = (PACKAGE / "ui" / "icon.svg").read_text(encoding="utf-8")
_SCRIPT = Path(__file__).with_name("shell.js").read_text(encoding="utf-8")
_FONT = re.compile(r'<link\s+rel="preload"\s+href="([^"]+)"\s+as="font"[^>]*>')
_SHEET = re.compile(r'<link rel="stylesheet" crossorigin href="([^"]+)">')
_IMPORT = re.compile(r'(?:from|import)\s*"\./([\w.-]+\.js)"')


def shell(folder: Path, *, sheet: str, scripts: Iterable[str] = ()) -> str:
    """The page as this server sends it.

    Args:
        folder: of Streamlit's frontend.
        sheet: path of the pages' style sheet, relative to a page. `scripts`: those that the pages import.

    Raises:
        ValueError: this version of the frontend is not supported.
    """
    page = (folder / "index.html").read_text(encoding="utf-8")
    font, fonts = _FONT.search(page), _SHEET.search(page)
    if font is None or fonts is None:
        raise ValueError("Streamlit's index.html names no font or no style sheet")
    page = page.replace(font[0], "").replace(fonts[0], "")
    late = f'<link id="gs-fonts" rel="stylesheet" media="print" href="{fonts[1]}" data-letters="{font[1]}">'
    wanted = [*(f"./static/js/{name}" for name in parts(folder)), *scripts]
    preloads = "".join(f'<link rel="modulepreload" crossorigin href="{path}">' for path in wanted)
    page = page.replace('<script type="module"', f'{late}<script>{_SCRIPT}</script><script type="module"', 1)
    page = page.replace("</head>", f"{preloads}{_STYLE}</head>", 1)
    page = page.replace("<title>Streamlit</title>", "<title>Golden signals</title>", 1)
    page = page.replace('href="./favicon.png"', f'href="data:image/svg+xml,{quote(_ICON)}"', 1)
    # In the body, so that it takes precedence over what Streamlit writes into the head.
    return page.replace("<body>", f'<body><link rel="stylesheet" href="{sheet}">{FIRST_PAINT}', 1)


def parts(folder: Path) -> list[str]:
    """Names of the scripts that `PARTS` need in addition to those of the page, in the order of their dependencies.

    Args:
        folder: of Streamlit's frontend.
    """
    scripts = folder / "static" / "js"
    page = set(re.findall(r"static/js/([\w.-]+\.js)", (folder / "index.html").read_text(encoding="utf-8")))
    begun = [path.name for part in PARTS for path in sorted(scripts.glob(f"{part}.*.js"))]
    return [name for name in _with_imports(scripts, begun) if name not in page]


def _with_imports(scripts: Path, names: Iterable[str]) -> list[str]:
    seen, waiting = dict.fromkeys(names), list(names)
    while waiting:
        for name in _IMPORT.findall((scripts / waiting.pop(0)).read_text(encoding="utf-8")):
            if name not in seen:
                seen[name] = None
                waiting.append(name)
    return list(seen)
