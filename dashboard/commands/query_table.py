"""A table of the SLO queries with the number of series that each selects now."""

from collections.abc import Callable, Iterator, Sequence

from dashboard.commands.text_table import table_lines
from dashboard.slo.indicators import Composite, Query, sides, simple
from dashboard.slo.objective import Slo
from dashboard.slo.selections import Selection

_HEADS = ("SLO", "side", "series now", "query")
_NUMBER_COLUMN = 2


def query_table(slos: Sequence[Slo], selection: Callable[[Query], Selection | None]) -> tuple[str, ...]:
    """One line for each query, with numerator and denominator separate; empty if there are no queries.

    Args:
        slos: in the order of the lines. `selection`: what a query selects now; None if unknown.
    """
    rows = [row for slo in slos for row in _rows(slo, selection)]
    if not rows:
        return ()
    return tuple(table_lines([_HEADS, *rows], right=(_NUMBER_COLUMN,)))


def _rows(slo: Slo, selection: Callable[[Query], Selection | None]) -> Iterator[tuple[str, str, str, str]]:
    for number, part in enumerate(simple(slo.indicator), start=1):
        prefix = f"part {number}: " if isinstance(slo.indicator, Composite) else ""
        for side, term in sides(part):
            if isinstance(term, Query):
                yield slo.name, prefix + side, _series(selection(term)), " ".join(term.text.split())


def _series(selection: Selection | None) -> str:
    """The number of series; zero is written as a word, so that nobody takes it for a measured value."""
    if selection is None or selection.series is None:
        return "not known"
    return f"{selection.series:,}" if selection.series else "nothing"
