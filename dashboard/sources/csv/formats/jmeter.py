"""JMeter's results as CSV (JTL): one row is one sample.

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
# The message of a transaction controller, whose row sums up those of its samples.
TRANSACTION = "Number of samples in transaction"
EMPTY = "Number of samples in transaction : 0,"
# What is written in place of a status where no answer came: it continues with a colon and the exception.
NO_ANSWER = "Non HTTP response code"
FIRST: Final = (
    "timeStamp", "elapsed", "label", "responseCode", "responseMessage", "threadName", "dataType", "success",
)  # fmt: skip
# The first, second and last of these: an epoch in milliseconds, milliseconds, and whether it succeeded.
FIRST_ROW = re.compile(r"\d{13},\d+,(?:true|false)")
# What is behind the name of a sample in those of its redirects and of what its page embeds, in turn.
PART = re.compile(r"(?:-\d+)+")
PART_BEHIND = re.compile(r"-\d+$")


class Sample(NamedTuple):
    """A row: `start` and `end` in epoch milliseconds, `row` its number in its part of the file."""

    label: str
    start: float
    end: float
    row: int

    def holds(self, other: "Sample") -> bool:
        """Whether another one ran while this one did."""
        return self.start <= other.start and other.end <= self.end


@dataclass(slots=True)
class Threads:
    """The newest sample of each thread, and the transactions behind it that no sample was seen of yet."""

    newest: dict[str, Sample] = field(default_factory=dict)
    transactions: defaultdict[str, list[Sample]] = field(default_factory=lambda: defaultdict(list))

    def counted_by_others(self, samples: Iterable[tuple[str, bool, Sample]]) -> list[int]:
        """The rows that another one counts: parts of a sample, and transactions whose samples are there.

        Args:
            samples: thread, whether it sums up others, and the sample, as they are in the file.
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
                    # Where JMeter makes one sample of a transaction, its own come after it, if it writes them at all.
                    self.transactions[thread].append(sample)
        return counted


def _sums_up(transaction: Sample, newest: Sample) -> bool:
    # Waiting is no part of a transaction's time: its samples may end after it.
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
    """Rows whose text begins so."""
    codes, texts = codes_and_texts(column)
    rows: np.ndarray = np.isin(codes, [code for code, text in enumerate(texts) if str(text).startswith(words)])
    return rows


def _is_compared(texts: dict[str, pa.ChunkedArray], transactions: np.ndarray) -> np.ndarray:
    """Rows of which others may be parts, or that may be parts of others; of most files the last of each thread."""
    _, labels = codes_and_texts(texts["label"])
    if transactions.any() or any(PART_BEHIND.search(str(label)) for label in labels):
        return np.ones(len(transactions), dtype=bool)
    return ~pd.Series(codes_and_texts(texts["threadName"])[0]).duplicated(keep="last").to_numpy()


def _samples(chunk: pa.Table, times: TimeFormat, rows: np.ndarray) -> Iterator[Sample]:
    """The samples of a part; `rows`: their numbers."""
    # Whole milliseconds, as JMeter has them: a part may end when its sample does, to the bit.
    start = np.rint(epoch_seconds(chunk["timeStamp"], times) * 1000)
    ends = start + numbers(chunk["elapsed"])
    return map(Sample, chunk["label"].cast(pa.string()).to_pylist(), start.tolist(), ends.tolist(), rows.tolist())


def _outcome(success: str, status: str) -> str:
    """What the test asserts: a response of 200 with the wrong content failed."""
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
    # Others are variables of the test, which whoever has them saved wants to look at.
    skips=frozenset({"success", "responsemessage", "failuremessage", "threadname", "datatype", "encoding", "filename"}),
    duration="ms",
    stamp="start",
    reads=READS,
    adds=("outcome",),
    begin=_begun,
    note="a sample failed where the test says so; what another sample counts (redirects, transactions) is left out",
)


def _layout_without_header(lines: Sequence[str], _duration: str) -> Layout | None:
    """The columns that JMeter writes first where nobody chose others; the further ones have no names."""
    row = header_layout(lines[0], ",").columns
    is_sample = len(row) >= len(FIRST) and FIRST_ROW.fullmatch(",".join((*row[:2], row[len(FIRST) - 1]))) is not None
    return Layout((*FIRST, *(f"column {number}" for number in range(len(FIRST), len(row))))) if is_sample else None


JMETER_WITHOUT_HEADER: Final = replace(JMETER, header=frozenset(), cut=_layout_without_header, is_closed=True)
