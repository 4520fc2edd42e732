"""A small server that misbehaves: it answers with the fault a test gave it, and without one as its upstream does."""

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote_plus

import httpx

GOOD = b'{"status":"success","data":{"resultType":"vector","result":[]}}'


@dataclass(frozen=True)
class Fault:
    """What is answered.

    Attributes:
        raw: the whole answer, head included, in place of status, headers and body; then the connection ends.
        hang: seconds without an answer, at most, also before what the upstream answers.
        drip: seconds between two bytes of the body.
        warning: nothing is wrong but this warning, which is put into what the upstream answers. `members`: JSON that is
            put there in its place.
        swap: a text of the query and what the upstream is asked for in its place.
        method, only: the fault concerns only such requests, and only forms that hold this text.
        spared: a regular expression: it does not concern queries in which this is found, nor what is no query.
        shortest: it concerns only ranges of so many seconds or more; 0: all that is asked.
    """

    status: int = 200
    body: bytes = GOOD
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""
    hang: float = 0.0
    drip: float = 0.0
    warning: str = ""
    members: str = ""
    swap: tuple[str, str] = ("", "")
    method: str = ""
    only: str = ""
    spared: str = ""
    shortest: float = 0.0


NONE = Fault()


class _Handler(BaseHTTPRequestHandler):
    server: "Misbehaving"

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def do_GET(self) -> None:
        self._answer(self.path.partition("?")[2].encode())

    def _answer(self, form: bytes) -> None:
        fault = self.server.fault
        asked = dict(parse_qsl(form.decode(errors="replace")))
        self.server.forms.append(asked)
        self.server.paths.append(self.path.partition("?")[0])
        span = float(asked.get("end", 0)) - float(asked.get("start", 0))
        concerned = fault.method in ("", self.command) and fault.only.encode() in form and span >= fault.shortest
        if fault.spared:
            concerned = concerned and "query" in asked and not re.search(fault.spared, asked["query"])
        if not concerned or (self.server.upstream and fault is NONE):
            fault = self._passed_on(form)
        elif fault.warning or fault.members or fault.swap[0]:
            passed = self._passed_on(form.replace(*(quote_plus(text).encode() for text in fault.swap)))
            members = fault.members or (f'"warnings":["{fault.warning}"]' if fault.warning else '"stats":{}')
            put = f'{{"status":"success",{members},'.encode()
            fault = replace(passed, body=passed.body.replace(b'{"status":"success",', put, 1), hang=fault.hang)
        if fault.hang:
            self.server.hanging += 1
            self.server.wait(fault.hang)
        self.server.refused += "start" in asked and fault.status // 100 == 4 and fault.status != 405
        self._send(fault)

    def _passed_on(self, form: bytes) -> Fault:
        if not self.server.upstream:
            return NONE
        sent = {"Content-Type": "application/x-www-form-urlencoded"}
        path = self.path.partition("?")[0]
        url = self.server.upstream + path
        # What only reads, such as the values of a label, is no more than an address.
        if self.command == "GET":
            reply = self.server.client.get(f"{url}?{form.decode()}")
        else:
            reply = self.server.client.post(url, content=form, headers=sent)
        return Fault(reply.status_code, reply.content, {"Content-Type": reply.headers.get("Content-Type", "")})

    def _send(self, fault: Fault) -> None:
        if fault.raw:
            self.wfile.write(fault.raw)
            return
        self.send_response(fault.status)
        usual = {"Content-Type": "application/json", "Content-Length": str(len(fault.body))}
        for name, value in (usual | dict(fault.headers)).items():
            self.send_header(name, value)
        self.end_headers()
        if not fault.drip:
            self.wfile.write(fault.body)
            return
        for place in range(len(fault.body)):
            self.wfile.write(fault.body[place : place + 1])
            time.sleep(fault.drip)

    def log_message(self, *_: object) -> None:
        """Quiet."""


class Misbehaving(ThreadingHTTPServer):
    """On loopback, with a port of its own.

    Args:
        upstream: address of a real server, for which this one stands as a proxy while it behaves.

    Attributes:
        wait: lets the seconds of a hang pass; a test may pass them on a clock of its own.
        hanging: how many requests were left to hang so far.
        forms: what was asked so far. `paths`: where.
        refused: how many ranges were answered with a status of 400 to 499, but for methods that are not allowed.
    """

    daemon_threads = True

    def __init__(self, upstream: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream, self.fault, self.released = upstream, NONE, threading.Event()
        self.wait: Callable[[float], object] = self.released.wait
        self.client, self.hanging = httpx.Client(timeout=20), 0
        self.forms: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.refused = 0
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        """Quiet: clients that give up are what is tested."""


@contextmanager
def misbehaving(upstream: str = "") -> Iterator[Misbehaving]:
    """Such a server while the block runs."""
    server = Misbehaving(upstream)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()
    server.client.close()
    thread.join()
