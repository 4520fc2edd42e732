"""What `streamlit run dashboard/app.py` serves: the demo, or the configuration that GOLDEN_SIGNALS_CONFIG names.

Streamlit finds `app` by its name and serves all of it, our own routes included. Host, port and base path are
Streamlit's options then (`--server.port` …), not those of the configuration.
"""

import sys

import streamlit as st

from dashboard.web import exposure, server

base_path = str(st.get_option("server.baseUrlPath") or "")
config, poller, store = server.from_environment()
own, close = server.own_routes(poller, config, store, base_path)
app = st.App(
    server.SCRIPT,
    routes=own,
    middleware=server.middleware(config, base_path),
    lifespan=server.polling(poller, close),
)
if warning := exposure.no_login(str(st.get_option("server.address") or "")):
    print(f"golden-signals: {warning}", file=sys.stderr, flush=True)
