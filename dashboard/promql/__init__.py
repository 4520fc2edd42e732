"""PromQL: what an operator wrote, parsed and rewritten; nothing here asks a server."""

from dashboard.promql.counter_increase import counters, diagnostics, metrics, over, plain, quoted, single

__all__ = ["counters", "diagnostics", "metrics", "over", "plain", "quoted", "single"]
