"""A label and two of its values, as they are typed."""

import pytest

from dashboard.commands.two_values import two_values
from dashboard.exceptions import ConfigError


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("version=41,42", ("version", "41", "42")),
        ('version="a,b",c=d', ("version", "a,b", "c=d")),
        ("version=.*,{x}", ("version", ".*", "{x}")),
    ],
)
def test_a_value_is_taken_as_it_is(text: str, values: tuple[str, str, str]) -> None:
    assert two_values(text) == values


@pytest.mark.parametrize(
    "text", ["", "version", "version=", "=a,b", "version=a", "version=a,", "version=a,b,c", 'v="a']
)
def test_what_has_not_two_values_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="expected NAME=A,B"):
        two_values(text)


def test_one_value_beside_itself_is_refused() -> None:
    with pytest.raises(ConfigError, match="names 42 twice: beside itself nothing is ever worse"):
        two_values("version=42,42")
