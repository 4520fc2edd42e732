"""What servers, and what stands before them, send for an answer: nulls are nothing, the rest is one clear line."""

import json
from typing import Any

import msgspec
import numpy as np
import pytest

from dashboard.exceptions import InvalidData
from dashboard.sources.prometheus.client.decode import (
    IS_PARTIAL,
    Series,
    check_numbers,
    cumulative,
    is_partial,
    lacks_data,
    matrix,
    reply_of,
)
from dashboard.sources.prometheus.client.faults import ErrorReply, error_reply
from dashboard.timerange import Grid
from tests.damage import damaged

GRID = Grid(60, 180, 60)
WHOLE = {"metric": {"job": "a"}, "values": [[60, "1"], [120, "2"], [180, "3"]]}


def answer(result: Any, **more: Any) -> bytes:
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}, **more}).encode()


@pytest.mark.parametrize(
    ("body", "labels", "values"),
    [
        (answer(None), [], []),
        (answer(None, warnings=None, infos=None, isPartial=None, error=None), [], []),
        (answer([WHOLE, None]), [{"job": "a"}], [[1, 2, 3]]),
        (answer([{**WHOLE, "metric": None}]), [{}], [[1, 2, 3]]),
        (answer([{**WHOLE, "metric": {"job": "a", "pod": None}}]), [{"job": "a"}], [[1, 2, 3]]),
        (answer([{**WHOLE, "values": None}]), [{"job": "a"}], [[np.nan] * 3]),
        (answer([{**WHOLE, "histograms": None}]), [{"job": "a"}], [[1, 2, 3]]),
        (answer([WHOLE], warnings=[None]), [{"job": "a"}], [[1, 2, 3]]),
    ],
)
def test_null_is_nothing_wherever_it_stands(body: bytes, labels: list[Any], values: list[Any]) -> None:
    reply = reply_of(body, "server")
    assert [series.metric for series in reply.series] == labels
    assert not any(series.has_histograms for series in reply.series)
    np.testing.assert_array_equal(matrix(reply.series, GRID), np.array(values).reshape(-1, 3))
    assert reply.all_warnings == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "no valid JSON of the API: Input data was truncated"),
        (answer([WHOLE])[:-20], "no valid JSON of the API: Input data was truncated"),
        (b"<html>Log in</html>", "no valid JSON of the API"),
        (b"\x1f\x8b\x08garbage", "no valid JSON of the API"),
        (b"[" * 100_000, "no valid JSON of the API"),
        (b"null", "no valid JSON of the API: Expected `object`, got `null`"),
        (b'{"status":"success"}', "an answer without data: its status is 'success'"),
        (b'{"status":"success","data":null}', "an answer without data: its status is 'success'"),
        (b'{"status":"success","data":{}}', "missing required field `result`"),
        (b'{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}', "got `int`"),
        (b'{"status":"error","error":"shutting down"}', "an answer without data: shutting down"),
        (b'{"data":{"result":[]}}', "missing required field `status`"),
    ],
)
def test_what_is_no_answer_is_one_line(body: bytes, says: str) -> None:
    with pytest.raises(InvalidData) as caught:
        reply_of(body, "server")
    assert str(caught.value).startswith("server sent an answer ")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_value_that_is_no_number_is_one_line() -> None:
    reply = reply_of(answer([{"metric": {}, "value": [60, "violet"]}]), "server")
    with pytest.raises(InvalidData, match="a value that is no number: could not convert string to float: 'violet'"):
        check_numbers(reply.series)


@pytest.mark.parametrize("inside", ["[", '{"a":'])
def test_what_is_nested_deeply_is_refused_wherever_it_stands(inside: str) -> None:
    deep = inside * 50_000
    for body in (f'{{"status":"success","data":{{"result":[{deep}', f'{{"status":"success","more":{deep}', deep):
        with pytest.raises(InvalidData):
            reply_of(body.encode(), "server")
        assert error_reply(body.encode()) == ErrorReply()
    with pytest.raises(InvalidData):
        matrix([points(f'[[60,{deep}"1"],[120,"2"]]')], GRID)
    with pytest.raises(InvalidData):
        cumulative(Series(histograms=msgspec.Raw(f'[[60,{{"more":{deep}'.encode())), [0.5, np.inf], GRID)


def test_however_an_answer_is_damaged_it_is_read_or_refused() -> None:
    texts = [answer([WHOLE, WHOLE], warnings=["w"]).decode(), answer([{"metric": {}, "value": [60, "1"]}]).decode()]
    for text in damaged(texts, 2000, seed=1):
        try:
            reply = reply_of(text.encode("utf-8", "surrogatepass"), "server")
            check_numbers(reply.series)
            assert matrix(reply.series, GRID).shape == (len(reply.series), 3)
        except InvalidData:
            pass


