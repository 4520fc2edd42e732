"""Two values of a label on the command line: the usual one, and the one that is judged."""

import csv

from dashboard.exceptions import ConfigError


def two_values(text: str) -> tuple[str, str, str]:
    """The label, its usual value and the one that is judged; a value with a comma stands in quotation marks.

    Raises:
        ConfigError: it is not of that form, or both values are the same.
    """
    label, _, written = text.partition("=")
    try:
        values = next(csv.reader([written], strict=True), [])
    except csv.Error:
        values = []
    if not label or len(values) != 2 or not all(values):
        raise ConfigError(f"--label {text}: expected NAME=A,B, such as version=41,42: the usual one first")
    if values[0] == values[1]:
        raise ConfigError(f"--label {text}: names {values[0]} twice: beside itself nothing is ever worse")
    return label, values[0], values[1]
