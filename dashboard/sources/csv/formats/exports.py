"""Common parts of formats of exported events: optional columns, statuses with a flag, names of months."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dashboard.sources.csv.formats.format import Format
from dashboard.sources.csv.formats.requests import by_text, each_once, texts

FAILED, GOOD = "error", "ok"
# Texts of empty cells in exports.
EMPTY = ("", "-", " - ", "(empty)", "null")
TRUE, FALSE = ("true", "1", "yes"), ("false", "0", "no")


def by_service(known: Format, *names: str) -> tuple[Format, ...]:
    """A format for each column that may name the service, the best first, and one for files without any of them.

    Args:
        known: the format without a service column. `names`: of columns.
    """
    named = (
        replace(known, header=known.header | {name.lower()}, columns={**known.columns, "service": name})
        for name in names
    )
    return (*named, known)


def filled(chunk: pa.Table, name: str) -> pa.Array:
    """A column of texts, null for empty cells; all null if the file lacks the column."""
    if name not in chunk.column_names:
        return pa.nulls(len(chunk), pa.string())
    column = each_once(chunk[name])
    different = column.dictionary.cast(pa.string())
    is_empty = pc.is_in(pc.utf8_trim_whitespace(different), pa.array([text.strip() for text in EMPTY]))
    return by_text(column, pc.if_else(is_empty, None, different))


def first_of(chunk: pa.Table, *names: str) -> pa.Array:
    """The first non-empty one of several text columns, row by row."""
    return pc.coalesce(*(filled(chunk, name) for name in names))


def flags(column: pa.Array) -> pa.Array:
    """Texts for yes and no as booleans; null for anything else."""
    words = pc.utf8_lower(column)
    yes, no = (pc.is_in(words, pa.array(known)) for known in (TRUE, FALSE))
    return pc.if_else(yes, True, pc.if_else(no, False, None))


def outcomes(codes: pa.Array, failed: pa.Array) -> pa.Array:
    """Response codes, replaced by the flag if they are missing or not failures.

    Args:
        codes: of HTTP, null if missing. `failed`: booleans, null if unknown.
    """
    outcome = pc.if_else(failed, FAILED, GOOD)
    says_good = pc.fill_null(pc.match_substring_regex(codes, r"^[123]\d\d$"), fill_value=False)
    hidden = pc.and_(says_good, pc.fill_null(failed, fill_value=False))
    return pc.if_else(hidden, FAILED, pc.coalesce(codes, outcome)).dictionary_encode()


def nothing(*columns: pa.Array) -> np.ndarray:
    """Mask of rows with null in all columns, shape (rows,): events that are not requests."""
    missing = [column.is_null().to_numpy(zero_copy_only=False) for column in columns]
    empty: np.ndarray = np.logical_and.reduce(missing)
    return empty


def dated(column: pa.ChunkedArray, form: str, *, zone: str = "") -> pa.Array:
    """Convert times with month names, or with AM and PM, to ISO 8601; other forms are unchanged.

    Args:
        column: of texts. `form`: for strptime, up to the fraction. `zone`: `UTC`, or empty for local times.
    """
    written = texts(column)
    plain = written.dictionary_decode() if pa.types.is_dictionary(written.type) else written
    parts = pc.extract_regex(plain, r"^(?P<time>.*?:\d\d)(?:\.(?P<fraction>\d+))?(?P<half> [AP]M)?$")
    time, fraction, half = (pc.struct_field(parts, name) for name in ("time", "fraction", "half"))
    moments = pc.strptime(pc.binary_join_element_wise(time, half, ""), format=form, unit="s", error_is_null=True)
    digits = pc.if_else(pc.equal(fraction, ""), "0", fraction)
    iso = pc.binary_join_element_wise(pc.strftime(moments, format="%Y-%m-%dT%H:%M:%S"), digits, ".")
    if zone:
        has_offset = pc.match_substring_regex(plain, r"(?:Z|[+-]\d\d:?\d\d)$")
        plain = pc.if_else(has_offset, plain, pc.binary_join_element_wise(plain, zone, " "))
    return pc.coalesce(pc.binary_join_element_wise(iso, "Z" if zone else "", ""), plain)


def short_names(column: pa.Array) -> pa.Array:
    """Names of log files without folders and suffixes."""
    different = column.dictionary_encode()
    names = pc.replace_substring_regex(different.dictionary, r"^.*[/\\]", "")
    names = pc.replace_substring_regex(names, r"(?:\.(?:log|txt|json|csv|gz|\d+))+$", "")
    return by_text(different, names).dictionary_encode()
