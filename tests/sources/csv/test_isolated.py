"""What only a process of its own shows: files without permission, and the memory that a file needs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sources.csv.csv_text import WIDE, rows

ROOT = Path(__file__).parents[3]


def alone(code: str, *arguments: str) -> dict[str, object]:
    """Run code that prints one JSON object."""
    process = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60, check=True, cwd=ROOT
    )
    printed: dict[str, object] = json.loads(process.stdout)
    return printed


LOCKED = """
import json, os, sys, tempfile
from pathlib import Path
from dashboard.exceptions import SourceError
from dashboard.sources.csv.source import CsvSource
def services_or_error(source):
    try:
        return len(source.discover(0).services)
    except SourceError as error:
        return type(error).__name__ + ": " + str(error).replace(str(folder), "")
with tempfile.TemporaryDirectory() as temporary:
    # Once as we are: nothing is imported after the privileges are dropped.
    folder = Path(temporary)
    (folder / "data.csv").write_text(sys.argv[1])
    services_or_error(CsvSource([temporary]))
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
with tempfile.TemporaryDirectory() as temporary:
    folder = Path(temporary) / "logs"
    folder.mkdir()
    path = folder / "data.csv"
    path.write_text(sys.argv[1])
    sources = CsvSource([str(path)]), CsvSource([str(folder)])
    outcomes = {}
    for target, mode in ((path, 0o000), (path, 0o600), (folder, 0o000), (folder, 0o700)):
        target.chmod(mode)
        outcomes[f"{target.name} {mode:o}"] = [services_or_error(source) for source in sources]
    print(json.dumps(outcomes))
"""


def test_permission_denied_is_said_with_its_remedy_and_passes_when_it_is_given() -> None:
    refused = "SourceUnavailable: {}: cannot be read: Permission denied: let the user that runs the dashboard read it"
    file, folder = refused.format("/data.csv"), refused.format("")
    assert alone(LOCKED, WIDE + rows(3)) == {
        "data.csv 0": [file, file],
        "data.csv 600": [1, 1],
        "logs 0": [file, folder],
        "logs 700": [1, 1],
    }


PEAK = """
import json, sys
from dashboard.exceptions import SourceError
from dashboard.sources.csv.source import CsvSource
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
source, before, errors = CsvSource([sys.argv[1]]), peak(), []
for _ in range(3):
    try:
        source.discover(0)
    except SourceError as error:
        errors.append([type(error).__name__, str(error)])
print(json.dumps({"errors": errors, "grown": peak() - before}))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="tells the peak of memory on Linux only")
@pytest.mark.parametrize("before", ["", WIDE, WIDE + rows(1000)], ids=["alone", "after a header", "after rows"])
def test_a_line_of_200_mb_is_refused_in_little_memory(tmp_path: Path, before: str) -> None:
    path = tmp_path / "data.csv"
    with path.open("wb") as file:
        file.write(before.encode())
        for _ in range(200):
            file.write(b"7" * (1 << 20))
    outcome = alone(PEAK, str(path))
    sentence = (
        "a line is longer than 1 MB, so this is no CSV: remove it"
        if before
        else "its first line is longer than 1 MB: a CSV file is expected"
    )
    assert outcome["errors"] == [["InvalidData", f"{path}: {sentence}"]] * 3
    assert isinstance(outcome["grown"], float)
    assert outcome["grown"] < 120
