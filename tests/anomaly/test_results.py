"""Results of a test: too few requests leave nothing, and rows that were not tested stay as usual."""

import numpy as np

from dashboard.anomaly.results import SignalTest, TailTest

NAN = np.nan


def test_without_requests_enough_there_is_neither_probability_nor_limit() -> None:
    tail = TailTest(np.array([0.5, 0.5]), np.array([2.0, 2.0]), np.array([True, False])).where_enough()
    np.testing.assert_array_equal(tail.p, [0.5, NAN])
    np.testing.assert_array_equal(tail.limit, [2.0, NAN])


def test_a_test_upwards_has_no_lower_side_and_the_shape_of_its_values() -> None:
    value = np.array([[1.0], [3.0]])
    test = SignalTest.upward(value, TailTest(np.array([0.5, 1e-6]), np.array([2.0, 2.0]), np.ones(2, dtype=bool)))
    assert test.high.shape == test.p_high.shape == (2, 1)
    assert np.isnan(test.low).all()
    assert np.isnan(test.p_low).all()
    assert test.outside(1e-5).tolist() == [[False], [True]]


def test_nothing_is_outside_where_nothing_is_known() -> None:
    test = SignalTest.unknown((2, 3))
    assert test.value.shape == (2, 3)
    assert not test.outside(0.01).any()
    assert not test.enough.any()


def test_tested_rows_return_to_their_places_and_the_others_have_no_band() -> None:
    """Of two moments of two services the second service's first row was tested."""
    rows = np.array([[False, True], [False, False]])
    tested = SignalTest(*(np.array([[number]]) for number in (9.0, 1.0, 5.0, 1.0, 1e-9)), np.array([[True]]))
    everywhere = tested.scattered(rows, np.array([[1.0, 1.0], [NAN, 1.0]]))
    np.testing.assert_array_equal(everywhere.value, [[NAN, 9.0], [NAN, NAN]])
    np.testing.assert_array_equal(everywhere.high, [[NAN, 5.0], [NAN, NAN]])
    np.testing.assert_array_equal(everywhere.p_high, [[1.0, 1e-9], [NAN, 1.0]])
    assert everywhere.outside(1e-5).tolist() == [[False, True], [False, False]]
