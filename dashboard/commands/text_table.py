"""Tables of commands: columns as wide as their widest cell."""

from collections.abc import Collection, Iterable, Sequence

from dashboard.printable import printable
from dashboard.ui.text import units

# Longer cells are cut: a name of thousands of characters would push all other columns out of sight.
CELL_MAX = 80


def table_lines(rows: Iterable[Sequence[str]], *, right: Collection[int] = ()) -> list[str]:
    """One line for each row.

    Args:
        rows: cells, the same number in each row. Those of the last column are shown whole, others are cut if they are
            long. `right`: indices of the columns that are aligned to the right.
    """
    cells = [[*map(_cell, row[:-1]), _line(row[-1])] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    # Nothing follows the last column.
    widths[-1] = 0
    return [
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]


def _cell(text: str) -> str:
    line = _line(text)
    return line if len(line) <= CELL_MAX else f"{line[: CELL_MAX - 1]}…"


def _line(text: str) -> str:
    return printable(units.plain(text))
