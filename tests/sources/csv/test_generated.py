"""Whatever CSV files look like, each service is counted exactly, or what cannot be is refused with line and reason.

GS_SEEDS=500 python -m pytest tests/sources/csv/test_generated.py     more files; GS_FIRST_SEED chooses others
"""

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.sources.csv.generated.case import case
from tests.sources.csv.generated.verdict import EXACT, REFUSED, healthy_but_failing, verdict

SEEDS, FIRST = int(os.environ.get("GS_SEEDS", "40")), int(os.environ.get("GS_FIRST_SEED", "0"))
# No more of them are refused than this share, or so many of few: a reader that refuses all is never wrong.
REFUSED_SHARE, REFUSED_OF_FEW = 0.15, 3


@pytest.fixture(scope="module")
def ends() -> Counter[str]:
    """How many cases ended how."""
    return Counter()


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
def test_files_are_exact_or_refused_with_line_and_reason(seed: int, tmp_path: Path, ends: Counter[str]) -> None:
    files = case(seed)
    end = verdict(files, tmp_path)
    ends[end.kind] += 1
    doubt = next((doubt for doubt in files.doubts if doubt in end.why), "")
    assert end.kind == EXACT or (end.kind == REFUSED and doubt), f"{end.why}\n{files.toml}{files.traits}"


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS, 20))
def test_no_service_is_healthy_while_its_requests_fail(seed: int, tmp_path: Path) -> None:
    assert healthy_but_failing(case(seed), tmp_path) == []


def test_most_files_are_read(ends: Counter[str]) -> None:
    assert ends[REFUSED] <= max(REFUSED_OF_FEW, REFUSED_SHARE * ends.total()), ends
