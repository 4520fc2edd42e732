"""A tidy table: each row is a single number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd
import pyarrow as pa

from dashboard.sources.csv.columns.names import (
    COMMENTS,
    FIXED,
    LATENCIES,
    MAX_VALUE,
    ColumnNames,
    Meaning,
    meaning_of,
    our_name,
)
from dashboard.sources.csv.counting import Counting
from dashboard.sources.csv.rows.row_memory import identities
from dashboard.sources.csv.rows.rows import CellValues, ChunkRows
from dashboard.sources.csv.series.series import RUNNING_TOTAL
from dashboard.sources.csv.shapes.cells import measured
from dashboard.sources.csv.shapes.unknown_outcomes import asked_about, asked_alone
from dashboard.sources.csv.tables.table import UNKNOWN_OUTCOME
from dashboard.sources.csv.values.columns import codes_and_texts
from dashboard.sources.csv.values.numerals import Content
from dashboard.sources.csv.values.quantities import Unit

REQUESTS, ERRORS = FIXED["requests"], FIXED["errors"]
ALONE = "no request of this service can be counted, and without them its other numbers would look well"
IMPOSSIBLE = "errors and client_errors together must be no more than the requests of the same time"


@dataclass(frozen=True, slots=True)
class Tidy:
    """A file of numbers.

    Attributes:
        columns: our names → the file's. `labels`: columns that distinguish rows of one time, service and signal.
        comments: columns that do so if they contain names of instances.
        signals: the file's → our names, as configured; `label`: other signals.
        duration_scale: factor of latencies to seconds; None: from the name of their signal.
    """

    columns: dict[str, str]
    labels: tuple[str, ...] = ()
    duration_scale: float | None = None
    comments: tuple[str, ...] = ()
    signals: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def recognise(cls, columns: ColumnNames) -> Self | None:
        """A file with signals and values."""
        names = columns.names
        if not {"signal", "value"} <= names.keys():
            return None
        used = columns.base | {"signal": names["signal"], "value": names["value"]}
        others = [name for name in names if names[name] not in used.values()]
        labels = tuple(name for name in others if name not in COMMENTS)
        # A date next to complete times may distinguish rows, like a comment.
        comments = tuple(name for name in (*others, *columns.base) if name in COMMENTS and name != "time")
        read = used | {name: names[name] for name in others}
        return cls(read, labels, columns.duration_scale, comments, columns.signals)

    @property
    def texts(self) -> tuple[str, ...]:
        """Our names of text columns, whatever their content looks like."""
        return ("signal",)

    @property
    def numbers(self) -> dict[str, Content]:
        """The file's columns of numbers."""
        return {self.columns["value"]: Content.COUNTS}

    def cell_values(self, chunk: pa.Table, rows: ChunkRows, counting: Counting) -> list[CellValues]:
        """The numbers of a chunk; counts of rows that differ in a label are summed, otherwise the worst one counts.

        Args:
            chunk: as parsed. `rows`: its times and services; invalid ones are rejected.
            counting: what is known of the file's counts.
        """
        values, units = measured(self.columns["value"], chunk[self.columns["value"]], rows)
        signal, texts = codes_and_texts(chunk[self.columns["signal"]])
        rows.refuse(signal < 0, "the signal has no name")
        row = self._tell_apart(chunk, rows, counting, signal)
        names = [str(text) for text in texts]
        meanings = [self._meaning(name) for name in names]
        asked = self._ask(names, signal, values, rows)
        _refuse_beyond(values, signal, meanings, rows)
        counted = _counted(signal, meanings)
        is_certain = all(counting.is_certain(values[places], units) for places in counted.values())
        if counting.stated == RUNNING_TOTAL or not is_certain:
            counts = {code: name for code, name in enumerate(names) if meanings[code] in FIXED.values()}
            values = _counts(values, units, signal, counts, rows, counting)
        missing = np.isnan(values)
        _refuse_impossible(values, missing, counted, rows)
        if counting.reasons or counting.totals:
            asked[np.concatenate(list(counted.values()))] = True
        _refuse_gauges_alone(asked, counted[REQUESTS], rows)
        unknown_outcome = _without_errors(counted[ERRORS], missing, rows, counting)
        written = values
        values = _in_units(written, units, signal, meanings)
        for code, meaning in enumerate(meanings[:]):
            # Shares are another gauge than the other numbers of a signal.
            for part, in_unit in meaning.parts(written, units) if meaning.may_have_shares(units) else ():
                of_part = (signal == code) & ~np.isnan(in_unit)
                if part == meaning or not of_part.any():
                    continue
                values, signal = np.where(of_part, in_unit, values), np.where(of_part, len(meanings), signal)
                meanings.append(part)
        keys = [(str(service), meaning.measure, meaning.detail) for meaning in meanings for service in rows.services]
        column = np.multiply(signal, len(rows.services), dtype=np.intp)
        column += rows.service
        return [CellValues(rows.time, column, keys, values, rows.series, row).without(rows, missing), *unknown_outcome]

    def _meaning(self, name: str) -> Meaning:
        """The meaning of a signal's numbers; `name`: as written."""
        ours = self.signals.get(name, our_name(name))
        # If the configuration maps another signal to this name, this signal is something else.
        is_other = ours == "label" or (name not in self.signals and ours in self.signals.values())
        return Meaning("gauge", name.lower()) if is_other else meaning_of(ours, self.duration_scale)

    def _ask(self, names: Sequence[str], signal: np.ndarray, values: np.ndarray, rows: ChunkRows) -> np.ndarray:
        """Reject rows of signals that may be requests, failures or latency, until the configuration says what they are.

        Args:
            names: of signals. `signal`: indices of them, shape (rows,). `values`: numbers, shape (rows,).
            rows: of the chunk.

        Returns:
            Mask of these rows, shape (rows,).
        """
        asked = np.zeros(len(signal), dtype=bool)
        for code, name in enumerate(names):
            ours = our_name(name)
            is_known = ours in (*FIXED, *LATENCIES, *self.signals.values()) or name in self.signals
            reason = "" if is_known else asked_about(name)
            if reason:
                own = signal == code
                if asked_alone(name):
                    rows.doubtful |= own & ~rows.refused & (values != 0)
                rows.refuse(own, reason)
                asked |= own
        return asked

    def _tell_apart(
        self, chunk: pa.Table, rows: ChunkRows, counting: Counting, signal: np.ndarray
    ) -> np.ndarray | None:  # fmt: skip
        labels = {label: chunk[self.columns[label]] for label in self.labels}
        row = rows.told_apart_by(labels)
        comments = {name: chunk[self.columns[name]] for name in self.comments}
        apart = counting.comments_apart(comments, rows, signal) if comments else set()
        return rows.told_apart_by(labels | {name: comments[name] for name in sorted(apart)}) if apart else row


