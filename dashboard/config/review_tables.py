"""[review]: whether the review of each week or month is sent to the receivers, and to which of them."""

from collections.abc import Collection
from dataclasses import dataclass

from dashboard.slo.windows import Unit
from dashboard.toml import parsers
from dashboard.toml.reader import Parser, Reader, Values, nearest

SENDS = {"weekly": Unit.WEEK, "monthly": Unit.MONTH}


@dataclass(frozen=True, slots=True)
class ReviewSending:
    """What is sent by itself.

    Attributes:
        unit: a review of each such period is sent once that is over; None: none is.
        receivers: names of those that get it; empty: all.
    """

    unit: Unit | None = None
    receivers: tuple[str, ...] = ()


_KEYS: dict[str, Parser] = {"send": parsers.one_of(tuple(SENDS)), "receivers": parsers.texts}


def read_review_sending(data: Values, reader: Reader, known: Collection[str]) -> ReviewSending:
    """What the file says of reviews.

    Args:
        data: the file, as `tomllib` gives it. `reader`: notes what is wrong. `known`: names of the receivers.
    """
    place = reader.place.inside("review")
    row = reader.table(place, data.get("review", {}), _KEYS)
    if "send" not in row:
        if "receivers" in row:
            reader.problem(place.inside("receivers"), 'nothing is sent: add send = "weekly" or "monthly"')
        return ReviewSending()
    for name in row.get("receivers", ()):
        if name not in known:
            reader.problem(place.inside("receivers"), f"there is no receiver {name}{nearest(name, known)}")
    if not known:
        nobody = "there is nobody to send it to: name a receiver in [[webhooks]] or [[notify]]"
        reader.problem(place.inside("send"), nobody)
    return ReviewSending(SENDS[row["send"]], tuple(row.get("receivers", ())))
