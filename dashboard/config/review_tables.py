"""[review]: whether the review of each week or month is sent, to whom, and where hours of toil are written down."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.review.toil import toil_rows
from dashboard.slo.windows import Unit
from dashboard.toml import parsers
from dashboard.toml.place import Place
from dashboard.toml.reader import Parser, PathParser, Reader, Values, nearest

SENDS = {"weekly": Unit.WEEK, "monthly": Unit.MONTH}


@dataclass(frozen=True, slots=True)
class ReviewSettings:
    """What the configuration says of reviews.

    Attributes:
        unit: a review of each such period is sent once that is over; None: none is.
        receivers: names of those that get it; empty: all.
        toil_file: CSV of hours of toil; None without.
    """

    unit: Unit | None = None
    receivers: tuple[str, ...] = ()
    toil_file: Path | None = None


def _toil_file(value: Any, folder: Path) -> Path:
    path = folder / parsers.text(value)
    try:
        toil_rows(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: {getattr(error, 'strerror', None) or 'is no text in UTF-8'}") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return path


_KEYS: dict[str, Parser | PathParser] = {
    "send": parsers.one_of(tuple(SENDS)),
    "receivers": parsers.texts,
    "toil": PathParser(_toil_file),
}


def read_review_settings(data: Values, reader: Reader, known: Collection[str]) -> ReviewSettings:
    """What the file says of reviews.

    Args:
        data: the file, as `tomllib` gives it. `reader`: notes what is wrong. `known`: names of the receivers.
    """
    place = reader.place.inside("review")
    row = reader.table(place, data.get("review", {}), _KEYS)
    toil_file = row.get("toil")
    if "send" not in row:
        if "receivers" in row and not reader.is_written(place, "send"):
            reader.problem(place.inside("receivers"), 'nothing is sent: add send = "weekly" or "monthly"')
        return ReviewSettings(toil_file=toil_file)
    # A receiver with a mistake of its own is not missing, too.
    if not reader.is_doubtful("webhooks", "notify"):
        _check_receivers(place, row.get("receivers", ()), reader, known)
    return ReviewSettings(SENDS[row["send"]], tuple(row.get("receivers", ())), toil_file)


def _check_receivers(place: Place, named: Collection[str], reader: Reader, known: Collection[str]) -> None:
    """Note receivers that do not exist.

    Args:
        place: of the table. `named`: by it. `reader`: notes what is wrong. `known`: names of the receivers.
    """
    if not known:
        nobody = "there is nobody to send it to: name a receiver in [[webhooks]] or [[notify]]"
        reader.problem(place.inside("send"), nobody)
        return
    for name in named:
        if name not in known:
            reader.problem(place.inside("receivers"), f"there is no receiver {name}{nearest(name, known)}")
