"""The dashboard over many copies of services of the demo: `python crowd_app.py SERVICES UNHEALTHY PORT VERSION`."""

import sys

import dashboard

dashboard.__version__ = sys.argv[4]

from dashboard.config.configuration import Config  # noqa: E402
from dashboard.engine.opening import open_poller  # noqa: E402
from dashboard.engine.snapshot import Snapshot  # noqa: E402
from dashboard.ui.panels import wall_controls  # noqa: E402
from dashboard.web.server import serve  # noqa: E402
from tests.ui.panels.services import copies  # noqa: E402

SERVICES, UNHEALTHY, PORT = map(int, sys.argv[1:4])
REFRESH = 1.0
# A turn a refresh: a test needs not wait for a quarter of a minute.
wall_controls.TURN_EVERY = REFRESH


class Crowd:
    """The snapshots of a poller as those of many services; the same object as long as nothing has changed."""

    def __init__(self) -> None:
        config = Config(title="Crowd", port=PORT, refresh=REFRESH)
        self.poller = open_poller(config)
        self._read, self._of, self._crowd = self.poller.read, None, None
        self.poller.read = self.read  # type: ignore[method-assign]
        serve(self.poller, config)

    _of: Snapshot | None
    _crowd: Snapshot | None

    def read(self) -> Snapshot:
        snapshot = self._read()
        if not snapshot.services:
            return snapshot
        if self._crowd is None or self._of is not snapshot:
            self._of, self._crowd = snapshot, copies(snapshot, SERVICES, UNHEALTHY, teams=10)
        return self._crowd


if __name__ == "__main__":
    Crowd()
