"""[triage]: after how long an acknowledgement no longer holds."""

from dataclasses import dataclass

from dashboard.toml import parsers
from dashboard.toml.reader import Parser, Reader, Values

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class AskAgain:
    """After this many seconds an acknowledgement no longer holds: of what needs somebody now, and of the rest."""

    now: float = 4 * HOUR
    rest: float = 24 * HOUR


_KEYS: dict[str, Parser] = {"ask_again_pages": parsers.duration, "ask_again": parsers.duration}


def read_ask_again(data: Values, reader: Reader) -> AskAgain:
    """What the file says of acknowledgements.

    Args:
        data: the file, as `tomllib` gives it. `reader`: notes what is wrong.
    """
    row = reader.table(reader.place.inside("triage"), data.get("triage", {}), _KEYS)
    usual = AskAgain()
    return AskAgain(row.get("ask_again_pages", usual.now), row.get("ask_again", usual.rest))
