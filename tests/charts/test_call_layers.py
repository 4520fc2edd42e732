"""Callers stand left of those that they call, and a circle ends."""

import pytest

from dashboard.charts.call_layers import Place, places


@pytest.mark.parametrize(
    ("services", "calls", "expected"),
    [
        (["a"], [], {"a": (0, 0, 1)}),
        (["b", "a"], [("a", "b")], {"a": (0, 0, 1), "b": (1, 0, 1)}),
        (["a", "b", "c"], [("a", "b"), ("b", "c"), ("a", "c")], {"a": (0, 0, 1), "b": (1, 0, 1), "c": (2, 0, 1)}),
        (["a", "b", "c"], [("a", "b"), ("a", "c")], {"a": (0, 0, 1), "b": (1, 0, 2), "c": (1, 1, 2)}),
        (["a", "b"], [("a", "a"), ("a", "other")], {"a": (0, 0, 2), "b": (0, 1, 2)}),
    ],
    ids=["one", "two", "a chain and a short cut", "two below one", "calls of its own and of others"],
)
def test_callers_stand_left(
    services: list[str], calls: list[tuple[str, str]], expected: dict[str, tuple[int, int, int]]
) -> None:
    assert places(services, calls) == {service: Place(*place) for service, place in expected.items()}


def test_a_circle_has_places_side_by_side_without_a_gap() -> None:
    circle = places(["a", "b", "c"], [("a", "b"), ("b", "c"), ("c", "a")])
    columns = {place.column for place in circle.values()}
    assert columns == set(range(len(columns)))
