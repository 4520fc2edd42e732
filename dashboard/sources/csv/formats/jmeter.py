"""JMeter's results as CSV (JTL): each row is a sample.

https://jmeter.apache.org/usermanual/listeners.html#csvlogformat
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from dashboard.sources.csv.formats.format import FileFacts, Format, Prepare, Prepared
from dashboard.sources.csv.layout import Layout, header_layout
from dashboard.sources.csv.values.columns import codes_and_texts, combined, with_columns
from dashboard.sources.csv.values.quantities import numbers
from dashboard.sources.csv.values.times import TimeFormat, epoch_seconds

READS: Final = ("success", "responseCode", "responseMessage", "threadName", "label")
# The message of a transaction controller, whose row summarises its samples.
TRANSACTION = "Number of samples in transaction"
EMPTY = "Number of samples in transaction : 0,"
# Replaces the status if there was no response; followed by a colon and the exception.
NO_ANSWER = "Non HTTP response code"
FIRST: Final = (
    "timeStamp", "elapsed", "label", "responseCode", "responseMessage", "threadName", "dataType", "success",
)  # fmt: skip
# Pattern of the first, second and last of these: an epoch in milliseconds, milliseconds, and whether it succeeded.
FIRST_ROW = re.compile(r"\d{13},\d+,(?:true|false)")
# Suffix of the names of redirects and embedded resources of a sample, possibly repeated.
PART = re.compile(r"(?:-\d+)+")
PART_BEHIND = re.compile(r"-\d+$")


class Sample(NamedTuple):
    """A row: `start` and `end` in epoch milliseconds, `row` its index in its part of the file."""

    label: str
    start: float
    end: float
    row: int

    def holds(self, other: "Sample") -> bool:
        """Whether another sample ran within this one."""
        return self.start <= other.start and other.end <= self.end


@dataclass(slots=True)
class Threads:
    """The newest sample of each thread, and later transactions whose samples were not seen yet."""

    newest: dict[str, Sample] = field(default_factory=dict)
    transactions: defaultdict[str, list[Sample]] = field(default_factory=lambda: defaultdict(list))

    def counted_by_others(self, samples: Iterable[tuple[str, bool, Sample]]) -> list[int]:
        """The rows included in others: parts of a sample, and transactions whose samples are in the file.

        Args:
            samples: thread, whether it summarises others, and the sample, in the order of the file.
        """
        counted = []
        self.transactions.clear()
        for thread, is_transaction, sample in samples:
            newest = self.newest.get(thread)
            if newest is not None and (_sums_up(sample, newest) if is_transaction else _is_part(sample, newest)):
                counted.append(sample.row)
            else:
                counted += [outer.row for outer in self.transactions.pop(thread, ()) if outer.holds(sample)]
                self.newest[thread] = sample
                if is_transaction:
                    # If JMeter writes a transaction as one sample, its own samples come later or not at all.
                    self.transactions[thread].append(sample)
        return counted


def _sums_up(transaction: Sample, newest: Sample) -> bool:
    # A transaction's time excludes waiting, so its samples may end after it.
    return newest.start >= transaction.start


def _is_part(sample: Sample, newest: Sample) -> bool:
    is_named_so = sample.label.startswith(newest.label) and PART.fullmatch(sample.label, len(newest.label))
    return bool(is_named_so) and newest.holds(sample)


def _begun(facts: FileFacts) -> Prepare:
    threads = Threads()

    def prepare(chunk: pa.Table) -> Prepared:
        empty = pa.chunked_array([pa.nulls(len(chunk), pa.string())])
        texts = {name: chunk[name] if name in chunk.column_names else empty for name in READS}
        transactions, empty_ones = (_begins(texts["responseMessage"], words) for words in (TRANSACTION, EMPTY))
        ignored = empty_ones
        rows = np.flatnonzero(~empty_ones & _is_compared(texts, transactions))
        samples = _samples(chunk.take(rows), facts.reading.times, rows)
        threads_of = texts["threadName"].take(rows).cast(pa.string()).to_pylist()
        ignored[threads.counted_by_others(zip(threads_of, transactions[rows], samples, strict=True))] = True
        outcome = combined([texts["success"], texts["responseCode"]], _outcome)
        return Prepared(with_columns(chunk, {"outcome": outcome}), ignored)

    return prepare


def _begins(column: pa.ChunkedArray, words: str) -> np.ndarray:
    """Mask of rows whose text begins with these words."""
    codes, texts = codes_and_texts(column)
    rows: np.ndarray = np.isin(codes, [code for code, text in enumerate(texts) if str(text).startswith(words)])
    return rows


def _is_compared(texts: dict[str, pa.ChunkedArray], transactions: np.ndarray) -> np.ndarray:
    """Mask of rows that may contain others or be contained; in most files, only the last one of each thread."""
    _, labels = codes_and_texts(texts["label"])
    if transactions.any() or any(PART_BEHIND.search(str(label)) for label in labels):
        return np.ones(len(transactions), dtype=bool)
    return ~pd.Series(codes_and_texts(texts["threadName"])[0]).duplicated(keep="last").to_numpy()


def _samples(chunk: pa.Table, times: TimeFormat, rows: np.ndarray) -> Iterator[Sample]:
    """The samples of a part; `rows`: their indices."""
    # Whole milliseconds, as in JMeter, because a part may end at exactly the same time as its sample.
    start = np.rint(epoch_seconds(chunk["timeStamp"], times) * 1000)
    ends = start + numbers(chunk["elapsed"])
    return map(Sample, chunk["label"].cast(pa.string()).to_pylist(), start.tolist(), ends.tolist(), rows.tolist())


def _outcome(success: str, status: str) -> str:
    """The result of the test's assertions: a 200 response with wrong content is a failure."""
    return success or ("no answer" if status.startswith(NO_ANSWER) else status)


JMETER: Final = Format(
    "jmeter",
    "JMeter",
    header=frozenset({"timestamp", "elapsed", "label"}),
    columns={
        "time": "timeStamp",
        "duration": "elapsed",
        "status": "outcome",
        "route": "label",
        "code": "responseCode",
    },
    # Other columns are variables of the test, saved on purpose.
    skips=frozenset({"success", "responsemessage", "failuremessage", "threadname", "datatype", "encoding", "filename"}),
    duration="ms",
    stamp="start",
    reads=READS,
    adds=("outcome",),
    begin=_begun,
    note="a sample failed where the test says so; what another sample counts (redirects, transactions) is left out",
)


def _layout_without_header(lines: Sequence[str], _duration: str) -> Layout | None:
    """JMeter's default first columns; further ones have no names."""
    row = header_layout(lines[0], ",").columns
    is_sample = len(row) >= len(FIRST) and FIRST_ROW.fullmatch(",".join((*row[:2], row[len(FIRST) - 1]))) is not None
    return Layout((*FIRST, *(f"column {number}" for number in range(len(FIRST), len(row))))) if is_sample else None


JMETER_WITHOUT_HEADER: Final = replace(JMETER, header=frozenset(), cut=_layout_without_header, is_closed=True)
