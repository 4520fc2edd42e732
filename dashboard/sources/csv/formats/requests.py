"""Converts columns of request logs: times, methods, paths. Each distinct text is converted only once."""

from contextlib import suppress

import pyarrow as pa
import pyarrow.compute as pc

# Maximum number of distinct paths in a part, as paths with ids in them are unlimited.
PATHS_MAX = 200
OTHER = "other values"
TIME = pa.timestamp("ms", "UTC")
# A word of the vocabulary of outcomes: the client disconnected before there was a status.
CLIENT_CLOSED = "client closed request"


def texts(column: pa.ChunkedArray) -> pa.Array:
    """A column of texts as one array, dictionary-encoded texts only once."""
    column = column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column.cast(pa.string())
    whole = column.combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole


def each_once(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """A column as one dictionary array of distinct texts."""
    whole = texts(column)
    return whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()


def by_text(column: pa.DictionaryArray, values: pa.Array) -> pa.Array:
    """The value of each row; `values`: of each distinct text."""
    return values.take(column.indices)


def with_texts(times: pa.Array, *written: pa.Array) -> pa.Array:
    """Times as texts, with unreadable ones as written, for messages to the user.

    Args:
        times: null for unreadable ones, shape (rows,). `written`: the parts of the texts, shape (rows,).
    """
    if not times.null_count:
        return times
    readable = pc.strftime(times, format="%Y-%m-%dT%H:%M:%SZ")
    return pc.coalesce(readable, pc.binary_join_element_wise(*(part.cast(pa.string()) for part in written), " "))


def strict_times(written: pa.Array, form: str) -> pa.Array:
    """Times from texts in whole seconds, null if there is no such time.

    Args:
        written: texts. `form`: their format for strptime.
    """
    times = pc.strptime(written, format=form, unit="s", error_is_null=True)
    # Reject the 31st of November, which would be parsed as the 1st of December.
    return pc.if_else(pc.equal(pc.strftime(times, format=form), written), times, None)


def clf_times(times: pa.ChunkedArray, offsets: pa.ChunkedArray) -> pa.Array:
    """Times of the Common Log Format as timestamps; as texts if some are unreadable.

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
    """Times such as `[28/Nov/2026:20:00:00.123]` as local timestamps; as texts if some are unreadable."""
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


def local_times(days: pa.ChunkedArray, clocks: pa.ChunkedArray) -> pa.Array:
    """Times from two columns without an offset, as texts that begin with the year.

    Args:
        days: `2026-11-28`, or `[28/Nov/2026`. `clocks`: `20:00:00`, `20:00:00,123`, or `20:00:00]`.
    """
    dates, hours = each_once(days), each_once(clocks)
    written = pc.utf8_ltrim(dates.dictionary, characters="[")
    by_name = pc.strftime(strict_times(written, "%d/%b/%Y"), format="%Y-%m-%d")
    clock = pc.replace_substring(pc.utf8_rtrim(hours.dictionary, characters="]"), ",", ".")
    return pc.binary_join_element_wise(by_text(dates, pc.coalesce(by_name, written)), by_text(hours, clock), "T")


def iso_times(column: pa.ChunkedArray) -> pa.Array:
    """Times such as `[2026-11-28T20:00:00.000Z]` as timestamps; as texts if some are unreadable."""
    whole = texts(column)
    written = pc.utf8_trim(whole.dictionary if pa.types.is_dictionary(whole.type) else whole, characters="[]")
    # If one is unreadable, the parser of times finds it later.
    with suppress(pa.ArrowInvalid):
        written = written.cast(TIME)
    return by_text(whole, written) if pa.types.is_dictionary(whole.type) else written


def utc_times(dates: pa.ChunkedArray, clocks: pa.ChunkedArray) -> pa.Array:
    """Times from two columns in UTC as timestamps; as texts if some are unreadable.

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
    """Methods, and paths without query and host, from `GET /path?query HTTP/1.1`."""
    method, rest = halves(texts(column), " ")
    target, version = halves(rest, " ", last=True)
    # Requests that are not HTTP, and HTTP/0.9, have no version.
    has_version = pc.fill_null(pc.starts_with(version, "HTTP/"), fill_value=False)
    method = method.dictionary_encode()
    known = by_text(method, pc.match_substring_regex(method.dictionary, "^[A-Z-]{3,20}$"))
    paths = bounded_paths(pc.if_else(known, pc.if_else(has_version, target, rest), None))
    return pc.if_else(known, by_text(method, method.dictionary), None).dictionary_encode(), paths


def bounded_paths(targets: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Paths of targets or URLs, without the query; if there are too many, rare ones are combined."""
    path = halves(targets, "?")[0].dictionary_encode()
    different = pc.replace_substring_regex(path.dictionary, "^[a-z]+://[^/]*", "")
    if len(different) > PATHS_MAX:
        counts = pc.value_counts(path.indices.drop_null())
        most = pc.select_k_unstable(counts.field("counts"), PATHS_MAX, [("", "descending")])
        is_kept = pc.is_in(pa.array(range(len(different)), pa.int32()), counts.field("values").take(most))
        different = pc.if_else(is_kept, different, OTHER)
    return by_text(path, different).dictionary_encode()


def halves(column: pa.Array, sign: str, *, last: bool = False) -> tuple[pa.Array, pa.Array]:
    """Texts before and after a sign, null after it if it is missing.

    Args:
        column: of texts. `sign`: where to split. `last`: at the last occurrence instead of the first.
    """
    parts = pc.split_pattern(column, sign, max_splits=1, reverse=last)
    before, count = parts.offsets.slice(0, len(parts)), parts.value_lengths()
    if parts.null_count:
        before = pc.if_else(parts.is_valid(), before, None)
    behind = pc.if_else(pc.equal(count, 2), pc.add(before, 1), None)
    return parts.values.take(before), parts.values.take(behind)
