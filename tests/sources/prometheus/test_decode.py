"""What servers, and what stands before them, send for an answer: nulls are nothing, the rest is one clear line."""

import json
from typing import Any

import numpy as np
import pytest

from dashboard.exceptions import InvalidData
from dashboard.sources.prometheus.decode import IS_PARTIAL, check_numbers, is_partial, lacks_data, matrix, reply_of
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
