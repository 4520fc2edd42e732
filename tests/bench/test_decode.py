"""Decode: the bulk recipe against the bare fetch and against a ready-made client, one reply, one run.

GS_BENCH_ROUNDS=9 python -m pytest tests/bench/test_decode.py -s     for what the README reports; with fewer rounds
the limit on the fetch is a loose one, since a fetch takes the longer the more runs beside it, and decoding does not.
"""

import os
import time

import httpx
import numpy as np
import pytest
from prometheus_api_client import MetricRangeDataFrame

from dashboard.sources.prometheus.client.decode import matrix, reply_of
from dashboard.timerange import Grid
from tests.bench.timing import best
from tests.servers import NOW, Server

pytestmark = [pytest.mark.servers, pytest.mark.filterwarnings("ignore")]
ROUNDS = int(os.environ.get("GS_BENCH_ROUNDS", "3"))
FULL = ROUNDS >= 9
GRID = Grid(NOW - 7 * 1800, NOW - 1800, 15)


def test_decoding_costs_less_than_the_fetch_and_far_less_than_a_client_library(server: Server) -> None:
    query = "sum by (job, le, code) (rate(http_request_duration_seconds_bucket[5m]))"
    form = {"query": query, "start": str(GRID.start), "end": str(GRID.end), "step": str(GRID.step)}
    client = httpx.Client(headers={"Accept-Encoding": "identity"}, timeout=60)

    def fetch() -> bytes:
        return client.post(f"{server.url}/api/v1/query_range", data=form).content

    body = fetch()
    reply = reply_of(body, server.url)
    assert reply.data is not None
    points = np.isfinite(matrix(reply.data.result, GRID)).sum()
    assert points >= 140_000

    def ours() -> None:
        made = reply_of(body, server.url).data
        assert made is not None
        matrix(made.result, GRID)

    def library() -> None:
        MetricRangeDataFrame(httpx.Response(200, content=body).json()["data"]["result"])

    (bare,) = best(ROUNDS, fetch)
    decoded, theirs = best(ROUNDS, ours, library, clock=time.process_time)
    client.close()
    print(f"\n{points} points: fetch {bare:.3f} s, decode {decoded:.3f} s, client library {theirs:.3f} s")
    assert decoded <= (1 if FULL else 3) * bare
    assert theirs >= 3 * decoded
