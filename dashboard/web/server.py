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

# Python hands its one running thread on after so many seconds, not five thousandths: while a refresh computes, the loop
# and pages have their turn sooner. Of 600 viewers the 95th percentile is 231 ms instead of 265.
SWITCH_S = 0.001
WRONG_USE = 2
CONFIG_VARIABLE = "GOLDEN_SIGNALS_CONFIG"
SCRIPT = PACKAGE / "ui" / "navigation.py"

Lifespan = Callable[[Any], AbstractAsyncContextManager[None]]


def middleware(config: Config, base_path: str) -> list[Middleware]:
    """What stands before every route and the websocket, the outermost first."""
    door = Middleware(Door, allowed_hosts=config.allowed_hosts, base_path=base_path)
    return [Middleware(HardeningHeaders), door, Middleware(Frontend, base_path=base_path)]


def polling(poller: Poller, changes_in: ChangesIn | None = None, notifying: Notifying | None = None) -> Lifespan:
    """A lifespan in which the poller runs, changes are taken in, and receivers are told of incidents.

    Args:
        poller: is started and stopped. `changes_in`: takes changes in. `notifying`: tells receivers.
    """

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        # Not when it is made: `streamlit run` imports the app in a process that does not serve yet.
        running_poller.start(poller)
        if changes_in is not None:
            changes_in.start()
        if notifying is not None:
            notifying.start()
        quiet_logs.quieten()
        gate_log.open_log()
        watched = Connections(connections.raise_descriptors())
        watching = connections.guard(asyncio.get_running_loop(), watched)
        # What is imported by now lives as long as the process: the collector need not walk it at every refresh.
        gc.collect()
        gc.freeze()
        steady_heap()
        try:
            yield
        finally:
            watching.cancel()
            # Before the store is closed, which it writes to.
            if notifying is not None:
                notifying.stop()
            poller.stop()
            if changes_in is not None:
                changes_in.stop()

    return lifespan


def steady_heap() -> bool:
    """Let glibc give buffers of 64 kB and more back to the system at once; False if there is no glibc.

    By default it raises that bound to the largest buffer it ever freed. Payloads of the viewers, made again at every
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
    """The configuration that GOLDEN_SIGNALS_CONFIG names, that of the demo without one; its poller and its state.

    What is wrong is one line for each problem on standard error and exit code 2, as with the commands: a process that
    starts through Streamlit has nobody else to say so.
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
