"""[state]: where what people and senders add is kept, and for how long."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from dashboard.state.spec import MB, MEMORY, StateSpec
from dashboard.toml import file_parsers, parsers
from dashboard.toml.reader import Parser, PathParser, Reader, Values

VARIABLE = "GOLDEN_SIGNALS_STATE"
SCHEMES = ("postgresql", "postgres")
MAX_MB = 1_000_000


def where(value: str, folder: Path) -> str:
    """A folder found from another, or the URL of a PostgreSQL, or `:memory:`.

    Raises:
        ValueError: it is an address of something else, or none.
    """
    if value == MEMORY:
        return value
    if "://" in value:
        return _url(value)
    if not value or "\0" in value:
        raise ValueError("expected a folder, or an address such as postgresql://host/database")
    return str(folder / value)


def _path(value: Any, folder: Path) -> str:
    if "://" in parsers.text(value):
        raise ValueError("is an address: write it as url")
    return where(parsers.text(value), folder)


def _url(value: Any) -> str:
    try:
        parts = urlsplit(parsers.text(value))
        is_usable = parts.scheme in SCHEMES and bool(parts.path.strip("/")) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        # It may hold a password, and so is not repeated.
        raise ValueError("expected an address such as postgresql://host/database")
    return parsers.text(value)


def _megabytes(value: Any) -> int:
    if not 1 <= parsers.whole(value) <= MAX_MB:
        raise ValueError(f"expected megabytes between 1 and {MAX_MB:,}")
    return parsers.whole(value) * MB


_KEYS: dict[str, Parser | PathParser] = {
    "path": PathParser(_path),
    "url": _url,
    "password_file": PathParser(file_parsers.secret_file),
    "retention": parsers.duration,
    "max_mb": _megabytes,
    "hours": PathParser(_path),
    "hours_retention": parsers.duration,
}


def read_state(data: Values, reader: Reader, environment: Mapping[str, str]) -> StateSpec:
    """The state that the file names, else the environment.

    Args:
        data: the file, as `tomllib` gives it. `reader`: notes what is wrong. `environment`: may name a state.
    """
    place = reader.place.inside("state")
    row = reader.table(place, data.get("state", {}), _KEYS)
    if "path" in row and "url" in row:
        reader.problem(place.inside("url"), "path and url exclude each other: name one state")
    if "password_file" in row and "url" not in row and not reader.is_written(place, "url"):
        reader.problem(place.inside("password_file"), "is for a url: leave it out")
    spec = StateSpec(row.get("path") or _with_password(row) or _from_environment(reader, environment))
    return replace(
        spec,
        retention=row.get("retention", spec.retention),
        max_size=row.get("max_mb", spec.max_size),
        hours=row.get("hours", spec.hours),
        hours_retention=row.get("hours_retention", spec.hours_retention),
    )


def read_change_files(data: Values, reader: Reader) -> tuple[str, ...]:
    """The files of changes that [changes] names, found from the folder of the file.

    Args:
        data: the file, as `tomllib` gives it. `reader`: notes what is wrong.
    """
    keys: dict[str, Parser | PathParser] = {"files": PathParser(file_parsers.data_paths)}
    files: tuple[str, ...] = reader.table(reader.place.inside("changes"), data.get("changes", {}), keys).get(
        "files", ()
    )
    return files


def _with_password(row: Values) -> str:
    url: str = row.get("url", "")
    if not url or "password_file" not in row:
        return url
    scheme, _, rest = url.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}:{quote(row['password_file'], safe='')}{at or '@'}{host}"


def _from_environment(reader: Reader, environment: Mapping[str, str]) -> str:
    try:
        return where(environment[VARIABLE], Path()) if environment.get(VARIABLE) else ""
    except ValueError as error:
        reader.problem(reader.place.inside(VARIABLE), str(error))
        return ""
