"""Data other than signals: alerts, exemplars, service graphs, versions, prices."""
