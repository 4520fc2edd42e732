"""The demo on a fast clock: `python hour_app.py PORT PACE` refreshes every PACE seconds as if these were 15."""

import sys
import time

from dashboard.config.configuration import Config
from dashboard.engine.opening import open_source
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.state.opening import open_store
from dashboard.web.server import serve

STEP = 15.0


def hurried(pace: float) -> Poller:
    """A poller whose clock goes on by a step of the data in so many real seconds, and which refreshes as often."""
    began = time.time()
    source = open_source(Config(), now=began)
    settings = Settings(title="An hour", refresh=pace)
    poller = Poller(source, settings, clock=lambda: began + (time.time() - began) * STEP / pace)
    poller._beat.wait_s = lambda *_: pace  # type: ignore[method-assign]
    return poller


if __name__ == "__main__":
    config = Config(title="An hour", port=int(sys.argv[1]), refresh=float(sys.argv[2]))
    serve(hurried(config.refresh), config, open_store(config.state))
