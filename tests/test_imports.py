"""Imports point inward: the pure middle knows neither the shells nor the clock, and pages only compose."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MIDDLE = ("signals", "slo", "anomaly", "charts")
SHELLS = ("dashboard.sources.prometheus", "dashboard.sources.csv", "dashboard.sources.demo", "dashboard.ui")
FORBIDDEN = {
    **{f"dashboard/{part}": {"httpx", "streamlit", "os", "pathlib", "random", "time"} for part in MIDDLE},
    "dashboard/sources": {"streamlit", "plotly", "dashboard.ui", "dashboard.charts", "dashboard.engine.poller"},
    "pages": {
        "httpx",
        "plotly",
        "pandas",
        "numpy",
        "dashboard.sources",
        "dashboard.engine.poller",
        "dashboard.config.configuration",
    },
}
STREAMLIT = ("app.py", "web", "ui", "pages")


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def breaches(path: Path, forbidden: set[str]) -> set[str]:
    return {name for name in imported(path) if any(name == bad or name.startswith(f"{bad}.") for bad in forbidden)}


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_no_module_imports_what_its_folder_must_not_know(folder: str) -> None:
    found = {path.name: breaches(path, FORBIDDEN[folder]) for path in (ROOT / folder).rglob("*.py")}
    assert found, f"{folder} holds no module"
    assert {name: bad for name, bad in found.items() if bad} == {}


@pytest.mark.parametrize("part", MIDDLE)
def test_the_middle_knows_no_shell(part: str) -> None:
    for path in (ROOT / "dashboard" / part).rglob("*.py"):
        assert breaches(path, set(SHELLS)) == set(), path


def test_streamlit_and_httpx_stay_in_their_shells() -> None:
    for path in (ROOT / "dashboard").rglob("*.py"):
        inside = path.relative_to(ROOT / "dashboard").parts[0]
        if inside not in STREAMLIT:
            assert breaches(path, {"streamlit"}) == set(), path
        if inside != "sources":
            assert breaches(path, {"httpx"}) == set(), path


def test_a_breach_is_seen(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("from dashboard.ui import live\nimport streamlit as st\n", encoding="utf-8")
    assert breaches(module, {"streamlit", "dashboard.ui"}) == {"streamlit", "dashboard.ui", "dashboard.ui.live"}


def test_no_module_hides_one_of_the_standard_library() -> None:
    names = {path.stem for folder in ("dashboard", "pages") for path in (ROOT / folder).glob("*.py")}
    assert names & set(sys.stdlib_module_names) == set()


def test_every_page_is_in_the_navigation() -> None:
    app = (ROOT / "dashboard" / "app.py").read_text(encoding="utf-8")
    for page in (ROOT / "pages").glob("*.py"):
        assert f'"{page.stem}' in app, page.name
