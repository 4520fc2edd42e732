"""Damaged bytes: CSV files of all shapes and formats as people have them, and series for `golden-signals detect`."""

import gzip
import random
from collections.abc import Iterator
from pathlib import Path

from tests.damage import damaged
from tests.sources.csv.formats.load_test_texts import LOAD_TESTS
from tests.sources.csv.generated.case import case

LOGS = Path(__file__).parents[1] / "sources" / "csv" / "formats" / "logs"
# Cells that break readers of numbers, times and texts.
CELLS = (
    b"9" * 400, b"1e308", b"-1e308", b"1e-320", b"9223372036854775808", b"-1", b"NaN", b"inf", b"0x1f", b"1,234.5",
    b"1.234,5", b"1 234", b"12\xc2\xa0345", b"\xd9\xa3", b"123ms", b"1h2m3s", b"42 %", b"1.2 K", b"1e99K", b"", b" ",
    b"\t", b"\0", b'"', b'""', b'"a', b"'", b"\xff", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"0000-00-00", b"1970-01-01",
    b"9999-12-31T23:59:60Z", b"-62135596801", b"2026-10-25 02:30:00 Europe/Berlin", b"2026-10-25 02:30:00 Mars/Olympus",
    b"[28/Nov/2026:20:00:05 +9999]", b"=1+1", b"a" * 70_000, b"{", b"\\", b'{service="a"}', b"null",
)  # fmt: skip
ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252", "utf-7", "shift-jis")


def csv_files(count: int, seed: int) -> Iterator[bytes]:
    """So many CSV files, each damaged once to five times."""
    choose = random.Random(seed)
    texts = [test.text.encode() for test in LOAD_TESTS.values()]
    texts += [path.read_bytes() for path in sorted(LOGS.glob("*"))]
    texts += [piece[:6000] for number in range(60) for _, piece in case(number).pieces if len(piece) > 200]
    for _ in range(count):
        data = choose.choice(texts)
        for _ in range(choose.choice((1, 1, 1, 2, 5))):
            data = _damaged(data, choose)
        yield data


def series(count: int, seed: int) -> Iterator[bytes]:
    """So many series of times and values."""
    choose = random.Random(seed)
    texts = [
        "timestamp,value\n" + "".join(f"{1_760_000_100 + step * at},{10 + at % 7}\n" for at in range(rows))
        for step, rows in ((60, 30), (300, 400), (3600, 100), (1, 60))
    ]
    texts.append("".join(f"2026-11-28T20:{at:02d}:00Z,{at}.5,x\n" for at in range(60)))
    for text in damaged(texts, count, seed=seed):
        data = text.encode("utf-8", "surrogatepass")
        yield _damaged(data, choose) if choose.random() < 0.5 else data


def _damaged(data: bytes, choose: random.Random) -> bytes:
    often = (_flipped, _line_changed, _cell_changed)
    ways = (*often, *often, _cell_changed, _columns_swapped, _recoded, _compressed, _cut, _doubled)
    return choose.choice(ways)(data, choose)


def _flipped(data: bytes, choose: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(choose.choice((1, 3, 30)) if data else 0):
        changed[choose.randrange(len(changed))] = choose.choice((choose.randrange(256), 0, 10, 13, 34, 44, 59))
    return bytes(changed)


def _line_changed(data: bytes, choose: random.Random) -> bytes:
    """A line is cut, doubled, moved, lost, or glued to the next."""
    lines = data.split(b"\n")
    place, other = choose.randrange(len(lines)), choose.randrange(len(lines))
    line = lines[place]
    match choose.randrange(5):
        case 0:
            lines[place] = line[: choose.randrange(len(line) + 1)]
        case 1:
            lines[place:place] = [line] * choose.choice((1, 3, 300))
        case 2:
            lines[place], lines[other] = lines[other], line
        case 3:
            del lines[place]
        case _:
            lines[place : place + 2] = [b"".join(lines[place : place + 2])]
    return b"\n".join(lines)


def _cell_changed(data: bytes, choose: random.Random) -> bytes:
    """A cell of one line, or of all, is something else; often so in the header."""
    lines = data.split(b"\n")
    delimiter = choose.choice((b",", b",", b";", b"\t", b" "))
    cell, place = choose.choice(CELLS), choose.randrange(8)
    chosen = range(len(lines)) if choose.random() < 0.2 else [choose.choice((0, choose.randrange(len(lines))))]
    for number in chosen:
        cells = lines[number].split(delimiter)
        cells[place % len(cells)] = cell
        lines[number] = delimiter.join(cells)
    return b"\n".join(lines)


def _columns_swapped(data: bytes, choose: random.Random) -> bytes:
    delimiter = choose.choice((b",", b";", b"\t"))
    one, other = choose.randrange(6), choose.randrange(6)
    lines = data.split(b"\n")
    for number in range(choose.choice((0, 1)), len(lines)):
        cells = lines[number].split(delimiter)
        first, second = one % len(cells), other % len(cells)
        cells[first], cells[second] = cells[second], cells[first]
        lines[number] = delimiter.join(cells)
    return b"\n".join(lines)


def _recoded(data: bytes, choose: random.Random) -> bytes:
    return data.decode("utf-8", "replace").encode(choose.choice(ENCODINGS), "replace")


def _compressed(data: bytes, choose: random.Random) -> bytes:
    packed = gzip.compress(data, 1, mtime=0)
    return packed[: choose.randrange(len(packed) + 1)] if choose.random() < 0.7 else _flipped(packed, choose)


def _cut(data: bytes, choose: random.Random) -> bytes:
    begin, end = sorted(choose.randrange(len(data) + 1) for _ in range(2))
    return choose.choice((data[:begin], data[end:], data[:begin] + data[end:]))


def _doubled(data: bytes, choose: random.Random) -> bytes:
    begin = choose.randrange(len(data) + 1)
    part = data[begin : begin + choose.choice((1, 2, 10, 100))]
    return data[:begin] + part * choose.choice((2, 100, 2000)) + data[begin:]
