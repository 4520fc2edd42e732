"""The chart of an incident keeps its words within the plot, however narrow that is."""

import numpy as np

from dashboard.ui.panels.incidents.incident_plot import Plot


def test_words_on_what_began_lately_stay_within_the_plot() -> None:
    words = "over the objective for 5 min"
    plot = Plot(name="", values=np.ones(3), top=2, ticks=(0.0, 1.0, 2.0), shade=(0.9, 1.0), over=words)
    assert '<span class="over" style="left:min(90.00%,100% - 29ch)">over the objective' in plot.html()
