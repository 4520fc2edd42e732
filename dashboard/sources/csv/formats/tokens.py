"""Splits log lines at blanks, in the same way as Arrow."""

import re
from collections import Counter
from collections.abc import Sequence

from dashboard.sources.csv.formats.format import Text
from dashboard.sources.csv.layout import Layout

# A quoted text or one without blanks, and the following blank.
TOKEN = re.compile(r'("(?:\\.|[^"\\])*"[^ ]*|[^ ]*)(?: |$)')
# Servers reject requests with longer lines or headers.
LINE_MAX = 1 << 14
MONTHS = tuple(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split())
# `"GET / HTTP/1.1" 404 Not Found`, the end of a line.
PHRASE = re.compile(rb"(\" [1-5]\d\d) (?:[A-Z][A-Za-z' -]*)?(?=\r?$)", re.MULTILINE)
# Joined as for `Layout.has_lists`.
LISTS = ((", ", ",_"), (" : ", "_:_"))


def with_padded_days(text: Text) -> Text:
    """Lines with two-digit days in syslog times, so that all have the same columns: `Nov  8` becomes `Nov 08`."""
    # Most logs have no such lines, and copying each part takes time.
    if bytes(text[:3]) not in MONTHS:
        return text
    lines = b"\n" + text
    for month in MONTHS:
        lines = lines.replace(b"\n%b  " % month, b"\n%b 0" % month)
    return lines[1:]


def with_equal_columns(text: Text) -> Text:
    """Lines with two-digit days, and without the phrase after the status, of which uvicorn writes one to four words."""
    text = with_padded_days(text)
    # As every line of such a log has a phrase, others are not copied.
    first = bytes(text[:LINE_MAX]).partition(b"\n")[0]
    return PHRASE.sub(rb"\1", bytes(text)) if PHRASE.search(first) else text


def tokens_of(line: str) -> list[str]:
    """The texts between the blanks of a log line, as written; quoted ones with their quotes."""
    line = bytes(with_equal_columns(line.encode())).decode()
    for several, joined in LISTS:
        line = line.replace(several, joined)
    tokens = TOKEN.findall(line)
    # After the last text there is an additional empty one.
    return tokens if line.endswith(" ") else tokens[:-1]


def usual_rows(lines: Sequence[str], looks_like: re.Pattern[str]) -> list[list[str]]:
    """The texts of lines with the most frequent number of texts, as others may be damaged.

    Args:
        lines: of a log. `looks_like`: the first line must match it, otherwise there are no rows.
    """
    if len(lines[0]) > LINE_MAX or not looks_like.search(lines[0]):
        return []
    rows = [tokens_of(line) for line in lines if len(line) <= LINE_MAX]
    usual, _ = Counter(map(len, rows)).most_common(1)[0]
    return [row for row in rows if len(row) == usual]


def growing_layout(
    lines: Sequence[str], looks_like: re.Pattern[str], fields: Sequence[str], least: int
) -> Layout | None:
    """The columns of a log in quotes to whose fields more are appended over the years; None if it is not one.

    Args:
        lines, looks_like: as for `usual_rows`. `fields`: known ones, in order. `least`: so many of them are needed.
    """
    rows = usual_rows(lines, looks_like)
    if not rows or len(rows[0]) < least:
        return None
    further = (f"further {number}" for number in range(len(fields), len(rows[0])))
    return Layout((*fields[: len(rows[0])], *further), " ", escape="\\", is_log=True)
