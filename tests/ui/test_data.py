"""Who waits for what beyond the live window: the tab that the script runs for, until it asks for something else."""

from streamlit.testing.v1 import AppTest


def page(events: list[str]) -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

    from dashboard.ui import data

    viewer = data._viewer()
    events.append("began")
    if events == ["began"]:
        # As a click in the same tab does from another thread.
        st.runtime.scriptrunner.get_script_run_ctx().script_requests.request_rerun(RerunData())
        viewer.leave()
        events.append("went on")
    viewer.leave()


def test_a_tab_that_asks_for_something_else_leaves_what_it_waits_for() -> None:
    events: list[str] = []
    test = AppTest.from_function(page, default_timeout=60, args=(events,)).run()
    assert not test.exception
    assert events == ["began", "began"]
