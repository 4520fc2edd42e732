"""[triage]: how long an acknowledgement lasts."""

from dataclasses import dataclass

from dashboard.toml import parsers
from dashboard.toml.reader import Parser, Reader, Values

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class AskAgain:
    """How many seconds an acknowledgement lasts: for entries that need somebody now, and for the others."""

    now: float = 4 * HOUR
    rest: float = 24 * HOUR


_KEYS: dict[str, Parser] = {"ask_again_pages": parsers.duration, "ask_again": parsers.duration}


def read_ask_again(data: Values, reader: Reader) -> AskAgain:
    """Read how long acknowledgements last.

    Args:
        data: the file, as `tomllib` returns it. `reader`: collects problems.
    """
    row = reader.table(reader.place.inside("triage"), data.get("triage", {}), _KEYS)
    usual = AskAgain()
    return AskAgain(row.get("ask_again_pages", usual.now), row.get("ask_again", usual.rest))
