"""[[steady_states]]: conditions that must hold during an experiment: objectives, and limits of services."""

from typing import Any

from dashboard.gate.limits import Limit, limit_of
from dashboard.gate.steady import SteadyState
from dashboard.toml import parsers
from dashboard.toml.reader import KeyProblem, Parser, Reader, Values


def _limits(value: Any) -> tuple[Limit, ...]:
    limits = []
    for number, text in enumerate(parsers.texts(value), start=1):
        try:
            limits.append(limit_of(text))
        except ValueError as error:
            raise KeyProblem(number, str(error)) from None
    return tuple(limits)


_KEYS: dict[str, Parser] = {
    "name": parsers.text,
    "services": parsers.texts,
    "slos": parsers.texts,
    "limits": _limits,
}


def read_steady_states(data: Values, reader: Reader) -> tuple[SteadyState, ...]:
    """Steady states by their names; what is wrong is noted and left out.

    Args:
        data: the file, as `tomllib` gives it. `reader`: notes what is wrong.
    """
    states: dict[str, SteadyState] = {}
    for place, row in reader.tables("steady_states", data, _KEYS):
        if reader.is_missing(place, row, {"name": "what `gate --steady` calls it"}):
            continue
        if row["name"] in states:
            reader.problem(place.inside("name"), f"{row['name']} is there twice: give each steady state its own name")
        elif row.get("limits") and not row.get("services"):
            # Services that are written, but wrong, were noted already.
            if "services" in row or not reader.is_written(place, "services"):
                reader.problem(place.inside("limits"), 'limits are of services: add services = ["NAME"]')
        else:
            states[row["name"]] = SteadyState(**row)
    return tuple(states.values())
