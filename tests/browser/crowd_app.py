"""The dashboard over many copies of services of the demo: `python crowd_app.py SERVICES UNHEALTHY PORT [VERSION]`.

SIGUSR1 makes it another version at once.
"""

import signal
import sys

from dashboard.config.configuration import Config
from dashboard.engine.opening import open_poller
from dashboard.engine.snapshot import Snapshot
from dashboard.state.opening import open_store
from dashboard.ui import screen
from dashboard.ui.panels.wall import wall_controls
from dashboard.web.server import serve
from tests.ui.panels.services import copies

SERVICES, UNHEALTHY, PORT = map(int, sys.argv[1:4])
REFRESH = 1.0
# A turn a refresh: a test needs not wait for a quarter of a minute.
wall_controls.TURN_EVERY = REFRESH
screen.VERSION = sys.argv[4] if len(sys.argv) > 4 else screen.VERSION


class Crowd:
    """The snapshots of a poller as those of many services; the same object as long as nothing has changed."""

    def __init__(self) -> None:
        config = Config(title="Crowd", port=PORT, refresh=REFRESH)
        self.poller = open_poller(config)
        self._read, self._of, self._crowd = self.poller.read, None, None
        self.poller.read = self.read  # type: ignore[method-assign]
        serve(self.poller, config, open_store(config.state))

    _of: Snapshot | None
    _crowd: Snapshot | None

    def read(self) -> Snapshot:
        snapshot = self._read()
        if not snapshot.services:
            return snapshot
        if self._crowd is None or self._of is not snapshot:
            self._of, self._crowd = snapshot, copies(snapshot, SERVICES, UNHEALTHY, teams=10)
        return self._crowd


def upgrade(*_: object) -> None:
    screen.VERSION = f"after {screen.VERSION}"


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, upgrade)
    Crowd()