@pytest.mark.parametrize(
    ("warning", "warns", "lacks"),
    [
        ("PromQL info: metric might not be a counter", False, False),
        ("No StoreAPIs matched for this query", True, False),
        ("receive series from Addr: 10.0.0.1:10901: rpc error: code = Unavailable", True, True),
        ("results truncated due to limit", True, True),
        ("The query result may contain partial data.", True, True),
        (IS_PARTIAL, True, True),
    ],
)
def test_what_a_warning_says_about_the_data(warning: str, warns: bool, lacks: bool) -> None:
    assert (is_partial(warning), lacks_data(warning)) == (warns, lacks)


def test_a_cluster_of_victoriametrics_says_it_in_a_field() -> None:
    assert reply_of(answer([WHOLE], isPartial=True), "server").all_warnings == [IS_PARTIAL]
    assert reply_of(answer([WHOLE], isPartial=False), "server").all_warnings == []


# --- edges -----------------------------------------------------------------------------------------------------------


def points(text: str) -> Series:
    """A series with these bytes of JSON as its points."""
    return Series(values=msgspec.Raw(text.encode()))


@pytest.mark.parametrize("value", ["+Inf", "-Inf", "Inf", "inf", "NaN", "1e400"])
def test_what_a_division_by_zero_gives_is_no_data(value: str) -> None:
    (row,) = matrix([points(f'[[60,"1"],[120,"{value}"],[180,"3"]]')], GRID)
    np.testing.assert_array_equal(row, [1, np.nan, 3])


@pytest.mark.parametrize(
    "text",
    [
        '[[60,"1"\n],[120,"2"],[180,"3"]]',
        '[[60,\n"1"],[120,"2"],[180,"3"]]',
        '[[60,"1"],[120,"2"],\n[180,"3"]]',
        '[ [60, "1"], [120, "2"], [180, "3"] ]',
        '[[60,"1"],[120,"2"],[180,"3"]\n]',
        '[[6e1,"1"],[1.2e2,"2"],[180.0,"3"]]',
    ],
)
def test_points_stay_with_their_series_however_a_proxy_formats_them(text: str) -> None:
    other = points('[[60,"10"],[180,"30"]]')
    rows = matrix([other, points(text), points("[]"), other], GRID)
    np.testing.assert_array_equal(rows, [[10, np.nan, 30], [1, 2, 3], [np.nan] * 3, [10, np.nan, 30]])


def test_points_beyond_the_grid_are_left_out_and_rounded_times_are_not() -> None:
    (row,) = matrix([points('[[0,"9"],[59.6,"1"],[120.4,"2"],[180,"3"],[240,"9"]]')], GRID)
    np.testing.assert_array_equal(row, [1, 2, 3])
    (row,) = matrix([points('[[0,"9"],[60,"1"]]')], GRID)
    np.testing.assert_array_equal(row, [1, np.nan, np.nan], "what is older is not the newest")


def histogram(*buckets: tuple[float, int], time: float = 60) -> Series:
    """A native histogram; buckets are (upper edge, events)."""
    listed = [[0, "0", repr(upper), str(events)] for upper, events in buckets]
    return Series(histograms=msgspec.Raw(json.dumps([[time, {"buckets": listed}]]).encode()))


@pytest.mark.parametrize(
    ("upper", "below"),
    [(0.5, 7), (0.5 * (1 + 5e-10), 7), (0.5 * (1 - 5e-10), 7), (0.5 * (1 + 1e-8), 0), (0.6, 0), (0.4, 7)],
)
def test_a_bucket_counts_for_a_bound_that_differs_in_the_last_digit_only(upper: float, below: int) -> None:
    counts = cumulative(histogram((upper, 7), (2.0, 3)), [0.5, 1.0, np.inf], GRID)
    assert counts[:, 0].tolist() == [below, 7, 10]
    assert np.isnan(counts[:, 1:]).all()


@pytest.mark.parametrize(("time", "place"), [(29.9, None), (30.1, 0), (89.9, 0), (90.1, 1), (209.9, 2), (210.1, None)])
def test_a_histogram_belongs_to_the_nearest_point(time: float, place: int | None) -> None:
    counts = cumulative(histogram((0.5, 7), time=time), [0.5, np.inf], GRID)
    assert np.flatnonzero(~np.isnan(counts[0])).tolist() == ([] if place is None else [place])
