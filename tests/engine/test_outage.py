"""A source that is killed and comes back under a running dashboard, and a dashboard that is told to end."""

import asyncio
import signal
from collections.abc import Iterator
from typing import Any

import httpx
import psutil
import pytest

from tests.bench.viewers import Viewer, finished
from tests.live import dashboard, scraping, until
from tests.misbehaving import Fault, Misbehaving, misbehaving
from tests.servers import Server
from tests.slow import KINDS, SLOW, slow


def get(served: Server, path: str) -> tuple[int, str]:
    reply = httpx.get(served.url + path)
    return reply.status_code, reply.text


def status(served: Server) -> dict[str, Any]:
    answer: dict[str, Any] = httpx.get(f"{served.url}/api/v1/status").json()
    return answer


def healths(served: Server) -> list[str]:
    return [row["health"] for row in status(served)["services"]]


def measured(served: Server, name: str) -> float:
    rows = dict(row.rsplit(" ", 1) for row in get(served, "/metrics")[1].splitlines() if not row.startswith("#"))
    return float(rows[f"golden_signals_{name}"])


def ready(served: Server) -> bool:
    return get(served, "/readyz") == (200, "ready\n") and "healthy" in healths(served)


@pytest.fixture(scope="module", params=["prometheus", "victoria"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with scraping(request.param, tmp_path_factory.mktemp(request.param)) as server:
        yield server


ONE_KIND = pytest.mark.parametrize("server", ["prometheus"], indirect=True)


# --- the source dies -----------------------------------------------------------------------------------------------


@pytest.mark.servers
@pytest.mark.parametrize("server", KINDS, indirect=True)
def test_a_server_that_is_killed_and_restarted(server: Server) -> None:
    with dashboard("serve", "--prometheus", server.url) as served:
        until(lambda: ready(served), "ready before")
        until(lambda: status(served)["source"]["message"] is None, "the history is read")
        assert (measured(served, "up"), measured(served, "tick_failures_total")) == (1, 0)
        assert measured(served, 'services{health="healthy"}') >= 1
        before = {row["service"] for row in status(served)["services"]}

        server.kill()
        until(lambda: not ready(served), "not ready without its source")
        # The first failure may be an answer that broke off.
        until(lambda: f"{server.url} cannot be reached" in get(served, "/readyz")[1], "it says what is missing")
        assert get(served, "/readyz")[0] == 503
        assert get(served, "/healthz") == (200, "ok\n"), "the dashboard itself is well"
        until(lambda: status(served)["source"]["state"] == "down", "down after some tries")
        source = status(served)["source"]
        assert "cannot be reached" in source["message"]
        assert source["data_age_s"] > 0
        assert {row["service"] for row in status(served)["services"]} == before, "the picture stays"
        assert "healthy" not in healths(served)
        assert measured(served, "up") == 0
        assert measured(served, 'services{health="healthy"}') == 0
        assert measured(served, "data_age_seconds") > 0
        failed = measured(served, "tick_failures_total")
        assert failed >= 1

        server.start()
        until(lambda: ready(served), "ready again without a restart")
        assert status(served)["source"] | {"data_age_s": 0} == {
            "kind": "prometheus", "state": "ok", "data_age_s": 0, "partial": False, "bad_rows": 0, "message": None,
            "rows": 0, "bad_row_kinds": [], "files_left_out": [], "data_end": None,
        }  # fmt: skip
        assert {row["service"] for row in status(served)["services"]} == before
        assert measured(served, "up") == 1
        assert measured(served, "tick_failures_total") >= failed
        interrupted(served)


# --- the dashboard ends --------------------------------------------------------------------------------------------


def interrupted(served: Server) -> None:
    """Ctrl-C: the process and all its children are gone within two seconds."""
    assert served.process is not None
    children = psutil.Process(served.process.pid).children(recursive=True)
    served.process.send_signal(signal.SIGINT)
    served.process.wait(timeout=2)
    assert psutil.wait_procs(children, timeout=0.1)[1] == []


@pytest.fixture
def hanging(server: Server) -> Iterator[Misbehaving]:
    with misbehaving(server.url) as proxy:
        yield proxy


@slow
def test_ctrl_c_ends_it_while_the_server_hangs_from_the_start() -> None:
    with misbehaving() as silent:
        silent.fault = Fault(hang=60)
        with dashboard("serve", "--prometheus", silent.url) as served:
            until(lambda: silent.hanging > 0, "a question hangs")
            interrupted(served)


# While a viewer waits, below, a question of the tick hangs too.
@slow
@pytest.mark.servers
@ONE_KIND
@pytest.mark.parametrize("only", ["start=", "time="])
def test_ctrl_c_ends_it_while_a_question_of_the_tick_hangs(hanging: Misbehaving, only: str) -> None:
    with dashboard("serve", "--prometheus", hanging.url) as served:
        until(lambda: ready(served), "ready")
        hanging.fault = Fault(hang=60, only=only)
        until(lambda: hanging.hanging > 0, "a question hangs")
        interrupted(served)


@pytest.mark.servers
@ONE_KIND
@pytest.mark.parametrize("page", ["/service?service=checkout&span=6h", *["/"][: int(SLOW)]])
def test_ctrl_c_ends_it_while_a_viewer_waits_for_a_hanging_server(hanging: Misbehaving, page: str) -> None:
    async def watched(served: Server) -> None:
        viewer = Viewer(served.url + page)
        opening = asyncio.create_task(viewer.open())
        await asyncio.sleep(2)  # the page asks for what it shows beyond the snapshot
        await asyncio.to_thread(interrupted, served)
        await asyncio.gather(opening, return_exceptions=True)

    with dashboard("serve", "--prometheus", hanging.url) as served:
        until(lambda: ready(served), "ready")
        hanging.fault = Fault(hang=60, only="start=")
        until(lambda: hanging.hanging > 0, "a question hangs")
        finished(watched(served))
