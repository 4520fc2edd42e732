"""Lines between rows that are no rows."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sources.csv.csv_text import BEGIN, WIDE, append, bad_rows_of, counts_of, requests_of, source_of, stamp


@pytest.mark.parametrize("time", [stamp, lambda seconds: f"{BEGIN + seconds:.0f}"])
@pytest.mark.parametrize("comment", ["# restarted", "# restarted, by hand", "# restarted, by, hand, today", " #,,,"])
def test_a_comment_between_rows_is_no_bad_row(tmp_path: Path, comment: str, time: Callable[[float], str]) -> None:
    lines = [f"{time(60 * at)},shop,600,{at}\n" for at in range(1, 4)]
    source = source_of(tmp_path / "data.csv", f"{WIDE}{lines[0]}{comment}\n{lines[1]}{lines[2]}what\n")
    answer = counts_of(source)
    assert (requests_of(source), answer.frame[("shop", "errors", "server")].sum()) == (1800, 6)
    assert (answer.rows, answer.bad_rows, bad_rows_of(answer)) == (4, 1, [("6", "1 columns instead of 4")])
    append(tmp_path / "data.csv", f"{comment}\n")
    assert counts_of(source).bad_rows == 1


def test_a_service_that_begins_like_a_comment_is_one(tmp_path: Path) -> None:
    text = f"service,time,requests,errors\n#1,{stamp(60)},600,1\n#1,{stamp(120)},600\n# a comment\n"
    answer = counts_of(source_of(tmp_path / "data.csv", text))
    assert (answer.frame[("#1", "requests", "")].sum(), bad_rows_of(answer)) == (600, [("3", "3 columns instead of 4")])
