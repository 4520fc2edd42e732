"""How a table becomes the bytes of one or several files, in pieces as they are written."""

import bz2
import csv
import gzip
import io
import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random

import pyarrow as pa
from pyarrow import parquet

from tests.sources.csv.generated.tables import Row, Table
from tests.sources.csv.generated.times import SECOND
from tests.sources.csv.generated.truth import Interval, Request

MINUTE = 60 * SECOND
WHOLE = re.compile(r"[1-9]\d{0,15}|0")


@dataclass
class Written:
    """Pieces of files, in the order they are written.

    Attributes:
        pieces: (name of the file, bytes that are appended). `events`: what the rows tell, as the product reads them.
        bad_rows: rows that nobody can read. `traits`: what is odd about the files, for the report.
    """

    pieces: list[tuple[str, bytes]] = field(default_factory=list)
    events: list[Request | Interval] = field(default_factory=list)
    bad_rows: int = 0
    traits: list[str] = field(default_factory=list)


@dataclass
class Style:
    """How cells become a line."""

    delimiter: str
    quoting: int
    line_end: str
    mark: bytes
    is_open_end: bool


def written(random: Random, table: Table, name: str = "data") -> Written:
    """Write a table into files whose names begin with `name`."""
    out = Written(traits=[table.kind])
    rows = table.rows if table.in_order else _duplicated(random, table, _ordered(random, table, out), out)
    count = random.choice((1, 1, 1, 2, 3)) if "duplicates" not in out.traits and not table.in_order else 1
    parts = [rows[number::count] for number in range(count)]
    if table.kind == "services":
        # Whoever exports a dashboard in parts does so by time.
        parts = [rows[len(rows) * number // count : len(rows) * (number + 1) // count] for number in range(count)]
    contents = [(f"{name}{number}.csv", part) for number, part in enumerate(parts)]
    is_followed = random.random() < 0.35 and "newest first" not in out.traits
    out.traits += [f"{count} files"] * (count > 1) + ["followed"] * is_followed
    by_file = [_file(random, table, part, out, is_followed=is_followed) for _, part in contents]
    for (name, _), data in zip(contents, by_file, strict=True):
        pieces = _cut(random, data) if is_followed else [data]
        out.pieces += [(name, piece) for piece in pieces]
    return out


def _ordered(random: Random, table: Table, out: Written) -> list[Row]:
    """The rows in the order of the file. Local times tell their order only where rows are nearly sorted."""
    chance = random.random()
    if chance < 0.15:
        out.traits.append("newest first")
        return table.rows[::-1]
    if chance < 0.35:
        out.traits.append("shuffled")
        # Rows of one interval keep their order: the later one would count.
        moved = {id(row): row.at + random.randrange(10 * MINUTE) for row in table.rows}
        return sorted(table.rows, key=lambda row: moved[id(row)])
    if chance < 0.45 and not table.form.is_local:
        out.traits.append("late")
        late = {id(row) for row in random.sample(table.rows, len(table.rows) // 10)}
        return sorted(table.rows, key=lambda row: id(row) in late)
    return table.rows


def _duplicated(random: Random, table: Table, rows: list[Row], out: Written) -> list[Row]:
    """Some rows again, right behind or at the end; those of intervals may have another number the second time."""
    if random.random() > 0.25 or not rows or table.kind == "services":
        return rows
    out.traits.append("duplicates")
    chosen = random.sample(rows, min(len(rows), random.choice((1, 3, 10))))
    again = [_corrected(table, row) if random.random() < 0.5 else row for row in chosen]
    if random.random() < 0.5 and not table.form.is_local and "newest first" not in out.traits:
        return rows + again
    after = {id(row): copy for row, copy in zip(chosen, again, strict=True)}
    return [copy for row in rows for copy in (row, *([after[id(row)]] if id(row) in after else []))]


def _corrected(table: Table, row: Row) -> Row:
    """The same interval with one request more; requests are what they are."""
    event = row.event
    if not isinstance(event, Interval) or event.requests == 0:
        return row
    cells = {**row.cells, row.counted: table.write(event.requests + 1)}
    # The good ones are as many as before.
    failed = event.failed + 1 if table.of_good else event.failed
    return replace(row, cells=cells, event=replace(event, requests=event.requests + 1, failed=failed))


def _file(random: Random, table: Table, rows: list[Row], out: Written, *, is_followed: bool) -> bytes:
    if not is_followed and not table.is_tool and random.random() < 0.08:
        out.traits.append("parquet")
        out.events += [event for row in rows for event in row.events]
        return _parquet(random, table, rows)
    style = _style(random)
    lines = [] if table.is_log else [*_head(random, style, out), _line(table.columns, style)]
    # A single row that is bad says nothing of the others.
    is_broken = random.random() < 0.25 and len(rows) > 30
    for row in rows:
        lines += list(_lines(random, table, row, style, is_broken, out))
    text = style.line_end.join(lines) + ("" if style.is_open_end else style.line_end)
    out.traits += [trait for trait, has in (("broken", is_broken), ("no last line end", style.is_open_end)) if has]
    return _encoded(random, text, style, out, is_followed=is_followed)


def _parquet(random: Random, table: Table, rows: list[Row]) -> bytes:
    """A table with columns of texts, and of whole numbers where all of its cells are."""
    columns = {name: [row.cells.get(name) or None for row in rows] for name in table.columns}
    is_typed = random.random() < 0.5
    arrays = {}
    for name, cells in columns.items():
        is_whole = is_typed and "service" not in name.lower() and all(cell and WHOLE.fullmatch(cell) for cell in cells)
        values = [int(cell) for cell in cells if cell] if is_whole else cells
        arrays[name] = pa.array(values, pa.int64() if is_whole else pa.string())
    sink = io.BytesIO()
    parquet.write_table(pa.table(arrays), sink, row_group_size=random.choice((7, 1000)))
    return sink.getvalue()


def _head(random: Random, style: Style, out: Written) -> list[str]:
    """Lines before the header."""
    if random.random() > 0.15:
        return []
    out.traits.append("lines before the header")
    return random.choice(
        ([f"sep={style.delimiter}"], ["# exported by hand; see a, b"], ["", ""], ["#", "", "# 2026-11-28T20:00:00Z"])
    )


def _encoded(random: Random, text: str, style: Style, out: Written, *, is_followed: bool) -> bytes:
    """Bytes of a text, now and then in another encoding than UTF-8, or compressed."""
    chance = random.random()
    if chance < 0.06:
        out.traits.append("utf-16")
        return b"\xff\xfe" + text.encode("utf-16-le") if chance < 0.03 else b"\xfe\xff" + text.encode("utf-16-be")
    if chance < 0.16:
        latin = text.encode("cp1252", "ignore")
        if latin.decode("cp1252") == text and latin != text.encode():
            out.traits.append("windows-1252")
            return latin
    data = style.mark + text.encode()
    if chance > 0.94 and not is_followed:
        name, compress = random.choice((("gzip", gzip.compress), ("bzip2", bz2.compress), ("xz", lzma.compress)))
        out.traits.append(name)
        return compress(data)
    return data


def _style(random: Random) -> Style:
    return Style(
        random.choice((",", ",", ";", "\t")),
        random.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
        random.choice(("\n", "\n", "\r\n")),
        b"\xef\xbb\xbf" if random.random() < 0.15 else b"",
        random.random() < 0.15,
    )


def _lines(random: Random, table: Table, row: Row, style: Style, is_broken: bool, out: Written) -> Iterator[str]:
    """The row, and now and then a blank line or a bad row before it."""
    if is_broken and random.random() < 0.1:
        out.bad_rows += 1
        yield _bad_line(random, table, row, style)
    if is_broken and random.random() < 0.1:
        yield ""
    out.events += row.events
    yield _row_line(table, row.cells, style)


def _bad_line(random: Random, table: Table, row: Row, style: Style) -> str:
    chance = random.random()
    cells = [row.cells.get(column, "") for column in table.columns]
    if table.is_log:
        return random.choice(("what is this", cells[0][: random.randrange(5, 40)]))
    if chance < 0.2:
        return _line([*cells, "more"], style)
    if chance < 0.4:
        return _line(cells[:-1], style)
    if chance < 0.5:
        # As `cat a.csv b.csv` writes it.
        return _line(table.columns, style)
    changed = dict(row.cells)
    random.choice(list(table.broken))(changed)
    return _line([changed.get(column, "") for column in table.columns], style)


def _row_line(table: Table, cells: dict[str, str], style: Style) -> str:
    texts = [cells.get(column, "") for column in table.columns]
    return texts[0] if table.is_log else _line(texts, style)


def _line(cells: list[str], style: Style) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=style.delimiter, quoting=style.quoting, lineterminator="\r\n").writerow(cells)
    return text.getvalue()[:-2]


def _cut(random: Random, data: bytes) -> list[bytes]:
    """Pieces of a file, cut anywhere."""
    places = sorted(random.randrange(len(data) + 1) for _ in range(random.choice((1, 2, 4, 8))))
    return [data[begin:end] for begin, end in zip([0, *places], [*places, len(data)], strict=True)]
