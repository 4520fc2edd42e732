"""Lines of logs cut at their blanks, as Arrow cuts them."""

import re
from collections import Counter
from collections.abc import Sequence

from dashboard.sources.csv.formats.format import Text

# A text in quotes or one without blanks, and the blank behind it.
TOKEN = re.compile(r'("(?:\\.|[^"\\])*"[^ ]*|[^ ]*)(?: |$)')
# Servers refuse requests whose line or headers are longer than this.
LINE_MAX = 1 << 14
MONTHS = tuple(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split())
# As `Layout.has_lists` joins them.
LISTS = ((", ", ",_"), (" : ", "_:_"))


def with_padded_days(text: Text) -> Text:
    """Lines with the days of syslog in two digits, so that all have the same columns: `Nov  8` is `Nov 08`."""
    # Most logs have no such lines, and a copy of each part takes its time.
    if bytes(text[:3]) not in MONTHS:
        return text
    lines = b"\n" + text
    for month in MONTHS:
        lines = lines.replace(b"\n%b  " % month, b"\n%b 0" % month)
    return lines[1:]


def tokens_of(line: str) -> list[str]:
    """The texts between blanks of a line of a log, as written; quoted ones with their quotes."""
    line = bytes(with_padded_days(line.encode())).decode()
    for several, joined in LISTS:
        line = line.replace(several, joined)
    tokens = TOKEN.findall(line)
    # Behind the last text there is one more that is empty.
    return tokens if line.endswith(" ") else tokens[:-1]


def usual_rows(lines: Sequence[str], looks_like: re.Pattern[str]) -> list[list[str]]:
    """The texts of lines that have as many of them as most lines have: the others may be damaged.

    Args:
        lines: of a log. `looks_like`: what the first of them must hold; else there are no rows.
    """
    if len(lines[0]) > LINE_MAX or not looks_like.search(lines[0]):
        return []
    rows = [tokens_of(line) for line in lines if len(line) <= LINE_MAX]
    usual, _ = Counter(map(len, rows)).most_common(1)[0]
    return [row for row in rows if len(row) == usual]
