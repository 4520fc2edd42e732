"""The faults of real servers, and what each kind of fault does to the picture: it stays, is marked, and recovers."""

import ssl
import subprocess
from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest

from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.source_status import SourceState
from dashboard.exceptions import AccessDenied, LimitExceeded, QueryRejected, SourceError, SourceTimeout, WrongEndpoint
from dashboard.sources.prometheus.client.decode import reply_of
from dashboard.sources.prometheus.client.http import Api
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.timerange import Grid
from dashboard.toml.file_parsers import client_certificate_file
from dashboard.ui.panels import sources
from dashboard.ui.panels.wall import wall
from dashboard.ui.text import source_text
from tests.misbehaving import NONE, Fault, Misbehaving, misbehaving
from tests.servers import NOW, Server, binary, prometheus, victoria
from tests.slow import SLOW
from tests.steady import Clock

pytestmark = pytest.mark.servers
HTML, GZIP = {"Content-Type": "text/html"}, {"Content-Encoding": "gzip"}
# bcrypt of "s3cret" with the least rounds.
HASH = "$2b$05$Qi2eY3VBFUqlaYCBp89yLOn6qeRw.8SusxfvRDBEJ6E67LXeL3.Ee"
USER = {"username": "me", "password": "s3cret"}


# --- real servers ------------------------------------------------------------------------------------------------


def ask(api: Api, query: str = "up", path: str = "query", **form: str) -> None:
    try:
        reply_of(api.post(path, {"query": query, **form}, query=query)[0], api.where)
    finally:
        api.close()


@pytest.mark.parametrize(
    ("query", "error", "says"),
    [
        ("sum(", QueryRejected, "refuses a query"),
        ("no_such_function(up)", QueryRejected, "no_such_function"),
        ("", QueryRejected, "refuses a query"),
        ("http_requests_total * on (service) http_requests_total", QueryRejected, "refuses a query"),
    ],
)
def test_a_query_that_the_server_refuses(server: Server, query: str, error: type[SourceError], says: str) -> None:
    with pytest.raises(error, match=says):
        ask(Api(server.url), query, time=str(NOW))


def test_more_points_than_the_server_gives(server: Server) -> None:
    span = {"start": str(NOW - 40_000), "end": str(NOW), "step": "1"}
    with pytest.raises(LimitExceeded, match="limits queries"):
        ask(Api(server.url), "http_requests_total", "query_range", **span)


def test_what_is_not_there_is_no_fault(server: Server) -> None:
    ask(Api(server.url), "no_such_metric", time=str(NOW))


def test_a_wrong_path_and_a_slash_too_many(server: Server) -> None:
    with pytest.raises(WrongEndpoint, match="path prefix"):
        ask(Api(f"{server.url}/nowhere"))
    ask(Api(f"{server.url}//"), time=str(NOW))


def test_a_very_long_query_goes_by_post(prometheus_server: Server, victoria_server: Server) -> None:
    long = f'http_requests_total{{service=~"{"x|" * 23_000}"}}'
    ask(Api(prometheus_server.url), long, time=str(NOW))
    with pytest.raises(LimitExceeded, match="limits queries"):
        ask(Api(victoria_server.url), long, time=str(NOW))


