"""All senders, one row for each module, with its path."""

from dashboard.changes.senders import (
    argocd,
    cdevents,
    datadog,
    flagger,
    github,
    gitlab,
    grafana,
    graphite,
    jenkins,
    pagerduty,
    spinnaker,
)

_MODULES = (grafana, graphite, argocd, pagerduty, datadog, cdevents, github, gitlab, jenkins, flagger, spinnaker)
SENDERS = tuple(module.SENDER for module in _MODULES)
