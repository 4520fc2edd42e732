"""Lines of logs cut at their blanks, as Arrow cuts them."""

import re

# A text in quotes or one without blanks, and the blank behind it.
TOKEN = re.compile(r'("(?:\\.|[^"\\])*"[^ ]*|[^ ]*)(?: |$)')
# As `Layout.has_lists` joins them.
LISTS = ((", ", ",_"), (" : ", "_:_"))


def tokens_of(line: str) -> list[str]:
    """The texts between blanks of a line of a log, as written; quoted ones with their quotes."""
    for several, joined in LISTS:
        line = line.replace(several, joined)
    tokens = TOKEN.findall(line)
    # Behind the last text there is one more that is empty.
    return tokens if line.endswith(" ") else tokens[:-1]
