"""PromQL text: selectors with everything escaped, rate before sum."""

from collections.abc import Mapping, Sequence

from dashboard.durations import promql_duration


def quoted(text: str) -> str:
    """A label value as a PromQL string, whatever it holds."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def matchers(exact: Mapping[str, str]) -> str:
    """`label="value",` for each, ending in a comma so that more may follow."""
    return "".join(f"{label}={quoted(value)}," for label, value in exact.items())


def selector(metric: str, *parts: str) -> str:
    """`metric{…}` from matcher texts; empty parts fall out."""
    inside = ",".join(part.strip(",") for part in parts if part)
    return f"{metric}{{{inside}}}"


def summed(function: str, selected: str, seconds: float, by: Sequence[str]) -> str:
    """`sum by (…) (rate(…[…]))`: the rate is taken of each counter, then summed."""
    return f"sum by ({', '.join(by)}) ({function}({selected}[{promql_duration(seconds)}]))"
