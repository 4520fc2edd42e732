"""An objective is a ratio between 0 and 1, whether it is written as one or in percent, to the last decimal."""

import pytest

from dashboard.openslo.diagnostics import Diagnostics
from dashboard.openslo.objective_targets import (
    check_objective,
    parse_percent,
    parse_ratio,
    read_objective,
    read_percent,
    read_ratio,
)
from tests.openslo.nodes import fields_of, rejection, scope_of, value_of, warnings

KNOWN = ("target", "targetPercent")
NO_BUDGET = "an objective of 1 has no error budget, so that nothing may ever fail: write for example 0.999"
NOT_MISSED = "an objective of 0 or less cannot be missed: write for example 0.999"


@pytest.mark.parametrize(
    ("text", "ratio"),
    [
        ("99.9", 0.999),
        ("99.99", 0.9999),
        ("99.999", 0.99999),
        ("99.95", 0.9995),
        ("95", 0.95),
        ("5.5e1", 0.55),
        ("0.1", 0.001),
        ("-5", -0.05),
        ("", None),
        ("99,9", None),
        ("0x10", None),
        ("nan", None),
        ("9" * 41, None),
    ],
)
def test_percent_is_divided_in_decimals(text: str, ratio: float | None) -> None:
    assert parse_percent(text) == ratio


@pytest.mark.parametrize(
    ("text", "ratio"),
    [
        ("0.999", 0.999),
        (".5", 0.5),
        ("99.9%", 0.999),
        ("99.9 %", 0.999),
        ("33.3%", 0.333),
        ("1", 1.0),
        ("%", None),
        ("99.9%%", None),
        ("much", None),
    ],
)
def test_a_ratio_may_have_a_percent_sign(text: str, ratio: float | None) -> None:
    assert parse_ratio(text) == ratio


@pytest.mark.parametrize(
    ("text", "ratio", "said"),
    [
        ("0.999", 0.999, []),
        ("9.9e-1", 0.99, []),
        ("99.9%", 0.999, ["1: value: '99.9%' is read as 0.999: write that"]),
        ("95 %", 0.95, ["1: value: '95 %' is read as 0.95: write that"]),
    ],
)
def test_a_ratio_is_read(text: str, ratio: float, said: list[str]) -> None:
    diagnostics = Diagnostics()
    assert read_ratio(value_of(text), diagnostics) == ratio
    assert warnings(diagnostics) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("high", "'high' is not a number: write for example '0.9'"),
        ("0,99", "'0,99' is not a number: write for example '0.9'"),
        (".inf", "'.inf' is not a number: write for example '0.9'"),
        ("9" * 400, f"'{'9' * 60}…' is not a number: write for example '0.9'"),
        ("1", NO_BUDGET),
        ("100%", NO_BUDGET),
        ("1.0000", NO_BUDGET),
        ("99.9", "an objective of 99.9 is above 1 and has no error budget: write 0.999 for 99.9 %"),
        ("1.001", "an objective of 1.001 is above 1 and has no error budget: write 0.999 for 99.9 %"),
        ("0", NOT_MISSED),
        ("-0.5", NOT_MISSED),
        ("0%", NOT_MISSED),
        ("1e-400", NOT_MISSED),
    ],
)
def test_a_ratio_that_is_no_objective_is_refused(text: str, said: str) -> None:
    assert rejection(lambda: read_ratio(value_of(text), Diagnostics(), example="'0.9'")) == f"1: value: {said}"


@pytest.mark.parametrize(
    ("text", "ratio", "said"),
    [
        ("99.9", 0.999, []),
        ("1", 0.01, []),
        ("0.5%", 0.005, ["1: value: is read as 0.5: remove the %"]),
        ("99.9%", 0.999, ["1: value: is read as 99.9: remove the %"]),
        ("95 %", 0.95, ["1: value: is read as 95: remove the %"]),
    ],
)
def test_a_percent_is_read(text: str, ratio: float, said: list[str]) -> None:
    diagnostics = Diagnostics()
    assert read_percent(value_of(text), diagnostics) == ratio
    assert warnings(diagnostics) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("most", "'most' is not a number of percent: write for example 99.9"),
        ("'%'", "'%' is not a number of percent: write for example 99.9"),
        ("9" * 400, f"'{'9' * 60}…' is not a number of percent: write for example 99.9"),
        ("100", NO_BUDGET),
        ("101", "an objective of 1.01 is above 1 and has no error budget: write 0.999 for 99.9 %"),
        ("0", NOT_MISSED),
        ("0.999", "'0.999' would be less than one percent: write 99.9 for a ratio of 0.999"),
        ("1e-1", "'1e-1' would be less than one percent: write 10 for a ratio of 1e-1"),
    ],
)
def test_a_percent_that_is_no_objective_is_refused(text: str, said: str) -> None:
    assert rejection(lambda: read_percent(value_of(text), Diagnostics())) == f"1: value: {said}"


@pytest.mark.parametrize("ratio", [5e-324, 0.5, 1 - 2**-53])
def test_everything_between_nothing_and_all_is_an_objective(ratio: float) -> None:
    assert check_objective(value_of("x"), ratio) == ratio


@pytest.mark.parametrize(
    ("text", "objective", "said"),
    [
        ("target: 0.999", 0.999, []),
        ("targetPercent: 99.9", 0.999, []),
        ("{target: 0.999, targetPercent: 99.9}", 0.999, ["1: targetPercent: is equal to target: remove one of them"]),
        ("target: '0.999'", 0.999, ["1: target: is read as the number 0.999: write it without quotes"]),
        ("targetPercent: '99.9'", 0.999, ["1: targetPercent: is read as the number 99.9: write it without quotes"]),
    ],
    ids=["target", "percent", "both alike", "a target in quotes", "percent in quotes"],
)
def test_an_objective_has_a_target_or_a_percent(text: str, objective: float, said: list[str]) -> None:
    scope = scope_of()
    assert read_objective(fields_of(text, KNOWN, scope)) == objective
    assert warnings(scope) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x: 1", "1: target: missing: write for example target: 0.999, the share of events that must be good"),
        ("{target: 0.999, targetPercent: 99}", "1: targetPercent: is 0.99, but target is 0.999: remove one of them"),
        ("{target: 1, targetPercent: 99}", f"1: target: {NO_BUDGET}"),
        ("{target: 0.99, targetPercent: 100}", f"1: targetPercent: {NO_BUDGET}"),
    ],
    ids=["neither", "both different", "a target of 1 beside a percent", "100 percent beside a target"],
)
def test_an_objective_without_one_meaning_is_refused(text: str, said: str) -> None:
    assert rejection(lambda: read_objective(fields_of(text, KNOWN, scope_of()))) == said