def _refuse_beyond(values: np.ndarray, signal: np.ndarray, meanings: Sequence[Meaning], rows: ChunkRows) -> None:
    """Reject impossible numbers, and negative ones except for gauges; `signal`: indices of `meanings`."""
    # A comparison with NaN is false, so missing numbers continue with the detailed check.
    if len(values) and values.min() >= 0 and values.max() <= MAX_VALUE:
        return
    # The last element is for rows without a signal.
    signed = np.array([meaning.measure == "gauge" for meaning in meanings] + [True])
    beyond = (np.abs(values) > MAX_VALUE) | ((values < 0) & ~signed[signal])
    rows.refuse(beyond, "the value of this signal is impossible")


def _counted(signal: np.ndarray, meanings: Sequence[Meaning]) -> dict[Meaning, np.ndarray]:
    """The indices of rows for each kind of counts, ascending; `signal`: indices of `meanings`, shape (rows,)."""
    places = {}
    for kind in FIXED.values():
        codes = [code for code, meaning in enumerate(meanings) if meaning == kind]
        # Nearly always one name has this meaning; without any, the result is not used.
        is_kind = np.isin(signal, codes) if len(codes) != 1 else signal == codes[0]
        places[kind] = np.flatnonzero(is_kind) if codes else np.zeros(0, dtype=np.intp)
    return places


