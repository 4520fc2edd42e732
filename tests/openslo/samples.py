"""SLO files without diagnostics, and ways to change them."""

from dashboard.openslo.diagnostics import Diagnostic
from dashboard.openslo.openslo_reader import ReadResult, read_slos
from dashboard.slo.objective import Slo

RATIO = """\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: checkout-availability
  displayName: Checkout works
  labels: {team: payments}
  annotations: {owner: payments}
spec:
  description: Requests to checkout are answered.
  service: checkout
  indicator:
    metadata: {name: checkout-ok}
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource:
            type: Prometheus
            spec: {query: 'sum(ok_requests)'}
        total:
          metricSource:
            type: Prometheus
            spec: {query: 'sum(all_requests)'}
  timeWindow:
    - duration: 30d
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - target: 0.999
"""
THRESHOLD = """\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: checkout-memory
spec:
  service: checkout
  indicator:
    metadata: {name: memory}
    spec:
      thresholdMetric:
        metricSource:
          type: signals
          spec: {measure: saturation, detail: memory}
  timeWindow:
    - duration: 1M
      isRolling: false
      calendar: {startTime: '2026-01-01 00:00:00', timeZone: Europe/Berlin}
  budgetingMethod: Timeslices
  objectives:
    - target: 0.99
      op: lte
      value: 0.9
      timeSliceTarget: 1
      timeSliceWindow: 5m
"""
ALERTING = """\
  alertPolicies:
    - alertPolicyRef: fast
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: fast}
spec:
  alertWhenBreaching: true
  conditions:
    - conditionRef: fast-burn
  notificationTargets:
    - targetRef: on-call
---
apiVersion: openslo/v1
kind: AlertCondition
metadata: {name: fast-burn}
spec:
  severity: page
  condition:
    kind: burnrate
    op: gte
    threshold: 14.4
    lookbackWindow: 1h
"""
ALERTED = RATIO + ALERTING


def changed(base: str, old: str, new: str) -> str:
    """A sample with a part of it replaced, which must be there once."""
    assert base.count(old) == 1, (base.count(old), old)
    return base.replace(old, new)


def reading(text: str) -> ReadResult:
    """The SLOs and diagnostics of one file."""
    return read_slos({"slo.yaml": text})


def only(text: str) -> Slo:
    """The one SLO of a file without diagnostics."""
    result = reading(text)
    assert result.diagnostics == (), [str(diagnostic) for diagnostic in result.diagnostics]
    assert len(result.slos) == 1
    return result.slos[0]


def only_diagnostic(result: ReadResult) -> Diagnostic:
    """The one diagnostic of a file."""
    assert len(result.diagnostics) == 1, [str(diagnostic) for diagnostic in result.diagnostics]
    return result.diagnostics[0]
