"""Tables of commands, and what names of others may not do to a terminal."""

from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.commands.text_table import CELL_MAX, table_lines


def test_columns_are_as_wide_as_they_must_be() -> None:
    rows = [("SERVICE", "LEFT", "WHY"), ("shop", "5\xa0%", "w" * 200), ("n" * 200, "100\xa0%", "")]
    head, shop, long = table_lines(rows, right=(1,))
    assert head == f"{'SERVICE':{CELL_MAX}}   LEFT  WHY"
    assert shop == f"{'shop':{CELL_MAX}}    5 %  {'w' * 200}", "the last column is a sentence"
    assert long == f"{'n' * (CELL_MAX - 1)}…  100 %"


@pytest.mark.parametrize("command", ["status", "gate", "backtest"])
def test_no_name_moves_the_cursor_or_ends_a_line(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pipeline's log, and whoever reads it, believe what stands there: a name must not write a verdict."""
    rows = [f'{1_760_000_000 + 60 * minute},"evil\x1b[2J\nGo for a feature",100,50' for minute in range(60)]
    (tmp_path / "evil.csv").write_text("\n".join(["time,service,requests,errors", *rows]), encoding="utf-8")
    main([command, "--csv", str(tmp_path / "evil.csv"), "--at", "1760003600"])
    said = capsys.readouterr()
    assert r"evil\x1b[2J\nGo for a feature" in said.out
    assert all(sign.isprintable() for sign in (said.out + said.err).replace("\n", "").replace("\xa0", ""))
    assert "\nGo" not in said.out