def _refuse_impossible(
    values: np.ndarray, missing: np.ndarray, counted: Mapping[Meaning, np.ndarray], rows: ChunkRows
) -> None:
    """Reject the counts of times with more failures than requests.

    Args:
        values: numbers of the rows, shape (rows,). `missing`: mask of rows without one, shape (rows,).
        counted: indices of the rows of each kind of counts. `rows`: of the chunk.
    """
    unusable = rows.refused | missing
    kept = [places[~unusable[places]] if unusable.any() else places for places in counted.values()]
    requests, *failures = kept
    most = sum(max(0.0, float(values[places].max())) for places in failures if len(places))
    # Quick check, which nearly always suffices: all failures are below all requests.
    if not most or not len(requests) or most <= values[requests].min():
        return
    failures = [places[values[places] > 0] for places in failures]
    moment, series = rows.time, rows.series
    requested, *failed = (
        pd.Series(
            values[places],
            identities(moment[places], rows.service[places], None if series is None else series[places]),
        )
        for places in (requests, *failures)
    )
    sums = pd.concat([each[~each.index.duplicated(keep="last")] for each in failed]).groupby(level=0).sum()
    asked = requested[~requested.index.duplicated(keep="last")].reindex(sums.index)
    impossible = sums.index[sums > asked]
    if len(impossible):
        places = np.concatenate(kept)
        ids = identities(moment[places], rows.service[places], None if series is None else series[places])
        refused = np.zeros(len(values), dtype=bool)
        refused[places[np.isin(ids, impossible)]] = True
        rows.refuse(refused, IMPOSSIBLE)


def _refuse_gauges_alone(asked: np.ndarray, requests: np.ndarray, rows: ChunkRows) -> None:
    """Reject the gauges of services without counted requests while the meaning of some numbers is unknown.

    Args:
        asked: mask of rows with such numbers, shape (rows,). `requests`: indices of rows with requests. `rows`: of the
            chunk.
    """
    if asked.any():
        kept = np.unique(rows.service[requests[~rows.refused[requests]]])
        rows.refuse(np.isin(rows.service, np.setdiff1d(rows.service[asked], kept)), ALONE)


def _without_errors(
    errors: np.ndarray, missing: np.ndarray, rows: ChunkRows, counting: Counting
) -> list[CellValues]:  # fmt: skip
    """Cells that mark failures as unknown, as the number of errors is missing.

    Args:
        errors: indices of rows with errors. `missing`: mask of rows without a number, shape (rows,).
        rows: of the chunk. `counting`: of the file; knows whether any was missing before.
    """
    unknown_outcome = np.zeros(len(missing), dtype=bool)
    if counting.stated != RUNNING_TOTAL and missing.any():
        unknown_outcome[errors] = missing[errors] & ~rows.refused[errors]
        counting.lacks_errors |= bool(unknown_outcome.any())
    if not counting.lacks_errors:
        return []
    rows.note_without_errors(unknown_outcome)
    keys = [(str(service), UNKNOWN_OUTCOME, "") for service in rows.services]
    is_other = np.ones(len(missing), dtype=bool)
    is_other[errors] = False
    cells = CellValues(rows.time, rows.service, keys, unknown_outcome.astype(float), rows.series)
    return [cells.without(rows, is_other)]


def _counts(
    values: np.ndarray,
    units: np.ndarray,
    signal: np.ndarray,
    names: Mapping[int, str],
    rows: ChunkRows,
    counting: Counting,
) -> np.ndarray:
    """The values after checking counts, with running totals replaced by increases.

    Args:
        values, units: as written. `signal`: their codes. `names`: code → signal, for counts.
        rows: of the chunk. `counting`: what is known of the file's counts.
    """
    own = {name: np.where(signal == code, values, np.nan) for code, name in names.items()}
    units_of = {name: np.where(signal == code, units, Unit.NONE) for code, name in names.items()}
    counting.check({name: (own[name], units_of[name]) for name in own}, rows)
    if counting.stated == RUNNING_TOTAL:
        for code, name in names.items():
            values = np.where(signal == code, counting.increases(name, own[name], rows), values)
    return values


def _in_units(values: np.ndarray, units: np.ndarray, signal: np.ndarray, meanings: Sequence[Meaning]) -> np.ndarray:
    """The values in the units of their measures."""
    factors = np.array([meaning.factor for meaning in meanings] + [1.0])
    if units.any():
        return np.where(units, Meaning("", "").in_unit(values, units), values * factors[signal])
    return values * factors[signal] if (factors != 1.0).any() else values