def test_a_grid_that_ends_before_it_begins_is_never_asked_for() -> None:
    with pytest.raises(ValueError, match="no grid"):
        Grid(60, 0, 15)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that no CA knows, with its key beside it."""
    path = tmp_path_factory.mktemp("tls") / "cert.pem"
    command = [binary("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "3650", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(path.with_name("key.pem")), "-out", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


@pytest.fixture(scope="module", params=["prometheus", "victoria"])
def guarded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, certificate: Path
) -> Iterator[Server]:
    """A server that wants TLS and a password, and allows almost nothing."""
    folder, key = tmp_path_factory.mktemp("guarded"), certificate.with_name("key.pem")
    if request.param == "prometheus":
        server = prometheus(folder)
        tls = f"tls_server_config: {{cert_file: {certificate}, key_file: {key}}}\n"
        (folder / "web.yml").write_text(f"{tls}basic_auth_users: {{me: {HASH}}}\n", encoding="utf-8")
        server.command += [f"--web.config.file={folder / 'web.yml'}"]
        server.command += ["--query.timeout=50ms", "--query.max-samples=100000"]
    else:
        server = victoria(folder)
        server.command += ["-tls", f"-tlsCertFile={certificate}", f"-tlsKeyFile={key}"]
        server.command += ["-httpAuth.username=me", "-httpAuth.password=s3cret"]
    server.url = server.url.replace("http://", "https://")
    server.start(verify=ssl.create_default_context(cafile=certificate), auth=("me", "s3cret"))
    yield server
    server.stop()


def test_an_unknown_ca_is_told_apart_from_a_known_one(guarded: Server, certificate: Path) -> None:
    with pytest.raises(WrongEndpoint, match=r"not trusted \(self.signed certificate\): name its CA in source.ca_file"):
        ask(Api(guarded.url, **USER))
    ask(Api(guarded.url, verify=str(certificate), **USER), "vector(1)")


def test_a_server_that_wants_a_certificate_of_its_clients(certificate: Path) -> None:
    wanted = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=certificate)
    wanted.load_cert_chain(certificate, certificate.with_name("key.pem"))
    wanted.verify_mode = ssl.CERT_REQUIRED
    both = certificate.with_name("both.pem")
    both.write_text(certificate.read_text() + certificate.with_name("key.pem").read_text(), encoding="utf-8")
    with misbehaving() as server:
        server.socket = wanted.wrap_socket(server.socket, server_side=True)
        url = server.url.replace("http://", "https://")
        with pytest.raises(AccessDenied, match=r"wants a certificate of its clients, .* in client_cert_file"):
            ask(Api(url, verify=str(certificate)))
        ask(Api(url, verify=str(certificate), client_cert=str(both)))
        with pytest.raises(WrongEndpoint, match=r"the client's certificate .*cert\.pem cannot be used"):
            Api(url, client_cert=str(certificate))
    assert client_certificate_file(str(both), Path()) == str(both)
    with pytest.raises(ValueError, match="holds no certificate with its key"):
        client_certificate_file(str(certificate), Path())


def test_http_to_a_tls_port(guarded: Server) -> None:
    # VictoriaMetrics hangs up without a word: nothing tells why.
    with pytest.raises(SourceError, match=r"http to a TLS port|broke off its answer"):
        ask(Api(guarded.url.replace("https://", "http://"), **USER))


@pytest.mark.parametrize("given", [{}, {"username": "me", "password": "wrong"}, {"bearer_token": "wrong"}])
def test_no_or_wrong_credentials(guarded: Server, certificate: Path, given: dict[str, str]) -> None:
    with pytest.raises(AccessDenied, match=r"refuses access \(401.*\): check the credentials"):
        ask(Api(guarded.url, verify=str(certificate), **given))


def test_a_server_that_reads_no_more_than_it_may(guarded: Server, certificate: Path) -> None:
    with pytest.raises(LimitExceeded, match="limits queries"):
        ask(Api(guarded.url, verify=str(certificate), **USER), "vector(1)[200000s:1s]")


@pytest.mark.parametrize("guarded", ["prometheus"], indirect=True)
def test_a_server_that_gives_up(guarded: Server, certificate: Path) -> None:
    # VictoriaMetrics looks at its clock only while it reads from disk, which takes more data than a test has.
    heavy = "max_over_time(quantile_over_time(0.9, vector(1)[5000s:1s])[5000s:1s]) + vector(1)"
    with pytest.raises(SourceTimeout, match="gave up on a query"):
        ask(Api(guarded.url, verify=str(certificate), **USER), heavy)


# --- the picture -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def proxy(prometheus_server: Server) -> Iterator[Misbehaving]:
    with misbehaving(prometheus_server.url) as server:
        yield server


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture(scope="module")
def running(proxy: Misbehaving, clock: Clock) -> Iterator[Poller]:
    poller = Poller(PrometheusSource(proxy.url, timeout_s=3), Settings(), clock=clock)
    yield poller
    poller.stop()


@pytest.fixture
def poller(running: Poller, proxy: Misbehaving, clock: Clock) -> Poller:
    """A dashboard with a good picture."""
    proxy.fault, clock.now = NONE, float(NOW)
    running.tick()
    assert running.snapshot.source.state is SourceState.OK
    return running


FAULTS = {
    "refused query": (
        Fault(422, b'{"status":"error","error":"unknown function"}'),
        "query",
        "refuses a query: unknown",
    ),
    "limit": (Fault(422, b'{"status":"error","error":"too many points"}'), "limit", "limits queries: too many points"),
    "too large": (Fault(413, b"", {}), "limit", "the query is too large"),
    "login page": (Fault(200, b"<html>Log in</html>", HTML), "endpoint", "not a Prometheus API"),
    "moved": (Fault(301, b"", {"Location": "/prometheus/"}), "endpoint", "redirects to /prometheus/"),
    "no access": (Fault(401, b"Unauthorized", HTML), "auth", "check the credentials"),
    "too often": (Fault(429, b"", HTML), "unavailable", "not available (429)"),
    "starting": (Fault(503, b"<html>Service Unavailable</html>", HTML), "unavailable", "not available (503)"),
    "cut off": (Fault(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"), "unavailable", "broke off its answer"),
    "late": (Fault(503, b'{"status":"error","errorType":"timeout"}'), "timeout", "gave up on a query"),
    "silent": (Fault(hang=9), "timeout", "gave no answer within 3 s"),
    "garbage": (Fault(200, b"this was never packed", GZIP), "malformed", "cannot be unpacked"),
    "half": (Fault(200, b'{"status":"success","data":{"res'), "malformed", "no valid JSON"),
    "no numbers": (
        Fault(body=b'{"status":"success","data":{"result":[{"metric":{},"values":[[0,"x"]]}]}}', only="start="),
        "malformed",
        "no numbers",
    ),
    "one query": (
        Fault(422, b'{"status":"error","error":"no errors today"}', only="code%3D~"),
        "query",
        "no errors today",
    ),
}


# One of each kind of error, and what hangs; all of them with GS_BENCH_SLOW=1.
TRIED = FAULTS if SLOW else ("refused query", "login page", "no access", "cut off", "silent", "half", "one query")


@pytest.mark.parametrize("name", TRIED)
def test_the_picture_stays_is_marked_and_recovers_by_itself(
    poller: Poller, proxy: Misbehaving, clock: Clock, name: str
) -> None:
    proxy.fault, kind, says = FAULTS[name]
    good = poller.snapshot
    clock.now += 60
    poller.tick()
    kept = poller.snapshot
    assert (kept.source.state, kept.source.error_kind) == (SourceState.STALE, kind)
    assert says in (source_text.message(kept.source) or "")
    assert {report.name: report.samples for report in kept.services} == {
        report.name: report.samples for report in good.services
    }
    html = wall.wall(kept, clock.now, kiosk=False)
    assert "▲ Source stale" in html
    assert "The picture below is old: data 1\u00a0m old" in html
    assert "gs-green" not in html
    assert html.count('class="gs-tile') == len(good.services)
    summary = sources.summary(kept, clock.now)
    assert escape(says) in summary
    assert source_text.REMEDIES[kind] in summary
    proxy.fault = NONE
    clock.now += 15
    poller.tick()
    assert (poller.snapshot.source.state, source_text.message(poller.snapshot.source)) == (SourceState.OK, None)
    assert "gs-green" in wall.wall(poller.snapshot, clock.now, kiosk=False)


# The answer to another query, as a cache gives it that does not look at what is posted.
CACHED = Fault(body=b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[0,"1"]}]}}')


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault(503, b"", HTML), "not available (503)"),
        (CACHED, "answered with series that it does not select (without "),
    ],
    ids=["unavailable", "cached"],
)
def test_a_fault_from_the_start_is_told_and_goes_away(proxy: Misbehaving, fault: Fault, says: str) -> None:
    clock, proxy.fault = Clock(NOW), fault
    poller = Poller(PrometheusSource(proxy.url, timeout_s=3), Settings(), clock=clock)
    poller.tick()
    assert poller.snapshot.source.state is SourceState.DOWN
    assert says in (source_text.message(poller.snapshot.source) or "")
    assert "The dashboard tries again by itself." in wall.wall(poller.snapshot, clock.now, kiosk=False)
    proxy.fault = NONE
    poller.tick()
    assert poller.snapshot.source.state is SourceState.OK
    poller.stop()


@pytest.mark.parametrize("warning", ["results truncated due to limit", "fetch series for {store}: store is gone"])
def test_half_an_answer_is_drawn_with_a_badge(poller: Poller, proxy: Misbehaving, clock: Clock, warning: str) -> None:
    proxy.fault = Fault(warning=warning)
    clock.now += 15
    poller.tick()
    source = poller.snapshot.source
    assert (source.state, source.partial) == (SourceState.OK, True)
    assert "answered in part" in wall.wall(poller.snapshot, clock.now, kiosk=False)
    assert warning in sources.problems(poller.snapshot)
    proxy.fault = NONE
    clock.now += 15
    poller.tick()
    assert not poller.snapshot.source.partial


def test_half_an_answer_is_never_stored_as_a_closed_hour(proxy: Misbehaving) -> None:
    clock, proxy.fault = Clock(NOW), Fault(warning="store is gone")
    poller = Poller(PrometheusSource(proxy.url, timeout_s=3), Settings(), clock=clock)
    poller.tick()
    proxy.fault = NONE
    poller.tick()
    assert poller.snapshot.by_name["catalog"].slos[0].coverage > 4 / 720
    poller.stop()


def test_half_an_answer_to_the_search_for_services_is_told(proxy: Misbehaving) -> None:
    clock, proxy.fault = Clock(NOW), Fault(warning="store is gone", only="time=")
    poller = Poller(PrometheusSource(proxy.url, timeout_s=3), Settings(), clock=clock)
    poller.tick()
    assert "the search for services was answered in part: store is gone" in sources.problems(poller.snapshot)
    poller.stop()


def test_a_hint_of_the_server_is_shown_and_takes_nothing_away(poller: Poller, proxy: Misbehaving, clock: Clock) -> None:
    hint = "PromQL info: metric might not be a counter"
    proxy.fault = Fault(warning=hint)
    clock.now += 15
    poller.tick()
    assert not poller.snapshot.source.partial
    assert hint in sources.problems(poller.snapshot)


def test_a_flood_of_warnings_stays_readable(poller: Poller, proxy: Misbehaving, clock: Clock) -> None:
    proxy.fault = Fault(warning='","'.join(f"store {number}: {'gone ' * 1000}" for number in range(500)))
    clock.now += 15
    poller.tick()
    assert len(sources.problems(poller.snapshot)) < 50_000
