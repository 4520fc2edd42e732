"""mcp: serve the read-only tools over standard input and output, to a client that starts this command."""

import argparse
import sys

from dashboard.commands.options import configuration_with_source
from dashboard.engine import running_poller
from dashboard.engine.gate.keeping_exceptions import rows_of_process
from dashboard.engine.opening import open_poller
from dashboard.exceptions import ConfigError
from dashboard.state import running
from dashboard.state.opening import open_store
from dashboard.state.reported_changes import ReportedChanges
from dashboard.web.mcp.endpoint import HOW
from dashboard.web.mcp.tool import Desk
from dashboard.web.service.service_api import ServiceApi


def mcp(options: argparse.Namespace) -> int:
    """Answer tool calls until standard input ends."""
    config = configuration_with_source(options)
    try:
        from dashboard.web.mcp.protocol import serve_stdio
    except ModuleNotFoundError as missing:
        if missing.name != "mcp":
            raise
        raise ConfigError(f"mcp: {HOW}") from None
    poller = running_poller.start(open_poller(config))
    try:
        store = open_store(config.state)
        if store.note:
            print(f"golden-signals: {store.note}", file=sys.stderr)
        running.use(store)
        poller.changes.reported, poller.exceptions.rows = ReportedChanges(store).read, rows_of_process
        try:
            serve_stdio(Desk(poller, ServiceApi(poller), config.pages_at))
        finally:
            running.use(None)
            store.close()
    finally:
        poller.stop()
    return 0
