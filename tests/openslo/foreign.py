"""Files of other tools that have nothing in them which OpenSLO cannot say, or hardly anything."""

SLOTH = """\
version: prometheus/v1
service: checkout
labels: {owner: payments}
slos:
  - name: requests
    objective: 99.9
    description: Requests are answered.
    labels: {tier: "1"}
    sli:
      events:
        error_query: sum(rate(http_requests_total{code=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_requests_total[{{ .window }}]))
    alerting:
      page_alert: {disable: false}
      ticket_alert: {disable: false}
"""
SLOTH_RAW = """\
version: prometheus/v1
service: wifi
slos:
  - name: happy
    objective: 95
    sli:
      raw:
        error_ratio_query: 1 - avg(satisfaction_ratio)
"""
SLOTH_RESOURCE = """\
apiVersion: sloth.slok.dev/v1
kind: PrometheusServiceLevel
metadata: {name: checkout, namespace: shop}
spec:
  service: checkout
  slos:
    - name: requests
      objective: "99.9"
      sli:
        events:
          errorQuery: sum(rate(failed_total[{{.window}}]))
          totalQuery: sum(rate(all_total[{{.window}}]))
"""
PYRRA = """\
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata:
  name: checkout-errors
  labels: {pyrra.dev/service: checkout, pyrra.dev/team: payments}
spec:
  target: '99.9'
  window: 4w
  description: Requests are answered.
  indicator:
    ratio:
      errors: {metric: 'http_requests_total{job="checkout",code=~"5.."}'}
      total: {metric: 'http_requests_total{job="checkout"}'}
"""
PYRRA_LATENCY = """\
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata:
  name: checkout-latency
  labels: {pyrra.dev/service: checkout}
spec:
  target: '99'
  window: 30d
  indicator:
    latency:
      success: {metric: 'duration_seconds_bucket{le="0.4"}'}
      total: {metric: duration_seconds_count}
"""
PYRRA_NATIVE = """\
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata:
  name: checkout-native
  labels: {pyrra.dev/service: checkout}
spec:
  target: '99'
  window: 2w
  indicator:
    latencyNative:
      latency: 200ms
      total: {metric: duration_seconds}
"""
PYRRA_GAUGE = """\
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata:
  name: checkout-up
  labels: {pyrra.dev/service: checkout}
spec:
  target: '99'
  window: 2w
  indicator:
    bool_gauge: {metric: 'up{job="checkout"}'}
"""
NOBL9 = """\
apiVersion: n9/v1alpha
kind: SLO
metadata:
  name: checkout
  displayName: Checkout
  project: shop
  labels: {team: [payments, web]}
spec:
  description: Requests are answered.
  service: checkout
  indicator:
    metricSource: {name: prometheus, project: shop, kind: Agent}
  budgetingMethod: Occurrences
  timeWindows:
    - unit: Month
      count: 1
      isRolling: false
      calendar: {startTime: 2022-12-01 00:00:00, timeZone: Europe/Berlin}
  objectives:
    - displayName: Answered
      name: ok
      value: 1.0
      target: 0.95
      primary: true
      countMetrics:
        incremental: true
        good: {prometheus: {promql: 'sum(good_total)'}}
        total: {prometheus: {promql: 'sum(all_total)'}}
"""
NOBL9_RAW = """\
apiVersion: n9/v1alpha
kind: SLO
metadata: {name: queue}
spec:
  service: checkout
  indicator:
    metricSource: {name: prometheus}
  budgetingMethod: Timeslices
  timeWindows:
    - {unit: Day, count: 7, isRolling: true}
  objectives:
    - name: short
      target: 0.99
      timeSliceTarget: 1
      op: lte
      value: 100
      rawMetric: {query: {prometheus: {promql: queue_length}}}
"""
V1ALPHA = """\
apiVersion: openslo/v1alpha
kind: SLO
metadata:
  name: checkout
  displayName: Checkout
spec:
  service: checkout
  description: Requests are answered.
  budgetingMethod: Occurrences
  objectives:
    - displayName: Answered
      value: 1
      target: 0.999
      ratioMetrics:
        incremental: true
        good: {source: prometheus, queryType: promql, query: sum(good_total)}
        total: {source: prometheus, queryType: promql, query: sum(all_total)}
    - displayName: Fast
      value: 1
      target: 0.99
      ratioMetrics:
        incremental: true
        good: {source: prometheus, queryType: promql, query: 'sum(t_bucket{le="0.4"})'}
        total: {source: prometheus, queryType: promql, query: sum(t_count)}
  timeWindows:
    - {unit: Day, count: 30, isRolling: true}
"""
V1ALPHA_THRESHOLD = """\
apiVersion: openslo/v1alpha
kind: SLO
metadata: {name: queue}
spec:
  service: checkout
  budgetingMethod: Timeslices
  indicator:
    thresholdMetric: {source: prometheus, queryType: promql, query: queue_length}
  objectives:
    - {displayName: Short, op: lte, value: 100, target: 0.98, timeSliceTarget: 1}
  timeWindows:
    - unit: Week
      count: 1
      isRolling: false
      calendar: {startTime: 2022-01-03 00:00:00, timeZone: America/New_York}
"""
V2ALPHA = """\
- apiVersion: openslo.com/v2alpha
  kind: SLO
  metadata:
    name: web
    labels: {env: prod}
  spec:
    service: web
    sli:
      metadata: {name: web-ok}
      spec:
        ratioMetric:
          counter: true
          good: {dataSourceRef: metrics, spec: {query: sum(good_total)}}
          total:
            dataSourceSpec: {type: Prometheus, connectionDetails: {url: 'http://p'}}
            spec: {query: sum(all_total)}
    timeWindow:
      - duration: 1w
        isRolling: false
        calendar: {startTime: 2022-01-01 12:00:00, timeZone: America/New_York}
    budgetingMethod: Timeslices
    objectives:
      - {displayName: Good, target: 0.995, timeSliceTarget: 0.95, timeSliceWindow: 1m}
- apiVersion: openslo.com/v2alpha
  kind: DataSource
  metadata: {name: metrics}
  spec: {type: Prometheus, connectionDetails: {url: 'http://p'}}
- apiVersion: openslo.com/v2alpha
  kind: SLO
  metadata: {name: queue}
  spec:
    service: web
    sliRef: queue-length
    timeWindow: [{duration: 30d, isRolling: true}]
    budgetingMethod: Occurrences
    objectives: [{target: 0.99, op: lt, value: 100}]
- apiVersion: openslo.com/v2alpha
  kind: SLI
  metadata: {name: queue-length}
  spec:
    thresholdMetric: {dataSourceRef: metrics, spec: {query: queue_length}}
"""
EVERY = {
    "Sloth": SLOTH,
    "Sloth raw": SLOTH_RAW,
    "Sloth resource": SLOTH_RESOURCE,
    "Pyrra": PYRRA,
    "Pyrra latency": PYRRA_LATENCY,
    "Pyrra native": PYRRA_NATIVE,
    "Pyrra gauge": PYRRA_GAUGE,
    "Nobl9": NOBL9,
    "Nobl9 raw": NOBL9_RAW,
    "v1alpha": V1ALPHA,
    "v1alpha threshold": V1ALPHA_THRESHOLD,
    "v2alpha": V2ALPHA,
}
