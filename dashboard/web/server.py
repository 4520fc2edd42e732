"""The ASGI application: Streamlit, our own routes, and a lifespan that owns the poller."""

import asyncio
import ctypes
import gc
import os
import platform
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from dashboard.bundle import PACKAGE, ROOT
from dashboard.config.configuration import NO_SOURCE, Config, load
from dashboard.engine import running_poller
from dashboard.engine.opening import open_poller
from dashboard.engine.poller import Poller
from dashboard.exceptions import ConfigError, DashboardError
from dashboard.state.opening import open_store
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.state.store import Store
from dashboard.web.changes.changes_in import ChangesIn
from dashboard.web.door import Door
from dashboard.web.frontend.frontend import Frontend
from dashboard.web.frontend.headers import HardeningHeaders
from dashboard.web.gate import gate_log
from dashboard.web.gate.gate_api import GateApi
from dashboard.web.gate.gate_by_status import GateByStatus
from dashboard.web.gate.github_gate import github_routes
from dashboard.web.limits import connections, quiet_logs
from dashboard.web.limits.connections import Connections
from dashboard.web.mcp.endpoint import McpEndpoint
from dashboard.web.mcp.tool import Desk
from dashboard.web.notifying.notifying import Notifying, check_receivers
from dashboard.web.routes import routes, unknown_route
from dashboard.web.service.service_api import ServiceApi

# Python's switch interval in seconds, instead of 0.005: while a refresh computes, the event loop and pages run
# sooner. With 600 viewers the 95th percentile is 231 ms instead of 265.
SWITCH_S = 0.001
WRONG_USE = 2
CONFIG_VARIABLE = "GOLDEN_SIGNALS_CONFIG"
SCRIPT = PACKAGE / "ui" / "navigation.py"

Lifespan = Callable[[Any], AbstractAsyncContextManager[None]]


def middleware(config: Config, base_path: str) -> list[Middleware]:
    """The middleware in front of every route and the websocket, outermost first."""
    door = Middleware(Door, allowed_hosts=config.allowed_hosts, base_path=base_path)
    return [Middleware(HardeningHeaders), door, Middleware(Frontend, base_path=base_path)]


def polling(poller: Poller, changes_in: ChangesIn | None = None, notifying: Notifying | None = None) -> Lifespan:
    """A lifespan in which the poller runs, changes are taken in, and receivers are notified of incidents.

    Args:
        poller: is started and stopped. `changes_in`: takes changes in. `notifying`: notifies receivers.
    """

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        # Not at its creation: `streamlit run` imports the app in a process that does not serve yet.
        running_poller.start(poller)
        if changes_in is not None:
            changes_in.start()
        if notifying is not None:
            notifying.start()
        quiet_logs.quieten()
        gate_log.open_log()
        watched = Connections(connections.raise_descriptors())
        watching = connections.guard(asyncio.get_running_loop(), watched)
        # Objects imported by now live as long as the process: the garbage collector need not walk them at each refresh.
        gc.collect()
        gc.freeze()
        steady_heap()
        try:
            yield
        finally:
            watching.cancel()
            # Stopped before the store that it writes to is closed.
            if notifying is not None:
                notifying.stop()
            poller.stop()
            if changes_in is not None:
                changes_in.stop()

    return lifespan


def steady_heap() -> bool:
    """Let glibc return buffers of 64 kB and more to the system at once; False without glibc.

    By default it raises this threshold to the largest buffer ever freed. Payloads of the viewers, created at every
    refresh, then leave holes in the heap, which grows for many minutes. mallopt(3); the parameters are of malloc.h.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    trim_threshold, mmap_threshold = -1, -3
    libc = ctypes.CDLL(None)
    return bool(libc.mallopt(mmap_threshold, 64 * 1024) and libc.mallopt(trim_threshold, 128 * 1024))


def serve(poller: Poller, config: Config, store: Store) -> None:
    """Serve until interrupted."""
    sys.setswitchinterval(SWITCH_S)
    # Streamlit takes the folder of argv[0] as the launcher's, and so finds our .streamlit from any working directory.
    sys.argv = [str(ROOT / "golden-signals")]
    options: dict[str, Any] = {"server.port": config.port, "server.address": config.host}
    if config.base_path.strip("/"):
        options["server.baseUrlPath"] = config.base_path.strip("/")
    changes_in = ChangesIn(poller, config, store)
    gate = GateApi(poller, changes_in.token_of)
    tools = McpEndpoint(Desk(poller, ServiceApi(poller), config.pages_at), changes_in.reader_of)
    own = [
        *routes(poller, config.base_path, gate),
        *GateByStatus(gate).routes(config.base_path),
        *github_routes(gate, config),
        *changes_in.routes(config.base_path),
        tools.route(config.base_path),
    ]
    own.append(unknown_route(tuple(own), config.base_path))
    before = middleware(config, config.base_path)
    lifespan = polling(poller, changes_in, Notifying(poller, config, store))
    st.App(SCRIPT, routes=own, middleware=before, lifespan=lifespan).run(config=options)


def from_environment() -> tuple[Config, Poller, Store]:
    """The configuration named by GOLDEN_SIGNALS_CONFIG, or that of the demo; with its poller and its state.

    Problems are printed to standard error, a line each, with exit code 2, as by the commands: a process started through
    Streamlit has no other way to report them.
    """
    file = os.environ.get(CONFIG_VARIABLE)
    try:
        if file and not os.path.exists(file):
            raise ConfigError(f"{CONFIG_VARIABLE}: {file}: there is no such file")
        config = load(file, os.environ) if file else Config(title="Demo", state=StateSpec(MEMORY))
        if file and not config.source_named:
            raise ConfigError(f"{CONFIG_VARIABLE}: {file}: {NO_SOURCE}")
        check_receivers(config)
        return config, open_poller(config, keeps=True), open_store(config.state)
    except DashboardError as error:
        for line in str(error).splitlines():
            print(f"golden-signals: {line}", file=sys.stderr)
        raise SystemExit(WRONG_USE) from None
