"""A slow phone, and what a page of ours costs on it: each request, its bytes on the wire, and when values are there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page

# Lighthouse's slow phone: 1.6 Mbit/s down, 750 kbit/s up, 150 ms until a first byte, a quarter of this processor.
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
CPU_SLOWER = 4
SCREEN = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 3}
# When each of these is on the page for the first time, in milliseconds since it was asked for.
MARKS = """(() => {
  const wanted = MARKS, seen = window.gsSeen = {};
  const look = () => {
    for (const [name, selector, least] of wanted)
      if (!(name in seen) && document.querySelectorAll(selector).length >= least) seen[name] = performance.now();
    if (Object.keys(seen).length < wanted.length) requestAnimationFrame(look);
  };
  look();
})()"""


@dataclass
class Request:
    """One request as DevTools sees it.

    Attributes:
        path: of the address. `status`: of the answer; 0 before it came.
        encoding: of its content. `kept`: its Cache-Control.
        size: bytes on the wire; 0 where the browser had it. `began`, `ended`: seconds since the first request.
    """

    path: str
    began: float
    status: int = 0
    encoding: str = ""
    kept: str = ""
    size: int = 0
    ended: float = 0.0
    failed: str = ""

    @property
    def kind(self) -> str:
        """What it fetches."""
        name = self.path.rpartition("/")[2]
        if name.startswith("plotly-"):
            return "plotly"
        if "/keyframes/" in self.path:
            return "values"
        kinds = {"js": "scripts", "css": "styles", "woff2": "fonts"}
        return kinds.get(name.rpartition(".")[2], "other") if "." in name or "_stcore" in self.path else "page"


@dataclass
class Load:
    """What one page load asked for."""

    requests: list[Request] = field(default_factory=list)
    messages: list[tuple[float, int]] = field(default_factory=list)
    marks: dict[str, float] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of all answers and messages on the wire."""
        return sum(request.size for request in self.requests) + sum(size for _, size in self.messages)


class Phone:
    """Loads pages in a browser context as a phone, and watches what they fetch."""

    def __init__(self, context: BrowserContext, *, slow: bool) -> None:
        self.context, self.slow = context, slow

    def load(self, url: str, marks: Mapping[str, tuple[str, int]], patience_ms: float = 60_000) -> tuple[Page, Load]:
        """Open a page and wait until all marks are seen.

        Args:
            url: of the page.
            marks: a name, and the selector and how many of it must be there.
            patience_ms: so long at most.
        """
        page, loaded = self.context.new_page(), Load()
        cdp = self.context.new_cdp_session(page)
        cdp.send("Network.enable")
        if self.slow:
            cdp.send("Network.emulateNetworkConditions", NETWORK)
            cdp.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWER})
        _Watch(cdp, loaded)
        wanted = [[name, selector, least] for name, (selector, least) in marks.items()]
        page.add_init_script(MARKS.replace("MARKS", str(wanted).replace("'", '"'), 1))
        page.goto(url, wait_until="commit")
        page.wait_for_function(f"Object.keys(window.gsSeen).length === {len(wanted)}", timeout=patience_ms)
        loaded.marks = {name: ms / 1000 for name, ms in page.evaluate("window.gsSeen").items()}
        return page, loaded


class _Watch:
    """Writes down the requests and messages of a page."""

    def __init__(self, cdp: Any, loaded: Load) -> None:
        self._loaded, self._open = loaded, dict[str, Request]()
        self._first: float | None = None
        for name in ("requestWillBeSent", "responseReceived", "loadingFinished", "loadingFailed"):
            cdp.on(f"Network.{name}", getattr(self, f"_{name.lower()}"))
        cdp.on("Network.webSocketFrameReceived", self._message)

    def _since(self, event: dict[str, Any]) -> float:
        if self._first is None:
            self._first = event["timestamp"]
        return float(event["timestamp"] - self._first)

    def _requestwillbesent(self, event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        if url.startswith("http"):
            request = self._open[event["requestId"]] = Request(urlsplit(url).path, self._since(event))
            self._loaded.requests.append(request)

    def _responsereceived(self, event: dict[str, Any]) -> None:
        if (request := self._open.get(event["requestId"])) is not None:
            headers = {name.lower(): value for name, value in event["response"]["headers"].items()}
            request.status = event["response"]["status"]
            request.encoding = headers.get("content-encoding", "")
            request.kept = headers.get("cache-control", "")

    def _loadingfinished(self, event: dict[str, Any]) -> None:
        if (request := self._open.get(event["requestId"])) is not None:
            request.size, request.ended = int(event["encodedDataLength"]), self._since(event)

    def _loadingfailed(self, event: dict[str, Any]) -> None:
        if (request := self._open.get(event["requestId"])) is not None:
            request.failed, request.ended = event["errorText"], self._since(event)

    def _message(self, event: dict[str, Any]) -> None:
        frame = event["response"]
        size = len(frame["payloadData"]) * 3 // 4 if frame["opcode"] == 2 else len(frame["payloadData"])
        self._loaded.messages.append((self._since(event), size))
