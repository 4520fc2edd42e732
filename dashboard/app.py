"""The entry point of `streamlit run dashboard/app.py`: serves the demo, or the configuration in GOLDEN_SIGNALS_CONFIG.

Streamlit finds `app` by its name and serves it with our own routes. Host, port and base path are Streamlit's options
(`--server.port` …), not those of the configuration.
"""

import sys

import streamlit as st

from dashboard.web import server
from dashboard.web.changes.changes_in import ChangesIn
from dashboard.web.gate.gate_api import GateApi
from dashboard.web.limits import exposure
from dashboard.web.notifying.notifying import Notifying
from dashboard.web.routes import routes

base_path = str(st.get_option("server.baseUrlPath") or "")
config, poller, store = server.from_environment()
changes_in = ChangesIn(poller, config, store)
app = st.App(
    server.SCRIPT,
    routes=[*routes(poller, base_path, GateApi(poller, changes_in.token_of)), *changes_in.routes(base_path)],
    middleware=server.middleware(config, base_path),
    lifespan=server.polling(poller, changes_in, Notifying(poller, config, store)),
)
if warning := exposure.no_login(str(st.get_option("server.address") or "")):
    print(f"golden-signals: {warning}", file=sys.stderr, flush=True)
