"""Columns of request logs as we know them: times, methods, paths. Each different text is read once, no row alone."""

from contextlib import suppress

import pyarrow as pa
import pyarrow.compute as pc

# This many different paths of a part are told apart; a path with ids in it has values without end.
PATHS_MAX = 200
OTHER = "other values"
TIME = pa.timestamp("ms", "UTC")
# As the vocabulary of outcomes knows it: the client was gone before there was a status.
CLIENT_CLOSED = "client closed request"


def texts(column: pa.ChunkedArray) -> pa.Array:
    """A column of texts in one piece, each text once where they are held so."""
    column = column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column.cast(pa.string())
    whole = column.combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole


def each_once(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """A column as codes of different texts, in one piece."""
    whole = texts(column)
    return whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()


def by_text(column: pa.DictionaryArray, values: pa.Array) -> pa.Array:
    """The value of each row; `values`: of each different text."""
    return values.take(column.indices)


def with_texts(times: pa.Array, *written: pa.Array) -> pa.Array:
    """Times as texts again, what cannot be read as it is written: it is what the user is to see.

    Args:
        times: with nulls where they cannot be read, shape (rows,). `written`: the parts of texts, shape (rows,).
    """
    if not times.null_count:
        return times
    readable = pc.strftime(times, format="%Y-%m-%dT%H:%M:%SZ")
    return pc.coalesce(readable, pc.binary_join_element_wise(*(part.cast(pa.string()) for part in written), " "))


def strict_times(written: pa.Array, form: str) -> pa.Array:
    """Times of texts in whole seconds, null where there is no such time.

    Args:
        written: texts. `form`: of all of them, as strptime has it.
    """
    times = pc.strptime(written, format=form, unit="s", error_is_null=True)
    # The 31st of November is not the 1st of December.
    return pc.if_else(pc.equal(pc.strftime(times, format=form), written), times, None)


def clf_times(times: pa.ChunkedArray, offsets: pa.ChunkedArray) -> pa.Array:
    """Times of the Common Log Format as timestamps; as texts where some of them cannot be read.

    Args:
        times: `[28/Nov/2026:20:00:00`. `offsets`: `+0100]`, or an empty text for UTC.
    """
    written, zones = each_once(times), each_once(offsets)
    clocks = pc.utf8_ltrim(written.dictionary, characters="[")
    local = strict_times(clocks, "%d/%b/%Y:%H:%M:%S")
    parts = pc.extract_regex(zones.dictionary, r"^(?P<sign>[+-])(?P<hours>\d\d)(?P<minutes>\d\d)\]$")
    hours, minutes = (pc.struct_field(parts, name).cast(pa.int64()) for name in ("hours", "minutes"))
    seconds = pc.add(pc.multiply(hours, 3600), pc.multiply(minutes, 60))
    east = pc.if_else(pc.equal(pc.struct_field(parts, "sign"), "+"), seconds, pc.negate(seconds))
    utc = pc.subtract(by_text(written, local).cast(pa.int64()), by_text(zones, east))
    return with_texts(utc.cast(pa.timestamp("s", "UTC")), written, zones)


def naive_clf_times(column: pa.ChunkedArray) -> pa.Array:
    """Times such as `[28/Nov/2026:20:00:00.123]` as local timestamps; as texts where some of them cannot be read."""
    written = texts(column)
    clock, fraction = halves(pc.utf8_trim(written, characters="[]"), ".")
    different = clock.dictionary_encode()
    seconds = by_text(different, strict_times(different.dictionary, "%d/%b/%Y:%H:%M:%S")).cast(pa.int64())
    is_read = pc.match_substring_regex(fraction, r"^\d{3}$")
    milliseconds = pc.if_else(is_read, fraction, None).cast(pa.int64())
    times = pc.add(pc.multiply(seconds, 1000), milliseconds).cast(pa.timestamp("ms"))
    if not times.null_count:
        return times
    return pc.coalesce(pc.strftime(times, format="%Y-%m-%dT%H:%M:%S"), written)


def iso_times(column: pa.ChunkedArray) -> pa.Array:
    """Times such as `[2026-11-28T20:00:00.000Z]` as timestamps; as texts where some of them cannot be read."""
    whole = texts(column)
    written = pc.utf8_trim(whole.dictionary if pa.types.is_dictionary(whole.type) else whole, characters="[]")
    # Where one cannot be read, the reader of times finds out which.
    with suppress(pa.ArrowInvalid):
        written = written.cast(TIME)
    return by_text(whole, written) if pa.types.is_dictionary(whole.type) else written


def utc_times(dates: pa.ChunkedArray, clocks: pa.ChunkedArray) -> pa.Array:
    """Times of two columns in UTC as timestamps; as texts where some of them cannot be read.

    Args:
        dates: `2026-11-28`. `clocks`: `20:00:00`.
    """
    days, hours = each_once(dates), each_once(clocks)
    day = strict_times(days.dictionary.cast(pa.string()), "%Y-%m-%d")
    on_first = pc.binary_join_element_wise("1970-01-01", hours.dictionary, " ")
    seconds = strict_times(on_first, "%Y-%m-%d %H:%M:%S").cast(pa.int64())
    utc = pc.add(by_text(days, day).cast(pa.int64()), by_text(hours, seconds))
    return with_texts(utc.cast(pa.timestamp("s", "UTC")), days, hours)


def methods_and_paths(column: pa.ChunkedArray) -> tuple[pa.Array, pa.Array]:
    """Methods, and paths without what is searched for and without the host, of `GET /path?query HTTP/1.1`."""
    method, rest = halves(texts(column), " ")
    target, version = halves(rest, " ", last=True)
    # A version is missing in what is no HTTP, or HTTP/0.9.
    has_version = pc.fill_null(pc.starts_with(version, "HTTP/"), fill_value=False)
    method = method.dictionary_encode()
    known = by_text(method, pc.match_substring_regex(method.dictionary, "^[A-Z-]{3,20}$"))
    paths = bounded_paths(pc.if_else(known, pc.if_else(has_version, target, rest), None))
    return pc.if_else(known, by_text(method, method.dictionary), None).dictionary_encode(), paths


def bounded_paths(targets: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Paths of targets, or of addresses with a host, without what is searched for; rare ones of very many are one."""
    path = halves(targets, "?")[0].dictionary_encode()
    different = pc.replace_substring_regex(path.dictionary, "^[a-z]+://[^/]*", "")
    if len(different) > PATHS_MAX:
        counts = pc.value_counts(path.indices.drop_null())
        most = pc.select_k_unstable(counts.field("counts"), PATHS_MAX, [("", "descending")])
        is_kept = pc.is_in(pa.array(range(len(different)), pa.int32()), counts.field("values").take(most))
        different = pc.if_else(is_kept, different, OTHER)
    return by_text(path, different).dictionary_encode()


def halves(column: pa.Array, sign: str, *, last: bool = False) -> tuple[pa.Array, pa.Array]:
    """Texts before and after a sign, null behind where it is missing.

    Args:
        column: of texts. `sign`: where they are cut. `last`: at the last of several, not the first.
    """
    parts = pc.split_pattern(column, sign, max_splits=1, reverse=last)
    before, count = parts.offsets.slice(0, len(parts)), parts.value_lengths()
    if parts.null_count:
        before = pc.if_else(parts.is_valid(), before, None)
    behind = pc.if_else(pc.equal(count, 2), pc.add(before, 1), None)
    return parts.values.take(before), parts.values.take(behind)
