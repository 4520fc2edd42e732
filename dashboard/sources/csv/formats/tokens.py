"""Lines of logs cut at their blanks, as Arrow cuts them."""

import re
from collections import Counter
from collections.abc import Sequence

# A text in quotes or one without blanks, and the blank behind it.
TOKEN = re.compile(r'("(?:\\.|[^"\\])*"[^ ]*|[^ ]*)(?: |$)')
MONTHS = tuple(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split())
# As `Layout.has_lists` joins them.
LISTS = ((", ", ",_"), (" : ", "_:_"))


def with_padded_days(text: bytes) -> bytes:
    """Lines with the days of syslog in two digits, so that all have the same columns: `Nov  8` is `Nov 08`."""
    if text[:3] in MONTHS:
        for month in MONTHS:
            text = text.replace(b"\n%b  " % month, b"\n%b 0" % month)
    return re.sub(rb"^([A-Z][a-z]{2})  (?=\d )", rb"\1 0", text)


def tokens_of(line: str) -> list[str]:
    """The texts between blanks of a line of a log, as written; quoted ones with their quotes."""
    line = with_padded_days(line.encode()).decode()
    for several, joined in LISTS:
        line = line.replace(several, joined)
    tokens = TOKEN.findall(line)
    # Behind the last text there is one more that is empty.
    return tokens if line.endswith(" ") else tokens[:-1]


def usual_rows(lines: Sequence[str]) -> list[list[str]]:
    """The texts of lines that have as many of them as most lines have: the others may be damaged."""
    rows = [tokens_of(line) for line in lines]
    usual = Counter(map(len, rows)).most_common(1)
    return [row for row in rows if usual and len(row) == usual[0][0]]
