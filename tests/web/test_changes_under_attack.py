"""A real dashboard that is flooded with changes, and killed meanwhile: it answers everybody, and keeps what it said.

GS_BENCH_SLOW=1 sends the numbers of life: 10,000 messages in a minute or less, one after the other on each connection.
"""

import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from dashboard.bundle import ROOT
from dashboard.changes.senders.catalog import SENDERS
from dashboard.state import changes
from dashboard.state.changes import Wanted
from dashboard.state.opening import open_store
from dashboard.state.spec import StateSpec
from tests.commands.small_csv import write_small_csv
from tests.live import until
from tests.servers import binary, free_port
from tests.slow import SLOW
from tests.web.annotations import SECRET

MESSAGES, CONNECTIONS = (10_000, 4) if SLOW else (450, 4)
HEADERS = {"Authorization": f"Bearer {SECRET}"}
# Where other tests run beside, all takes longer.
ANSWERED_S = 1.0 if SLOW else 4.0


class Target:
    """A dashboard with a state in a folder, and what its senders were answered."""

    def __init__(self, folder: Path) -> None:
        self.state, port = folder / "state", free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = ["serve", "--csv", write_small_csv(folder), "--state", str(self.state), "--port", str(port)]
        environment = {**os.environ, "GOLDEN_SIGNALS_TOKEN": SECRET}
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "dashboard.cli", *command], env=environment, stdout=log, stderr=log
            )
        self.statuses: Counter[int] = Counter()
        self.acknowledged: set[str] = set()
        self._lock = threading.Lock()

    def is_ready(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/healthz").status_code == 200
        return False

    def send(self, texts: list[str]) -> None:
        """Send one message after the other, until the dashboard is gone."""
        with httpx.Client(base_url=self.url, headers=HEADERS, timeout=60) as client, suppress(httpx.TransportError):
            for text in texts:
                body = {"text": text, "time": int(time.time() * 1000), "tags": ["deploy"]}
                status = client.post("/api/annotations", json=body).status_code
                with self._lock:
                    self.statuses[status] += 1
                    if status == 200:
                        self.acknowledged.add(text)

    def flood(self, name: str, count: int) -> list[threading.Thread]:
        """Begin to send so many messages on several connections."""
        texts = [f"{name} {number}" for number in range(count)]
        threads = [
            threading.Thread(target=self.send, args=(texts[begin::CONNECTIONS],)) for begin in range(CONNECTIONS)
        ]
        for thread in threads:
            thread.start()
        return threads

    def stored(self) -> set[str]:
        """What is in the store."""
        store = open_store(StateSpec(str(self.state)))
        texts = {stored.change.text for stored in changes.find(store, Wanted(limit=100_000))}
        store.close()
        return texts


@contextmanager
def running(folder: Path) -> Iterator[Target]:
    started = Target(folder)
    try:
        until(started.is_ready, "it answers")
        yield started
    finally:
        started.process.kill()
        started.process.wait(timeout=20)


def send_as_documented(target: Target) -> None:
    """Run each example of the documentation, and see that its change is there."""
    binary("curl")
    binary("openssl")
    text = (ROOT / "docs" / "changes.md").read_text(encoding="utf-8")
    # Others make the token.
    examples = [example for example in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if "curl" in example]
    environment = {**os.environ, "GOLDEN": target.url, "TOKEN": SECRET}
    script = "\n".join(["set -eu", *(f"{example}\necho" for example in examples)])
    answers = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert answers.returncode == 0, answers.stderr
    listed = httpx.get(f"{target.url}/api/annotations", headers=HEADERS, params={"limit": 5000}).json()
    senders = Counter(annotation["data"]["sender"] for annotation in listed if "killed " not in annotation["text"])
    assert senders == {sender.name: 1 for sender in SENDERS} | {"grafana": 2}


def test_a_kill_loses_nothing_and_a_flood_holds_up_nobody(tmp_path: Path) -> None:
    with running(tmp_path) as killed:
        threads = killed.flood("killed", 295)
        until(lambda: len(killed.acknowledged) > 100, "a hundred are acknowledged")
        killed.process.kill()
        for thread in threads:
            thread.join(timeout=60)
        assert 100 < len(killed.acknowledged) < 295
        assert killed.acknowledged <= killed.stored()
    with running(tmp_path) as target:
        listed = httpx.get(f"{target.url}/api/annotations", headers=HEADERS, params={"limit": 5000}).json()
        assert killed.acknowledged <= {annotation["text"] for annotation in listed}
        send_as_documented(target)
        began, waits = time.monotonic(), []
        threads = target.flood("flood", MESSAGES)
        while any(thread.is_alive() for thread in threads):
            asked = time.monotonic()
            assert httpx.get(f"{target.url}/healthz", timeout=30).text == "ok\n"
            waits.append(time.monotonic() - asked)
            threads[0].join(timeout=0.05)
        took = time.monotonic() - began
        print(f"{MESSAGES} messages in {took:.1f} s: {dict(target.statuses)}; /healthz at most {max(waits):.3f} s")
        # On a machine that is busy the allowance comes back faster than it is used.
        assert target.statuses.keys() == {200, 429} if SLOW else target.statuses.keys() <= {200, 429}
        assert sum(target.statuses.values()) == MESSAGES
        assert max(waits) < ANSWERED_S
        assert target.acknowledged <= target.stored()
