"""Remote write 1.0, as much of it as native histograms need: the fields of prompb/types.proto and their numbers."""

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import httpx
import numpy as np
import pyarrow as pa

VARINT, DOUBLE, BYTES = 0, 1, 2
SCHEMA = 3


@dataclass(frozen=True)
class Histogram:
    """A native histogram of whole numbers at one moment, in buckets of `SCHEMA`.

    Attributes:
        at: epoch seconds. `first`: index of the first bucket, whose upper bound is 2^(first / 2^SCHEMA).
        counts: events of that bucket and of each that follows. `zero`: events at zero.
    """

    at: int
    first: int
    counts: Sequence[int]
    zero: int = 0

    def message(self) -> bytes:
        total = sum(self.counts) + self.zero
        deltas = np.diff(np.asarray(self.counts, dtype=np.int64), prepend=0).tolist()
        span = _number(1, _zigzag(self.first)) + _number(2, len(self.counts))
        return b"".join(
            [
                _number(1, total),
                _double(3, 0.1 * total),
                _number(4, _zigzag(SCHEMA)),
                _double(5, 1e-9),
                _number(6, self.zero),
                _bytes(11, span) if self.counts else b"",
                _bytes(12, b"".join(_varint(_zigzag(delta)) for delta in deltas)),
                _number(15, self.at * 1000),
            ]
        )


def bucket(seconds: np.ndarray) -> np.ndarray:
    """The index of the bucket that each value lies in."""
    return np.ceil(np.log2(seconds) * 2**SCHEMA).astype(int)


def series(
    labels: Mapping[str, str], *, histograms: Iterable[Histogram] = (), samples: Iterable[tuple[int, float]] = ()
) -> bytes:
    """One series; `samples`: epoch seconds and values."""
    named = [_bytes(1, _bytes(1, name.encode()) + _bytes(2, labels[name].encode())) for name in sorted(labels)]
    plain = [_bytes(2, _double(1, value) + _number(2, at * 1000)) for at, value in samples]
    return b"".join([*named, *plain, *(_bytes(4, one.message()) for one in histograms)])


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
