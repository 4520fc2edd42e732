"""The ladder: which package may import which. An edge that is not stated here fails, and so does one nobody uses."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# From the bottom up: a package may import only what its row names, and only rows above its own.
LADDER: dict[str, set[str]] = {
    "exceptions": set(),
    "bundle": set(),
    "redaction": set(),
    "printable": set(),
    "durations": set(),
    "timerange": set(),
    "running_sums": set(),
    "whole_file": set(),
    "outcomes": set(),
    "outcome_names": set(),
    "frames": {"exceptions", "timerange"},
    "buckets": {"frames"},
    "ranking": {"buckets"},
    "keyframes": set(),
    "promql": {"durations"},
    "toml": {"durations", "exceptions", "redaction"},
    "changes": {"redaction"},
    "oncall": {"changes", "running_sums"},
    "archive": {"exceptions"},
    "signals": {"buckets", "frames"},
    "slo": {"running_sums", "timerange"},
    "anomaly": {"buckets", "running_sums", "timerange"},
    "capacity": {"anomaly", "timerange"},
    "alerts": {"slo", "timerange"},
    "incidents": {"alerts", "anomaly", "changes", "oncall", "running_sums", "slo", "timerange"},
    "comparison": {"buckets", "frames"},
    "gate": {"comparison", "slo"},
    "state": {"changes", "exceptions", "gate", "redaction"},
    "notifications": {"exceptions", "incidents", "redaction", "state"},
    "review": {"alerts", "capacity", "changes", "gate", "incidents", "slo", "timerange"},
    "openslo": {"buckets", "durations", "exceptions", "promql", "slo", "timerange"},
    "rules": {"durations", "exceptions", "promql", "slo", "timerange"},
    "whatif": {"buckets", "incidents", "rules", "running_sums", "slo", "timerange"},
    "sources": {
        "alerts", "buckets", "capacity", "changes", "durations", "exceptions", "frames", "oncall", "outcome_names",
        "outcomes", "promql", "ranking", "redaction", "slo", "timerange", "toml", "whole_file",
    },
    "config": {
        "alerts", "anomaly", "capacity", "exceptions", "gate", "incidents", "notifications", "redaction", "review",
        "slo", "sources", "state", "timerange", "toml",
    },
    "engine": {
        "alerts", "anomaly", "archive", "buckets", "capacity", "changes", "comparison", "config", "exceptions",
        "frames", "gate", "incidents", "oncall", "openslo", "outcomes", "promql", "ranking", "review", "signals",
        "slo", "sources", "state", "timerange", "whatif",
    },
    "triage": {"alerts", "anomaly", "config", "engine", "incidents", "slo", "timerange"},
    "charts": {"buckets", "frames", "signals", "slo", "timerange"},
    "ui/text": {
        "alerts", "anomaly", "capacity", "changes", "comparison", "durations", "engine", "gate", "incidents",
        "notifications", "oncall", "printable", "review", "slo", "timerange", "triage", "whatif",
    },
    "ui": {
        "alerts", "anomaly", "buckets", "bundle", "capacity", "changes", "charts", "comparison", "engine",
        "exceptions", "frames", "gate", "incidents", "keyframes", "notifications", "oncall", "ranking", "review",
        "signals", "slo", "state", "timerange", "triage", "ui/text", "whatif",
    },
    "web": {
        "alerts", "anomaly", "buckets", "bundle", "capacity", "changes", "charts", "comparison", "config", "durations",
        "engine", "exceptions", "gate", "incidents", "keyframes", "notifications", "oncall", "openslo", "ranking",
        "review", "signals", "slo", "sources", "state", "timerange", "triage", "ui", "ui/text", "whatif",
    },
    "app": {"web"},
    "commands": {
        "alerts", "anomaly", "archive", "bundle", "capacity", "changes", "comparison", "config", "durations", "engine",
        "exceptions", "gate", "notifications", "oncall", "openslo", "printable", "redaction", "review", "rules", "slo",
        "sources", "state", "timerange", "toml", "ui", "ui/text", "web", "whatif", "whole_file",
    },
    "cli": {"commands", "exceptions", "printable", "redaction"},
    "pages": {"ui"},
}  # fmt: skip
# Packages of others that stay in their place, and where that is. The clock is one of them.
SHELLS = {
    "streamlit": {"app", "web", "ui", "pages"},
    "httpx": {"sources", "notifications"},
    "apprise": {"notifications"},
    "jwt": {"notifications"},
    "tenacity": {"notifications"},
    "plotly": {"charts", "ui", "web"},
    "starlette": {"web"},
    "mcp": {"web"},
    "sqlalchemy": {"state"},
    "pyarrow": {"archive", "sources", "web"},
    "random": {"engine", "sources"},
}
CLOCK = {"engine", "web", "ui", "commands"}
CLOCK_READS = {
    ("time", "time"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("Timestamp", "now"),
}
# Pure: values in, values out. No file, no environment, no network.
PURE = {
    "alerts", "changes", "signals", "slo", "anomaly", "incidents", "oncall", "charts", "promql", "triage", "ui/text",
    "rules", "review", "gate", "capacity", "whatif",
}  # fmt: skip
IMPURE = {"os", "pathlib", "socket", "subprocess", "threading"}


def package(name: str) -> str:
    """The rung of a module: `dashboard.ui.text.units` is on `ui/text`, `dashboard.slo.ledger` on `slo`."""
    parts = name.split(".")
    if parts[0] != "dashboard":
        return parts[0]
    return "ui/text" if parts[1:3] == ["ui", "text"] else parts[1]


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of the product with its rung."""
    for path in sorted((ROOT / "dashboard").rglob("*.py")):
        relative = path.relative_to(ROOT).with_suffix("")
        if relative.parts != ("dashboard", "__init__"):
            yield package(".".join(relative.parts)), path
    for path in sorted((ROOT / "pages").glob("*.py")):
        yield "pages", path


