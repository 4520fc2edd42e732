"""What was read of a file is told from everything else, byte by byte."""

import io
import itertools
import random

import pytest

from dashboard.sources.csv.fingerprint import BLOCK, Fingerprint


def text_of(data: bytes) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(data))


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 17])
def test_one_other_byte_anywhere_is_seen_however_the_text_was_read(size: int) -> None:
    rng = random.Random(size)
    data = rng.randbytes(size)
    read = Fingerprint()
    cuts = sorted({0, size, *(rng.randint(0, size) for _ in range(5))})
    for begin, end in itertools.pairwise(cuts):
        read.add(data[begin:end])
    assert (read.size, read.is_in(text_of(data)), read.is_in(text_of(data + b"more"))) == (size, True, True)
    for at in {0, size // 2, size - 1} if size else ():
        changed = bytearray(data)
        changed[at] ^= 1
        assert not read.is_in(text_of(bytes(changed))), at
        assert not read.is_in(text_of(data[:at])), "it was cut off"
        assert read.begins_with(text_of(data[:at]), at)
        assert read.begins_with(text_of(bytes(changed)), size) == (at >= size // BLOCK * BLOCK)


def test_only_the_blocks_that_are_named_are_compared_and_what_follows_the_last() -> None:
    data = bytes(3 * BLOCK) + b"end"
    read = Fingerprint()
    read.add(data)
    changed = text_of(data[:BLOCK] + b"x" + data[BLOCK + 1 :])
    assert [read.is_in(changed, [block]) for block in range(3)] == [True, False, True]
    assert not read.is_in(text_of(data[:-1] + b"x"), [])
    longer = read.copy()
    longer.add(b"x")
    assert (read.is_in(text_of(data)), longer.is_in(text_of(data)), longer.is_in(text_of(data + b"x"))) == (
        True, False, True,
    )  # fmt: skip
