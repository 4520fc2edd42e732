"""Two values of a label on the command line: the usual one and the one to judge."""

import csv

from dashboard.exceptions import ConfigError


def two_values(text: str) -> tuple[str, str, str]:
    """Parse NAME=A,B to the label, its usual value and the value to judge; quote a value that contains a comma.

    Raises:
        ConfigError: the text has another form, or both values are the same.
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
