"""Reads columns that count good requests: all others have failed, except client errors."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np

from dashboard.sources.csv.columns.names import DURATIONS, GOODS, TOTALS, ColumnNames
from dashboard.sources.csv.counting import Counting
from dashboard.sources.csv.rows.instances import are_whole
from dashboard.sources.csv.rows.rows import ChunkRows
from dashboard.sources.csv.shapes.unknown_outcomes import counts_failures, more_failures

GOOD: Final = "good"
IMPOSSIBLE_GOOD: Final = "good requests must be counts, and together with client_errors no more than requests"
Read = dict[str, tuple[np.ndarray, np.ndarray]]


def good_columns(columns: ColumnNames) -> tuple[str, ...]:
    """Our names of columns that may count good requests; empty if the configuration names a column of errors.

    Args:
        columns: of the file.
    """
    if GOOD in columns.stated:
        return (GOOD,)
    if "errors" in columns.stated or columns.is_of_tool:
        return ()
    return tuple(name for name in GOODS if name in columns.names and name not in columns.stated)


def requests_column(columns: ColumnNames, goods: Sequence[str]) -> str:
    """Our name of the column that counts all requests; empty if there is none.

    Args:
        columns: of the file. `goods`: columns that may count good requests; others may be their total.
    """
    if "requests" in columns.names:
        return "requests"
    # A request log has a duration, and may have totals of other things.
    if not goods or any(name in columns.names for name in DURATIONS):
        return ""
    return next((name for name in TOTALS if name in columns.names), "")


def with_failures(numbers: Mapping[str, np.ndarray], good: str) -> dict[str, np.ndarray]:
    """Add the errors that follow from the number of good requests.

    Args:
        numbers: our names of columns → their numbers, shape (rows,). `good`: the column of good requests.
    """
    client = np.nan_to_num(numbers["client_errors"]) if "client_errors" in numbers else 0.0
    others = {name: values for name, values in numbers.items() if name != good}
    return others | {"errors": numbers["requests"] - numbers[good] - client}


def chosen(
    read: Read,
    goods: Sequence[str],
    theirs: Mapping[str, str],
    rows: ChunkRows,
    counting: Counting,
    *,
    is_stated: bool = False,
) -> str:
    """The column that counts good requests; empty if there is none, or another column contains the errors.

    Args:
        read: our names of columns → their numbers and units. `goods`: columns that may count good requests.
        theirs: our names → the file's. `rows`: ambiguous ones are rejected.
        is_stated: whether the configuration names it.
        counting: of the file; knows whether such a column contained counts instead of flags.
    """
    present = [name for name in goods if name in read]
    if not present or "errors" in read:
        return ""
    good, *others = present
    requests, values = read["requests"][0], read[good][0]
    for other in others:
        name, own = theirs[other], theirs[good]
        rows.refuse(
            read[other][0] != values, f"{own} and {name} differ: write columns = {{ good = {_quoted(own)} }} or "
            f"columns = {{ good = {_quoted(name)} }} under [source]"
        )  # fmt: skip
    if not is_stated:
        counting.note_counts(good, bool((values > 1).any()))
        # Either a row per outcome with its number of requests, or few good ones among many.
        if good not in counting.counts and bool((requests > 1).any()):
            quoted = _quoted(theirs[good])
            rows.refuse(
                np.ones(len(values), dtype=bool),
                f"{theirs[good]} holds 0 and 1 alone: write columns = {{ good = {quoted} }} under [source] where it "
                f"counts good requests, or columns = {{ ok = {quoted} }} where it tells what became of all requests "
                "of a row",
            )
    return good


def refuse_contradictions(
    numbers: Mapping[str, np.ndarray], goods: Sequence[str], theirs: Mapping[str, str], rows: ChunkRows
) -> None:  # fmt: skip
    """Reject rows in which a column implies more failures than the errors.

    Args:
        numbers: our names of columns → their numbers, shape (rows,), in a file with errors.
        goods: columns that may count good requests. `theirs`: our names → the file's. `rows`: of the chunk.
    """
    if "errors" not in numbers:
        return
    failures = numbers["errors"] + (np.nan_to_num(numbers["client_errors"]) if "client_errors" in numbers else 0.0)
    for name, values in numbers.items():
        finite = values[np.isfinite(values)]
        if not len(finite) or not are_whole(finite):
            continue
        if counts_failures(name) and name not in ("errors", "client_errors"):
            rows.refuse(values > failures, partial(_more, theirs[name], values, failures))
        if name in goods and finite.max() > 1:
            left = numbers["requests"] - values
            rows.refuse(left != failures, partial(_sum, theirs[name], values, failures, numbers["requests"]))


def _more(name: str, values: np.ndarray, errors: np.ndarray, row: int) -> str:
    return more_failures(name, float(values[row]), float(errors[row]))


def _sum(name: str, values: np.ndarray, errors: np.ndarray, requests: np.ndarray, row: int) -> str:
    return (
        f"{name} {values[row]:g} and errors {errors[row]:g} are together not requests {requests[row]:g}: write "
        f'columns = {{ good = {_quoted(name)} }} or columns = {{ errors = "errors" }} under [source], whichever tells '
        "the failures"
    )


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)
