"""No message, of no command and in no shape of an address, repeats a password or a part of it."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.config.configuration import Config, load
from dashboard.engine.opening import open_source
from dashboard.engine.poller import Poller
from dashboard.exceptions import DashboardError
from dashboard.redaction import redacted
from dashboard.sources.prometheus.client.http import Api
from dashboard.sources.prometheus.spec import PrometheusSpec
from dashboard.toml import parsers
from dashboard.ui.text import source_text
from dashboard.web import metrics, status_json
from tests.misbehaving import Fault, Misbehaving, misbehaving
from tests.servers import free_port
from tests.steady import START, Clock

# The parts of the password; none of them may be anywhere.
FIRST, SECOND = "hunterOne", "hunterTwo"
SHAPES = {
    "encoded": f"http://user:{FIRST}%2F{SECOND}@HOST",
    "a percent sign": f"http://user:{FIRST}%{SECOND}@HOST",
    "an at": f"http://user:{FIRST}@{SECOND}@HOST",
    "a slash": f"http://user:{FIRST}/{SECOND}@HOST",
    "a slash after digits": f"http://user:123/{SECOND}{FIRST}@HOST",
    "a hash": f"http://user:{FIRST}#{SECOND}@HOST",
    "a hash after digits": f"http://user:12#{FIRST}{SECOND}@HOST",
    "a question mark": f"http://user:{FIRST}?{SECOND}@HOST",
    "a colon": f"http://user:{FIRST}:{SECOND}@HOST",
    "a bracket": f"http://user:{FIRST}[{SECOND}@HOST",
    "a blank": f"http://user:{FIRST} {SECOND}@HOST",
    "a line break": f"http://user:{FIRST}\n{SECOND}@HOST",
    "a backslash": f"http://user:{FIRST}\\{SECOND}@HOST",
    "a quote": f"http://user:{FIRST}'\"{SECOND}@HOST",
    "not ASCII": f"http://user:{FIRST}ü{SECOND}@HOST",
    "a letter that is two": f"http://user:{FIRST}℀{SECOND}@HOST",
    "a token alone": f"http://{FIRST}{SECOND}@HOST",
    "no user": f"http://:{FIRST}{SECOND}@HOST",
    "no host": f"http://user:{FIRST}{SECOND}",
    "no host after an at": f"http://user:{FIRST}{SECOND}@",
    "a token in the query": f"http://HOST/?token={FIRST}&x={SECOND}",
    "a token in a parameter of the path": f"http://HOST/prefix;token={FIRST};x={SECOND}/more",
    "a token in a parameter without a name": f"http://HOST/prefix;{FIRST}{SECOND}",
    "a token in the fragment": f"http://HOST/#{FIRST}{SECOND}",
    "no scheme": f"user:{FIRST}{SECOND}@HOST",
    "no scheme and an encoded at": f"user:{FIRST}{SECOND}%40HOST",
    "an encoded at": f"http://user:{FIRST}{SECOND}%40HOST",
    "digits and an encoded at": f"http://user:123{FIRST}{SECOND}%40HOST",
    "another scheme": f"postgres://user:{FIRST}{SECOND}@HOST",
    "a port that is none": f"http://user:{FIRST}{SECOND}@127.0.0.1:99999",
}
ADDRESSES = pytest.mark.parametrize("address", SHAPES.values(), ids=SHAPES.keys())
COMMANDS = ("check", "discover", "status", "rules")


def clean(text: str) -> str:
    """The text, once nothing of the password was found in it."""
    for part in (FIRST, SECOND, FIRST[:8], SECOND[:8]):
        assert part.casefold() not in text.casefold(), text
    return text


@pytest.fixture(scope="module")
def refusing() -> Iterator[Misbehaving]:
    """A server that refuses access, and repeats where it would rather be asked."""
    with misbehaving() as server:
        server.fault = Fault(302, headers={"Location": f"http://user:{FIRST}{SECOND}@elsewhere/?t={SECOND}"})
        yield server


# --- what is typed ---------------------------------------------------------------------------------------------------


@ADDRESSES
def test_no_command_repeats_what_stands_before_the_host(address: str, capfd: pytest.CaptureFixture[str]) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    for command in COMMANDS:
        for typed in (["--prometheus", address], [address]):
            try:
                code = main([command, *(part.replace("HOST", nobody) for part in typed)])
            except SystemExit as ended:
                code = int(ended.code or 0)
            assert code in (2, 3)
            said = capfd.readouterr()
            clean(said.out + said.err)
    try:
        main([address])
    except SystemExit:
        clean(capfd.readouterr().err)


@ADDRESSES
def test_no_configuration_repeats_it(address: str, tmp_path: Path) -> None:
    file = tmp_path / "golden.toml"
    file.write_text(f"[source]\nurl = {json.dumps(address.replace('HOST', '127.0.0.1:9'))}\n", encoding="utf-8")
    try:
        config = load(str(file), {})
    except DashboardError as error:
        clean(f"{error} {error!r} {error.__cause__!r}")
        return
    clean(repr(config))
    try:
        clean(open_source(config, now=START).where)
    except DashboardError as error:
        clean(f"{error!r} {error.__cause__!r}")


@pytest.mark.parametrize("parse", [parsers.url, Api])
@ADDRESSES
def test_whoever_reads_it_fails_without_it(address: str, parse: type[Api]) -> None:
    try:
        parse(address.replace("HOST", "127.0.0.1:9"))
    except (ValueError, DashboardError) as error:
        # With the error before it, as a traceback would show that.
        clean(f"{error!r} {error.__cause__!r} {None if error.__suppress_context__ else error.__context__!r}")


# --- what a source says ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shape",
    [
        "encoded", "a percent sign", "an at", "a colon", "not ASCII", "a token alone",
        "a token in a parameter of the path",
    ],
)  # fmt: skip
def test_nothing_that_is_published_repeats_it(
    shape: str, refusing: Misbehaving, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    clock = Clock()
    url = SHAPES[shape].replace("HOST", refusing.url.removeprefix("http://"))
    spec = PrometheusSpec(url, bearer_token=None, headers={"X-Token": SECOND})
    clean(repr(spec))
    poller = Poller(open_source(Config(source=spec), now=START), clock=clock)
    poller.tick()
    snapshot = poller.snapshot
    clean(source_text.message(snapshot.source) or "")
    assert "redirects to http://…@elsewhere/?…" in str(snapshot.source.error)
    clean(repr(snapshot.source))
    clean(json.dumps(status_json.as_json(snapshot, clock.now)))
    clean(metrics.exposition(poller).decode())
    clean(caplog.text)
    poller.stop()


@pytest.mark.parametrize("header", [f" {FIRST}", f"{FIRST} ", f"{FIRST}\n{SECOND}", f"{FIRST}ü", f"{FIRST}\0"])
def test_a_header_that_cannot_be_sent_is_named_and_not_shown(header: str) -> None:
    with pytest.raises(DashboardError, match="header X-Token: its value must be one line") as caught:
        Api("http://127.0.0.1:9", headers={"X-Token": header})
    clean(repr(caught.value))


def test_a_token_with_blanks_around_it_is_sent_without_them() -> None:
    api = Api("http://127.0.0.1:9", bearer_token=f" {FIRST} \n".replace("\n", ""))
    assert api._client.headers["Authorization"] == f"Bearer {FIRST}"
    api.close()


@pytest.mark.parametrize("key", ["bearer_token_file", "password_file"])
@pytest.mark.parametrize(
    "secret", [f"{FIRST}{SECOND}", f"{FIRST}/{SECOND}", f"{FIRST}{SECOND}" * 30, f"{FIRST}\\u0000"]
)
def test_who_wrote_the_secret_in_the_place_of_its_file_does_not_read_it(key: str, secret: str, tmp_path: Path) -> None:
    file = tmp_path / "golden.toml"
    file.write_text(f'[source]\nurl = "http://127.0.0.1:9"\n{key} = "{secret}"\n', encoding="utf-8")
    with pytest.raises(DashboardError, match="the secret file cannot be read") as caught:
        load(str(file), {})
    clean(str(caught.value))
    assert f":3: source.{key}: " in str(caught.value)


def test_discover_leaves_credentials_out_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with misbehaving() as server:
        host = server.url.removeprefix("http://")
        main(["discover", "--prometheus", f"http://user:{FIRST}%2F{SECOND}@{host}/prefix?token={FIRST}"])
    out = clean(capsys.readouterr().out)
    assert f'url = "http://{host}/prefix"' in out
    assert "# Credentials of the address are left out: name username and password_file" in out


@pytest.mark.parametrize(
    "echo",
    [
        f"token={FIRST}",
        f"bad request: access_token={FIRST}&x=1, token={SECOND}",
        f'no such "api-key={FIRST}"',
        f"Password='{FIRST} {SECOND}'",
        f"x_sig%3D{FIRST}",
        f"{'so much is said before it, ' * 12}token={FIRST}{SECOND}{', and after it' * 12}",
    ],
)
def test_what_a_server_repeats_is_cut_by_its_name(echo: str) -> None:
    with misbehaving() as server:
        for status, body, kind in ((401, echo, "text/plain"), (400, json.dumps({"error": echo}), "application/json")):
            server.fault = Fault(status, body.encode(), {"Content-Type": kind})
            with pytest.raises(DashboardError) as caught:
                Api(server.url).post("query", {"query": "up"})
            assert "…" in clean(str(caught.value))


def test_a_parameter_of_the_path_is_asked_for_and_not_shown() -> None:
    with misbehaving() as server:
        api = Api(f"{server.url}/prefix;token={FIRST}")
        api.post("query", {"query": "up"})
        assert api.where == f"{server.url}/prefix;…"
        assert server.paths == [f"/prefix;token={FIRST}/api/v1/query"]


# --- what is left as it is -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:9090 cannot be reached: connection refused",
        "http://127.0.0.1:9090: its certificate is not trusted",
        "http://[::1]:9090/prefix gave no answer (http://host:80), see 'http://a:1'.",
        "http://prom refuses the query: foo @ 123",
        "what is at https://example.org? Nothing.",
        "a@b.example and no address",
        'write bearer_token_file = "token"; not token: 5',
        "see http://host:80; then ask again",
        'sum by (token) (x{token!="a"})',
    ],
)
def test_addresses_without_secrets_stay_as_they_are(text: str) -> None:
    assert redacted(text) == text


def test_what_is_cut_leaves_the_host_to_be_seen() -> None:
    assert redacted("see http://user:a@b@host:9090/x?token=1 and more") == "see http://…@host:9090/x?… and more"
    assert redacted("unrecognized: http://user:a b@host", typed=True) == "unrecognized: http://…@host"