@cache
def imported(path: Path) -> set[str]:
    """Dotted names that a module imports, those inside of functions included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides which package it is of"
            assert node.module is not None
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def folder(name: str) -> Path:
    """The folder of an imported module, or of the module that an imported name is from."""
    path = ROOT.joinpath(*name.split("."))
    if path.is_dir():
        return path
    return path.parent if path.with_suffix(".py").exists() else path.parent.parent


def edges(path: Path) -> set[str]:
    """The rungs that a module imports from."""
    return {package(name) for name in imported(path) if name.startswith("dashboard.")} - {"__version__"}


def clock_reads(path: Path) -> set[str]:
    """Calls that read the clock, such as `time.time()`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    dotted = [(node.value, node.attr) for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    named = {(getattr(value, "id", getattr(value, "attr", "")), attribute) for value, attribute in dotted}
    return {f"{owner}.{attribute}" for owner, attribute in named & CLOCK_READS}


@pytest.mark.parametrize("rung", LADDER)
def test_a_package_imports_what_its_row_names_and_nothing_else(rung: str) -> None:
    paths = [path for place, path in modules() if place == rung]
    assert paths, f"{rung} is on the ladder, but holds no module"
    breaches = {path.name: beyond for path in paths if (beyond := edges(path) - LADDER[rung] - {rung})}
    assert breaches == {}
    used = {edge for path in paths for edge in edges(path)} - {rung}
    assert used == LADDER[rung], "an edge that nobody uses leaves the ladder"


def test_every_module_stands_on_a_rung() -> None:
    assert {place for place, _ in modules()} == set(LADDER)


def test_the_ladder_has_no_circle() -> None:
    rungs = list(LADDER)
    for place, rung in enumerate(rungs):
        assert LADDER[rung] <= set(rungs[:place]), f"{rung} imports from above"


def test_folders_import_one_another_in_one_direction() -> None:
    folders: dict[Path, set[Path]] = {}
    for _, path in modules():
        beyond = {folder(name) for name in imported(path) if name.startswith("dashboard.")}
        apart = {each for each in beyond if not (each.is_relative_to(path.parent) or path.is_relative_to(each))}
        folders.setdefault(path.parent, set()).update(apart)
    TopologicalSorter(folders).prepare()


@pytest.mark.parametrize("library", SHELLS)
def test_libraries_of_the_shells_stay_there(library: str) -> None:
    users = {place for place, path in modules() if library in {name.split(".")[0] for name in imported(path)}}
    assert users <= SHELLS[library]


def test_the_clock_is_read_in_the_shells_only() -> None:
    readers = {f"{place}: {path.name}": calls for place, path in modules() if (calls := clock_reads(path))}
    assert {reader for reader in readers if reader.split(":")[0] not in CLOCK} == set()


def test_the_middle_is_pure() -> None:
    for place, path in modules():
        if place in PURE:
            assert {name.split(".")[0] for name in imported(path)} & IMPURE == set(), path


def test_words_are_never_logic() -> None:
    """Words are rendered at the end: nothing that decides reads them, and nothing of theirs needs a screen."""
    readers = {rung for rung, imports in LADDER.items() if "ui/text" in imports}
    assert readers == {"ui", "web", "commands"}
    for place, path in modules():
        if place == "ui/text":
            assert {name.split(".")[0] for name in imported(path)} & set(SHELLS) == set(), path


def test_a_breach_is_seen(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        "from dashboard.ui import live\nfrom dashboard.ui.text import units\nimport time\nnow = time.time()\n",
        encoding="utf-8",
    )
    assert edges(module) == {"ui", "ui/text"}
    assert clock_reads(module) == {"time.time"}


def test_no_module_hides_one_of_the_standard_library() -> None:
    names = {path.stem for folder in ("dashboard", "pages") for path in (ROOT / folder).glob("*.py")}
    assert names & set(sys.stdlib_module_names) == set()


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "dashboard" / "ui" / "navigation.py").read_text(encoding="utf-8")
    for page in (ROOT / "pages").glob("*.py"):
        assert f'"{page.stem}' in navigation, page.name
