"""A bound is matched however the server spells it, and nothing else is; what is no number stays as it was written."""

import re

import pytest

from dashboard.promql import increase_over, spell_numbers

# As written → values of the label that it selects, and such as it does not.
BOUNDS = {
    'le="1"': (["1", "1.0", "1."], ["10", "1.05", "0.1", "11", "+Inf"]),
    'le="1.0"': (["1", "1.0"], ["1.01", "10"]),
    'le="1e0"': (["1", "1.0"], ["10"]),
    'le="0.5"': (["0.5"], ["5", "0.55"]),
    'le="0.50"': (["0.5", "0.50"], ["0.05", "0.51", "05"]),
    'le="-1"': (["-1", "-1.0"], ["1", "1.0"]),
    'le="0"': (["0", "0.0"], ["0.5", "00"]),
    'le="1000000"': (["1000000", "1e+06", "1000000.0", "1E6", "1.0E6"], ["1e+07", "100000", "10000000"]),
    'le="1.5e+06"': (["1500000", "1.5e+06"], ["15000000", "1.5e+07"]),
    'le="0.00001"': (["1e-05", "0.00001", "1e-5"], ["0.0001", "1e+05"]),
    'le="+Inf"': (["+Inf"], ["Inf", "1"]),
    'le=~"0.5|1"': (["0.5", "1", "1.0"], ["2", "0.51"]),
    'le=~"0\\\\.5|1|[+]Inf"': (["0.5", "1", "1.0", "+Inf"], ["2"]),
    'le=~"(?:1|2)"': (["1", "1.0", "2.0"], ["12"]),
    'le=~"1(\\\\.0)?"': (["1", "1.0"], ["10"]),
    'le=~"0.*"': (["0.1", "0.5"], ["1"]),
    'quantile="1"': (["1", "1.0"], ["0.99"]),
    'code="1"': (["1"], ["1.0"]),
    'le="fast"': (["fast"], ["1"]),
    'le="٣"': (["٣"], ["3"]),
    'le="1_0"': (["1_0"], ["10"]),
}


def selected(matcher: str, value: str) -> bool:
    """Whether the query of a counter with this matcher selects a series with this value, by the rules of PromQL."""
    query = increase_over(f"x{{{matcher}}}", "5m")
    sign, pattern = re.fullmatch(r'sum\(increase\(x\{\w+(=~|!~|!=|=)"(.*)"\}\[5m\]\)\)', query).groups()
    pattern = pattern.replace("\\\\", "\\")
    same = bool(re.fullmatch(pattern, value)) if "~" in sign else pattern == value
    return same is not sign.startswith("!")


@pytest.mark.parametrize("matcher", BOUNDS)
def test_a_number_is_matched_in_each_of_its_spellings(matcher: str) -> None:
    inside, outside = BOUNDS[matcher]
    assert [value for value in (*inside, *outside) if selected(matcher, value)] == inside


@pytest.mark.parametrize(("written", "other"), [('le!="1"', "1.0"), ('le!~"1|2.5"', "1.0"), ('le!="1.0"', "1")])
def test_what_is_left_out_is_left_out_in_each_spelling(written: str, other: str) -> None:
    assert not selected(written, other)
    assert selected(written, "0.1")


def test_what_has_one_spelling_stays_as_it_is_written() -> None:
    for matcher in ('le="0.25"', 'le="+Inf"', 'code="200"', 'le=~".+"', 'le=""'):
        assert increase_over(f"x{{{matcher}}}", "5m") == f"sum(increase(x{{{matcher}}}[5m]))"


def test_a_query_of_values_is_spelled_alike_and_one_without_bounds_is_left_alone() -> None:
    assert spell_numbers('max(x{le="1"}) by (a)') == 'max by (a) (x{le=~"1([.]0*)?"})'
    assert spell_numbers('max(x{code="1"}) by (a)') == 'max(x{code="1"}) by (a)'
    assert spell_numbers('x{le="1"} default 0') == 'x{le="1"} default 0', "a dialect"
