"""Remote write 1.0, as much of it as native histograms need: the fields of prompb/types.proto and their numbers."""

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import httpx
import numpy as np
import pyarrow as pa

# Wire types of protobuf; a DOUBLE has eight bytes.
VARINT, DOUBLE, BYTES = 0, 1, 2
SCHEMA = 3
# Of a varint of today's milliseconds.
TIME_BYTES = 6


@dataclass(frozen=True)
class Histogram:
    """A native histogram of whole numbers at one moment.

    Attributes:
        at: epoch seconds. `first`: index of the first bucket, whose upper bound is 2^(first / 2^schema).
        counts: events of that bucket and of each that follows. `zero`: events at zero.
        schema: how fine the buckets are.
    """

    at: float
    first: int
    counts: Sequence[int]
    zero: int = 0
    schema: int = SCHEMA

    def message(self) -> bytes:
        total = sum(self.counts) + self.zero
        deltas = np.diff(np.asarray(self.counts, dtype=np.int64), prepend=0).tolist()
        span = _number(1, _zigzag(self.first)) + _number(2, len(self.counts))
        return b"".join(
            [
                _number(1, total),
                _double(3, 0.1 * total),
                _number(4, _zigzag(self.schema)),
                _double(5, 1e-9),
                _number(6, self.zero),
                _bytes(11, span) if self.counts else b"",
                _bytes(12, b"".join(_varint(_zigzag(delta)) for delta in deltas)),
                _number(15, round(self.at * 1000)),
            ]
        )


@dataclass(frozen=True)
class Exemplar:
    """A request that a series remembers; `at`: epoch seconds."""

    labels: Mapping[str, str]
    value: float
    at: float

    def message(self) -> bytes:
        return labelled(self.labels) + _double(2, self.value) + _number(3, round(self.at * 1000))


def bucket(seconds: np.ndarray) -> np.ndarray:
    """The index of the bucket that each value lies in."""
    return np.ceil(np.log2(seconds) * 2**SCHEMA).astype(int)


def series(
    labels: Mapping[str, str],
    *,
    histograms: Iterable[Histogram] = (),
    samples: Iterable[tuple[int, float]] = (),
    exemplars: Iterable[Exemplar] = (),
) -> bytes:
    """One series; `samples`: epoch seconds and values."""
    plain = [_bytes(2, _double(1, value) + _number(2, at * 1000)) for at, value in samples]
    remembered = [_bytes(3, exemplar.message()) for exemplar in exemplars]
    return b"".join([labelled(labels), *plain, *remembered, encoded_histograms(one.message() for one in histograms)])


def labelled(labels: Mapping[str, str]) -> bytes:
    """What a series begins with."""
    return b"".join(_bytes(1, _bytes(1, name.encode()) + _bytes(2, labels[name].encode())) for name in sorted(labels))


def encoded_histograms(messages: Iterable[bytes]) -> bytes:
    """Native histograms of a series."""
    return b"".join(_bytes(4, message) for message in messages)


def encoded_samples(times: np.ndarray, values: np.ndarray) -> bytes:
    """Numbers of a series, many at once; `times`: epoch milliseconds of a time when they have six bytes of 7 bits."""
    assert not len(times) or (times.min() >= 1 << 35 and times.max() < 1 << 42), "such times are of this century"
    layout = [("head", "u1", 3), ("value", "<f8"), ("time_field", "u1"), ("time", "u1", TIME_BYTES)]
    rows = np.zeros(len(times), dtype=layout)
    rows["head"] = (2 << 3 | BYTES, 9 + 1 + TIME_BYTES, 1 << 3 | DOUBLE)
    rows["value"] = values
    rows["time_field"] = 2 << 3 | VARINT
    parts = times.astype(np.int64)[:, None] >> 7 * np.arange(TIME_BYTES) & 127
    rows["time"] = parts | np.array([128] * (TIME_BYTES - 1) + [0])
    return rows.tobytes()


def send(url: str, every: Iterable[bytes]) -> None:
    """Write some series; a server takes nothing that is older than what it has."""
    body = b"".join(_bytes(1, one) for one in every)
    headers = {
        "Content-Encoding": "snappy",
        "Content-Type": "application/x-protobuf",
        "X-Prometheus-Remote-Write-Version": "0.1.0",
    }
    packed = pa.Codec("snappy").compress(body, asbytes=True)
    reply = httpx.post(f"{url}/api/v1/write", content=packed, headers=headers, timeout=60)
    assert reply.is_success, reply.text


def _varint(number: int) -> bytes:
    made = bytearray()
    while number > 127:
        made.append(number & 127 | 128)
        number >>= 7
    return bytes([*made, number])


def _zigzag(number: int) -> int:
    return 2 * number if number >= 0 else -2 * number - 1


def _number(field: int, number: int) -> bytes:
    return _varint(field << 3 | VARINT) + _varint(number)


def _double(field: int, number: float) -> bytes:
    return _varint(field << 3 | DOUBLE) + struct.pack("<d", number)


def _bytes(field: int, inside: bytes) -> bytes:
    return _varint(field << 3 | BYTES) + _varint(len(inside)) + inside
