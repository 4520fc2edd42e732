"""All senders: each row is one module's, and where it sends to."""

from dashboard.changes.senders import grafana

SENDERS = (grafana.SENDER,)
